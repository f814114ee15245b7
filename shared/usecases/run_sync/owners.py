"""Who owns an address that several customers share."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from shared.domain.plan import Candidate, LedgerEntry
from shared.usecases.run_sync.work import Work

Rank = tuple[bool, datetime, int, str]


class Owners(Protocol):
    def is_duplicate(self, candidate: Candidate, entry: LedgerEntry | None) -> bool:
        """Return whether another customer owns the address of this one, which has one."""

    def outranked(self) -> list[str]:
        """Return, once, the ids of ledger customers that lost their address to one asked about."""


class FirstMetOwns:
    """For a full pass, which meets active before inactive and older before newer customers."""

    def __init__(self, work: Work) -> None:
        self._met = work.seen.emails
        self._here: dict[int, str] = {}

    def is_duplicate(self, candidate: Candidate, entry: LedgerEntry | None) -> bool:  # noqa: ARG002
        if candidate.mail in self._met:
            return True
        contact_id = candidate.customer.contact_id
        return self._here.setdefault(candidate.mail, contact_id) != contact_id

    def outranked(self) -> list[str]:
        return []


class BestRankOwns:
    """For an incremental run, which meets only changed customers: the ledger knows the others.

    The ledger's addresses are read once in a run, and only when a new or renamed customer asks for them. Of
    two newcomers with one address, a crash may hide the first from the second; the next full pass settles it.
    """

    def __init__(self, work: Work) -> None:
        self._work = work
        self._here: dict[int, tuple[Rank, str]] = {}
        self._outranked: list[str] = []

    def is_duplicate(self, candidate: Candidate, entry: LedgerEntry | None) -> bool:
        customer, mail = candidate.customer, candidate.mail
        met = self._here.get(mail)
        if met is not None and met[1] != customer.contact_id:
            if met[0] < customer.rank:
                return True
        elif not (entry is not None and entry.email_digest == mail):
            owner = self._owner(mail, customer.contact_id)
            if owner is not None:
                if _rank(owner) < customer.rank:
                    return True
                self._outranked.append(owner.contact_id)
            self._work.owner_index().add(mail, customer.contact_id)
        self._here[mail] = (customer.rank, customer.contact_id)
        return False

    def outranked(self) -> list[str]:
        lost, self._outranked = self._outranked, []
        return lost

    def _owner(self, mail: int, contact_id: str) -> LedgerEntry | None:
        run = self._work.run
        ids = [holder for holder in self._work.owner_index().holders(mail) if holder != contact_id]
        if not ids:
            return None
        entries = self._work.stores.ledger.get_many(run.tenant, run.sync_id, ids).values()
        return min((entry for entry in entries if entry.email_digest == mail), key=_rank, default=None)


def _rank(entry: LedgerEntry) -> Rank:
    return (not entry.active, entry.created_at, len(entry.contact_id), entry.contact_id)
