"""Working off one page of customers: decide, post what changed, count what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from shared.domain.compact import DigestSet
from shared.domain.contact import digest
from shared.domain.customer import Customer
from shared.domain.errors import UpstreamError
from shared.domain.plan import Candidate, Decision, LedgerEntry, Outcome, Rules, decide
from shared.domain.run import Mode, Phase, SkippedRecord
from shared.ports import CustomerPage
from shared.usecases.run_sync.owners import Owners
from shared.usecases.run_sync.sending import Job, Sender
from shared.usecases.run_sync.stops import Cancelled, OutOfTime, Paused
from shared.usecases.run_sync.tally import Tally
from shared.usecases.run_sync.work import Work

Row = TypeVar("Row", Customer, SkippedRecord)


def work_off(work: Work, page: CustomerPage, owners: Owners) -> None:
    """Bring every customer of a page that this run has not met yet to its outcome, then count the page.

    Raises what stops the slice; whoever has come to an outcome by then is met and counted all the same.
    """
    rules = work.rules()
    tally = Tally(work)
    key, met = work.digest_key, work.seen.contacts
    fresh = _not_in(met, {digest(key, row.contact_id): row for row in page.customers})
    unreadable = _not_in(met, {digest(key, _identity(row)): row for row in page.unreadable})
    _estimate(work, len(fresh) + len(unreadable), has_more=page.has_more)
    candidates = [Candidate.of(customer, number, key) for number, customer in fresh.items()]
    candidates.sort(key=lambda candidate: candidate.customer.rank)
    try:
        for number, record in unreadable.items():
            tally.skip_record(number, record)
        jobs = _decide_all(work, candidates, rules, owners, tally)
        Sender(work, tally).send(jobs)
    except (Paused, Cancelled, OutOfTime, UpstreamError):
        # A customer edited before the page is read again will not be on it: whoever is done is counted now.
        tally.complete()
        raise
    tally.complete()


def _not_in(met: DigestSet, rows: dict[int, Row]) -> dict[int, Row]:
    return {number: row for number, row in rows.items() if number not in met}


def _identity(record: SkippedRecord) -> str:
    """Return what tells a record from others; the id may be what could not be read."""
    return record.contact_id or f"{record.contact_name}\n{record.email}"


def _estimate(work: Work, waiting: int, *, has_more: bool) -> None:
    """Correct how many records there will be, once that can be told: Books has no total."""
    known = work.run.estimated_total
    if known is not None or not has_more:
        at_least = work.run.counters.total + waiting
        work.run = replace(work.run, estimated_total=max(at_least, known or 0))


def _decide_all(
    work: Work, candidates: Sequence[Candidate], rules: Rules, owners: Owners, tally: Tally
) -> list[Job]:
    """Tally what needs no call; return the rest as jobs. Ledger entries that no longer hold are dropped."""
    run, ledger = work.run, work.stores.ledger
    ids = [candidate.customer.contact_id for candidate in candidates]
    known = ledger.get_many(run.tenant, run.sync_id, ids)
    jobs: list[Job] = []
    dropped: list[str] = []
    unchanged: list[Candidate] = []
    outdated: list[LedgerEntry] = []
    for candidate in candidates:
        customer = candidate.customer
        entry = known.get(customer.contact_id)
        duplicate = bool(candidate.mail) and owners.is_duplicate(candidate, entry)
        decision = decide(candidate, entry, rules, duplicate=duplicate)
        if decision.info is not None:
            jobs.append(Job(candidate, decision))
            continue
        if decision.outcome is Outcome.SKIP and decision.reason is not None:
            tally.skip(candidate, decision.reason, decision.detail)
            if _no_longer_holds(entry, decision, duplicate=duplicate):
                dropped.append(customer.contact_id)
                continue
        elif decision.outcome is Outcome.UNCHANGED:
            unchanged.append(candidate)
        else:
            tally.count(candidate, decision)
        if entry is not None and entry.active != customer.active:
            outdated.append(replace(entry, active=customer.active))
    tally.count_unchanged(unchanged)
    if dropped and run.mode is Mode.INCREMENTAL:
        work.run = replace(work.run, changed_owners=work.run.changed_owners + len(dropped))
    dropped.extend(owners.outranked())
    if dropped:
        ledger.delete_many(run.tenant, run.sync_id, dropped)
    if outdated:
        ledger.put_many(run.tenant, run.sync_id, outdated)
    return jobs


def _no_longer_holds(entry: LedgerEntry | None, decision: Decision, *, duplicate: bool) -> bool:
    """Return whether the ledger still gives this customer an address that it lost, or that it left."""
    return entry is not None and (duplicate or entry.email_digest != decision.email_digest)


def turn_page(
    work: Work, *, page: int | None = None, phase: Phase | None = None, after: str | None = None
) -> None:
    """Advance the cursor past a completed page (None: that part of it stays) and store the run."""
    old = work.run.cursor
    cursor = replace(
        old,
        page=old.page if page is None else page,
        phase=old.phase if phase is None else phase,
        after=old.after if after is None else after,
    )
    work.run = replace(work.run, cursor=cursor)
    work.checkpoint()
