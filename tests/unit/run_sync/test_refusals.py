"""Contacts that Campaigns will not take, and answers that are not about contacts at all."""

from __future__ import annotations

import pytest

from shared.domain.contact import SkipReason
from shared.domain.errors import ContactLimit, ContactRefused, RetryLater, SyncError, TargetGone
from shared.domain.plan import EntryStatus
from shared.domain.run import Mode, RunStatus
from tests.unit.run_sync.system import SYNC, TENANT, System
from tests.unit.run_sync.test_interruptions import POST, assert_all_delivered_once, failing, system_of

REFUSED = ContactRefused("no", reason="invalid_email", upstream_code="2004", upstream_message="Invalid.")


def refused_in_ledger(system: System) -> int:
    entries = system.ledger.entries(TENANT, SYNC)
    return sum(entry.status is EntryStatus.REFUSED for entry in entries)


def test_refusals_are_added_up_over_pages_before_they_are_believed() -> None:
    system = system_of(25)
    system.world.page_size = 8
    system.world.before = failing(REFUSED, lambda _number, _: True)
    run = system.run()
    assert (run.status, run.error_code) == (RunStatus.FAILED, "every_contact_refused")
    assert refused_in_ledger(system) == 0
    system.world.before = lambda _endpoint, _subject: None
    assert system.run(Mode.FULL).counted.added == 25


def test_a_breakdown_after_some_acceptances_is_not_written_down_as_refusals() -> None:
    system = system_of(60)
    system.world.before = failing(REFUSED, lambda number, _: number > 20)
    run = system.run()
    assert run.counted.skipped == {SkipReason.INVALID_EMAIL: 40}
    assert refused_in_ledger(system) == 0
    system.world.before = lambda _endpoint, _subject: None
    assert system.run(Mode.FULL).counted.added == 40


def test_a_few_refusals_at_the_end_are_believed() -> None:
    system = system_of(10)
    system.world.before = failing(REFUSED, lambda number, _: number > 7)
    system.run()
    assert refused_in_ledger(system) == 3
    system.calls()
    assert system.run(Mode.FULL).counted.skipped == {SkipReason.INVALID_EMAIL: 3}
    assert POST not in system.calls()


@pytest.mark.parametrize("position", [0, 15, 29])
def test_a_record_that_always_fails_without_a_word_of_zohos_is_skipped_in_the_end(position: int) -> None:
    system = system_of(30)
    poison = f"c{position}@example.com"
    system.world.before = failing(RetryLater("HTTP 500"), lambda _, email: email == poison)
    run = system.run()
    assert (run.status, run.counted.added, run.counted.skipped_total) == (RunStatus.COMPLETED, 29, 1)
    (row,) = system.skipped_of(run)
    assert row["email"] == poison


def test_an_outage_of_seconds_at_the_last_contact_skips_nobody() -> None:
    system = system_of(30)
    system.world.before = failing(RetryLater("HTTP 503"), lambda number, _: 30 <= number < 36)
    run = system.run()
    assert run.counted.added == 30
    assert_all_delivered_once(system, 30)


def test_an_outage_with_a_code_of_zohos_stops_instead_of_skipping_everybody() -> None:
    system = system_of(300)
    fault = RetryLater("retry", upstream_code="2001", upstream_message="Error in subscription")
    system.world.before = failing(fault, lambda _number, _: True)
    run = system.run()
    assert run.status is RunStatus.FAILED
    system.world.before = lambda _endpoint, _subject: None
    assert system.run(Mode.FULL).counted.added == 300


GONE: list[SyncError] = [
    TargetGone("Zoho Campaigns no longer knows this list", upstream_code="2501"),
    TargetGone("A mapped field is gone", code="field_gone"),
]


@pytest.mark.parametrize("gone", GONE, ids=["list", "field"])
def test_a_list_or_field_deleted_during_a_run_ends_it_with_its_counts(gone: SyncError) -> None:
    system = system_of(30)
    system.world.before = failing(gone, lambda number, _: number > 12)
    run = system.run()
    assert (run.status, run.error_code, run.counted.added) == (RunStatus.FAILED, gone.code, 12)
    assert system.sync.attention == gone.message


def test_a_field_deleted_before_a_full_run_is_named() -> None:
    system = system_of(3)
    system.run()
    del system.world.fields["First Name"]
    run = system.run(Mode.FULL)
    assert (run.status, run.error_code) == (RunStatus.FAILED, "field_gone")
    assert "First Name" in run.error_message


def test_a_field_retyped_during_a_run_skips_those_whose_value_no_longer_fits() -> None:
    system = system_of(30)
    misfit = ContactRefused("no", reason="field_invalid", upstream_code="1001")
    system.world.before = failing(misfit, lambda number, _: number > 12 and number % 2 == 0)
    run = system.run()
    assert (run.counted.added, run.counted.skipped) == (21, {SkipReason.FIELD_INVALID: 9})


def test_a_contact_limit_met_twice_parks_the_run_twice_and_loses_nobody() -> None:
    system = system_of(30)
    limit = 10
    system.world.before = failing(ContactLimit("full"), lambda _number, _: len(system.world.posts) >= limit)
    started = system.start()
    for more in (20, 99):
        system.settle()
        limit = more
        system.resume()
    system.settle()
    assert system.ended(started).counted.added == 30
    assert_all_delivered_once(system, 30)
