"""The fields of a Books customer, custom ones gathered from wherever Books tells about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from shared.adapters.zoho.rows import add_custom_fields, text
from shared.domain.customer import STANDARD_FIELDS, BooksField

_PREFIX = "cf_"
_DEFAULT_KIND = "string"


def books_fields(described: Any, rows: Sequence[Any]) -> tuple[BooksField, ...]:
    """Return the standard fields, then those `described` by the settings, then those only `rows` show.

    `described` is an array, an object keyed by entity, or nothing at all.
    """
    found: dict[str, BooksField] = {}
    inactive: set[str] = set()
    for entry in _entries(described):
        one = _field(entry)
        if one is not None and entry.get("is_active") is False:
            inactive.add(one.name)
        elif one is not None:
            found.setdefault(one.name, one)
    for row in rows:
        if isinstance(row, dict):
            for one in _row_fields(row):
                if one.name not in inactive:
                    found.setdefault(one.name, one)
    return (*STANDARD_FIELDS, *found.values())


def _row_fields(row: dict[str, Any]) -> Iterator[BooksField]:
    listed = row.get("custom_fields")
    for entry in listed if isinstance(listed, list) else []:
        one = _field(entry) if isinstance(entry, dict) else None
        if one is not None:
            yield one
    values: dict[str, str] = {}
    add_custom_fields(row, values)
    for name in values:
        yield BooksField(name, _label(name), _DEFAULT_KIND, custom=True)


def _field(entry: dict[str, Any]) -> BooksField | None:
    name = text(entry.get("api_name")).strip()
    if not name.startswith(_PREFIX):
        return None
    label = text(entry.get("label")).strip() or _label(name)
    return BooksField(name, label, text(entry.get("data_type")).strip() or _DEFAULT_KIND, custom=True)


def _label(name: str) -> str:
    """Make a label of a name: the keys of a hash come without one."""
    return name.removeprefix(_PREFIX).replace("_", " ").strip().capitalize()


def _entries(described: Any) -> Iterator[dict[str, Any]]:
    if isinstance(described, dict):
        own = [described[entity] for entity in ("contact", "customer") if entity in described]
        for part in own or described.values():
            yield from _entries(part if isinstance(part, list) else [part])
    elif isinstance(described, list):
        yield from (entry for entry in described if isinstance(entry, dict))
