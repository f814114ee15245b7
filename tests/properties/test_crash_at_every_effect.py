"""A worker may die before or after any single effect: the end is the same, and little is sent twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from shared.domain.run import Mode, Run, Trigger
from shared.ports import WakeUp
from tests.fakes.crashing import Crash, Fate
from tests.unit.run_sync.system import SYNC, TENANT, System

RESENT_AT_MOST = 25
POST = "campaigns.subscribe"


def first_load(system: System) -> Mode:
    """A list with members, people who opted out, duplicates and bad addresses; two pages of each status."""
    system.world.page_size = 9
    for number in range(14):
        system.world.add(f"c{number}@example.com", first_name=f"N{number}", mobile="1")
    for email in ("", "nowhere", "C3@example.com", "gone@example.com"):
        system.world.add(email)
    system.world.add("quiet@example.com", active=False)
    system.world.add("c4@example.com", active=False)
    system.world.opt_out("gone@example.com")
    system.world.opt_out("c5@example.com", "bounce")
    system.world.opt_out("c6@example.com", "active")
    return Mode.FULL


def changes_since(system: System) -> Mode:
    """An incremental run: edits, a new customer, a changed address, a better owner of an address."""
    first_load(system)
    system.run()
    people = list(system.world.customers.values())
    for person in people[:8]:
        system.world.edit(person.contact_id, first_name="Edited")
    system.world.edit(people[8].contact_id, email="c8-new@example.com")
    system.world.edit(people[0].contact_id, email="c9@example.com")
    system.world.add("new@example.com", first_name="New")
    system.world.opt_out("c1@example.com")
    return Mode.INCREMENTAL


def deletions(system: System) -> Mode:
    """A full pass that misses deleted customers and confirms each."""
    first_load(system)
    system.run()
    people = list(system.world.customers.values())
    for person in (people[2], people[7]):
        system.world.delete(person.contact_id)
    system.world.edit(people[10].contact_id, first_name="Edited")
    return Mode.FULL


def large_page(system: System) -> Mode:
    """A page so large that its ledger entries and its progress are stored while it is still being posted."""
    for number in range(100):
        system.world.add(f"c{number:02}@example.com", first_name=f"N{number}")
    for email in ("nowhere", "C03@example.com"):
        system.world.add(email)
    return Mode.FULL


SCENARIOS = (first_load, changes_since, deletions, large_page)


@dataclass(frozen=True)
class End:
    """What must be the same however often the worker died."""

    run: dict[str, Any]
    sync: dict[str, Any]
    members: dict[str, tuple[str, dict[str, str]]]
    ledger: dict[str, tuple[Any, ...]]
    skipped: list[tuple[str, ...]]
    notes: list[str]


def end_of(system: System, run: Run) -> End:
    return End(
        run={
            "status": run.status,
            "counters": (run.counters.added, run.counters.updated, run.counters.unchanged),
            "skipped": dict(run.counters.skipped),
            "page": run.page_counters.total,
        },
        sync={
            "watermark": system.sync.watermark,
            "current": system.sync.current_run_id,
            "last": system.sync.last_run_id,
            "status": system.sync.status,
            "members_known": system.sync.members_known,
        },
        members={
            email: (member.status, dict(member.fields)) for email, member in system.world.members.items()
        },
        ledger={
            entry.contact_id: (entry.status, entry.email_digest, entry.fingerprint, entry.outcome)
            for entry in system.ledger.entries(TENANT, SYNC)
        },
        skipped=sorted(tuple(row.values()) for row in _rows(system, run)),
        notes=sorted(note.id for note in system.notifications.list(TENANT, limit=99, cursor=None).items),
    )


def _rows(system: System, run: Run) -> list[dict[str, str]]:
    return system.skipped_of(run) if run.counters.skipped_total else []


def work_under(system: System, fate: Fate, mode: Mode) -> Run:
    """Run to the end with a worker that dies by `fate` once; AWS delivers its message again."""
    system.tokens.keys[TENANT] = b"k" * 32
    system.control, system.worker, system.sweeper = system.wire(fate.through)
    redelivered: list[WakeUp] = []
    try:
        run = system.start(mode)
    except Crash:
        system.control, system.worker, system.sweeper = system.wire()
        run = system.control.start(system.sync, trigger=Trigger.MANUAL, mode=mode, due_at=system.clock.now())
    while True:
        message = system.queue.receive()
        if message is None:
            break
        try:
            system.worker.handle(message, budget_seconds=180)
        except Crash:
            redelivered.append(message)
            system.control, system.worker, system.sweeper = system.wire()
            break
    for message in redelivered:
        system.queue.send(message, delay_seconds=900)
    system.settle()
    return system.ended(run)


def prepared(scenario: Callable[[System], Mode]) -> tuple[System, Mode]:
    system = System()
    system.tokens.keys[TENANT] = b"k" * 32
    return system, scenario(system)


def test_a_large_page_is_stored_in_parts() -> None:
    """What the sweep over it is for: a crash before and after a batch for the ledger, and a checkpoint."""
    system, mode = prepared(large_page)
    undisturbed = Fate()
    work_under(system, undisturbed, mode)
    effects = undisturbed.effects
    first, last = effects.index(POST), len(effects) - effects[::-1].index(POST)
    within = Counter(effects[first:last])
    assert within["ledger.put_many"] >= 5
    assert within["runs.checkpoint"] >= 1
    assert within["skipped.put_part"] >= 1


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_the_end_is_that_of_an_uninterrupted_run(scenario: Callable[[System], Mode]) -> None:
    system, mode = prepared(scenario)
    undisturbed = Fate()
    expected = end_of(system, work_under(system, undisturbed, mode))
    posts = Counter(email for _, email in system.world.posts)
    effects = undisturbed.effects
    assert len(effects) > 15
    for at in range(1, len(effects) + 1):
        for before in (True, False):
            system, mode = prepared(scenario)
            moment = f"{'before' if before else 'after'} effect {at}, {effects[at - 1]}"
            run = work_under(system, Fate(at, before=before), mode)
            assert comparable(end_of(system, run)) == comparable(expected), moment
            resent = Counter(email for _, email in system.world.posts)
            resent.subtract(posts)
            assert min(resent.values(), default=0) >= 0, f"lost {moment}"
            assert sum(resent.values()) <= RESENT_AT_MOST, moment
            assert system.world.offences == []


def comparable(end: End) -> End:
    """Leave out ids that contain the time of the start."""
    return replace(
        end,
        sync={**end.sync, "last": bool(end.sync["last"])},
        notes=[note.partition("-")[2] for note in end.notes],
    )
