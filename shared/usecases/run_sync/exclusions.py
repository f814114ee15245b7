"""The people who must not be posted: unsubscribed and bounced members of the list."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from shared.domain.compact import DigestSet
from shared.domain.contact import SkipReason, digest
from shared.domain.pacing import CAMPAIGNS_READ
from shared.ports import Campaigns

MAX_AGE = timedelta(minutes=10)
# A list so long that reading it takes minutes may be older, or a run would do nothing but read it.
READING_SHARE = 5
LEAST_USE = timedelta(minutes=1)
STATUSES = (("unsub", SkipReason.UNSUBSCRIBED), ("bounce", SkipReason.BOUNCED))

_Sets = dict[SkipReason, DigestSet]


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
    """Two sets of address digests, when their reading began and until when they may be used."""

    def __init__(self, sets: _Sets, read_at: datetime, fresh_until: datetime) -> None:
        self._sets = sets
        self.read_at = read_at
        self.fresh_until = fresh_until

    @classmethod
    def read(cls, campaigns: Campaigns, list_key: str, key: bytes, now: datetime) -> Exclusions:
        """Read both statuses from Campaigns at once (a call for each 650 members of each)."""
        reading = Reading(now)
        while not reading.complete:
            reading.read_page(campaigns, list_key, key)
        return reading.exclusions(now)

    def reason(self, mail: int) -> SkipReason | None:
        """Return why this address must not be posted, None when it may."""
        for reason, found in self._sets.items():
            if mail in found:
                return reason
        return None

    def stale(self, now: datetime) -> bool:
        return now > self.fresh_until

    def to_bytes(self) -> bytes:
        """Return 8 bytes with the end of use (epoch seconds), then both sets."""
        return int(self.fresh_until.timestamp()).to_bytes(8, "big") + _joined(self._sets)

    @classmethod
    def from_bytes(cls, data: bytes, read_at: datetime) -> Exclusions:
        fresh_until = datetime.fromtimestamp(int.from_bytes(data[:8], "big"), UTC)
        return cls(_split(data[8:]), read_at, fresh_until)


class Reading:
    """The reading of both statuses, page by page, so that it may take more than one slice."""

    def __init__(self, began_at: datetime) -> None:
        self.began_at = began_at
        self.pages = 0
        self._sets: _Sets = {reason: DigestSet() for _, reason in STATUSES}
        self._status = 0
        self._next_page = 1

    @property
    def complete(self) -> bool:
        return self._status == len(STATUSES)

    def read_page(self, campaigns: Campaigns, list_key: str, key: bytes) -> None:
        status, reason = STATUSES[self._status]
        members = campaigns.members(list_key, status, self._next_page)
        self._sets[reason].update(digest(key, email) for email in members.emails)
        self.pages += 1
        self._next_page += 1
        if not members.has_more:
            self._status, self._next_page = self._status + 1, 1

    def exclusions(self, now: datetime) -> Exclusions:
        """Return what was read, complete at `now`."""
        paced = timedelta(seconds=self.pages * CAMPAIGNS_READ.interval_seconds)
        fresh_until = max(self.began_at + max(MAX_AGE, READING_SHARE * paced), now + LEAST_USE)
        return Exclusions(self._sets, self.began_at, fresh_until)

    def to_bytes(self) -> bytes:
        """Return the status being read and its next page, 8 bytes each, then what was read so far."""
        place = self._status.to_bytes(8, "big") + self._next_page.to_bytes(8, "big")
        return place + _joined(self._sets)

    @classmethod
    def from_bytes(cls, data: bytes, began_at: datetime, pages: int) -> Reading:
        reading = cls(began_at)
        reading.pages = pages
        reading._status = int.from_bytes(data[:8], "big")
        reading._next_page = int.from_bytes(data[8:16], "big")
        reading._sets = _split(data[16:])
        return reading


def _joined(sets: _Sets) -> bytes:
    """Return 8 bytes of length of the first set, then both sets."""
    unsubscribed, bounced = (sets[reason].to_bytes() for _, reason in STATUSES)
    return len(unsubscribed).to_bytes(8, "big") + unsubscribed + bounced


def _split(data: bytes) -> _Sets:
    middle = 8 + int.from_bytes(data[:8], "big")
    parts = (data[8:middle], data[middle:])
    return {reason: DigestSet.from_bytes(part) for (_, reason), part in zip(STATUSES, parts, strict=True)}
