"""Disabling the integration."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.contact import SkipReason
from shared.domain.errors import Conflict, NotFound, RetryLater
from shared.domain.run import SkippedRecord
from shared.ports import WakeUp
from shared.usecases.erase import REVOKE_ATTEMPTS
from tests.application import TENANT, FakeApplication
from tests.unit.usecases.wishes import wish


@pytest.fixture
def app() -> FakeApplication:
    return FakeApplication()


def with_history(app: FakeApplication) -> str:
    """Connect, run a sync over two customers, one of them without an address; return the sync's id."""
    app.connected()
    app.world.add("customer@example.org")
    app.world.add("")
    sync_id = app.configure.create(TENANT, wish()).sync.id
    app.work_off()
    return sync_id


def left_behind(app: FakeApplication) -> dict[str, Any]:
    """Return what is stored of anybody."""
    stores = {
        "connections": app.connections.stored,  # type: ignore[attr-defined]
        "tokens": app.tokens.stored,  # type: ignore[attr-defined]
        "keys": app.tokens.keys,  # type: ignore[attr-defined]
        "syncs": app.syncs.stored,  # type: ignore[attr-defined]
        "schedules": app.scheduled.stored,
        "runs": app.runs.stored,  # type: ignore[attr-defined]
        "ledger": {key: kept for key, kept in app.ledger.stored.items() if kept},  # type: ignore[attr-defined]
        "files": app.files.stored,  # type: ignore[attr-defined]
        "csv parts": app.csvs.parts,
        "csvs": app.csvs.published,
        "notifications": app.notifications.stored,  # type: ignore[attr-defined]
    }
    return {name: dict(store) for name, store in stores.items() if store}


def test_disabling_needs_a_confirmation_that_shows_the_effects(app: FakeApplication) -> None:
    sync_id = with_history(app)
    before = left_behind(app)
    with pytest.raises(Conflict) as refused:
        app.erase.disable(TENANT, confirmed=False)
    assert refused.value.code == "confirmation_required"
    assert refused.value.details["sync_id"] == sync_id
    assert len(refused.value.details["effects"]) == 6
    assert left_behind(app) == before


def test_the_effects_without_a_sync_speak_of_the_connection_alone(app: FakeApplication) -> None:
    app.connected()
    effects = app.erase.effects(TENANT)
    assert effects.sync_id is None
    assert len(effects.sentences) == 2


def test_nothing_is_left_behind_but_the_contacts_in_campaigns(app: FakeApplication) -> None:
    with_history(app)
    assert {"ledger", "runs", "csvs", "notifications", "schedules"} <= set(left_behind(app))
    app.erase.disable(TENANT, confirmed=True)
    assert left_behind(app) == {}
    assert app.user.revoked == ["refresh-1"]
    assert set(app.world.members) == {"customer@example.org"}


def test_what_does_not_exist_cannot_be_disabled(app: FakeApplication) -> None:
    with pytest.raises(NotFound) as refused:
        app.erase.disable(TENANT, confirmed=True)
    assert refused.value.code == "not_connected"


STEPS = (
    ("queue", "send"),
    ("syncs", "delete"),
    ("schedules", "delete"),
    ("zoho", "accounts"),
    ("tokens", "delete"),
    ("connections", "delete"),
    ("notifications", "delete_all"),
    ("runs", "delete_all"),
    ("skipped", "delete_all"),
    ("files", "delete_all"),
    ("ledger", "delete_all"),
)


class Crash(Exception):
    pass


@pytest.mark.parametrize(("port", "method"), STEPS)
@pytest.mark.parametrize("repeated", [True, False])
def test_a_crash_at_any_step_leaves_nothing_behind_in_the_end(
    app: FakeApplication, monkeypatch: pytest.MonkeyPatch, *, port: str, method: str, repeated: bool
) -> None:
    with_history(app)

    def crash(*_args: Any, **_named: Any) -> None:
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(getattr(app, port), method, crash)
        with pytest.raises(Crash):
            app.erase.disable(TENANT, confirmed=True)
    if app.connections.get(TENANT) and (repeated or not app.sent.sent):
        app.erase.disable(TENANT, confirmed=True)
    app.work_off()
    assert left_behind(app) == {}
    assert app.user.revoked


def test_what_a_worker_writes_while_the_sync_is_removed_is_erased_minutes_later(app: FakeApplication) -> None:
    sync_id = with_history(app)
    entries = list(app.ledger.entries(TENANT, sync_id))
    app.erase.disable(TENANT, confirmed=True)
    app.ledger.put_many(TENANT, sync_id, entries)
    record = SkippedRecord("1", "A", "", SkipReason.EMPTY_EMAIL)
    app.skipped.put_part(TENANT, sync_id, "run", 0, [record])
    app.work_off()
    assert left_behind(app) == {}


def test_the_second_pass_leaves_a_new_connection_alone(app: FakeApplication) -> None:
    with_history(app)
    app.erase.disable(TENANT, confirmed=True)
    app.fake_clock.sleep(60)
    app.connected()
    new_id = app.configure.create(TENANT, wish()).sync.id
    app.work_off()
    assert app.connect.show(TENANT).organization is not None
    tokens = app.tokens.get(TENANT)
    assert tokens is not None
    assert tokens.refresh_token == "refresh-2"
    assert app.configure.show(TENANT, new_id).last_run is not None
    assert list(app.ledger.entries(TENANT, new_id))
    assert app.notifications.unread(TENANT) == 1


def test_a_ledger_too_large_for_one_answer_is_erased_by_messages(
    app: FakeApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_history(app)
    complete = app.ledger.delete_all
    outcomes = iter([False, False])
    monkeypatch.setattr(
        app.ledger,
        "delete_all",
        lambda *args, **named: next(outcomes, None) is None and complete(*args, **named),
    )
    app.erase.disable(TENANT, confirmed=True)
    assert "ledger" in left_behind(app)
    app.work_off()
    assert left_behind(app) == {}


# ---- Zoho out of reach --------------------------------------------------------------------------------


def test_a_zoho_outage_does_not_keep_the_user_connected(app: FakeApplication) -> None:
    app.connected()
    app.user.revocation_fails = RetryLater("unreachable")
    app.erase.disable(TENANT, confirmed=True)
    assert app.connections.get(TENANT) is None
    assert app.tokens.get(TENANT) is None
    assert app.user.revoked == []


def test_the_grant_is_revoked_once_zoho_is_back(app: FakeApplication) -> None:
    app.connected()
    app.user.revocation_fails = RetryLater("unreachable")
    app.erase.disable(TENANT, confirmed=True)
    app.fake_clock.sleep(900)
    app.work_off()
    assert "tokens" in left_behind(app)
    app.user.revocation_fails = None
    app.fake_clock.sleep(900)
    app.work_off()
    assert app.user.revoked == ["refresh-1"]
    assert left_behind(app) == {}


def test_a_grant_kept_to_be_revoked_ends_after_a_day_though_its_message_is_lost(app: FakeApplication) -> None:
    app.connected()
    app.user.revocation_fails = RetryLater("unreachable")
    app.erase.disable(TENANT, confirmed=True)
    assert list(app.tokens.ends.values()) == [app.fake_clock.now() + timedelta(days=1)]  # type: ignore[attr-defined]


def test_after_a_day_of_refusals_the_tokens_are_deleted_all_the_same(app: FakeApplication) -> None:
    app.connected()
    app.user.revocation_fails = RetryLater("unreachable")
    app.erase.disable(TENANT, confirmed=True)
    (revoke,) = [sent.message for sent in app.sent.sent if sent.message.kind == "revoke"]
    app.erase.go_on(replace(revoke, tick=REVOKE_ATTEMPTS), budget_seconds=180)
    assert left_behind(app) == {}


def test_a_repeated_revocation_does_nothing(app: FakeApplication) -> None:
    app.erase.go_on(WakeUp("revoke", "t/2026", ""), budget_seconds=180)
    assert app.user.revoked == []
