"""Sorted arrays of 64-bit digests: a million addresses in 8 MB, ready to be saved and loaded as bytes."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable

UNSORTED_AT_MOST = 50_000


def _big_endian(values: array[int]) -> bytes:
    if sys.byteorder == "little":
        values = array("Q", values)
        values.byteswap()
    return values.tobytes()


def _from_big_endian(data: bytes) -> array[int]:
    values: array[int] = array("Q")
    values.frombytes(data)
    if sys.byteorder == "little":
        values.byteswap()
    return values


class DigestSet:
    """A set of 64-bit digests: a sorted base of 8 bytes each, plus the few added since it was made."""

    __slots__ = ("_added", "_base")

    def __init__(self, digests: Iterable[int] = ()) -> None:
        self._base: array[int] = array("Q")
        self._added: set[int] = set()
        self.update(digests)

    def __contains__(self, value: int) -> bool:
        if value in self._added:
            return True
        at = bisect_left(self._base, value)
        return at < len(self._base) and self._base[at] == value

    def __len__(self) -> int:
        return len(self._base) + len(self._added)

    def add(self, value: int) -> None:
        if value not in self:
            self._added.add(value)
            if len(self._added) >= UNSORTED_AT_MOST:
                self._settle()

    def update(self, values: Iterable[int]) -> None:
        for value in values:
            self.add(value)

    def _settle(self) -> None:
        if not self._added:
            return
        # Whole stretches are copied between the places of the few new ones: little Python for each digest.
        base, merged, start = self._base, array("Q"), 0
        for value in sorted(self._added):
            end = bisect_left(base, value, start)
            merged.extend(base[start:end])
            merged.append(value)
            start = end
        merged.extend(base[start:])
        self._base, self._added = merged, set()

    def to_bytes(self) -> bytes:
        """Return the digests in ascending order, 8 bytes each, big-endian."""
        self._settle()
        return _big_endian(self._base)

    @classmethod
    def from_bytes(cls, data: bytes) -> DigestSet:
        """Return the set saved by `to_bytes`; raises ValueError when `data` is not a multiple of 8 bytes."""
        loaded = cls()
        loaded._base = _from_big_endian(data)
        return loaded
