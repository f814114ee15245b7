"""The people who opted out: read in time, read in slices, never posted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.contact import SkipReason
from shared.domain.errors import RateLimited, RetryLater
from shared.domain.pacing import SUBSCRIBE
from shared.usecases.run_sync import exclusions
from shared.usecases.run_sync.exclusions import Reading
from tests.fakes import zoho
from tests.unit.run_sync.system import System
from tests.unit.run_sync.test_interruptions import (
    POST,
    assert_all_delivered_once,
    during_the_run,
    failing,
    system_of,
)

READ = "campaigns.members.unsub"
PAGE = 10


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoho, "MEMBER_PAGE", PAGE)


def with_opted_out(size: int, people: int) -> System:
    system = system_of(size)
    for number in range(people):
        system.world.opt_out(f"gone{number}@example.com")
    return system


def slow_reads(system: System, seconds: float) -> None:
    def before(endpoint: str, _subject: str) -> None:
        if endpoint == READ:
            system.clock.sleep(seconds)

    system.world.before = before


def test_a_list_whose_reading_takes_longer_than_a_slice_is_read_in_several() -> None:
    system = with_opted_out(300, PAGE * 20)
    system.world.add("gone7@example.com")
    slow_reads(system, 30)
    run = system.run()
    assert (run.counted.added, run.counted.skipped) == (300, {SkipReason.UNSUBSCRIBED: 1})
    assert system.world.offences == []
    assert_all_delivered_once(system, 300)


def test_a_list_whose_reading_takes_longer_than_it_stays_fresh_does_not_keep_a_run_from_posting() -> None:
    system = with_opted_out(1500, PAGE * 60)
    slow_reads(system, 15)
    run = system.run()
    assert run.counted.added == 1500
    assert system.world.calls[READ] <= 60 * 12
    assert_all_delivered_once(system, 1500)


def test_a_long_list_may_be_used_for_five_times_as_long_as_reading_it_takes() -> None:
    began_at = System().clock.now()
    reading = Reading(began_at)
    reading.pages = 1500
    use = reading.exclusions(began_at + timedelta(minutes=18)).fresh_until - began_at
    assert timedelta(minutes=80) < use < timedelta(minutes=90)


def test_a_reading_interrupted_by_a_crash_loses_nobody() -> None:
    system = with_opted_out(20, PAGE * 12)
    system.world.add("gone119@example.com")
    slow_reads(system, 30)
    started = system.start()
    system.deliver()
    system.files.delete_all("tenant", "sync")
    system.settle()
    assert system.ended(started).counted.skipped == {SkipReason.UNSUBSCRIBED: 1}
    assert system.world.offences == []


@pytest.mark.parametrize("error", [RateLimited("locked", wait_seconds=1800), RetryLater("outage")])
def test_an_opt_out_between_read_and_retry_is_respected(error: Exception) -> None:
    system = system_of(30)

    def opt_out_then_fail(endpoint: str, subject: str) -> None:
        if endpoint == POST and len(system.world.posts) == 10 and system.clock.now() < back_at:
            system.world.opt_out("c20@example.com")
            raise error

    back_at = system.clock.now() + timedelta(minutes=12)
    system.world.before = opt_out_then_fail
    run = system.run()
    assert run.counted.skipped == {SkipReason.UNSUBSCRIBED: 1}
    assert system.world.offences == []
    assert "c20@example.com" not in {email for _, email in system.world.posts}


def test_an_opt_out_within_a_page_is_respected_once_the_exclusions_are_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exclusions, "MAX_AGE", timedelta(seconds=10))
    monkeypatch.setattr(exclusions, "LEAST_USE", timedelta())
    system = system_of(200)
    during_the_run(system, 20, lambda: system.world.opt_out("c150@example.com"))
    run = system.run()
    assert run.counted.skipped == {SkipReason.UNSUBSCRIBED: 1}
    assert "c150@example.com" not in {email for _, email in system.world.posts}


def test_slots_that_passed_while_the_exclusions_were_read_are_void(monkeypatch: pytest.MonkeyPatch) -> None:
    """Used late they would leave beside those of other workers, and a minute would see too many."""
    monkeypatch.setattr(exclusions, "MAX_AGE", timedelta(seconds=6.4))
    monkeypatch.setattr(exclusions, "LEAST_USE", timedelta(seconds=6.4))
    monkeypatch.setattr(exclusions, "READING_SHARE", 0)
    system = with_opted_out(600, PAGE * 30)
    account = system.connections.stored["tenant"].campaigns_account
    times: list[float] = []

    def others_use_the_pace(endpoint: str, _subject: str) -> None:
        now = system.clock.now()
        if endpoint == POST:
            times.append(now.timestamp())
        if endpoint == READ and times:
            end = now + timedelta(seconds=2.4)
            slots = system.limiter.take(account, SUBSCRIBE, now=now, wanted=99, horizon=end)
            times.extend(slots.first_at + number * slots.interval_seconds for number in range(slots.count))
            system.clock.sleep(2.4)

    system.world.before = others_use_the_pace
    system.run()
    times.sort()
    assert min(last - first for first, last in zip(times, times[500:], strict=False)) >= 60
    assert_all_delivered_once(system, 600)


def test_exclusions_whose_file_expired_are_read_again() -> None:
    system = system_of(30)
    system.world.before = failing(RateLimited("locked", wait_seconds=60), lambda number, _: number == 1)
    started = system.start()
    system.deliver()
    for blobs in system.files.stored.values():
        blobs.pop("exclusions", None)
    system.settle()
    assert system.ended(started).counted.added == 30
