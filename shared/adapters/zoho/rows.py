"""Reading what Zoho Books says about customers: tolerant of every spelling seen, and quick: rows are many."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from shared.domain.contact import SkipReason
from shared.domain.customer import STANDARD_FIELDS, Customer
from shared.domain.run import SkippedRecord

_STANDARD_NAMES = tuple(one.name for one in STANDARD_FIELDS)
_PERSON_FIELDS = ("email", "first_name", "last_name", "phone", "mobile")
_CUSTOM_PREFIX, _RAW_SUFFIX = "cf_", "_unformatted"
_MAX_ID_LENGTH = 100
_MAX_DIGITS = 12


class Unreadable(ValueError):
    """A row from which no customer can be made; the message names the field, never a value."""


def read_rows(rows: Sequence[Any]) -> tuple[list[Customer], list[SkippedRecord]]:
    """Return the customers of a list's rows, and what cannot be read; vendors are dropped."""
    customers: list[Customer] = []
    unreadable: list[SkippedRecord] = []
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            unreadable.append(_skipped({}, f"row {number} of the page is not a record"))
        elif is_customer(row):
            try:
                customers.append(read_customer(row))
            except Unreadable as problem:
                unreadable.append(_skipped(row, str(problem)))
    return customers, unreadable


def is_customer(row: Mapping[str, Any]) -> bool:
    """Return whether a row is a customer; one that does not say so came from a list of customers."""
    kind = row.get("contact_type")
    return kind == "customer" or text(kind).strip().lower() in {"customer", ""}


def read_customer(row: Mapping[str, Any]) -> Customer:
    """Return the customer of a list row; raises `Unreadable` without an id or its two times."""
    get = row.get
    fields = {
        name: value if (value := get(name, "")).__class__ is str else text(value) for name in _STANDARD_NAMES
    }
    add_custom_fields(row, fields)
    identifier = get("contact_id")
    if identifier.__class__ is not str:
        identifier = text(identifier)
    identifier = identifier.strip()
    if not identifier or len(identifier) > _MAX_ID_LENGTH:
        raise Unreadable("contact_id: missing")
    return Customer(
        identifier,
        fields["contact_name"] or text(get("customer_name")),
        fields["email"],
        fields["status"].strip().lower() != "inactive",
        moment(get("created_time"), "created_time"),
        moment(get("last_modified_time"), "last_modified_time"),
        fields,
    )


def read_detail(row: Mapping[str, Any]) -> Customer:
    """Return the customer of a single contact, whose person may be given apart and whose times may be one."""
    filled = dict(row)
    persons = [one for one in _list(row.get("contact_persons")) if isinstance(one, dict)]
    marked = [one for one in persons if one.get("is_primary_contact") is True]
    primary = next(iter(marked or persons), {})
    for name in _PERSON_FIELDS:
        if name not in row:
            filled[name] = primary.get(name)
    filled.setdefault("created_time", row.get("last_modified_time"))
    filled.setdefault("last_modified_time", row.get("created_time"))
    return read_customer(filled)


def add_custom_fields(row: Mapping[str, Any], fields: dict[str, str]) -> None:
    """Add the custom fields: from the array, else from the hash, else from keys of the row itself."""
    entries = row.get("custom_fields")
    if entries.__class__ is list and entries:
        for entry in entries:
            if entry.__class__ is dict:
                name = entry.get("api_name")
                if name.__class__ is str and name:
                    value = entry.get("value")
                    fields[name] = value if value.__class__ is str else text(value)
        return
    found = row.get("custom_field_hash")
    if not found and entries.__class__ is list:
        return
    hashed = list(_hash_pairs(found))
    if not hashed and entries.__class__ is not list:
        hashed = list(row.items())
    for name, value in hashed:
        # Both spellings of a value are given; the one without formatting is what the array holds, too.
        if name.startswith(_CUSTOM_PREFIX) and not name.endswith(_RAW_SUFFIX):
            fields.setdefault(name, text(value))
    for name, value in hashed:
        if name.startswith(_CUSTOM_PREFIX) and name.endswith(_RAW_SUFFIX):
            fields[name.removesuffix(_RAW_SUFFIX)] = text(value)


def moment(value: Any, name: str) -> datetime:
    """Return a Books time (`2013-10-07T18:24:51+0530`, colon or not) in UTC; raises `Unreadable`."""
    try:
        parsed = datetime.fromisoformat(value.strip())
        if parsed.tzinfo is not None:
            return parsed.astimezone(UTC)
    except (ValueError, OverflowError, AttributeError):
        pass
    raise Unreadable(f"{name}: not a time with an offset")


def text(value: Any) -> str:
    """Return a JSON value as a person would write it; amounts were read as text already."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(text(one) for one in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)


def count(value: Any) -> int:
    """Return a whole number that may be written as text; 0 for anything else."""
    digits = text(value).strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS else 0


def _hash_pairs(hashed: Any) -> Iterator[tuple[str, Any]]:
    for part in _list(hashed):
        if isinstance(part, dict):
            name = part.get("api_name")
            if isinstance(name, str):
                yield name, part.get("value")
            else:
                yield from part.items()


def _list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, dict) else []


def _skipped(row: Mapping[str, Any], detail: str) -> SkippedRecord:
    return SkippedRecord(
        contact_id=text(row.get("contact_id")).strip()[:_MAX_ID_LENGTH],
        contact_name=text(row.get("contact_name")),
        email=text(row.get("email")),
        reason=SkipReason.FIELD_INVALID,
        detail=detail,
    )
