"""The people who must not be posted: unsubscribed and bounced members of the list."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.domain.compact import DigestSet
from shared.domain.contact import SkipReason, digest
from shared.ports import Campaigns

MAX_AGE = timedelta(minutes=10)
STATUSES = (("unsub", SkipReason.UNSUBSCRIBED), ("bounce", SkipReason.BOUNCED))


def read_members(campaigns: Campaigns, list_key: str, status: str, key: bytes) -> DigestSet:
    """Return the address digests of all members of the list with `status` (a call for each 650)."""
    found = DigestSet()
    page = 1
    while True:
        members = campaigns.members(list_key, status, page)
        found.update(digest(key, email) for email in members.emails)
        if not members.has_more:
            return found
        page += 1


class Exclusions:
    """Two sets of address digests and the moment their reading began."""

    def __init__(self, sets: dict[SkipReason, DigestSet], read_at: datetime) -> None:
        self._sets = sets
        self.read_at = read_at

    @classmethod
    def read(cls, campaigns: Campaigns, list_key: str, key: bytes, now: datetime) -> Exclusions:
        """Read both statuses from Campaigns (a call for each 650 members of each)."""
        sets = {reason: read_members(campaigns, list_key, status, key) for status, reason in STATUSES}
        return cls(sets, now)

    def reason(self, mail: int) -> SkipReason | None:
        """Return why this address must not be posted, None when it may."""
        return next((reason for reason, found in self._sets.items() if mail in found), None)

    def stale(self, now: datetime) -> bool:
        return now - self.read_at > MAX_AGE

    def to_bytes(self) -> bytes:
        """Return 8 bytes of length of the first set, then both sets."""
        unsubscribed, bounced = (self._sets[reason].to_bytes() for _, reason in STATUSES)
        return len(unsubscribed).to_bytes(8, "big") + unsubscribed + bounced

    @classmethod
    def from_bytes(cls, data: bytes, read_at: datetime) -> Exclusions:
        middle = 8 + int.from_bytes(data[:8], "big")
        parts = (data[8:middle], data[middle:])
        return cls(
            {reason: DigestSet.from_bytes(part) for (_, reason), part in zip(STATUSES, parts, strict=True)},
            read_at,
        )
