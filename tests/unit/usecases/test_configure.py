"""Showing, editing, pausing and resuming the sync."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.errors import Conflict, NotFound
from shared.domain.mapping import FieldPair
from shared.domain.run import Mode, RunStatus, Trigger
from shared.domain.schedule import Frequency
from shared.domain.settings import SubscriptionType, SyncStatus
from shared.usecases.configure.lifecycle import SyncView
from tests.application import TENANT, FakeApplication
from tests.unit.usecases.wishes import WEEKLY, code_of, wish


@pytest.fixture
def app() -> FakeApplication:
    app = FakeApplication()
    app.connected()
    return app


# ---- showing ------------------------------------------------------------------------------------------


def test_another_tenants_sync_is_not_found(app: FakeApplication) -> None:
    sync_id = app.configure.create(TENANT, wish()).sync.id
    for call in ("show", "pause", "resume"):
        method = getattr(app.configure, call)
        assert code_of(lambda method=method: method("mallory", sync_id)) == "sync_not_found"  # type: ignore[misc]
    with pytest.raises(NotFound):
        app.configure.edit("mallory", sync_id, wish())
    assert app.configure.list("mallory") == []


# ---- editing ------------------------------------------------------------------------------------------


def settled(app: FakeApplication) -> SyncView:
    """Set a sync up and let its first run complete."""
    app.world.add("customer@example.org", first_name="Ann", last_name="Lee")
    sync_id = app.configure.create(TENANT, wish()).sync.id
    app.work_off()
    app.fake_clock.sleep(3600)
    return app.configure.show(TENANT, sync_id)


def test_an_edit_is_stored_scheduled_and_initiated(app: FakeApplication) -> None:
    sync_id = settled(app).sync.id
    daily = replace(WEEKLY, frequency=Frequency.DAILY, weekday=None)
    changed = wish(mapping=(*wish().mapping, FieldPair("last_name", "Last Name")), schedule=daily)
    view = app.configure.edit(TENANT, sync_id, changed)
    assert view.sync.settings_revision == 2
    assert app.scheduled.stored[TENANT, sync_id].settings.schedule.frequency is Frequency.DAILY
    assert view.current_run is not None
    assert view.current_run.trigger is Trigger.FIRST
    app.work_off()
    assert app.world.members["customer@example.org"].fields["Last Name"] == "Lee"


def test_an_edit_has_to_accept_the_disclaimer_again(app: FakeApplication) -> None:
    sync_id = settled(app).sync.id
    call = lambda: app.configure.edit(TENANT, sync_id, wish(accept_auto_upgrade=False))  # noqa: E731
    assert code_of(call) == "auto_upgrade_disclaimer_required"


def test_an_edit_during_a_run_is_refused(app: FakeApplication) -> None:
    view = app.configure.create(TENANT, wish())
    with pytest.raises(Conflict) as refused:
        app.configure.edit(TENANT, view.sync.id, wish())
    assert refused.value.code == "run_active"
    assert refused.value.details == {"run_id": view.sync.current_run_id}


def test_a_restart_cancels_the_run_and_the_next_one_has_the_new_configuration(app: FakeApplication) -> None:
    app.world.add("customer@example.org", first_name="Ann")
    view = app.configure.create(TENANT, wish())
    first = str(view.sync.current_run_id)
    app.fake_clock.sleep(5)
    changed = wish(subscription_type=SubscriptionType.NON_MARKETING)
    app.configure.edit(TENANT, view.sync.id, changed, restart=True)
    app.work_off()
    second, cancelled = app.history.runs(TENANT, view.sync.id, limit=9, cursor=None).items
    assert (cancelled.id, cancelled.status) == (first, RunStatus.CANCELLED)
    assert second.status is RunStatus.COMPLETED
    fields = app.world.members["customer@example.org"].fields
    assert fields["Subscription Type"] == "Non-marketing"


def test_initiating_an_edit_of_a_paused_sync_resumes_it(app: FakeApplication) -> None:
    sync_id = settled(app).sync.id
    app.configure.pause(TENANT, sync_id)
    view = app.configure.edit(TENANT, sync_id, wish(update_empty_fields=True))
    assert view.sync.status is SyncStatus.ACTIVE
    assert view.current_run is not None


def test_a_firing_that_slips_in_behind_an_edit_is_its_run(
    app: FakeApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = settled(app)
    put = app.schedules.put

    def fire_meanwhile(sync: Any) -> None:
        put(sync)
        app.run_control.start(sync, trigger=Trigger.SCHEDULE, mode=Mode.INCREMENTAL)

    monkeypatch.setattr(app.schedules, "put", fire_meanwhile)
    edited = app.configure.edit(TENANT, view.sync.id, wish(update_empty_fields=True))
    assert edited.current_run is not None
    assert edited.current_run.trigger is Trigger.SCHEDULE
    assert edited.current_run.settings_revision == 2


def test_a_worker_that_writes_meanwhile_does_not_lose_the_edit(
    app: FakeApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = settled(app)
    update = app.syncs.update
    refusals = iter([False, False])
    monkeypatch.setattr(app.syncs, "update", lambda sync: next(refusals, None) is None and update(sync))
    assert app.configure.pause(TENANT, view.sync.id).sync.status is SyncStatus.PAUSED


def test_a_sync_that_never_stands_still_is_reported_as_busy(
    app: FakeApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = settled(app)
    monkeypatch.setattr(app.syncs, "update", lambda _sync: False)
    assert code_of(lambda: app.configure.pause(TENANT, view.sync.id)) == "sync_busy"


# ---- pausing ------------------------------------------------------------------------------------------


def test_a_pause_parks_the_run_and_a_resume_lets_it_go_on(app: FakeApplication) -> None:
    app.world.add("customer@example.org")
    sync_id = app.configure.create(TENANT, wish()).sync.id
    paused = app.configure.pause(TENANT, sync_id)
    assert (paused.sync.status, paused.next_run_at) == (SyncStatus.PAUSED, None)
    assert app.scheduled.stored[TENANT, sync_id].status is SyncStatus.PAUSED
    app.work_off()
    parked = app.configure.show(TENANT, sync_id).current_run
    assert parked is not None
    assert parked.status is RunStatus.PAUSED

    resumed = app.configure.resume(TENANT, sync_id)
    assert resumed.next_run_at is not None
    assert app.scheduled.stored[TENANT, sync_id].status is SyncStatus.ACTIVE
    app.work_off()
    done = app.configure.show(TENANT, sync_id).last_run
    assert done is not None
    assert (done.id, done.status) == (parked.id, RunStatus.COMPLETED)


def test_pausing_and_resuming_twice_is_the_same_as_once(app: FakeApplication) -> None:
    sync_id = settled(app).sync.id
    assert app.configure.pause(TENANT, sync_id) == app.configure.pause(TENANT, sync_id)
    assert app.configure.resume(TENANT, sync_id) == app.configure.resume(TENANT, sync_id)


def test_a_resume_clears_what_needed_attention(app: FakeApplication) -> None:
    view = settled(app)
    sync = replace(view.sync, status=SyncStatus.NEEDS_ATTENTION, attention="The plan is full.")
    assert app.syncs.update(sync)
    resumed = app.configure.resume(TENANT, view.sync.id).sync
    assert (resumed.status, resumed.attention) == (SyncStatus.ACTIVE, "")


def test_a_run_that_is_just_being_closed_is_still_the_current_one(app: FakeApplication) -> None:
    first = settled(app).last_run
    assert first is not None
    app.fake_clock.sleep(3600)
    sync_id = app.configure.list(TENANT)[0].sync.id
    run = app.run_control.start_by_user(TENANT, sync_id, mode=Mode.INCREMENTAL)
    sync = app.syncs.get(TENANT)
    assert sync is not None
    app.syncs.update(replace(sync, current_run_id=None, last_run_id=run.id))
    view = app.configure.show(TENANT, sync_id)
    assert view.current_run is not None
    assert view.current_run.id == run.id
    assert view.last_run == first
