"""A crash is reported with enough to act upon and nothing that was in its message."""

from __future__ import annotations

import logging

import pytest
from botocore.exceptions import ClientError

from shared.observability import log_crash
from tests.functions.conftest import tenant_of
from tests.logs import recorded
from tests.security.conftest import Tenant
from tests.security.product import Product


def reported(crash: Exception, caplog: pytest.LogCaptureFixture) -> str:
    with caplog.at_level(logging.ERROR):
        log_crash(crash, where="api")
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


def test_the_line_of_a_run_names_the_request_that_started_it_and_the_worker_names_the_run(
    product: Product, alice: Tenant
) -> None:
    path = f"/syncs/{alice.ids['sync_id']}/runs"
    product.clock.sleep(60)
    with recorded() as lines:
        answer = product.call("POST", path, body={"mode": "incremental"})
        product.work_off()
    assert answer.status == 202, answer.text
    ids = {"tenant": tenant_of("alice"), "sync_id": alice.ids["sync_id"], "run_id": answer.json["id"]}
    (started,) = lines.of("run started")
    assert {**ids, "request_id": answer.headers["x-request-id"]}.items() <= started.items()
    slices = [*lines.of("message taken up"), *lines.of("slice")]
    assert len(slices) >= 2
    for line in slices:
        assert ids.items() <= line.items()
        assert "request_id" not in line


def test_the_line_of_a_crash_names_request_and_tenant(
    product: Product, alice: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyError("canary")

    monkeypatch.setattr(product.application.history, "runs", crash)
    with recorded() as lines:
        answer = product.call("GET", f"/syncs/{alice.ids['sync_id']}/runs")
        product.call("GET", "/notifications")
    assert answer.status == 500
    (crashed,) = lines.of("crashed")
    assert crashed["request_id"] == answer.json["error"]["request_id"]
    assert crashed["tenant"] == tenant_of("alice")
