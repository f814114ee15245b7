"""The worker and the sweeper, as Lambda calls them."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from functions.run_sync import sweeper, worker
from shared.adapters.queue import body_of
from shared.domain.run import Run
from shared.ports import WakeUp
from tests.events import Context, message
from tests.functions.conftest import Client, tenant_of
from tests.logs import recorded

TENANT = tenant_of("alice")


@pytest.fixture(autouse=True)
def metrics_of_the_template(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "ContactSync")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "contact-sync")


def deliver(body: str, remaining_ms: int = 180_000) -> list[str]:
    answer = worker.handler(message(body), Context(remaining_ms))
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def current_run(client: Client, sync_id: str) -> Run:
    view = client.application.configure.show(TENANT, sync_id)
    run = view.current_run or view.last_run
    assert run is not None
    return run


def test_a_slice_is_worked_off(client: Client) -> None:
    client.application.world.add("customer@example.org")
    sync_id = client.sync()
    sent = client.application.sent.receive()
    assert sent is not None
    assert deliver(body_of(sent)) == []
    assert current_run(client, sync_id).counted.added == 1


def test_the_time_left_is_the_budget(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    budgets: list[float] = []
    monkeypatch.setattr(
        client.application.worker,
        "handle",
        lambda _message, *, budget_seconds: budgets.append(budget_seconds),
    )
    deliver(body_of(WakeUp("slice", TENANT, "s", "r", 0)), remaining_ms=42_000)
    assert budgets == [42.0]


def test_a_firing_makes_a_run_and_its_lateness_is_measured(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    sync_id = client.sync()
    client.application.work_off()
    client.application.fake_clock.sleep(60)
    due_at = client.application.fake_clock.now()
    client.application.fake_clock.sleep(90)
    body = body_of(WakeUp("fire", TENANT, sync_id, scheduled_at=due_at.isoformat()))
    assert deliver(body) == []
    assert deliver(body) == []
    runs = client.call("GET", f"/syncs/{sync_id}/runs").json["items"]
    assert [run["trigger"] for run in runs] == ["schedule", "first"]
    (metric, _) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert metric["RunLatenessSeconds"] == [90.0]


def test_an_erase_message_goes_to_the_erasing(client: Client) -> None:
    client.sync()
    client.application.erase.disable(TENANT, confirmed=True)
    (erase,) = [sent.message for sent in client.application.sent.sent if sent.message.kind == "erase"]
    assert deliver(body_of(erase)) == []
    assert deliver(body_of(WakeUp("revoke", "nobody", ""))) == []


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"kind": "dance", "tenant": "t", "sync_id": "s"}'])
def test_a_malformed_message_is_reported_as_failed(
    client: Client, caplog: pytest.LogCaptureFixture, body: str
) -> None:
    with caplog.at_level(logging.ERROR):
        assert deliver(body) == ["m-1"]
    assert "malformed message" in caplog.text


def test_a_crash_shows_its_type_alone(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(*_args: Any, **_named: Any) -> None:
        raise KeyError("canary@example.org")

    monkeypatch.setattr(client.application.worker, "handle", crash)
    with caplog.at_level(logging.ERROR), pytest.raises(worker.WorkerCrashed) as raised:
        deliver(body_of(WakeUp("slice", TENANT, "s", "r", 0)))
    assert str(raised.value) == "KeyError"
    assert raised.value.__suppress_context__
    assert "canary" not in caplog.text
    (record,) = [vars(record) for record in caplog.records if record.message == "crashed"]
    assert record["where"] == "worker, slice"


def test_a_slice_names_its_run_before_it_works_and_every_line_of_it_does(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_args: Any, **_named: Any) -> None:
        assert lines.of("message taken up"), "an invocation that is cut off here leaves no trace"
        raise KeyError

    monkeypatch.setattr(client.application.worker, "handle", crash)
    with recorded() as lines, pytest.raises(worker.WorkerCrashed):
        deliver(body_of(WakeUp("slice", TENANT, "s-1", "r-1", 3)))
    ids = {"tenant": TENANT, "sync_id": "s-1", "run_id": "r-1"}
    ids |= {"message_id": "m-1", "function_request_id": "aws-1"}
    ((taken_up,), (crashed,)) = lines.of("message taken up"), lines.of("crashed")
    assert ids.items() <= taken_up.items()
    assert ids.items() <= crashed.items()
    assert (taken_up["kind"], taken_up["tick"]) == ("slice", 3)


def test_ids_of_one_message_are_not_in_the_lines_of_the_next(client: Client) -> None:
    client.sync()
    with recorded() as lines:
        deliver(body_of(WakeUp("slice", TENANT, "s-1", "r-1", 0)))
        deliver(body_of(WakeUp("revoke", "nobody", "")))
        deliver("malformed")
    assert [line.get("run_id") for line in lines.kept] == ["r-1", None, None]
    assert [line.get("tenant") for line in lines.kept] == [TENANT, "nobody", None]


def test_the_sweeper_wakes_what_lost_its_message(client: Client) -> None:
    client.sync()
    client.application.sent.sent.clear()
    client.application.fake_clock.sleep(61)
    assert sweeper.handler({}, Context()) == {"woken": 1}
    client.application.work_off()
    assert sweeper.handler({}, Context()) == {"woken": 0}
