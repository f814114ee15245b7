"""The preview tells what the run will do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.domain.contact import SkipReason
from shared.domain.errors import RateLimited, RetryLater, UpstreamError
from shared.domain.plan import Outcome
from shared.domain.run import Counters, Mode, SkippedRecord
from shared.ports import CustomerPage
from shared.usecases.run_sync.preview import READING_TIME
from tests.application import TENANT, FakeApplication
from tests.fakes.zoho import Books, Member
from tests.unit.usecases.wishes import wish

EMAILS = ("ana@example.org", "ben@example.org", "BEN@example.org", "", "no address", "out@example.org")
FIRST = Counters(
    added=1,
    updated=1,
    skipped={
        SkipReason.DUPLICATE_EMAIL: 1,
        SkipReason.EMPTY_EMAIL: 1,
        SkipReason.INVALID_EMAIL: 1,
        SkipReason.UNSUBSCRIBED: 1,
        SkipReason.FIELD_INVALID: 1,
    },
)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> FakeApplication:
    """Customers of every kind: to add, to update, to skip, and one that cannot be read."""
    walk = Books.walk

    def with_unreadable(books: Books, page: int, *, active: bool) -> CustomerPage:
        broken = SkippedRecord("7", "Cy", "", SkipReason.FIELD_INVALID, "created_time: not a time")
        return replace(walk(books, page, active=active), unreadable=(broken,) if active else ())

    monkeypatch.setattr(Books, "walk", with_unreadable)
    app = FakeApplication()
    app.connected()
    for email in EMAILS:
        app.world.add(email, first_name="Somebody")
    app.world.members["ben@example.org"] = Member()
    app.world.opt_out("out@example.org")
    return app


def last_counts(app: FakeApplication, sync_id: str) -> Counters:
    return app.history.runs(TENANT, sync_id, limit=1, cursor=None).items[0].counters


def test_a_first_run_does_what_its_preview_said(app: FakeApplication) -> None:
    foreseen = app.preview.preview_of(TENANT, app.configure.check(TENANT, wish()))
    sync_id = app.configure.create(TENANT, wish()).sync.id
    app.work_off()
    assert foreseen.complete
    assert foreseen.counters == FIRST == last_counts(app, sync_id)
    (broken, *_) = foreseen.samples[Outcome.SKIP]
    assert (broken.contact_id, broken.reason) == ("7", SkipReason.FIELD_INVALID)


def test_a_later_full_run_does_what_its_preview_said(app: FakeApplication) -> None:
    sync_id = app.configure.create(TENANT, wish()).sync.id
    app.work_off()
    (ana, *_) = app.world.customers.values()
    app.world.edit(ana.contact_id, first_name="Ana")
    app.world.add("new@example.org")
    foreseen = app.preview.preview(TENANT, sync_id)
    app.fake_clock.sleep(3600)
    app.run_control.start_by_user(TENANT, sync_id, mode=Mode.FULL)
    app.work_off()
    assert foreseen.counters == replace(FIRST, added=1, updated=1, unchanged=1) == last_counts(app, sync_id)


def test_a_preview_whose_time_is_over_shows_what_it_has(
    app: FakeApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = Books.walk

    def slow(books: Books, page: int, *, active: bool) -> CustomerPage:
        app.fake_clock.sleep(READING_TIME.total_seconds())
        return walk(books, page, active=active)

    monkeypatch.setattr(Books, "walk", slow)
    app.world.page_size = 2
    foreseen = app.preview.preview_of(TENANT, app.configure.check(TENANT, wish()))
    assert not foreseen.complete
    assert 0 < foreseen.counters.total < FIRST.total


@pytest.mark.parametrize("trouble", [RetryLater("slow"), RateLimited("slots", wait_seconds=9)])
def test_a_preview_that_zoho_interrupts_shows_what_it_has(
    app: FakeApplication, monkeypatch: pytest.MonkeyPatch, trouble: UpstreamError
) -> None:
    walk = Books.walk

    def interrupted(books: Books, page: int, *, active: bool) -> CustomerPage:
        if page > 1:
            raise trouble
        return walk(books, page, active=active)

    monkeypatch.setattr(Books, "walk", interrupted)
    settings = app.configure.check(TENANT, wish())
    app.world.page_size = 2
    foreseen = app.preview.preview_of(TENANT, settings)
    assert not foreseen.complete
    assert foreseen.counters.total == 3  # a page of two, and the one that cannot be read


def test_a_preview_that_saw_nobody_is_refused(app: FakeApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> CustomerPage:
        raise RetryLater("slow")

    monkeypatch.setattr(Books, "walk", interrupted)
    with pytest.raises(RetryLater):
        app.preview.preview_of(TENANT, app.configure.check(TENANT, wish()))
