"""The ledger: a small item for every contact, read by the hundred and written by the 25.

Attribute names have one letter, because an item's names are counted (and paid for) with its values:
`s` status, `e` digest of the address, `f` fingerprint, `a` active, `c` created, `r` run, `o` outcome,
`t` attempted, `x` reason, `d` detail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from shared.adapters.dynamodb.codec import Item, moment_of, sparse, text_of
from shared.adapters.dynamodb.keys import Key, partition
from shared.adapters.dynamodb.table import Table
from shared.domain.contact import SkipReason
from shared.domain.plan import EntryStatus, LedgerEntry, Outcome
from shared.ports import Clock

_ERASED_AT_ONCE = 500


class DynamoLedger:
    """Implements `ports.Ledger`."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def get_many(self, tenant: str, sync_id: str, contact_ids: Iterable[str]) -> Mapping[str, LedgerEntry]:
        pk = partition(tenant, "L", sync_id)
        entries = map(_read, self._table.batch_get(Key(pk, contact_id) for contact_id in contact_ids))
        return {entry.contact_id: entry for entry in entries}

    def put_many(self, tenant: str, sync_id: str, entries: Sequence[LedgerEntry]) -> None:
        pk = partition(tenant, "L", sync_id)
        self._table.batch_put({Key(pk, entry.contact_id): _item(entry) for entry in entries})

    def delete_many(self, tenant: str, sync_id: str, contact_ids: Iterable[str]) -> None:
        pk = partition(tenant, "L", sync_id)
        self._table.batch_delete(Key(pk, contact_id) for contact_id in contact_ids)

    def entries(self, tenant: str, sync_id: str, *, after: str = "") -> Iterator[LedgerEntry]:
        return map(_read, self._table.query(partition(tenant, "L", sync_id), after=after))

    def delete_all(self, tenant: str, sync_id: str, *, until: datetime) -> bool:
        left = self._table.query(partition(tenant, "L", sync_id), keys_only=True)
        while some := [Key(item["pk"], item["sk"]) for item in islice(left, _ERASED_AT_ONCE)]:
            self._table.batch_delete(some)
            if self._clock.now() > until:
                return False
        return True


def _item(entry: LedgerEntry) -> Item:
    return sparse(
        s=entry.status,
        e=entry.email_digest,
        f=entry.fingerprint,
        a=entry.active,
        c=text_of(entry.created_at),
        r=entry.run_id,
        o=entry.outcome,
        t=text_of(entry.attempted_at),
        x=entry.reason,
        d=entry.detail,
    )


def _read(item: Mapping[str, Any]) -> LedgerEntry:
    reason = item.get("x")
    return LedgerEntry(
        contact_id=item["sk"],
        status=EntryStatus(item["s"]),
        email_digest=item["e"],
        fingerprint=item["f"],
        active=item["a"],
        created_at=moment_of(item["c"]),
        run_id=item.get("r", ""),
        outcome=Outcome(item["o"]),
        attempted_at=moment_of(item["t"]),
        reason=None if reason is None else SkipReason(reason),
        detail=item.get("d", ""),
    )
