"""What the access log counts as a fault of ours: it pages somebody and takes a deployment back."""

import json
import re

import pytest

from shared.domain import errors
from shared.domain.errors import SyncError
from tests.build.sam_template import of_type

# Their values are chosen by API Gateway or by the template, out of fixed lists: none holds a quote.
WITHOUT_FREE_TEXT = {
    "error.responseType",
    "integration.integrationStatus",
    "integration.status",
    "integrationLatency",
    "requestId",
    "requestTime",
    "responseLatency",
    "responseLength",
    "routeKey",
    "status",
}
ERRORS = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, SyncError)]
NOTHING = "-"  # API Gateway writes a value that there is not like this


def log_format() -> str:
    (stage,) = of_type("AWS::ApiGatewayV2::Stage").values()
    return str(stage["AccessLogSettings"]["Format"])


def is_counted(status: int, function_status: int | None) -> bool:
    """Whether the filter matches the line of a request that was answered like this."""
    values = {"status": str(status), "integration.status": str(function_status or NOTHING)}
    text = re.sub(r"\$context\.([\w.]+)", lambda found: values.get(found[1], NOTHING), log_format())
    line = json.loads(text)
    (declared,) = of_type("AWS::Logs::MetricFilter").values()
    pattern = declared["FilterPattern"].strip("{ }")
    compared = re.sub(
        r'\$\.(\w+) (=|!=) ("\d+")',
        lambda found: str((json.loads(found[3]) == line[found[1]]) == (found[2] == "=")),
        pattern,
    )
    spelled = compared.replace("||", "or").replace("&&", "and")
    assert re.fullmatch(r"(True|False|or|and|[ ()])+", spelled), spelled
    return bool(eval(spelled))  # noqa: S307 - just checked to be Booleans


def test_a_line_of_the_access_log_stays_json_whatever_happens() -> None:
    named = set(re.findall(r"\$context\.([\w.]+)", log_format()))
    assert named <= WITHOUT_FREE_TEXT
    json.loads(log_format())


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_what_a_function_answers_is_counted_when_it_is_a_fault_of_ours(error: type[SyncError]) -> None:
    assert is_counted(error.status, error.status) == (error.status == 500)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("function_status", [None, 200, 429])
def test_what_the_gateway_answers_in_place_of_a_function_is_counted(
    status: int, function_status: int | None
) -> None:
    assert is_counted(status, function_status)


@pytest.mark.parametrize("status", [400, 401, 404, 429])
def test_what_the_gateway_refuses_a_caller_is_not_counted(status: int) -> None:
    assert not is_counted(status, None)
