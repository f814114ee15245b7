"""Between Python values and DynamoDB's: ints stay ints, times are sortable text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any

Item = dict[str, Any]


def encode(value: object) -> dict[str, Any]:
    """Return DynamoDB's form of a str, int, bool, bytes, None, sequence or str-keyed mapping.

    Raises TypeError for anything else; a float would come back as something else than it was.
    """
    match value:
        case Enum():
            return encode(value.value)
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case None:
            return {"NULL": True}
        case list() | tuple():
            return {"L": [encode(element) for element in value]}
        case Mapping():
            return {"M": encode_item(value)}
        case _:
            raise TypeError(f"{type(value).__name__} cannot be stored")


def encode_item(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {str(name): encode(value) for name, value in values.items()}


def decode(attribute: Mapping[str, Any]) -> Any:
    """Return the value of a DynamoDB attribute; raises KeyError for a type that is never written here."""
    ((kind, raw),) = attribute.items()
    return _DECODERS[kind](raw)


def decode_item(attributes: Mapping[str, Mapping[str, Any]]) -> Item:
    return {name: decode(attribute) for name, attribute in attributes.items()}


_DECODERS: dict[str, Callable[[Any], Any]] = {
    "S": str,
    "N": int,
    "B": bytes,
    "BOOL": bool,
    "NULL": lambda _: None,
    "L": lambda raw: [decode(element) for element in raw],
    "M": decode_item,
}


def text_of(moment: datetime | None) -> str | None:
    """Return RFC 3339 text of fixed width, so that it sorts by time: 2026-11-22T09:00:00.000000Z.

    Raises ValueError for a naive time, whose instant nobody knows.
    """
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("a stored time needs a time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment_of(text: str) -> datetime:
    return datetime.fromisoformat(text)


def moment_or_none(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def sparse(**values: Any) -> Item:
    """Return the values without None, "" and empty mappings: readers take those for granted."""
    return {name: value for name, value in values.items() if value is not None and value not in ("", {})}
