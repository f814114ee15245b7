"""Sorted arrays of 64-bit digests: a million addresses in 8 MB, ready to be saved and loaded as bytes."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

UNSORTED_AT_MOST = 50_000


def packed(values: Iterable[int]) -> bytes:
    """Return numbers below 2**64 as 8 bytes each, big-endian."""
    return _big_endian(array("Q", values))


def unpacked(data: bytes) -> list[int]:
    """Return the numbers that `packed` wrote; raises ValueError when `data` is not a multiple of 8 bytes."""
    return _from_big_endian(data).tolist()


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
        base = self._base
        if not base:
            return False
        at = bisect_left(base, value)
        return at < len(base) and base[at] == value

    def __len__(self) -> int:
        self._settle()
        return len(self._base)

    def add(self, value: int) -> None:
        self.update((value,))

    def update(self, values: Iterable[int]) -> None:
        self._added.update(values)
        if len(self._added) >= UNSORTED_AT_MOST:
            self._settle()

    def _settle(self) -> None:
        if not self._added:
            return
        # Whole stretches are copied between the places of the few new ones: little Python for each digest.
        base, merged, start = self._base, array("Q"), 0
        for value in sorted(self._added):
            end = bisect_left(base, value, start)
            merged.extend(base[start:end])
            if end == len(base) or base[end] != value:
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


class DigestMap:
    """Numbers (below 2**64) by 64-bit digest, several for one digest if need be: 16 bytes each."""

    __slots__ = ("_added", "_keys", "_values")

    def __init__(self) -> None:
        self._keys: array[int] = array("Q")
        self._values: array[int] = array("Q")
        self._added: dict[int, list[int]] = {}

    def add(self, digest: int, number: int) -> None:
        if number not in self.get(digest):
            self._added.setdefault(digest, []).append(number)
            if len(self._added) >= UNSORTED_AT_MOST:
                self._settle()

    def get(self, digest: int) -> list[int]:
        """Return the numbers of `digest`, in no order; none is an empty list."""
        start, end = bisect_left(self._keys, digest), bisect_right(self._keys, digest)
        return [*self._values[start:end], *self._added.get(digest, ())]

    def _settle(self) -> None:
        if not self._added:
            return
        keys, values, start = array("Q"), array("Q"), 0
        for digest, numbers in sorted(self._added.items()):
            end = bisect_left(self._keys, digest, start)
            keys.extend(self._keys[start:end])
            values.extend(self._values[start:end])
            keys.extend([digest] * len(numbers))
            values.extend(numbers)
            start = end
        keys.extend(self._keys[start:])
        values.extend(self._values[start:])
        self._keys, self._values, self._added = keys, values, {}

    def to_bytes(self) -> bytes:
        """Return the digests in ascending order, then their numbers, 8 bytes each, big-endian."""
        self._settle()
        return _big_endian(self._keys) + _big_endian(self._values)

    @classmethod
    def from_bytes(cls, data: bytes) -> DigestMap:
        """Return the map saved by `to_bytes`; raises ValueError when `data` is not a multiple of 16 bytes."""
        if len(data) % 16:
            raise ValueError("the length of a saved map is a multiple of 16 bytes")
        loaded = cls()
        middle = len(data) // 2
        loaded._keys, loaded._values = _from_big_endian(data[:middle]), _from_big_endian(data[middle:])
        return loaded
