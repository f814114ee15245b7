"""Zoho fails for a while, or for one record for ever: nobody is lost, and nobody stops the rest."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from shared.domain.errors import ContactRefused, RequestRejected, RetryLater
from shared.domain.run import Mode, RunStatus
from shared.usecases.run_sync.work import RETRIES_AT_MOST
from tests.unit.run_sync.system import System
from tests.unit.run_sync.test_interruptions import POST, failing, system_of

POISON = RetryLater("could not answer just now", upstream_code="500", upstream_message="Internal error")


def calm(system: System) -> None:
    system.world.before = lambda _endpoint, _subject: None


def all_edited(system: System) -> None:
    for customer in list(system.world.customers.values()):
        system.clock.sleep(10)
        system.world.edit(customer.contact_id, first_name="New")


def stale(system: System) -> list[str]:
    return [email for email, member in system.world.members.items() if member.fields["First Name"] != "New"]


@pytest.mark.parametrize("error", [RetryLater("HTTP 500"), RequestRejected("A customer cannot be read")])
def test_one_customer_that_books_cannot_show_does_not_stop_the_full_runs(error: Exception) -> None:
    system = system_of(3)
    system.run()
    ghost = next(iter(system.world.customers))
    del system.world.customers[ghost]

    def before(endpoint: str, _subject: str) -> None:
        if endpoint == "books.contact":
            raise error

    system.world.before = before
    system.clock.sleep(8 * 86_400)
    assert system.run().status is RunStatus.COMPLETED
    calm(system)
    assert system.run(Mode.FULL).absent == 1


def test_a_spell_of_503_on_half_the_calls_skips_nobody() -> None:
    system = system_of(200)
    system.run()
    all_edited(system)
    chance = random.Random(1)
    system.world.before = failing(RetryLater("HTTP 503"), lambda _n, _e: chance.random() < 0.5)
    run = system.run()
    assert (run.status, run.counted.updated, run.counted.skipped_total) == (RunStatus.COMPLETED, 200, 0)
    assert stale(system) == []


def test_an_outage_with_a_code_skips_nobody_of_a_small_delta() -> None:
    system = system_of(10)
    system.run()
    all_edited(system)
    back_at = system.clock.now() + timedelta(minutes=10)
    system.world.before = failing(POISON, lambda _n, _e: system.clock.now() < back_at)
    assert system.run().counted.skipped_total == 0
    assert stale(system) == []


def test_a_record_skipped_for_a_fault_is_looked_at_again_by_the_next_run_alone() -> None:
    system = system_of(50)
    system.run()
    all_edited(system)
    system.world.before = failing(POISON, lambda _n, email: email == "c7@example.com")
    assert system.run().counted.skipped_total == 1
    calm(system)
    system.clock.sleep(86_400)
    system.calls()
    run = system.run()
    assert (run.mode, run.counted.updated, stale(system)) == (Mode.INCREMENTAL, 1, [])
    assert system.calls()["books.contact"] == 1
    system.clock.sleep(86_400)
    system.run()
    assert "books.contact" not in system.calls()


def test_a_record_that_fails_for_ever_costs_each_run_one_look_and_three_tries() -> None:
    system = system_of(50)
    system.world.before = failing(POISON, lambda _n, email: email == "c7@example.com")
    assert system.run().counted.skipped_total == 1
    for _ in range(3):
        system.clock.sleep(86_000)
        system.calls()
        began = system.clock.now()
        run = system.run()
        calls = system.calls()
        assert (run.counted.skipped_total, calls["books.contact"], calls[POST]) == (1, 1, 3)
        assert system.clock.now() - began < timedelta(minutes=1)


def test_a_record_to_be_looked_at_again_that_was_deleted_is_forgotten() -> None:
    system = system_of(50)
    system.world.before = failing(POISON, lambda _n, email: email == "c7@example.com")
    system.run()
    (waiting,) = system.sync.retry
    system.world.delete(waiting)
    system.run()
    assert system.sync.retry == ()


def test_records_too_many_to_be_remembered_make_the_next_run_a_full_one() -> None:
    system = system_of(800)
    chance = random.Random(2)
    ill = {f"c{number}@example.com" for number in chance.sample(range(800), RETRIES_AT_MOST + 10)}
    system.world.before = failing(POISON, lambda _n, email: email in ill)
    assert system.run().counted.skipped_total == RETRIES_AT_MOST + 10
    calm(system)
    run = system.run()
    assert (run.mode, run.counted.added) == (Mode.FULL, RETRIES_AT_MOST + 10)


def test_refusals_that_were_not_believed_are_posted_again_by_the_next_run() -> None:
    system = system_of(40)
    breakdown = ContactRefused("no", reason="refused_by_campaigns", upstream_code="9999")
    system.world.before = failing(breakdown, lambda number, _: number > 15)
    assert system.run().counted.skipped_total == 25
    calm(system)
    system.clock.sleep(86_400)
    run = system.run()
    assert (run.mode, run.counted.added) == (Mode.INCREMENTAL, 25)
