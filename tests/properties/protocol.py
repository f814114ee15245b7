"""Searches every state of `protocol_states`, also without one of the parts that the protocol is made of."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.domain.run import RunStatus
from tests.properties.protocol_states import (
    Runs,
    State,
    WithoutLease,
    WithoutTick,
    WithoutWishes,
    begin,
    steps,
)


@dataclass(frozen=True)
class Outcome:
    """`problem` is "" when every state keeps the rules; else `path` leads to the state that does not."""

    states: int
    transitions: int
    problem: str = ""
    path: tuple[str, ...] = ()


def check(runs: type[Runs] = Runs, *, sweeper: bool = True, begun: State | None = None) -> Outcome:
    """Search every state, then look for states from which no end can be reached without further trouble."""
    first = begun or begin(runs)
    known: dict[tuple[Any, ...], tuple[tuple[Any, ...] | None, str]] = {first.key(): (None, "")}
    back: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    good: list[tuple[Any, ...]] = []
    todo = deque([first])
    transitions = 0
    while todo:
        state = todo.popleft()
        here = state.key()
        problem = broken(state)
        if problem:
            return Outcome(len(known), transitions, problem, _path(known, here))
        if at_rest(state):
            good.append(here)
        for name, fair, after in steps(state, sweeper=sweeper):
            transitions += 1
            there = after.key()
            if fair:
                back.setdefault(there, []).append(here)
            if there not in known:
                known[there] = (here, name)
                todo.append(after)
    alive = _reaching(good, back)
    dead = next((key for key in known if key not in alive), None)
    if dead is not None:
        return Outcome(len(known), transitions, "a run that never ends", _path(known, dead))
    return Outcome(len(known), transitions)


def broken(state: State) -> str:
    """Return which rule this state breaks."""
    if len([each for each in state.slices if each.to_send is None]) > 1:
        return "two workers in one run at once"
    if max(state.commits) > 1:
        return "committed work was done twice"
    if state.early and state.nudges == 0 and state.sync == "active" and len(state.wishes) > 1:
        return "a waiting run was worked on before its time"
    return ""


def at_rest(state: State) -> bool:
    """The run has ended, or is paused because the user wants it so."""
    run = state.run
    paused = run.status is RunStatus.PAUSED and state.sync == "paused"
    return run.status.ended or (paused and state.nudges == 0)


def _reaching(
    good: list[tuple[Any, ...]], back: dict[tuple[Any, ...], list[tuple[Any, ...]]]
) -> set[tuple[Any, ...]]:
    found, todo = set(good), deque(good)
    while todo:
        for before in back.get(todo.popleft(), ()):
            if before not in found:
                found.add(before)
                todo.append(before)
    return found


def _path(
    known: dict[tuple[Any, ...], tuple[tuple[Any, ...] | None, str]], key: tuple[Any, ...] | None
) -> tuple[str, ...]:
    names: list[str] = []
    while key is not None:
        key, name = known[key]
        names.append(name)
    return tuple(reversed(names[:-1]))


def check_more() -> Outcome:
    """Search with more of everything than the quick check: minutes, not seconds."""
    wishes = ("paused", "active", "cancelled")
    return check(begun=begin(Runs, crashes=2, most_messages=3, wishes=wishes))


def check_cancelling() -> Outcome:
    return check(begun=begin(Runs, wishes=("cancelled",)))


VARIANTS: dict[str, Callable[[], Outcome]] = {
    "the sweeper": lambda: check(sweeper=False),
    "the tick": lambda: check(WithoutTick),
    "the lease": lambda: check(WithoutLease),
    "the wish": lambda: check(WithoutWishes),
}
