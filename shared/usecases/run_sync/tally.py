"""Counting one page of customers: exactly once each, whatever interrupts it."""

from __future__ import annotations

from dataclasses import replace

from shared.domain.contact import SkipReason
from shared.domain.customer import Customer
from shared.domain.plan import Decision, Outcome
from shared.domain.run import Counters, SkippedRecord
from shared.usecases.run_sync.work import Work


class Tally:
    """The counts and skipped records of the page in hand.

    They live in the run's `page_counters` until the page is complete; a page that is read again after an
    interruption is counted anew from zero, so nothing is counted twice.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._skipped: list[SkippedRecord] = []
        work.run = replace(work.run, page_counters=Counters())

    def count(self, decision: Decision) -> None:
        counters = self._work.run.page_counters
        if decision.outcome is Outcome.ADD:
            counters = replace(counters, added=counters.added + 1)
        elif decision.outcome is Outcome.UPDATE:
            counters = replace(counters, updated=counters.updated + 1)
        else:
            counters = replace(counters, unchanged=counters.unchanged + 1)
        changed = self._work.run.changed_emails + (1 if decision.email_changed else 0)
        self._work.run = replace(self._work.run, page_counters=counters, changed_emails=changed)

    def count_unchanged(self, customers: int) -> None:
        """Count so many at once: on most pages of most runs that is everybody."""
        run = self._work.run
        counters = replace(run.page_counters, unchanged=run.page_counters.unchanged + customers)
        self._work.run = replace(run, page_counters=counters)

    def skip(self, customer: Customer, reason: SkipReason, detail: str = "") -> None:
        self.skip_record(
            SkippedRecord(customer.contact_id, customer.name, customer.email.strip(), reason, detail)
        )

    def skip_record(self, record: SkippedRecord) -> None:
        self._skipped.append(record)
        run = self._work.run
        self._work.run = replace(run, page_counters=run.page_counters.skip(record.reason))

    def checkpoint(self) -> None:
        """Store progress now and then, the skipped records first: each that is counted has its line."""
        if self._work.checkpoint_is_due():
            self.save_skipped()
            self._work.checkpoint()

    def save_skipped(self) -> None:
        """Write the skipped records of this page as the CSV's next part; a later attempt replaces it."""
        if self._skipped:
            run = self._work.run
            self._work.stores.skipped.put_part(
                run.tenant, run.sync_id, run.id, run.cursor.skipped_parts, self._skipped
            )

    def complete(self) -> None:
        """Move this page's counts into the run's, its skipped records with them."""
        self.save_skipped()
        run = self._work.run
        parts = run.cursor.skipped_parts + (1 if self._skipped else 0)
        self._work.run = replace(
            run,
            counters=run.counters.plus(run.page_counters),
            page_counters=Counters(),
            cursor=replace(run.cursor, skipped_parts=parts),
        )
