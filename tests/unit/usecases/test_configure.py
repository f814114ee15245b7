"""Setting the sync up, editing, pausing and resuming it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.connection import ConnectionStatus
from shared.domain.errors import Conflict, Invalid, NotFound, ReconnectNeeded, SyncError
from shared.domain.mapping import FieldPair
from shared.domain.run import Mode, RunStatus, Trigger
from shared.domain.schedule import Frequency
from shared.domain.settings import LawfulBasis, SubscriptionType, SyncStatus, Topic, TopicChoice
from shared.usecases.configure.disclaimer import count_customers
from shared.usecases.configure.lifecycle import SyncView
from tests.application import TENANT, FakeApplication
from tests.fakes.zoho import Books
from tests.unit.usecases.wishes import WEEKLY, wish


@pytest.fixture
def app() -> FakeApplication:
    app = FakeApplication()
    app.connected()
    return app


def wrong_fields(call: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        call()
    return {each["field"]: each["reason"] for each in refused.value.details["fields"]}


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(SyncError) as refused:
        call()
    return refused.value.code


# ---- options ------------------------------------------------------------------------------------------


def test_topics_are_offered_when_there_are_two(app: FakeApplication) -> None:
    assert [topic.id for topic in app.options.show(TENANT).offer.topics.topics] == ["t1", "t2"]


@pytest.mark.parametrize(
    ("choice", "reason"),
    [
        (TopicChoice((Topic("t1", "News"),)), "only one topic"),
        (TopicChoice(), "no topics"),
        (TopicChoice(reason="Topic management is not enabled."), "Topic management is not enabled."),
    ],
)
def test_topics_are_left_out_with_a_reason(app: FakeApplication, choice: TopicChoice, reason: str) -> None:
    app.user.topics = choice
    topics = app.options.show(TENANT).offer.topics
    assert topics.topics == ()
    assert reason in topics.reason


def test_lawful_bases_are_offered_when_gdpr_is_on(app: FakeApplication) -> None:
    assert app.options.show(TENANT).lawful_bases is None
    app.options.set_gdpr(TENANT, enabled=True)
    bases = app.options.show(TENANT).lawful_bases
    assert bases is not None
    assert len(bases) == 6
    app.options.set_gdpr(TENANT, enabled=False)
    assert app.options.show(TENANT).lawful_bases is None


def test_fields_the_sync_fills_itself_are_not_on_offer(app: FakeApplication) -> None:
    names = {field.name for field in app.options.show(TENANT).offer.campaigns_fields}
    assert "Subscription Type" not in names
    assert "Contact Email" in names


def test_the_suggested_mapping_begins_with_the_mandatory_pair(app: FakeApplication) -> None:
    assert app.options.show(TENANT).suggested_mapping[0] == FieldPair("email", "Contact Email")


@pytest.mark.parametrize("call", ["show", "connected"])
def test_options_need_a_connected_organization(call: str) -> None:
    app = FakeApplication()
    assert code_of(lambda: getattr(app.options, call)(TENANT)) == "not_connected"
    app.authorize()
    assert code_of(lambda: getattr(app.options, call)(TENANT)) == "not_connected"


def test_a_lost_consent_is_noted_on_the_connection(app: FakeApplication) -> None:
    app.user.refusal = ReconnectNeeded("The consent is gone.")
    assert code_of(lambda: app.options.show(TENANT)) == "needs_reconnect"
    assert app.connect.show(TENANT).status is ConnectionStatus.NEEDS_RECONNECT
    assert code_of(lambda: app.configure.create(TENANT, wish())) == "needs_reconnect"


def test_gdpr_without_a_connection_is_refused() -> None:
    assert code_of(lambda: FakeApplication().options.set_gdpr(TENANT, enabled=True)) == "not_connected"


# ---- creating -----------------------------------------------------------------------------------------


def test_a_new_sync_is_scheduled_and_its_first_run_starts_at_once(app: FakeApplication) -> None:
    app.world.add("customer@example.org")
    view = app.configure.create(TENANT, wish())
    assert (TENANT, view.sync.id) in app.scheduled.stored
    assert view.next_run_at == datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
    assert view.current_run is not None
    assert (view.current_run.trigger, view.current_run.mode) == (Trigger.FIRST, Mode.FULL)
    app.work_off()
    done = app.configure.show(TENANT, view.sync.id)
    assert done.current_run is None
    assert done.last_run is not None
    assert done.last_run.counted.added == 1


def test_a_second_sync_is_refused(app: FakeApplication) -> None:
    app.configure.create(TENANT, wish())
    assert code_of(lambda: app.configure.create(TENANT, wish())) == "sync_exists"
    assert len(app.scheduled.stored) == 1


def test_the_same_key_returns_the_same_sync_and_starts_nothing_twice(app: FakeApplication) -> None:
    first = app.configure.create(TENANT, wish(), key="k", fingerprint="f")
    app.work_off()
    again = app.configure.create(TENANT, wish(), key="k", fingerprint="f")
    assert again.sync.id == first.sync.id
    assert again.current_run is None
    assert len(app.history.runs(TENANT, first.sync.id, limit=9, cursor=None).items) == 1


def test_the_same_key_with_another_body_is_refused(app: FakeApplication) -> None:
    app.configure.create(TENANT, wish(), key="k", fingerprint="f")
    call = lambda: app.configure.create(TENANT, wish(), key="k", fingerprint="g")  # noqa: E731
    assert code_of(call) == "idempotency_key_reused"


class Crash(Exception):
    pass


@pytest.mark.parametrize(
    ("port", "method"),
    [("schedules", "put"), ("syncs", "create"), ("syncs", "update"), ("runs", "create"), ("queue", "send")],
)
def test_a_repetition_finishes_what_a_crash_left_half_done(
    app: FakeApplication, monkeypatch: pytest.MonkeyPatch, port: str, method: str
) -> None:
    def crash(*_args: Any, **_named: Any) -> None:
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(getattr(app, port), method, crash)
        with pytest.raises(Crash):
            app.configure.create(TENANT, wish(), key="k", fingerprint="f")
    view = app.configure.create(TENANT, wish(), key="k", fingerprint="f")
    assert view.current_run is not None
    assert len(app.scheduled.stored) == 1
    for run in app.runs.due(app.fake_clock.now(), limit=5):
        assert run.id == view.current_run.id
    app.sweeper.sweep()
    app.work_off()
    (run,) = app.history.runs(TENANT, view.sync.id, limit=9, cursor=None).items
    assert run.status is RunStatus.COMPLETED


def test_everything_wrong_is_named_at_once(app: FakeApplication) -> None:
    wrong = wish(
        list_key="nowhere",
        topic_ids=("t1", "t9", "t1"),
        lawful_basis=LawfulBasis.CONSENT,
        schedule=replace(WEEKLY, weekday=None, time_zone="Mars/Olympus"),
        mapping=(FieldPair("nonsense", "First Name"), FieldPair("first_name", "No such field")),
    )
    assert set(wrong_fields(lambda: app.configure.create(TENANT, wrong))) == {
        "list_key",
        "topic_ids.1",
        "topic_ids",
        "lawful_basis",
        "schedule.time_zone",
        "schedule.weekday",
        "mapping.0.source",
        "mapping.1.target",
    }
    assert app.scheduled.stored == {}


def test_topics_are_refused_where_none_are_offered(app: FakeApplication) -> None:
    app.user.topics = TopicChoice((Topic("t1", "News"),))
    assert set(wrong_fields(lambda: app.configure.create(TENANT, wish()))) == {"topic_ids"}
    app.configure.create(TENANT, wish(topic_ids=()))


def test_a_lawful_basis_is_required_with_gdpr(app: FakeApplication) -> None:
    app.options.set_gdpr(TENANT, enabled=True)
    assert set(wrong_fields(lambda: app.configure.create(TENANT, wish()))) == {"lawful_basis"}
    view = app.configure.create(TENANT, wish(lawful_basis=LawfulBasis.CONTRACT))
    assert view.sync.settings.lawful_basis is LawfulBasis.CONTRACT


def test_the_disclaimer_says_how_many_contacts_may_be_added(app: FakeApplication) -> None:
    for number in range(3):
        app.world.add(f"c{number}@example.org")
    with pytest.raises(Conflict) as refused:
        app.configure.create(TENANT, wish(accept_auto_upgrade=False))
    assert refused.value.code == "auto_upgrade_disclaimer_required"
    assert refused.value.details["contacts_that_may_be_added"] == 3
    assert "3 contacts" in refused.value.details["disclaimer"]
    assert app.syncs.get(TENANT) is None


@pytest.mark.parametrize("customers", [0, 1, 3, 4, 5, 16, 17, 31, 32, 33, 100])
def test_customers_are_counted_in_few_calls(
    monkeypatch: pytest.MonkeyPatch, app: FakeApplication, customers: int
) -> None:
    monkeypatch.setattr("shared.usecases.configure.disclaimer.PAGE_SIZE", 4)
    app.world.page_size = 4
    for number in range(customers):
        app.world.add(f"c{number}@example.org")
    assert count_customers(Books(app.world)) == customers
    pages = max(1, -(-customers // 4))
    assert app.world.calls["books.contacts"] <= 2 * pages.bit_length() + 1


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
