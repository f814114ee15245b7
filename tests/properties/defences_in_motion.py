"""Defences that show while a run is at work: messages that come again, lost answers, crashes, opt-outs."""

from __future__ import annotations

from tests.properties.defences import RUN_SYNC, UNIT, Mutant

CRASHES = "tests/properties/test_crash_at_every_effect.py"
MACHINE = "tests/properties/test_engine_machine.py"

MUTANTS_IN_MOTION = (
    Mutant(
        "a message delivered again finds another tick",
        f"{RUN_SYNC}/worker.py",
        "or run.status.ended or run.tick != message.tick:",
        "or run.status.ended:",
        f"{UNIT}/test_deliveries.py::test_a_message_delivered_twice_or_late_does_nothing_more",
    ),
    Mutant(
        "a message redriven during a slice finds the lease taken",
        "tests/fakes/runs.py",
        "if stored.lease_until is not None and stored.lease_until > now:",
        "if False:",
        f"{UNIT}/test_deliveries.py"
        "::test_a_message_redriven_twice_from_the_dead_letter_queue_does_nothing_more",
    ),
    Mutant(
        "a run whose sync is gone ends at once",
        f"{RUN_SYNC}/worker.py",
        "if sync is None or sync.id != run.sync_id or connection is None:",
        "if False:",
        f"{UNIT}/test_deliveries.py::test_a_message_of_a_removed_sync_calls_nobody_and_ends_its_run",
    ),
    Mutant(
        "an edit is seen before the next batch",
        f"{RUN_SYNC}/work.py",
        "            or stored.settings_revision != self.run.settings_revision\n",
        "",
        f"{UNIT}/test_interruptions.py"
        "::test_an_edit_during_a_run_ends_it_and_starts_one_with_the_new_settings",
    ),
    Mutant(
        "a post of unknown outcome is sent again",
        f"{RUN_SYNC}/sending.py",
        "        elif job.tries < TRIES:",
        "        elif False:",
        f"{UNIT}/test_deliveries.py::test_a_post_whose_answer_was_lost_is_sent_again_at_once_and_counted_once",
    ),
    Mutant(
        "the pace is that of the account, whoever uses it",
        f"{RUN_SYNC}/work.py",
        "                self.connection.campaigns_account,",
        "                self.run.tenant,",
        f"{UNIT}/test_deliveries.py::test_a_lock_parks_every_run_of_the_campaigns_account",
    ),
    Mutant(
        "one worker renews the access token for all",
        "shared/adapters/zoho/session.py",
        "if self._store.begin_refresh(self._tenant, self._owner, until, now):",
        "if self._store.begin_refresh(self._tenant, self._owner, until, now) or True:",
        "tests/unit/zoho/test_session_race.py",
    ),
    Mutant(
        "a crash within a large page repeats at most 25 posts",
        f"{RUN_SYNC}/sending.py",
        "if len(self._unsaved) >= self._flush_at:",
        "if False:",
        CRASHES,
    ),
    Mutant(
        "exclusions count at all",
        f"{RUN_SYNC}/exclusions.py",
        "            if mail in found:",
        "            if False:",
        MACHINE,
    ),
    Mutant(
        "exclusions are checked before each post, in any order of events",
        f"{RUN_SYNC}/sending.py",
        "        if reason is not None:\n            self._tally.skip",
        "        if False and reason is not None:\n            self._tally.skip",
        MACHINE,
    ),
    Mutant(
        "exclusions grow stale, in any order of events",
        f"{RUN_SYNC}/exclusions.py",
        "return now > self.fresh_until",
        "return False",
        MACHINE,
    ),
    Mutant(
        "the sync is looked at before each batch, in any order of events",
        f"{RUN_SYNC}/sending.py",
        "if sent % CHECK_EVERY == 0:",
        "if False:",
        MACHINE,
    ),
    Mutant(
        "what this run has posted is not posted again by it",
        "shared/domain/plan.py",
        "and same_address and print_now == entry.fingerprint:",
        "and same_address and print_now == entry.fingerprint and entry.run_id != rules.run_id:",
        MACHINE,
    ),
    Mutant(
        "a page that a crash left is counted anew",
        f"{RUN_SYNC}/tally.py",
        "        work.run = replace(work.run, page_counters=Counters())\n",
        "",
        CRASHES,
    ),
    Mutant(
        "what a crashed slice has posted is counted as that",
        "shared/domain/plan.py",
        "outcome = entry.outcome if entry.run_id == rules.run_id else Outcome.UNCHANGED",
        "outcome = Outcome.UNCHANGED",
        MACHINE,
    ),
)
