"""A crash is reported with enough to act upon and nothing that was in its message."""

from __future__ import annotations

import logging

import pytest
from botocore.exceptions import ClientError

from shared.observability import log_crash


def reported(crash: Exception, caplog: pytest.LogCaptureFixture) -> str:
    with caplog.at_level(logging.ERROR):
        log_crash(crash, request_id="r-1", where="api")
    (record,) = [vars(record) for record in caplog.records if record.message == "crashed"]
    assert "canary" not in caplog.text + str(record)
    return str(record["exception"])


def test_a_refusal_of_aws_names_the_call_and_the_code(caplog: pytest.LogCaptureFixture) -> None:
    message = "canary@example.org is not allowed"
    crash = ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, "CreateSchedule")
    assert (
        reported(crash, caplog) == "botocore.exceptions.ClientError (CreateSchedule: AccessDeniedException)"
    )


def test_what_caused_a_crash_is_named_with_it(caplog: pytest.LogCaptureFixture) -> None:
    error = ClientError({"Error": {"Code": "SlowDown"}}, "PutObject")
    crash = RuntimeError("canary")
    crash.__cause__ = error
    assert (
        reported(crash, caplog)
        == "builtins.RuntimeError < botocore.exceptions.ClientError (PutObject: SlowDown)"
    )


@pytest.mark.parametrize("response", [None, "canary", {}, {"Error": {}}])
def test_an_exception_with_a_response_of_another_kind_is_named_alone(
    caplog: pytest.LogCaptureFixture, response: object
) -> None:
    crash = ValueError("canary")
    crash.response = response  # type: ignore[attr-defined]
    assert reported(crash, caplog) == "builtins.ValueError"
