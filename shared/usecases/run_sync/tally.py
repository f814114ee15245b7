"""Counting one page of customers: exactly once each, whatever interrupts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shared.domain.contact import SkipReason
from shared.domain.plan import Candidate, Decision, Outcome
from shared.domain.run import Counters, SkippedRecord
from shared.usecases.run_sync.work import Work


class Tally:
    """The counts and skipped records of the page in hand, and who of it has come to an outcome.

    They live in the run's `page_counters` until the page is complete or has to be left; a page that a crash
    left is counted anew from zero when it is read again, so nothing is counted twice.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._skipped: list[SkippedRecord] = []
        self._met: list[int] = []
        self._owned: list[int] = []
        work.run = replace(work.run, page_counters=Counters())

    def count(self, candidate: Candidate, decision: Decision) -> None:
        run = self._work.run
        counters = run.page_counters
        if decision.outcome is Outcome.ADD:
            counters = replace(counters, added=counters.added + 1)
        else:
            counters = replace(counters, updated=counters.updated + 1)
        changed = run.changed_emails + (1 if decision.email_changed else 0)
        self._work.run = replace(run, page_counters=counters, changed_emails=changed)
        self._settle((candidate,))

    def count_unchanged(self, candidates: list[Candidate]) -> None:
        """Count many at once: on most pages of most runs that is everybody."""
        run = self._work.run
        counters = replace(run.page_counters, unchanged=run.page_counters.unchanged + len(candidates))
        self._work.run = replace(run, page_counters=counters)
        self._settle(candidates)

    def skip(self, candidate: Candidate, reason: SkipReason, detail: str = "") -> None:
        customer = candidate.customer
        record = SkippedRecord(customer.contact_id, customer.name, customer.email.strip(), reason, detail)
        if reason is SkipReason.DUPLICATE_EMAIL:
            self.skip_record(candidate.number, record)
        else:
            self._skip(record)
            self._settle((candidate,))

    def skip_record(self, number: int, record: SkippedRecord) -> None:
        """Count a record that owns no address; `number` is the digest that stands for it."""
        self._skip(record)
        self._met.append(number)

    def _skip(self, record: SkippedRecord) -> None:
        self._skipped.append(record)
        run = self._work.run
        self._work.run = replace(run, page_counters=run.page_counters.skip(record.reason))

    def _settle(self, candidates: Sequence[Candidate]) -> None:
        self._met += [candidate.number for candidate in candidates]
        self._owned += [candidate.mail for candidate in candidates if candidate.mail]

    def checkpoint(self) -> None:
        """Store progress now and then, the skipped records first: each that is counted has its line."""
        if self._work.checkpoint_is_due():
            self._save_skipped()
            self._work.checkpoint()

    def _save_skipped(self) -> None:
        """Write the skipped records of this page as the CSV's next part; a later attempt replaces it."""
        if self._skipped:
            run = self._work.run
            self._work.stores.skipped.put_part(
                run.tenant, run.sync_id, run.id, run.cursor.skipped_parts, self._skipped
            )

    def complete(self) -> None:
        """Move the counts into the run's, with the skipped records, and note who needs no second look."""
        self._save_skipped()
        run = self._work.run
        parts = run.cursor.skipped_parts + (1 if self._skipped else 0)
        run = replace(
            run,
            counters=run.counters.plus(run.page_counters),
            page_counters=Counters(),
            cursor=replace(run.cursor, skipped_parts=parts),
        )
        if self._met:
            run = self._work.seen.add_page(run, self._met, self._owned)
        self._work.run = run
