"""The ledger in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from shared.domain.plan import LedgerEntry
from shared.ports import Clock


class Ledger:
    """`written` counts entries put and `read` entries asked for, as the table would charge for them."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock
        self.stored: dict[tuple[str, str], dict[str, LedgerEntry]] = {}
        self.written = 0
        self.read = 0

    def get_many(self, tenant: str, sync_id: str, contact_ids: Iterable[str]) -> Mapping[str, LedgerEntry]:
        entries = self.stored.get((tenant, sync_id), {})
        wanted = dict.fromkeys(contact_ids)
        self.read += len(wanted)
        return {contact_id: entries[contact_id] for contact_id in wanted if contact_id in entries}

    def put_many(self, tenant: str, sync_id: str, entries: Sequence[LedgerEntry]) -> None:
        stored = self.stored.setdefault((tenant, sync_id), {})
        self.written += len({entry.contact_id for entry in entries})
        stored.update((entry.contact_id, entry) for entry in entries)

    def delete_many(self, tenant: str, sync_id: str, contact_ids: Iterable[str]) -> None:
        entries = self.stored.get((tenant, sync_id), {})
        for contact_id in contact_ids:
            entries.pop(contact_id, None)

    def entries(self, tenant: str, sync_id: str, *, after: str = "") -> Iterator[LedgerEntry]:
        entries = self.stored.get((tenant, sync_id), {})
        for contact_id in sorted(entries):
            if contact_id > after and contact_id in entries:
                yield entries[contact_id]

    def delete_all(self, tenant: str, sync_id: str, *, until: datetime) -> bool:
        """Erase everything, or one entry a look at the clock when there is one to look at."""
        entries = self.stored.get((tenant, sync_id), {})
        while entries:
            entries.pop(next(iter(entries)))
            if self._clock is not None and self._clock.now() > until:
                return False
        return True
