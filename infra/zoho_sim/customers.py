"""All contacts of one organization: rows are computed on demand, only order and changes are kept."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from infra.zoho_sim.people import Record

IDS_START_AT = 460_000_000_000_100_001
ID_STEP = 4
ACTIVE, INACTIVE = "active", "inactive"
CUSTOMER, VENDOR = "customer", "vendor"

_VENDOR_BIT, _INACTIVE_BIT, _DELETED_BIT = 1, 2, 4
_INDEX_BITS = 24
_INDEX_MASK = (1 << _INDEX_BITS) - 1

Key = tuple[str, int]
Selection = tuple[str, str | None, str | None]
"""Sort column, contact type (None: both), status (None: both)."""

TIME_COLUMNS = frozenset({"created_time", "last_modified_time"})
TEXT_COLUMNS: dict[str, Callable[[Record], str]] = {
    "contact_name": lambda record: record.contact_name.casefold(),
    "first_name": lambda record: record.first_name.casefold(),
    "last_name": lambda record: record.last_name.casefold(),
    "email": lambda record: record.email.casefold(),
    "outstanding_receivable_amount": lambda record: f"{record.receivable_cents:015d}",
}


class RecordSource(Protocol):
    """The contacts as they were seeded, by position."""

    def __call__(self, index: int) -> Record: ...


def contact_id(index: int) -> str:
    return str(IDS_START_AT + index * ID_STEP)


class _TimeView:
    """Positions ordered by an instant, packed into eight bytes each."""

    def __init__(self, times: array[int], members: Iterator[int]) -> None:
        self._keys = array("q", sorted(times[index] << _INDEX_BITS | index for index in members))

    def __len__(self) -> int:
        return len(self._keys)

    def cut(self, start: int, stop: int) -> list[int]:
        return [key & _INDEX_MASK for key in self._keys[start:stop]]

    def add(self, key: int) -> None:
        insort(self._keys, key)

    def remove(self, key: int) -> None:
        del self._keys[bisect_left(self._keys, key)]


class _TextView:
    """Positions ordered by a text."""

    def __init__(self, keys: Iterator[Key]) -> None:
        self._keys: list[Key] = sorted(keys)

    def __len__(self) -> int:
        return len(self._keys)

    def cut(self, start: int, stop: int) -> list[int]:
        return [index for _, index in self._keys[start:stop]]

    def add(self, key: Key) -> None:
        insort(self._keys, key)

    def remove(self, key: Key) -> None:
        del self._keys[bisect_left(self._keys, key)]


class Customers:
    """Contacts addressed by position; a position is never used again after a deletion.

    `created` and `modified` hold seconds since 1970. Every ordered view that was ever asked for is kept in
    order through additions, edits and deletions, so a page is always cut from the live list.
    """

    def __init__(
        self, source: RecordSource, created: array[int], modified: array[int], flags: bytearray
    ) -> None:
        self._source = source
        self.created = created
        self.modified = modified
        self._flags = flags
        self._changed: dict[int, Record] = {}
        self._time_views: dict[Selection, _TimeView] = {}
        self._text_views: dict[Selection, _TextView] = {}

    def record(self, index: int) -> Record:
        return self._changed.get(index) or self._source(index)

    def find(self, identifier: str) -> int | None:
        """Position of a contact id, None for a malformed, unknown or deleted one."""
        if not (identifier.isascii() and identifier.isdigit()) or len(identifier) != len(str(IDS_START_AT)):
            return None
        index, rest = divmod(int(identifier) - IDS_START_AT, ID_STEP)
        if rest or not 0 <= index < len(self._flags) or self._flags[index] & _DELETED_BIT:
            return None
        return index

    def page(
        self, selection: Selection, *, descending: bool, start: int, count: int
    ) -> tuple[list[int], bool]:
        """Cut `count` positions from the live order; the flag says whether more follow."""
        view = self._view(selection)
        size = len(view)
        if not descending:
            return view.cut(start, start + count), size > start + count
        stop = max(size - start, 0)
        return view.cut(max(stop - count, 0), stop)[::-1], size > start + count

    def all(self, selection: Selection, *, descending: bool) -> Sequence[int]:
        view = self._view(selection)
        found = view.cut(0, len(view))
        return found[::-1] if descending else found

    def count(self, contact_type: str | None = None, status: str | None = None) -> int:
        return sum(1 for _ in self._members(contact_type, status))

    def add(self, record: Record, now: float) -> int:
        index = len(self._flags)
        if index > _INDEX_MASK:
            raise ValueError("no more contacts fit")
        self._flags.append(_flags_of(record))
        self.created.append(int(now))
        self.modified.append(int(now))
        self._changed[index] = record
        self._place(index)
        return index

    def edit(self, index: int, record: Record, now: float, *, bumps_modified: bool = True) -> None:
        self._displace(index)
        self._changed[index] = record
        self._flags[index] = _flags_of(record)
        if bumps_modified:
            self.modified[index] = int(now)
        self._place(index)

    def delete(self, index: int) -> None:
        self._displace(index)
        self._flags[index] |= _DELETED_BIT
        self._changed.pop(index, None)

    def kept(self) -> dict[str, Any]:
        """Return how these contacts differ from the seeded ones, as JSON."""
        return {
            "size": len(self._flags),
            "deleted": [index for index, flags in enumerate(self._flags) if flags & _DELETED_BIT],
            "changed": [
                [index, self.created[index], self.modified[index], asdict(record)]
                for index, record in self._changed.items()
            ],
        }

    def restore(self, kept: dict[str, Any]) -> None:
        """Change contacts that were seeded alike, before anybody looked at them."""
        more = kept["size"] - len(self._flags)
        self._flags.extend(bytes([_DELETED_BIT]) * more)
        self.created.extend([0] * more)
        self.modified.extend([0] * more)
        for index in kept["deleted"]:
            self._flags[index] |= _DELETED_BIT
        for index, created, modified, row in kept["changed"]:
            record = self._changed[index] = Record(**row)
            self._flags[index] = _flags_of(record)
            self.created[index], self.modified[index] = created, modified

    def _members(self, contact_type: str | None, status: str | None) -> Iterator[int]:
        return (index for index, flags in enumerate(self._flags) if _selected(flags, contact_type, status))

    def _view(self, selection: Selection) -> _TimeView | _TextView:
        column, contact_type, status = selection
        if column in TIME_COLUMNS:
            times = self._times(column)
            view = self._time_views.get(selection)
            if view is None:
                view = self._time_views[selection] = _TimeView(times, self._members(contact_type, status))
            return view
        text_view = self._text_views.get(selection)
        if text_view is None:
            text = TEXT_COLUMNS[column]
            keys = ((text(self.record(index)), index) for index in self._members(contact_type, status))
            text_view = self._text_views[selection] = _TextView(keys)
        return text_view

    def _times(self, column: str) -> array[int]:
        return self.created if column == "created_time" else self.modified

    def _place(self, index: int) -> None:
        for view, key in self._time_keys(index):
            view.add(key)
        for text_view, text_key in self._text_keys(index):
            text_view.add(text_key)

    def _displace(self, index: int) -> None:
        for view, key in self._time_keys(index):
            view.remove(key)
        for text_view, text_key in self._text_keys(index):
            text_view.remove(text_key)

    def _time_keys(self, index: int) -> list[tuple[_TimeView, int]]:
        flags = self._flags[index]
        return [
            (view, self._times(column)[index] << _INDEX_BITS | index)
            for (column, contact_type, status), view in self._time_views.items()
            if _selected(flags, contact_type, status)
        ]

    def _text_keys(self, index: int) -> list[tuple[_TextView, Key]]:
        flags = self._flags[index]
        return [
            (view, (TEXT_COLUMNS[column](self.record(index)), index))
            for (column, contact_type, status), view in self._text_views.items()
            if _selected(flags, contact_type, status)
        ]


def flags_for(*, vendor: bool, active: bool) -> int:
    return (_VENDOR_BIT if vendor else 0) | (0 if active else _INACTIVE_BIT)


def _flags_of(record: Record) -> int:
    return flags_for(vendor=record.contact_type == VENDOR, active=record.active)


def _selected(flags: int, contact_type: str | None, status: str | None) -> bool:
    if flags & _DELETED_BIT:
        return False
    if contact_type is not None and bool(flags & _VENDOR_BIT) != (contact_type == VENDOR):
        return False
    return status is None or bool(flags & _INACTIVE_BIT) == (status == INACTIVE)
