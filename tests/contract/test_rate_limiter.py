"""Pacing that workers share."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from shared.domain import pacing
from shared.domain.pacing import CAMPAIGNS_READ, Endpoint, Slots, Window
from tests.contract.backends import Backend
from tests.factories import NOW

ACCOUNT = "campaigns/eu/owner@example.com"
# The real limits without the burst, so that every gap can be foreseen.
SUBSCRIBE = replace(pacing.SUBSCRIBE, burst=1)
SMALL = Endpoint("small", (Window(60, 60), Window(100, 3600), Window(150, 86_400)), burst=5)


def take(
    backend: Backend,
    endpoint: Endpoint = SUBSCRIBE,
    *,
    account: str = ACCOUNT,
    now: datetime = NOW,
    wanted: int = 25,
    seconds: float = 60,
) -> Slots:
    return backend.limiter.take(
        account, endpoint, now=now, wanted=wanted, horizon=now + timedelta(seconds=seconds)
    )


def test_slots_follow_one_another_evenly(backend: Backend) -> None:
    first, second = take(backend), take(backend)

    assert (first.count, second.count) == (25, 25)
    assert first.first_at == NOW.timestamp()
    assert second.first_at == pytest.approx(first.first_at + 25 * first.interval_seconds, abs=1e-5)


def test_a_slot_is_never_handed_out_earlier_than_the_interval_allows(backend: Backend) -> None:
    taken = [take(backend, wanted=1) for _ in range(40)]
    times = [slots.first_at for slots in taken]
    gaps = [later - earlier for earlier, later in pairwise(times)]

    assert min(gaps) >= SUBSCRIBE.interval_seconds - 2e-6


def test_no_slot_lies_behind_the_horizon(backend: Backend) -> None:
    near = take(backend, wanted=1000, seconds=1)

    assert near.count == int(1 / SUBSCRIBE.interval_seconds) + 1
    assert take(backend, seconds=1).count == 0


def test_nothing_is_reserved_when_nothing_is_free(backend: Backend) -> None:
    take(backend, wanted=1000, seconds=1)
    none = take(backend, seconds=1)
    again = take(backend, seconds=1)

    assert (none.count, none) == (0, again)
    assert none.retry_at > (NOW + timedelta(seconds=1)).timestamp()


def test_long_windows_are_remembered_across_takes(backend: Backend) -> None:
    moment, counted = NOW, 0
    for _ in range(30):
        slots = take(backend, SMALL, now=moment, wanted=10, seconds=60)
        counted += slots.count
        moment += timedelta(seconds=60)

    assert counted == SMALL.windows[1].usable == 98
    refused = take(backend, SMALL, now=moment)
    assert refused.count == 0
    assert refused.retry_at > (NOW + timedelta(hours=1)).timestamp()


def test_what_left_a_window_is_free_again_but_not_in_the_longer_one(backend: Backend) -> None:
    moment, counted = NOW, 0
    for _ in range(60 * 5):
        counted += take(backend, SMALL, now=moment, wanted=5, seconds=60).count
        moment += timedelta(seconds=60)

    assert counted == SMALL.windows[2].usable == 147


def test_accounts_and_endpoints_are_paced_apart(backend: Backend) -> None:
    take(backend, wanted=1000, seconds=1)

    assert take(backend, seconds=1).count == 0
    assert take(backend, CAMPAIGNS_READ, seconds=1).count == 25
    assert take(backend, account="campaigns/eu/other@example.com", seconds=1).count > 0


def test_a_blocked_endpoint_gives_no_slots_until_then(backend: Backend) -> None:
    take(backend)
    until = NOW + timedelta(minutes=30)
    backend.limiter.block(ACCOUNT, SUBSCRIBE, until)

    blocked = take(backend, now=NOW + timedelta(minutes=29))
    assert (blocked.count, blocked.retry_at) == (0, until.timestamp())
    assert take(backend, now=until).count == 25
    assert take(backend, CAMPAIGNS_READ).count == 25


def test_an_endpoint_can_be_blocked_before_its_first_call(backend: Backend) -> None:
    until = NOW + timedelta(minutes=30)
    backend.limiter.block(ACCOUNT, SUBSCRIBE, until)

    assert take(backend).retry_at == until.timestamp()
    assert take(backend, now=until).count == 25


def test_a_shorter_block_does_not_shorten_a_longer_one(backend: Backend) -> None:
    until = NOW + timedelta(minutes=30)
    backend.limiter.block(ACCOUNT, SUBSCRIBE, until)
    backend.limiter.block(ACCOUNT, SUBSCRIBE, NOW + timedelta(minutes=5))

    assert take(backend).retry_at == until.timestamp()
    backend.limiter.block(ACCOUNT, SUBSCRIBE, until + timedelta(minutes=1))
    assert take(backend).retry_at == (until + timedelta(minutes=1)).timestamp()
