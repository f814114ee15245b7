"""A request to this API is answered in time, however slow Zoho is."""

from __future__ import annotations

import pytest

from shared.adapters.zoho.deadline import answering_within, at_most
from shared.adapters.zoho.pace import Pace
from shared.domain.connection import Tokens
from shared.domain.errors import RateLimited, RetryLater
from shared.domain.pacing import Endpoint, Window
from tests.unit.zoho.peer import get, http, listening, site
from tests.unit.zoho.stand_ins import ACCESS, NOW, Desk, MemoryLimiter, StillClock

SLOW = Endpoint("slow", (Window(60, 60),))


def test_a_hanging_call_is_given_up_at_the_deadline() -> None:
    with (
        listening(http(b"{}"), pause_seconds=1) as peer,
        site(peer) as where,
        answering_within(0.1),
        pytest.raises(RetryLater, match="in time"),
    ):
        get(where)


def test_slow_calls_share_one_deadline() -> None:
    with (
        listening(http(b"{}"), pause_seconds=0.15) as peer,
        site(peer) as where,
        answering_within(0.5),
        pytest.raises(RetryLater, match="in time"),
    ):
        [get(where) for _ in range(5)]
    assert 0 < len(peer.requests) < 5


def test_after_the_deadline_no_call_leaves() -> None:
    with listening(http(b"{}")) as peer, site(peer) as where, answering_within(0), pytest.raises(RetryLater):
        get(where)
    assert peer.requests == []


def test_without_a_deadline_calls_keep_their_own_time() -> None:
    with answering_within(0.01):
        pass
    assert at_most(30) == 30


def test_an_inner_deadline_does_not_outlast_the_outer_one() -> None:
    with answering_within(1), answering_within(60):
        assert at_most(30) <= 1


def test_a_slot_beyond_the_deadline_is_handed_back_at_once() -> None:
    clock = StillClock()
    pace = Pace(MemoryLimiter(), clock, "account")
    pace.run(SLOW, lambda: None)
    with answering_within(0.5), pytest.raises(RateLimited) as limited:
        pace.run(SLOW, lambda: None)
    assert limited.value.wait_seconds >= 1
    assert clock.slept == []


def test_a_slot_in_hand_is_not_waited_for_beyond_the_deadline() -> None:
    clock = StillClock()
    pace = Pace(MemoryLimiter(), clock, "account")
    for _ in range(2):
        pace.run(SLOW, lambda: None)
    slept = list(clock.slept)
    with answering_within(0.5), pytest.raises(RateLimited):
        pace.run(SLOW, lambda: None)
    assert clock.slept == slept


def test_nobody_waits_beyond_the_deadline_for_another_worker_to_renew() -> None:
    desk = Desk(stored=Tokens("1000.refresh", ACCESS, NOW, "http://127.0.0.1:1"))
    desk.store.lock = ("another worker", NOW.replace(year=NOW.year + 1))
    with answering_within(2), pytest.raises(RetryLater, match="Another worker"):
        desk.books.organizations()
    assert sum(desk.clock.slept) < 5
