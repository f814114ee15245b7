"""The protocol of messages, lease, tick, wishes and sweeper as a graph of states, searched to its end.

The transitions are those of the code: `fakes.Runs` (held to the table's adapter by the contract suite),
`wake_up` and `Sweeper`. Only the slice's work is reduced to looking at the sync and committing. Time is
whole units; what lies in the past is one moment, so the graph is finite.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain.run import Cursor, Mode, Run, RunStatus, Trigger
from shared.ports import WakeUp
from shared.usecases.run_sync.control import wake_up
from shared.usecases.run_sync.sweeper import Sweeper
from tests import fakes

START = datetime(2026, 1, 1, tzinfo=UTC)
UNIT = timedelta(seconds=1)
LEASE = 2
WAIT = 2
PAGES = 2
WAITS_BEFORE = 1  # the page before which the run has to wait, as for a lock


class Runs(fakes.Runs):
    """The store of the suite, with a way to be copied."""

    checks_tick = True

    def copy(self) -> Runs:
        other = type(self)()
        other.stored, other._due, other._nudged = dict(self.stored), dict(self._due), dict(self._nudged)
        return other


class WithoutTick(Runs):
    checks_tick = False

    def acquire(self, run: Run, **asked: Any) -> Run | None:
        stored = self.stored[self._key(run)]
        return super().acquire(replace(run, tick=stored.tick), **asked)


class WithoutLease(Runs):
    def acquire(self, run: Run, **asked: Any) -> Run | None:
        stored = self.stored[self._key(run)]
        self.stored[self._key(run)] = replace(stored, lease_owner=None, lease_until=None)
        return super().acquire(run, **asked)


class WithoutWishes(Runs):
    def wake(self, tenant: str, sync_id: str, run_id: str, at: datetime) -> Run | None:
        woken = super().wake(tenant, sync_id, run_id, at)
        self._nudged.clear()
        return woken


@dataclass
class Slice:
    """A worker at work: what it holds, what it saw of the sync (None: not yet), what it has yet to send."""

    run: Run
    saw: str | None = None
    to_send: Run | None = None


@dataclass
class State:
    """One moment: the store, the queue, the workers, the user's sync, and the trouble still to come."""

    runs: Runs
    now: int = 0
    messages: list[int] = field(default_factory=list)
    slices: list[Slice] = field(default_factory=list)
    sync: str = "active"
    nudges: int = 0
    commits: tuple[int, ...] = (0,) * PAGES
    early: bool = False
    duplicates: int = 1
    losses: int = 1
    crashes: int = 1
    most_messages: int = 2
    wishes: tuple[str, ...] = ("paused", "active")

    @property
    def run(self) -> Run:
        return next(iter(self.runs.stored.values()))

    def copy(self) -> State:
        slices = [replace(each) for each in self.slices]
        return replace(self, runs=self.runs.copy(), messages=list(self.messages), slices=slices)

    def key(self) -> tuple[Any, ...]:
        run = self.run

        def ahead(moment: datetime | None) -> int | None:
            return None if moment is None else max(-1, int((moment - START) / UNIT) - self.now)

        held = [(s.run.epoch - run.epoch, s.run.tick - run.tick, s.saw, bool(s.to_send)) for s in self.slices]
        until = ahead(run.lease_until) if run.lease_owner else None
        due = ahead(self.runs.next_due_at())
        ticks = tuple(sorted(run.tick - tick for tick in self.messages))
        place = (run.status, run.cursor.page, until, ahead(run.wake_at), due, bool(self.runs._nudged))
        left = (self.duplicates, self.losses, self.crashes, self.wishes, self.nudges)
        return (place, ticks, tuple(sorted(held, key=str)), self.sync, self.commits, self.early, left)


Step = tuple[str, bool, State]


def begin(runs: type[Runs], **trouble: Any) -> State:
    """Return a run just queued, with its message; `trouble` is how much of it is to come."""
    store = runs()
    run = Run(
        id="run",
        tenant="tenant",
        sync_id="sync",
        trigger=Trigger.MANUAL,
        mode=Mode.FULL,
        status=RunStatus.QUEUED,
        created_at=START,
        settings_revision=1,
        wake_at=START,
        cursor=Cursor(page=0),
    )
    store.create(run)
    return State(store, messages=[0], **trouble)


class Clock:
    def __init__(self, now: int) -> None:
        self._now = now

    def now(self) -> datetime:
        return START + self._now * UNIT

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody waits here")


class Outbox:
    """A queue for the sweeper and the workers: bounded, for a message more than enough changes nothing."""

    def __init__(self, state: State) -> None:
        self._state = state

    def send(self, message: WakeUp, *, delay_seconds: int = 0, bulk: bool = False) -> None:
        if len(self._state.messages) < self._state.most_messages:
            self._state.messages.append(message.tick)


def steps(state: State, *, sweeper: bool = True) -> Iterator[Step]:
    """Yield what may happen next: its name, whether it happens by itself in the end, the state after it."""
    yield from _messages(state)
    yield from _workers(state)
    yield from _user(state)
    after = state.copy()
    after.now += 1
    # A function's time is over before its lease: nobody works with a lease that has ended.
    now = Clock(after.now).now()
    after.slices = [s for s in after.slices if s.run.lease_until is not None and s.run.lease_until > now]
    yield "time passes", True, after
    if sweeper:
        after = state.copy()
        Sweeper(runs=after.runs, queue=Outbox(after), clock=Clock(after.now)).sweep()
        yield "sweep", True, after


def _messages(state: State) -> Iterator[Step]:
    for tick in set(state.messages):
        after = state.copy()
        after.messages.remove(tick)
        _receive(after, tick)
        yield "deliver", True, after
        if state.duplicates:
            after = state.copy()
            after.duplicates -= 1
            _receive(after, tick)
            yield "deliver twice", False, after
        if state.losses:
            after = state.copy()
            after.losses -= 1
            after.messages.remove(tick)
            yield "lose", False, after


def _receive(state: State, tick: int) -> None:
    run, now = state.run, Clock(state.now).now()
    if run.status.ended or (state.runs.checks_tick and run.tick != tick):
        return
    owner = f"worker {run.epoch + 1}"
    waits = run.status is RunStatus.WAITING and run.wake_at is not None and run.wake_at > now
    leased = state.runs.acquire(replace(run, tick=tick), owner=owner, until=now + LEASE * UNIT, now=now)
    if leased is not None:
        state.early = state.early or waits
        state.slices.append(Slice(leased))


def _workers(state: State) -> Iterator[Step]:
    for number, work in enumerate(state.slices):
        after = state.copy()
        mine = after.slices[number]
        if work.to_send is not None:
            Outbox(after).send(wake_up(work.to_send))
            after.slices.pop(number)
            yield "send", True, after
        elif work.saw is None:
            mine.saw = state.sync
            yield "look", True, after
        else:
            _commit(after, number)
            yield "commit", True, after
        if state.crashes:
            after = state.copy()
            after.crashes -= 1
            after.slices.pop(number)
            yield "crash", False, after


def _commit(state: State, number: int) -> None:
    """End the slice as `Ending` does: what it saw of the sync decides how."""
    work, now = state.slices[number], Clock(state.now).now()
    run = work.run
    if work.saw == "cancelled":
        wanted = replace(run, status=RunStatus.CANCELLED, wake_at=None)
    elif work.saw == "paused":
        wanted = replace(run, status=RunStatus.PAUSED, wake_at=None)
    else:
        page = run.cursor.page
        wanted = replace(
            run, cursor=replace(run.cursor, page=page + 1), status=RunStatus.RUNNING, wake_at=now
        )
        if page + 1 == PAGES:
            wanted = replace(wanted, status=RunStatus.COMPLETED, wake_at=None)
        elif page + 1 == WAITS_BEFORE:
            wanted = replace(wanted, status=RunStatus.WAITING, wake_at=now + WAIT * UNIT)
        counts = list(state.commits)
        counts[page] += 1
        state.commits = tuple(counts)
    stored = state.runs.commit(wanted)
    idle = stored.wake_at is None or stored.status is RunStatus.PAUSED
    later = stored.wake_at is not None and stored.wake_at > now
    if idle or later:
        state.slices.pop(number)
    else:
        work.to_send = stored


def _user(state: State) -> Iterator[Step]:
    for wish in state.wishes:
        if wish == "active" and state.sync != "paused":
            continue
        after = state.copy()
        after.sync = wish
        after.wishes = tuple(each for each in state.wishes if each != wish)
        after.nudges += 1
        yield wish, False, after
    if state.nudges:
        after = state.copy()
        after.nudges -= 1
        run = after.run
        woken = after.runs.wake(run.tenant, run.sync_id, run.id, Clock(after.now).now())
        if woken is not None:
            Outbox(after).send(wake_up(woken))
        yield "nudge", True, after
