"""No token, address, name or number is where it does not belong, and nothing of a tenant outlives leaving."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

import pytest

from functions.run_sync.worker import WorkerCrashed
from infra.zoho_sim import VirtualClock, grants
from infra.zoho_sim.wire import Request, Response
from shared import observability
from tests.functions.conftest import tenant_of
from tests.security.canary import (
    ADDRESSES,
    MARK,
    OWNER,
    SUBJECT,
    Recorder,
    echoing_faults,
    leaks,
    marked_world,
    tell,
)
from tests.security.product import Product, deployed

TENANT = tenant_of(SUBJECT)


class Journey:
    """One user's whole time with the service, and everything it left anywhere meanwhile."""

    def __init__(self, product: Product, recorder: Recorder) -> None:
        self.product = product
        self.recorder = recorder
        self.secrets: set[str] = {product.world.settings.client_secret}
        self.stored: dict[str, str] = {}
        """Every state of every item, by its key and value."""
        self.put: list[tuple[str, bytes]] = []
        self.schedules: list[str] = []
        self.runs: list[dict[str, Any]] = []
        self._listen()

    def _listen(self) -> None:
        handle = self.product.simulator.handle

        def overheard(request: Request) -> Response:
            form = parse_qs(request.body.decode("utf-8", "replace"))
            self.secrets |= {*form.get("code_verifier", ()), *form.get("code", ())}
            return handle(request)

        self.product.simulator.handle = overheard  # type: ignore[method-assign]
        self.product.application._aws.s3.meta.events.register("provide-client-params.s3.*", self._note_upload)

    def _note_upload(self, params: dict[str, Any], **_: Any) -> None:
        if "Body" in params:
            self.put.append((f"{params['Key']} {params.get('Metadata', '')}", bytes(params["Body"])))

    def look(self) -> None:
        self.stored |= {f"{item['pk']['S']} {item['sk']['S']}": repr(item) for item in self.product.items()}
        self.schedules += [repr(schedule) for schedule in self.product.schedules()]
        for access, token in self.product.world.grants.access_tokens.items():
            self.secrets |= {access, token.grant}

    def go(self, method: str, path: str, status: int, **sent: Any) -> Any:
        answer = self.product.call(method, path, sub=SUBJECT, **sent)
        assert answer.status == status, (path, answer.text)
        self.look()
        return answer.json if answer.text else None

    def work_off(self) -> None:
        """As Lambda does: a crashed invocation shows its exception in the log, the message comes again."""
        try:
            self.product.work_off()
        except WorkerCrashed as crash:
            self.recorder.lines += traceback.format_exception(crash)
            self.product.clock.sleep(1090)
            self.work_off()
        self.look()

    # ---- the stages -----------------------------------------------------------------------------------

    def travel(self) -> None:
        self.first_run()
        self.trouble()
        self.lost_consent()

    def first_run(self) -> None:
        product = self.product
        self.sync_id = product.set_up(SUBJECT, mapping=[
            {"source": "email", "target": "Contact Email"},
            {"source": "first_name", "target": "First Name"},
            {"source": "phone", "target": "Phone"},
            {"source": "cf_vat_id", "target": "VAT ID", "new_field": True},
        ])  # fmt: skip
        echoing_faults(product.world)
        self.look()
        self.work_off()
        self.go("GET", f"/syncs/{self.sync_id}", 200)
        self.go("POST", f"/syncs/{self.sync_id}/preview", 200, body={})
        self.go("GET", "/connection", 200)

    def trouble(self) -> None:
        """Refused requests that carry the marker, a firing, and a slice that crashes on a customer."""
        key = {"Idempotency-Key": f"{MARK}-key"}
        body = {"code": f"1000.{MARK}", "state": MARK, "location": "us", "accounts_server": f"https://{MARK}"}
        self.go("POST", "/connection", 400, body=body)
        self.go("PUT", "/connection/organization", 409, body={"organization_id": MARK})
        self.go("GET", f"/syncs/{MARK}@x.example", 404)
        self.go("GET", "/notifications", 400, query={"cursor": MARK})
        self.go("POST", "/syncs", 422, body={MARK: MARK})
        begun = self.go("POST", "/connection/authorization", 201, body={}, headers=key)
        self.secrets.add(begun["state"])
        self.go("POST", f"/syncs/{self.sync_id}/runs", 202, body={"mode": "full"}, headers=key)
        ledger = self.product.application.ledger
        with crashing(ledger, "get_many"):
            self.work_off()
        tell(self.product.world, "customers", action="add",
             values={"contact_name": f"{MARK} late", "email": f"late@{MARK}.example"})  # fmt: skip
        self.product.clock.sleep(3600)
        self.product.fire()
        self.work_off()

    def lost_consent(self) -> None:
        world, sync = self.product.world, f"/syncs/{self.sync_id}"
        tell(world, "tokens", action="revoke_all")
        self.product.clock.sleep(7200)
        self.go("POST", f"{sync}/runs", 202, body={"mode": "incremental"})
        self.work_off()
        assert self.go("GET", "/connection", 200)["status"] == "needs_reconnect"
        world.settings.user_email = f"{MARK}.other@example.org"
        self.go("POST", "/connection", 409, body=self.product.consent(SUBJECT))
        world.settings.user_email = f"{OWNER}@lumen.example"
        self.go("POST", "/connection", 201, body=self.product.consent(SUBJECT))
        self.work_off()
        self.runs = self.go("GET", f"{sync}/runs", 200)["items"]
        for run in self.runs:
            self.product.call("GET", f"{sync}/runs/{run['id']}/skipped", sub=SUBJECT)
        self.go("GET", "/notifications", 200)

    def leave(self) -> None:
        tell(self.product.world, "faults", action="unavailable", endpoint="accounts.revoke", count=2)
        self.go("DELETE", "/connection", 204, query={"confirm": "true"})
        self.work_off()


@contextmanager
def crashing(ledger: Any, method: str) -> Iterator[None]:
    """Let one call fail with a message that quotes a person."""
    real = getattr(ledger, method)

    def crash(*_: Any, **__: Any) -> Any:
        setattr(ledger, method, real)
        raise KeyError(f"{MARK}@crash.example")

    setattr(ledger, method, crash)
    yield


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    """Listens at both places: the service's logger keeps its lines from the root's handlers."""
    recorder = Recorder()
    loggers = (logging.getLogger(), observability.logger()._logger)
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(recorder)
        logger.setLevel(logging.INFO)
    yield recorder
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
        logger.removeHandler(recorder)


@pytest.fixture(scope="module")
def journey(recorder: Recorder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    time = VirtualClock()
    issued: list[str] = []
    fresh = grants._fresh

    def noted() -> str:
        issued.append(fresh())
        return issued[-1]

    with (
        pytest.MonkeyPatch.context() as patch,
        deployed(tmp_path_factory.mktemp("canary"), marked_world(time), time) as product,
    ):
        patch.setattr(grants, "_fresh", noted)
        printed: list[str] = []
        patch.setattr("builtins.print", lambda *words, **_: printed.append(" ".join(map(str, words))))
        travelled = Journey(product, recorder)
        travelled.travel()
        travelled.secrets |= set(issued)
        recorder.lines += printed
        yield travelled


def test_the_journey_met_everything_it_should(journey: Journey) -> None:
    first = journey.runs[-1]
    assert {
        "empty_email",
        "invalid_email",
        "role_address",
        "duplicate_email",
        "unsubscribed",
        "refused_by_campaigns",
    } <= set(first["skipped_by_reason"])
    assert first["added"] == 2
    assert {run["trigger"] for run in journey.runs} == {"first", "manual", "schedule"}
    assert any("crashed" in line for line in journey.recorder.lines)
    assert len(journey.secrets) >= 8
    assert any(name.startswith("snapshots/") for name, _ in journey.put)


def test_the_canary_sings_where_it_may(journey: Journey) -> None:
    """Without this the other tests could pass because nothing was marked."""
    assert any(leaks(data) for name, data in journey.put if name.startswith("skipped/"))
    subscribed = journey.product.world.campaigns.contacts
    assert ADDRESSES["ordinary"] in subscribed


def test_no_log_line_and_no_metric_tells_a_person_or_a_secret(journey: Journey) -> None:
    assert len(journey.recorder.lines) > 5
    for line in journey.recorder.lines:
        assert not leaks(line, journey.secrets), line
        assert OWNER not in line.lower(), line


def test_metrics_are_counts_and_times_without_dimensions_of_a_tenant(journey: Journey) -> None:
    metrics = [
        json.loads(line) for line in journey.recorder.lines if '"_aws"' in line and line.startswith("{")
    ]
    assert metrics
    for metric in metrics:
        assert TENANT not in json.dumps(metric)


def test_no_message_and_no_schedule_tells_a_person_or_a_secret(journey: Journey) -> None:
    assert len(journey.product.bodies) > 5
    assert journey.schedules
    for text in (*journey.product.bodies, *journey.schedules):
        assert not leaks(text, journey.secrets), text
        assert OWNER not in text.lower()


def test_no_item_of_the_table_tells_a_person_or_a_secret(journey: Journey) -> None:
    assert len(journey.stored) > 15
    for at, item in journey.stored.items():
        assert not leaks(item, journey.secrets), item
        if not at.endswith(" CONNECTION"):
            assert OWNER not in item.lower(), at


def test_no_file_but_the_skipped_records_tells_a_person_or_a_secret(journey: Journey) -> None:
    for name, data in journey.put:
        assert not leaks(name), name
        assert not leaks(data, journey.secrets) or name.startswith(f"skipped/{TENANT}/"), name
        assert not any(secret.encode() in data for secret in journey.secrets), name


def test_after_leaving_nothing_of_the_tenant_is_left_but_what_ends_by_itself(journey: Journey) -> None:
    """Runs last in this file: it ends the journey."""
    product = journey.product
    journey.leave()
    assert product.objects() == {}
    assert product.schedules() == []
    assert product.world.grants.refresh_tokens == {}
    left = product.items()
    for item in left:
        kind = item["pk"]["S"].partition("#")[0]
        assert kind == "P" or item["pk"]["S"] in {f"T#{TENANT}#A", f"T#{TENANT}#I"}, item["pk"]
        assert "expires_at" in item
    product.clock.sleep(30 * 86_400)
    assert all(float(item["expires_at"]["N"]) < product.clock.now().timestamp() for item in left)
    for line in journey.recorder.lines:
        assert not leaks(line, journey.secrets), line
