"""An address that several customers share has one owner, whatever moves between the pages."""

from __future__ import annotations

import pytest

from shared.domain.contact import SkipReason
from shared.domain.run import Mode
from tests.unit.run_sync.system import System
from tests.unit.run_sync.test_interruptions import system_of
from tests.unit.run_sync.test_reading import at_read


def owner_of(system: System, email: str) -> str:
    return system.world.members[email].fields["First Name"]


def test_of_two_newcomers_on_two_pages_one_is_posted_and_the_next_run_finds_the_right_one() -> None:
    system = system_of(3)
    system.run()
    system.world.page_size = 5
    system.world.add("twin@example.com", first_name="Older")
    for number in range(6):
        system.world.add(f"n{number}@example.com")
    system.world.add("TWIN@example.com", first_name="Younger")
    run = system.run()
    assert (run.counted.added, run.counted.skipped) == (7, {SkipReason.DUPLICATE_EMAIL: 1})
    assert owner_of(system, "twin@example.com") == "Younger"
    assert system.run().mode is Mode.FULL
    assert owner_of(system, "twin@example.com") == "Older"
    assert system.run().mode is Mode.INCREMENTAL


@pytest.mark.parametrize("given_up_for", ["fine@example.com", "", "nowhere", "c0@example.com"])
def test_an_address_given_up_frees_the_duplicate(given_up_for: str) -> None:
    system = system_of(1)
    owner = system.world.add("shared@example.com", first_name="Owner")
    system.world.add("shared@example.com", first_name="Twin")
    system.run()
    system.clock.sleep(86_400)
    system.world.edit(owner.contact_id, email=given_up_for)
    system.run()
    system.clock.sleep(86_400)
    assert system.run().mode is Mode.FULL
    assert owner_of(system, "shared@example.com") == "Twin"


def test_an_active_newcomer_takes_the_address_of_an_owner_that_became_inactive() -> None:
    system = system_of(1)
    owner = system.world.add("shared@example.com", first_name="Owner")
    system.run()
    system.world.edit(owner.contact_id, active=False)
    system.run()
    system.world.add("shared@example.com", first_name="Active")
    assert system.run().counted.added == 1
    assert owner_of(system, "shared@example.com") == "Active"


def shared_by_two() -> tuple[System, str]:
    """Return a system after its first run, and the id of the owner of the shared address."""
    system = System()
    system.world.page_size = 2
    for number in range(2):
        system.world.add(f"c{number}@example.com", first_name="x")
    owner = system.world.add("shared@example.com", first_name="Owner")
    for number in range(3):
        system.world.add(f"d{number}@example.com", first_name="x")
    system.world.add("shared@example.com", first_name="Twin")
    system.run()
    assert owner_of(system, "shared@example.com") == "Owner"
    system.clock.sleep(3600)
    return system, owner.contact_id


def test_an_owner_that_a_deletion_hid_keeps_its_address() -> None:
    system, _ = shared_by_two()
    first = next(iter(system.world.customers))
    at_read(system, 2, lambda: system.world.delete(first))
    assert system.run(Mode.FULL).counted.updated == 0
    assert owner_of(system, "shared@example.com") == "Owner"


def test_the_address_of_a_deleted_owner_goes_to_the_duplicate_in_the_same_full_pass() -> None:
    system, owner = shared_by_two()
    system.world.delete(owner)
    system.run(Mode.FULL)
    assert owner_of(system, "shared@example.com") == "Twin"


def test_a_full_pass_gives_the_address_of_an_owner_that_became_inactive_to_the_active_newcomer() -> None:
    system = System()
    owner = system.world.add("shared@example.com", first_name="Owner")
    system.run()
    system.world.add("shared@example.com", first_name="Active")
    system.world.edit(owner.contact_id, active=False)
    system.clock.sleep(700)
    run = system.run(Mode.FULL)
    assert (run.counted.added, run.counted.skipped) == (1, {SkipReason.DUPLICATE_EMAIL: 1})
    assert owner_of(system, "shared@example.com") == "Active"
