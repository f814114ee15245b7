"""One defence of the failure catalogue each: the source without it, and the test that misses it."""

from __future__ import annotations

from dataclasses import dataclass

RUN_SYNC = "shared/usecases/run_sync"
UNIT = "tests/unit/run_sync"


@dataclass(frozen=True)
class Mutant:
    """`old` becomes `new` in `path`; then `test` must fail, or not come to an end."""

    defence: str
    path: str
    old: str
    new: str
    test: str


MUTANTS = (
    Mutant(
        "a lease keeps other workers out",
        "shared/adapters/dynamodb/runs.py",
        "OR #lease_until <= :now)",
        "OR #lease_until <= :now OR #lease_until > :now)",
        "tests/contract/test_runs.py::test_a_live_lease_keeps_every_other_worker_out",
    ),
    Mutant(
        "a message of another tick does nothing",
        "shared/adapters/dynamodb/runs.py",
        'condition=f"#tick = :tick AND',
        'condition=f"(#tick = :tick OR #tick <> :tick) AND',
        "tests/contract/test_runs.py::test_a_message_of_an_earlier_or_later_tick_leases_nothing",
    ),
    Mutant(
        "a writer without the lease is fenced off",
        "shared/adapters/dynamodb/runs.py",
        'condition="#epoch = :epoch AND #lease_owner = :owner",\n'
        '                epoch=run.epoch,\n                owner=run.lease_owner or "",',
        'condition="attribute_exists(#pk)",',
        "tests/contract/test_runs.py",
    ),
    Mutant(
        "a wish during a slice is kept",
        "shared/adapters/dynamodb/runs.py",
        'wish = "attribute_not_exists(#nudged_at)"',
        'wish = "attribute_exists(#pk)"',
        "tests/contract/test_runs_nudged.py",
    ),
    Mutant(
        "the sweeper wakes what is due",
        f"{RUN_SYNC}/sweeper.py",
        "        for run in due:",
        "        for run in ():",
        f"{UNIT}/test_interruptions.py::test_a_lost_wake_up_is_sent_again_by_the_sweeper",
    ),
    Mutant(
        "a scheduled time is one run",
        f"{RUN_SYNC}/control.py",
        "id=run_id(sync.id, moment, discriminator)",
        "id=run_id(sync.id, now, discriminator)",
        f"{UNIT}/test_interruptions.py::test_a_schedule_fired_twice_is_one_run",
    ),
    Mutant(
        "one run at a time",
        f"{RUN_SYNC}/control.py",
        "if current is not None and not current.status.ended:",
        "if False and current is not None:",
        f"{UNIT}/test_interruptions.py::test_a_run_on_request_during_a_run_is_refused",
    ),
    Mutant(
        "the ledger is written after each batch",
        f"{RUN_SYNC}/sending.py",
        "if len(self._unsaved) >= self._flush_at:",
        "if False:",
        f"{UNIT}/test_broken_runs.py"
        "::test_a_lambda_that_times_out_within_a_page_goes_on_and_sends_at_most_25_again",
    ),
    Mutant(
        "a counted skip has its line",
        f"{RUN_SYNC}/tally.py",
        "            self._save_skipped()\n            self._work.checkpoint()",
        "            self._work.checkpoint()",
        f"{UNIT}/test_broken_runs.py"
        "::test_a_run_that_died_within_a_page_with_skipped_records_can_be_cancelled",
    ),
    Mutant(
        "customers met are not met again",
        f"{RUN_SYNC}/page.py",
        "if number not in met",
        "if number",
        f"{UNIT}/test_reading.py::test_a_row_edited_while_reading_is_counted_once_and_its_new_value_arrives",
    ),
    Mutant(
        "exclusions are checked before each post",
        f"{RUN_SYNC}/sending.py",
        "        if reason is not None:\n            self._tally.skip",
        "        if False and reason is not None:\n            self._tally.skip",
        f"{UNIT}/test_exclusions.py"
        "::test_an_opt_out_within_a_page_is_respected_once_the_exclusions_are_read_again",
    ),
    Mutant(
        "exclusions grow stale",
        f"{RUN_SYNC}/exclusions.py",
        "return now > self.fresh_until",
        "return False",
        f"{UNIT}/test_exclusions.py::test_an_opt_out_between_read_and_retry_is_respected",
    ),
    Mutant(
        "a long reading of exclusions goes on in the next slice",
        f"{RUN_SYNC}/work.py",
        "self.reading or self._begun_reading() or",
        "self.reading or",
        f"{UNIT}/test_exclusions.py::test_a_list_whose_reading_takes_longer_than_a_slice_is_read_in_several",
    ),
    Mutant(
        "a long list stays usable for longer",
        f"{RUN_SYNC}/exclusions.py",
        "max(self.began_at + max(MAX_AGE, READING_SHARE * paced), now + LEAST_USE)",
        "self.began_at + MAX_AGE",
        f"{UNIT}/test_exclusions.py",
    ),
    Mutant(
        "slots that passed are void",
        f"{RUN_SYNC}/work.py",
        "        if late:\n",
        "        if False:\n",
        f"{UNIT}/test_exclusions.py::test_slots_that_passed_while_the_exclusions_were_read_are_void",
    ),
    Mutant(
        "the pace is spaced evenly",
        "shared/domain/pacing.py",
        "next_slot=first + room * interval",
        "next_slot=first",
        f"{UNIT}/test_interruptions.py::test_a_long_run_is_worked_off_in_many_slices_at_zohos_pace",
    ),
    Mutant(
        "a second look finds whom a deletion hid",
        f"{RUN_SYNC}/phases.py",
        "phase=Phase.ABSENT if complete else Phase.CHANGED",
        "phase=Phase.ABSENT",
        f"{UNIT}/test_reading.py::test_a_new_customer_that_a_deletion_hid_in_the_first_run_is_found_in_it",
    ),
    Mutant(
        "the same in an incremental run",
        f"{RUN_SYNC}/phases.py",
        "if not full and _worth_a_second_look(work.run):",
        "if False:",
        f"{UNIT}/test_reading.py"
        "::test_a_changed_customer_that_a_deletion_hid_in_an_incremental_run_is_found_in_it",
    ),
    Mutant(
        "absence is confirmed by id",
        f"{RUN_SYNC}/phases.py",
        "return work.zoho.books.customer(contact_id), True",
        "return None, True",
        f"{UNIT}/test_runs.py::test_a_customer_that_a_moving_page_hid_is_found_by_its_id",
    ),
    Mutant(
        "the boundary second is read again",
        f"{RUN_SYNC}/phases.py",
        "floor = since - OVERLAP if",
        "floor = since + timedelta(seconds=1) if",
        f"{UNIT}/test_reading.py::test_a_customer_modified_in_the_very_second_of_the_watermark_is_not_lost",
    ),
    Mutant(
        "many refusals without an acceptance are distrusted",
        f"{RUN_SYNC}/sending.py",
        "if self._suspects and not self._work.accepted and",
        "if False and",
        f"{UNIT}/test_refusals.py::test_refusals_are_added_up_over_pages_before_they_are_believed",
    ),
    Mutant(
        "a breakdown is not written down as refusals",
        f"{RUN_SYNC}/work.py",
        "if len(self.unsettled) >= REFUSALS_TO_DISTRUST:",
        "if False:",
        f"{UNIT}/test_refusals.py::test_a_breakdown_after_some_acceptances_is_not_written_down_as_refusals",
    ),
    Mutant(
        "an outage of seconds skips nobody",
        f"{RUN_SYNC}/sending.py",
        "return work.run.stalled >= STALLS_BEFORE_POISON and",
        "return",
        f"{UNIT}/test_refusals.py::test_an_outage_of_seconds_at_the_last_contact_skips_nobody",
    ),
    Mutant(
        "a poison record is given up in the end",
        f"{RUN_SYNC}/sending.py",
        "        elif self._is_poison(job, fault):",
        "        elif False:",
        f"{UNIT}/test_interruptions.py"
        "::test_one_poison_record_is_skipped_with_zohos_words_and_the_rest_delivered",
    ),
    Mutant(
        "no progress ends a run",
        f"{RUN_SYNC}/worker.py",
        "        if work.run.stalled < STALLS:\n            self._ending.go_on(work)",
        "        if True:\n            self._ending.go_on(work)",
        f"{UNIT}/test_broken_runs.py::test_a_continuation_without_progress_ends_after_three_tries",
    ),
    Mutant(
        "a run has a deadline",
        f"{RUN_SYNC}/worker.py",
        "work.now() - run.created_at > LONGEST_RUN or",
        "",
        f"{UNIT}/test_broken_runs.py::test_a_run_ends_after_sixty_days_and_says_what_to_do",
    ),
    Mutant(
        "expired working files end a run",
        f"{RUN_SYNC}/worker.py",
        "    except KeyError as missing:",
        "    except ZeroDivisionError as missing:",
        f"{UNIT}/test_broken_runs.py::test_a_run_whose_working_files_expired_ends_and_says_so",
    ),
    Mutant(
        "the sync is looked at before each batch",
        f"{RUN_SYNC}/sending.py",
        "if sent % CHECK_EVERY == 0:",
        "if sent == 0:",
        f"{UNIT}/test_interruptions.py::test_nothing_is_posted_after_the_sync_was_removed",
    ),
    Mutant(
        "an edit outlives the run it supersedes",
        f"{RUN_SYNC}/ending.py",
        "                raise Cancelled",
        "                pass",
        f"{UNIT}/test_races.py"
        "::test_an_edit_while_the_last_run_completes_is_not_overwritten_by_what_that_run_remembers",
    ),
    Mutant(
        "a new consent is not taken for the dead one",
        f"{RUN_SYNC}/worker.py",
        "if disconnect and not self._disconnect(work.connection):",
        "if disconnect and not self._disconnect(self._connections.get(work.run.tenant) or work.connection):",
        f"{UNIT}/test_races.py::test_a_reconnect_while_the_slice_meets_the_dead_consent_is_not_undone",
    ),
    Mutant(
        "addresses are compared composed and in lower case",
        "shared/domain/contact.py",
        'unicodedata.normalize("NFC", raw.strip()).lower()',
        "raw.strip()",
        f"{UNIT}/test_reading.py::test_addresses_are_one_by_case_and_composition_and_two_by_a_plus_tag",
    ),
    Mutant(
        "formulas are defused",
        "shared/adapters/skipped_csv.py",
        'return f"\'{cell}" if starts else cell',
        "return cell",
        "tests/unit/adapters/test_skipped_csv.py::test_no_cell_is_run_as_a_formula",
    ),
)
