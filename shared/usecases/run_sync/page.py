"""Working off one page of customers: decide, post what changed, count what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.domain.contact import digest
from shared.domain.customer import Customer
from shared.domain.plan import Decision, LedgerEntry, Outcome, Rules, decide, email_digest
from shared.domain.run import Phase, SkippedRecord
from shared.usecases.run_sync.owners import Owners
from shared.usecases.run_sync.sending import Job, Sender
from shared.usecases.run_sync.tally import Tally
from shared.usecases.run_sync.work import Work


def work_off(
    work: Work, customers: Sequence[Customer], unreadable: Sequence[SkippedRecord], owners: Owners
) -> None:
    """Bring every customer of a page that this run has not met yet to its outcome, then count the page.

    Raises what stops the slice; what was posted until then is in the ledger and is counted when the page is
    read again.
    """
    rules = work.rules()
    tally = Tally(work)
    key = work.digest_key
    numbers = {customer.contact_id: digest(key, customer.contact_id) for customer in customers}
    fresh = [c for c in customers if numbers[c.contact_id] not in work.seen.contacts]
    fresh.sort(key=lambda customer: customer.rank)
    mails = {customer.contact_id: email_digest(customer, key) for customer in fresh}
    try:
        for record in unreadable:
            if digest(key, record.contact_id) not in work.seen.contacts:
                tally.skip_record(record)
        jobs = _decide_all(work, fresh, mails, rules, owners, tally)
        Sender(work, tally).send(jobs)
    except BaseException:
        tally.save_skipped()
        raise
    tally.complete()
    contacts = [numbers[customer.contact_id] for customer in fresh]
    contacts += [digest(key, record.contact_id) for record in unreadable]
    emails = [mail for mail in (mails[customer.contact_id] for customer in fresh) if mail]
    work.run = work.seen.add_page(work.run, contacts, emails)


def _decide_all(
    work: Work,
    customers: Sequence[Customer],
    mails: Mapping[str, int],
    rules: Rules,
    owners: Owners,
    tally: Tally,
) -> list[Job]:
    """Tally what needs no call; return the rest as jobs. Ledger entries that no longer hold are dropped.

    `mails` maps a customer's id to the digest of its address, 0 for none.
    """
    run, ledger = work.run, work.stores.ledger
    known = ledger.get_many(run.tenant, run.sync_id, [customer.contact_id for customer in customers])
    jobs: list[Job] = []
    dropped: list[str] = []
    unchanged = 0
    for customer in customers:
        entry = known.get(customer.contact_id)
        mail = mails[customer.contact_id]
        duplicate = bool(mail) and owners.is_duplicate(customer, mail, entry)
        decision = decide(customer, entry, rules, duplicate=duplicate)
        if decision.info is not None:
            jobs.append(Job(customer, decision))
        elif decision.outcome is Outcome.SKIP and decision.reason is not None:
            tally.skip(customer, decision.reason, decision.detail)
            if _no_longer_holds(entry, decision, duplicate=duplicate):
                dropped.append(customer.contact_id)
        elif decision.outcome is Outcome.UNCHANGED:
            unchanged += 1
        else:
            tally.count(decision)
    tally.count_unchanged(unchanged)
    dropped.extend(owners.outranked())
    if dropped:
        ledger.delete_many(run.tenant, run.sync_id, dropped)
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
