"""The decision about one customer: add, update, leave or skip."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from shared.domain.contact import SkipReason, address_problem, digest, normalize_email
from shared.domain.customer import Customer
from shared.domain.mapping import FieldPair, contact_info, fingerprint
from shared.domain.settings import SyncSettings


class Outcome(StrEnum):
    ADD = "add"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    SKIP = "skip"


class EntryStatus(StrEnum):
    """`synced`: Campaigns accepted it. `refused`: Campaigns said no to exactly this content."""

    SYNCED = "synced"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What is known about one customer in Campaigns, without a name or an address.

    `email_digest` and `fingerprint` stand for what Campaigns last judged; `run_id` and `outcome` say which
    run posted it and as what, so that a page read again counts it as it was.
    """

    contact_id: str
    status: EntryStatus
    email_digest: int
    fingerprint: bytes
    active: bool
    created_at: datetime
    run_id: str
    outcome: Outcome
    attempted_at: datetime
    reason: SkipReason | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """`info` is the contactinfo to post for ADD and UPDATE; `reason` and `detail` are set for SKIP.

    UNCHANGED says nothing else, for it is what is said most often.
    """

    outcome: Outcome
    email_digest: int
    fingerprint: bytes = b""
    info: Mapping[str, str] | None = None
    reason: SkipReason | None = None
    detail: str = ""
    email_changed: bool = False


_UNCHANGED = Decision(Outcome.UNCHANGED, 0)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a decision needs beside the customer and its ledger entry.

    `excluded` tells of an address digest whether the list knows it as unsubscribed or bounced; `is_member`
    whether it was in the list before a first run (None when the ledger alone tells added from updated).
    """

    digest_key: bytes
    settings: SyncSettings
    version: bytes
    run_id: str
    field_lengths: Mapping[str, int]
    excluded: Callable[[int], SkipReason | None]
    is_member: Callable[[int], bool] | None

    @property
    def pairs(self) -> Sequence[FieldPair]:
        return self.settings.mapping

    def spelled(self, info: Mapping[str, str]) -> dict[str, str]:
        """Return `info` with its names spelled as Campaigns spells them."""
        spelling = {name.casefold(): name for name in self.field_lengths}
        return {spelling.get(name.casefold(), name): value for name, value in info.items()}


class Candidate(NamedTuple):
    """A customer to decide about, with the digests that stand for its id and its address (0 for none).

    `email` is the address as compared.
    """

    customer: Customer
    number: int
    email: str
    mail: int

    @classmethod
    def of(cls, customer: Customer, number: int, key: bytes) -> Candidate:
        email = normalize_email(customer.email)
        return cls(customer, number, email, digest(key, email) if email else 0)


def decide(candidate: Candidate, entry: LedgerEntry | None, rules: Rules, *, duplicate: bool) -> Decision:
    """Return what to do with a customer; `duplicate` says that another one owns its address."""
    customer, _, email, mail = candidate
    same_address = entry is not None and entry.email_digest == mail
    # What Campaigns has judged needs no judgement of ours.
    problem = None if same_address and mail else address_problem(email)
    if problem is None and duplicate:
        problem = SkipReason.DUPLICATE_EMAIL
    if problem is None:
        problem = rules.excluded(mail)
    if problem is not None:
        return Decision(Outcome.SKIP, mail, reason=problem)

    empty_values = rules.settings.update_empty_fields
    previous = entry.fingerprint if entry is not None and same_address else b""
    print_now = fingerprint(
        customer,
        rules.pairs,
        key=rules.digest_key,
        empty_values=empty_values,
        version=rules.version,
        previous=previous,
    )
    if entry is not None and same_address and print_now == entry.fingerprint:
        return _settled(entry, rules)

    info = rules.spelled(
        contact_info(customer, rules.pairs, empty_values=empty_values, constants=rules.settings.constants)
    )
    too_long = _too_long(info, rules.field_lengths)
    if too_long:
        return Decision(Outcome.SKIP, mail, reason=SkipReason.FIELD_INVALID, detail=too_long)
    return Decision(
        _add_or_update(entry if same_address else None, rules, mail),
        mail,
        print_now,
        info,
        email_changed=entry is not None and not same_address,
    )


def _add_or_update(entry: LedgerEntry | None, rules: Rules, mail: int) -> Outcome:
    """Return whether the contact is new to the list: the members tell on a first run, later the ledger.

    One that this run posted before, and that was edited since, stays what it was.
    """
    synced = entry is not None and entry.status is EntryStatus.SYNCED
    if entry is not None and synced and entry.run_id == rules.run_id:
        return entry.outcome
    known = synced if rules.is_member is None else rules.is_member(mail)
    return Outcome.UPDATE if known else Outcome.ADD


def _settled(entry: LedgerEntry, rules: Rules) -> Decision:
    """Return the outcome of content that Campaigns has judged before: no call is spent on it again."""
    mail, mark = entry.email_digest, entry.fingerprint
    if entry.status is EntryStatus.REFUSED:
        return Decision(Outcome.SKIP, mail, mark, reason=entry.reason, detail=entry.detail)
    return Decision(entry.outcome, mail, mark) if entry.run_id == rules.run_id else _UNCHANGED


def _too_long(info: Mapping[str, str], limits: Mapping[str, int]) -> str:
    for name, value in info.items():
        limit = limits.get(name)
        if limit and len(value) > limit:
            return f"{name}: {len(value)} characters, Zoho Campaigns takes {limit}"
    return ""
