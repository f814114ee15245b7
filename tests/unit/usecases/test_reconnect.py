"""Connecting again after the consent was lost."""

from __future__ import annotations

import pytest

from shared.domain.connection import ConnectionStatus, Organization, Tokens
from shared.domain.errors import Conflict, ReconnectNeeded, RetryLater
from shared.domain.run import Mode, RunStatus, Trigger
from shared.domain.settings import SyncStatus
from tests.application import ALICE, TENANT, FakeApplication
from tests.unit.usecases.wishes import wish

REDIRECT = "https://console.test/oauth/callback"


@pytest.fixture
def app() -> FakeApplication:
    return FakeApplication()


def parked(app: FakeApplication) -> str:
    """Set up a sync whose first run has met a dead consent; return the sync's id."""

    def gone(_endpoint: str, _subject: str) -> None:
        raise ReconnectNeeded("The consent is gone.")

    app.connected()
    sync_id = app.configure.create(TENANT, wish()).sync.id
    app.world.before = gone
    app.work_off()
    app.world.before = lambda _endpoint, _subject: None
    return sync_id


def test_the_same_user_takes_the_connection_up_again_and_the_parked_run_goes_on(app: FakeApplication) -> None:
    app.world.add("customer@example.org")
    parked(app)
    before = app.connect.show(TENANT)
    assert before.status is ConnectionStatus.NEEDS_RECONNECT

    connection = app.authorize()
    assert connection.status is ConnectionStatus.CONNECTED
    assert connection.organization == before.organization
    assert connection.connected_at == before.connected_at
    sync = app.syncs.get(TENANT)
    assert sync is not None
    assert (sync.status, sync.attention) == (SyncStatus.ACTIVE, "")

    app.work_off()
    (run,) = app.history.runs(TENANT, sync.id, limit=10, cursor=None).items
    assert run.status is RunStatus.COMPLETED
    assert run.counted.added == 1


def test_another_user_cannot_take_the_connection_over(app: FakeApplication) -> None:
    app.connected()
    app.lose_consent()
    app.user.email = "mallory@example.com"
    with pytest.raises(Conflict) as refused:
        app.authorize()
    assert refused.value.code == "email_mismatch"
    assert refused.value.details == {"organization_email": ALICE, "user_email": "mallory@example.com"}
    tokens = app.tokens.get(TENANT)
    assert tokens is not None
    assert tokens.refresh_token == "refresh-1", "the old grant stays untouched"
    assert app.user.revoked == ["refresh-2"], "the new one is given back"


def test_a_user_who_no_longer_sees_the_organization_is_refused(app: FakeApplication) -> None:
    app.connected()
    app.lose_consent()
    app.user.organizations = (Organization("77", "New", ALICE),)
    with pytest.raises(Conflict) as refused:
        app.authorize()
    assert refused.value.code == "email_mismatch"
    assert app.user.revoked == ["refresh-2"]


def test_a_grant_that_cannot_be_given_back_does_not_hide_why(app: FakeApplication) -> None:
    app.connected()
    app.lose_consent()
    app.user.email = "mallory@example.com"
    app.user.revocation_fails = RetryLater("unreachable")
    with pytest.raises(Conflict):
        app.authorize()


def test_a_disabling_during_the_reconnect_wins(app: FakeApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    app.connected()
    app.lose_consent()
    save = app.tokens.save

    def save_and_lose_the_connection(tenant: str, tokens: Tokens) -> None:
        save(tenant, tokens)
        app.connections.delete(tenant)

    monkeypatch.setattr(app.tokens, "save", save_and_lose_the_connection)
    with pytest.raises(Conflict) as refused:
        app.authorize()
    assert refused.value.code == "connection_busy"
    assert app.tokens.get(TENANT) is None


def test_a_run_started_before_the_reconnect_is_still_the_current_one(app: FakeApplication) -> None:
    sync_id = parked(app)
    run_id = app.configure.show(TENANT, sync_id).sync.current_run_id
    app.authorize()
    with pytest.raises(Conflict) as refused:
        app.run_control.start_by_user(TENANT, sync_id, mode=Mode.FULL)
    assert refused.value.code == "run_active"
    run = app.runs.get(TENANT, sync_id, str(run_id))
    assert run is not None
    assert run.trigger is Trigger.FIRST
