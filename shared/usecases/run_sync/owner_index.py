"""Who has which address, as the ledger tells it: gathered once in a run, in several slices if need be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

from shared.domain.compact import DigestMap
from shared.domain.plan import LedgerEntry

LOOK_EVERY = 1_000
LARGEST_NUMBER = 2**64 - 1


class OwnerIndex:
    """Contact ids by address digest; `after` is the last ledger entry read, `changed` asks to be saved."""

    def __init__(self) -> None:
        self.after = ""
        self.complete = False
        self.changed = False
        self._numbers = DigestMap()
        self._others: dict[int, list[str]] = {}

    def read(self, entries: Iterable[LedgerEntry], look: Callable[[], None]) -> None:
        """Add the ledger's entries beyond `after`, with a `look` at the time now and then."""
        for number, entry in enumerate(entries, start=1):
            self.add(entry.email_digest, entry.contact_id)
            self.after = entry.contact_id
            if number % LOOK_EVERY == 0:
                look()
        self.complete = self.changed = True

    def add(self, mail: int, contact_id: str) -> None:
        self.changed = True
        if _is_number(contact_id):
            self._numbers.add(mail, int(contact_id))
        elif contact_id not in self._others.setdefault(mail, []):
            self._others[mail].append(contact_id)

    def holders(self, mail: int) -> list[str]:
        """Return the ids of those who had the address when they were added; the ledger knows who has."""
        return [*map(str, self._numbers.get(mail)), *self._others.get(mail, ())]

    def to_bytes(self) -> bytes:
        """Return 8 bytes of length of a JSON header, the header, and the numbers."""
        others = {str(mail): ids for mail, ids in self._others.items()}
        header = json.dumps([self.after, self.complete, others]).encode()
        return len(header).to_bytes(8, "big") + header + self._numbers.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> OwnerIndex:
        middle = 8 + int.from_bytes(data[:8], "big")
        index = cls()
        index.after, index.complete, others = json.loads(data[8:middle])
        index._others = {int(mail): ids for mail, ids in others.items()}
        index._numbers = DigestMap.from_bytes(data[middle:])
        return index


def _is_number(contact_id: str) -> bool:
    """Return whether an id can be kept as a number, as all of Zoho's can, and comes back as it was."""
    return (
        contact_id.isascii()
        and contact_id.isdecimal()
        and contact_id == str(int(contact_id))
        and int(contact_id) <= LARGEST_NUMBER
    )
