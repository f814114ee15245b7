"""Who owns an address that several customers share."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from shared.domain.contact import digest, normalize_email
from shared.domain.plan import Candidate, LedgerEntry
from shared.usecases.run_sync.work import Work

Rank = tuple[bool, datetime, int, str]


class Owners(Protocol):
    def is_duplicate(self, candidate: Candidate, entry: LedgerEntry | None) -> bool:
        """Return whether another customer owns the address of this one, which has one."""

    def outranked(self) -> list[str]:
        """Return, once, the ids of ledger customers that lost their address to one asked about."""


class FirstMetOwns:
    """For a full pass, which meets active before inactive and older before newer customers.

    Somebody who takes an address that the ledger gives to a better one not met yet has that one looked up: a
    deletion moves rows between pages, and may have hidden it.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._met = work.seen.emails
        self._here: dict[int, str] = {}

    def is_duplicate(self, candidate: Candidate, entry: LedgerEntry | None) -> bool:
        mail, contact_id = candidate.mail, candidate.customer.contact_id
        if mail in self._met or self._here.setdefault(mail, contact_id) != contact_id:
            return True
        if self._work.run.first_contact or (entry is not None and entry.email_digest == mail):
            return False
        return self._is_hidden(_owner(self._work, candidate), candidate)

    def outranked(self) -> list[str]:
        return []

    def _is_hidden(self, owner: LedgerEntry | None, candidate: Candidate) -> bool:
        """Return whether a better owner is still in Books with this address."""
        work = self._work
        if owner is None or candidate.customer.rank < _rank(owner):
            return False
        if digest(work.digest_key, owner.contact_id) in work.seen.contacts:
            return False
        work.check_time()
        found = work.zoho.books.customer(owner.contact_id)
        return (
            found is not None
            and normalize_email(found.email) == candidate.email
            and found.rank < candidate.customer.rank
        )


class BestRankOwns:
    """For an incremental run, which meets only changed customers: the ledger knows the others.

    The ledger's addresses are read once in a run, and only when a new or renamed customer asks for them. Of
    newcomers with one address, the first that this run posted keeps it; a full pass then finds the right one.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._here: dict[int, tuple[Rank, str]] = {}
        self._outranked: list[str] = []

    def is_duplicate(self, candidate: Candidate, entry: LedgerEntry | None) -> bool:
        customer, mail = candidate.customer, candidate.mail
        rank, owner_id = self._here.setdefault(mail, (customer.rank, customer.contact_id))
        if owner_id != customer.contact_id:
            self._note_conflict(rank, candidate)
            return True
        if entry is not None and entry.email_digest == mail:
            return False
        owner = _owner(self._work, candidate)
        if owner is not None:
            if owner.run_id == self._work.run.id:
                self._note_conflict(_rank(owner), candidate)
                return True
            if _rank(owner) < customer.rank:
                return True
            self._outranked.append(owner.contact_id)
        self._work.owner_index().add(mail, customer.contact_id)
        return False

    def outranked(self) -> list[str]:
        lost, self._outranked = self._outranked, []
        return lost

    def _note_conflict(self, rank: Rank, candidate: Candidate) -> None:
        if candidate.customer.rank < rank:
            run = self._work.run
            self._work.run = replace(run, changed_owners=run.changed_owners + 1)


def _owner(work: Work, candidate: Candidate) -> LedgerEntry | None:
    """Return the best of the others to whom the ledger gives this address."""
    run, contact_id = work.run, candidate.customer.contact_id
    ids = [holder for holder in work.owner_index().holders(candidate.mail) if holder != contact_id]
    if not ids:
        return None
    entries = work.stores.ledger.get_many(run.tenant, run.sync_id, ids).values()
    return min((entry for entry in entries if entry.email_digest == candidate.mail), key=_rank, default=None)


def _rank(entry: LedgerEntry) -> Rank:
    return (not entry.active, entry.created_at, len(entry.contact_id), entry.contact_id)
