"""Setting the sync up: checks, disclaimer, first run, repetitions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.errors import Conflict
from shared.domain.mapping import FieldPair
from shared.domain.run import Mode, RunStatus, Trigger
from shared.domain.settings import LawfulBasis, Topic, TopicChoice
from shared.usecases.configure.disclaimer import count_customers
from tests.application import TENANT, FakeApplication
from tests.fakes.zoho import Books
from tests.unit.usecases.wishes import WEEKLY, code_of, wish, wrong_fields


@pytest.fixture
def app() -> FakeApplication:
    app = FakeApplication()
    app.connected()
    return app


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


def test_a_key_does_not_bring_the_id_of_an_erased_sync_back(app: FakeApplication) -> None:
    erased = app.configure.create(TENANT, wish(), key="k", fingerprint="f").sync
    app.work_off()
    app.erase.disable(TENANT, confirmed=True)
    app.fake_clock.sleep(1)
    app.connected()
    anew = app.configure.create(TENANT, wish(), key="k", fingerprint="f").sync
    assert anew.id != erased.id
    assert app.configure.create(TENANT, wish(), key="k", fingerprint="f").sync.id == anew.id


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
    monkeypatch.setattr("shared.domain.row_count.PAGE_ROWS", 4)
    app.world.page_size = 4
    for number in range(customers):
        app.world.add(f"c{number}@example.org")
    assert count_customers(Books(app.world)) == customers
    pages = max(1, -(-customers // 4))
    assert app.world.calls["books.contacts"] <= 2 * pages.bit_length() + 1
