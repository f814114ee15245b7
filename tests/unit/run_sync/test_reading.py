"""Customers change while they are read: nobody is lost, nobody is counted twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.contact import SkipReason
from shared.domain.customer import Customer
from shared.domain.run import Mode, SkippedRecord
from shared.ports import CustomerPage
from tests.fakes.zoho import Books
from tests.unit.run_sync.system import SYNC, TENANT, System
from tests.unit.run_sync.test_interruptions import POST, assert_all_delivered_once, system_of

WALK = "books.contacts"


def at_read(system: System, number: int, action: Callable[[], object], *, of: str = "walk") -> None:
    """Let `action` happen just before the `number`th page from now of that kind is read."""
    reads = 0

    def before(endpoint: str, subject: str) -> None:
        nonlocal reads
        reads += endpoint == WALK and subject == of
        if (endpoint, subject, reads) == (WALK, of, number):
            action()

    system.world.before = before


def delete(system: System, email: str) -> None:
    (customer,) = [each for each in system.world.customers.values() if each.email == email]
    system.world.delete(customer.contact_id)


def test_a_new_customer_that_a_deletion_hid_in_the_first_run_is_found_in_it() -> None:
    system = system_of(1000)
    at_read(system, 3, lambda: delete(system, "c0@example.com"))
    run = system.run()
    assert run.counted.added == 1000
    assert_all_delivered_once(system, 1000)
    calls = system.calls()
    floor = 1000 / 200 + 1000 + 2
    assert sum(calls.values()) / floor <= 1.02


def test_a_changed_customer_that_a_deletion_hid_in_an_incremental_run_is_found_in_it() -> None:
    system = system_of(650)
    system.run()
    for customer in list(system.world.customers.values()):
        system.world.edit(customer.contact_id, first_name="Edited")
    system.calls()
    at_read(system, 2, lambda: delete(system, "c649@example.com"), of="changed")
    run = system.run(Mode.INCREMENTAL)
    assert run.counted.updated == 650
    assert {member.fields["First Name"] for member in system.world.members.values()} == {"Edited"}
    assert sum(system.calls().values()) <= 1.05 * (650 / 200 + 650 + 2)


def test_pages_that_post_little_are_read_once() -> None:
    system = system_of(450)
    system.run()
    for customer in list(system.world.customers.values()):
        system.world.edit(customer.contact_id, last_name="Not mapped")
    system.calls()
    assert system.run(Mode.INCREMENTAL).counted.unchanged == 450
    assert system.calls()[WALK] == 3


def test_a_customer_marked_active_between_the_two_walks_is_met() -> None:
    system = system_of(3)
    system.run()
    sleeper = system.world.add("sleeper@example.com", active=False)
    at_read(system, 2, lambda: system.world.edit(sleeper.contact_id, active=True))
    run = system.run(Mode.FULL)
    assert (run.counted.added, run.counted.unchanged) == (1, 3)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_row_edited_while_reading_is_counted_once_and_its_new_value_arrives(mode: Mode) -> None:
    system = system_of(450)
    system.run()
    people = list(system.world.customers.values())
    for customer in people:
        system.world.edit(customer.contact_id, first_name="One")
    kind = "walk" if mode is Mode.FULL else "changed"
    at_read(system, 2, lambda: system.world.edit(people[-1].contact_id, first_name="Two"), of=kind)
    assert system.run(mode).counted.total == 450
    system.world.before = lambda _endpoint, _subject: None
    system.run()
    assert system.world.members["c449@example.com"].fields["First Name"] == "Two"


def test_a_row_added_while_reading_is_met_by_this_run_or_by_the_next() -> None:
    system = system_of(450)
    at_read(system, 2, lambda: system.world.add("c450@example.com"))
    system.run()
    system.world.before = lambda _endpoint, _subject: None
    system.run()
    assert_all_delivered_once(system, 451)


def test_a_row_deleted_while_reading_hides_nobody_the_ledger_knows() -> None:
    system = system_of(450)
    system.run()
    system.clock.sleep(3600)
    at_read(system, 2, lambda: delete(system, "c0@example.com"))
    run = system.run(Mode.FULL)
    assert run.counted.total == 450


def test_a_customer_modified_in_the_very_second_of_the_watermark_is_not_lost() -> None:
    system = system_of(3)
    run = system.run()
    watermark = system.sync.watermark
    assert watermark is not None
    assert run.cursor.watermark == watermark
    victim = next(iter(system.world.customers.values()))
    fields = {**victim.fields, "first_name": "Same second"}
    system.world.customers[victim.contact_id] = replace(victim, fields=fields, modified_at=watermark)
    system.run()
    assert system.world.members[victim.email].fields["First Name"] == "Same second"


@pytest.mark.parametrize("skew", [timedelta(days=-400), timedelta(hours=-2), timedelta(days=3)])
def test_a_clock_of_ours_that_is_wrong_loses_no_change(skew: timedelta) -> None:
    """Only Books' own times place the watermark; `skew` is how far Books' clock is from ours."""
    system = system_of(3)
    for person, customer in list(system.world.customers.items()):
        moved = replace(
            customer, created_at=customer.created_at + skew, modified_at=customer.modified_at + skew
        )
        system.world.customers[person] = moved
    system.run()
    last = list(system.world.customers.values())[-1]
    edited = replace(
        last,
        fields={**last.fields, "first_name": "Skewed"},
        modified_at=last.modified_at + timedelta(seconds=1),
    )
    system.world.customers[last.contact_id] = edited
    assert system.run().counted.updated == 1
    assert system.sync.watermark == edited.modified_at


def test_addresses_are_one_by_case_and_composition_and_two_by_a_plus_tag() -> None:
    system = System()
    for email in (
        "jose\u0301@example.com",
        "JOS\u00c9@example.com",
        "ana+a@example.com",
        "ana+b@example.com",
    ):
        system.world.add(email)
    run = system.run()
    assert run.counted.skipped == {SkipReason.DUPLICATE_EMAIL: 1}
    assert run.counted.added == 3


def test_a_ledger_of_any_size_is_gone_through_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.usecases.run_sync.phases.ENTRIES_AT_ONCE", 100)
    system = system_of(900)
    system.run()
    entries = system.ledger.entries

    def slow(tenant: str, sync_id: str, *, after: str = "") -> object:
        for entry in entries(tenant, sync_id, after=after):
            system.clock.sleep(0.5)
            yield entry

    system.ledger.entries = slow  # type: ignore[method-assign,assignment]
    system.calls()
    run = system.run(Mode.FULL)
    assert run.counted.unchanged == 900
    assert run.tick > 3
    assert POST not in system.calls()
    assert len(system.ledger.stored[TENANT, SYNC]) == 900


def test_a_row_that_a_page_holds_twice_is_counted_and_posted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cut = Books._cut

    def doubled(books: Books, rows: Sequence[Customer], page: int) -> CustomerPage:
        found = cut(books, rows, page)
        return replace(found, customers=[*found.customers, *found.customers])

    monkeypatch.setattr(Books, "_cut", doubled)
    system = system_of(3)
    run = system.run()
    assert (run.counted.total, run.counted.added) == (3, 3)
    assert_all_delivered_once(system, 3)


def test_each_record_without_an_id_is_counted_whatever_page_it_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    walk = Books.walk

    def with_nameless(books: Books, page: int, *, active: bool) -> CustomerPage:
        nameless = SkippedRecord("", f"Nameless {page}", "", SkipReason.FIELD_INVALID, "contact_id: missing")
        return replace(walk(books, page, active=active), unreadable=(nameless,) if active else ())

    monkeypatch.setattr(Books, "walk", with_nameless)
    run = system_of(450).run()
    assert run.counted.total == 453
    assert run.counted.skipped == {SkipReason.FIELD_INVALID: 3}
