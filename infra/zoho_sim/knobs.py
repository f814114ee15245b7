"""Reading and changing settings by name, with every value checked against the knob's type."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from infra.zoho_sim.settings import Latencies, Limits, Settings

_HINTS = get_type_hints(Settings, include_extras=True)


class BadKnob(ValueError):
    """A knob that does not exist, or a value it cannot take."""


def knob_notes() -> dict[str, str]:
    """Each knob's name and what it decides."""
    return {name: str(get_args(hint)[1]) for name, hint in _HINTS.items()}


def choices(name: str) -> tuple[Any, ...]:
    """The values a knob with a closed set can take, else ()."""
    kind = get_args(_HINTS[name])[0]
    return get_args(kind) if get_origin(kind) is Literal else ()


def knob_values(settings: Settings) -> dict[str, Any]:
    return {one.name: getattr(settings, one.name) for one in fields(settings)}


def turn(settings: Settings, changes: dict[str, Any]) -> None:
    """Apply all changes or none; raises BadKnob naming the first that is wrong."""
    for name, value in changes.items():
        if name not in _HINTS:
            raise BadKnob(f"there is no knob named {name!r}")
        kind = get_args(_HINTS[name])[0]
        if not _fits(kind, value):
            wanted = " | ".join(map(repr, choices(name))) or getattr(kind, "__name__", str(kind))
            raise BadKnob(f"{name} cannot be {value!r}; it takes {wanted}")
    for name, value in changes.items():
        setattr(settings, name, value)


def _fits(kind: Any, value: Any) -> bool:
    if get_origin(kind) is Literal:
        return any(value == one and type(value) is type(one) for one in get_args(kind))
    if kind == Limits:
        return isinstance(value, dict) and all(_is_windows(one) for one in value.values())
    if kind == Latencies:
        return isinstance(value, dict) and all(_is_range(one) for one in value.values())
    if kind == list[str]:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if kind == (int | None):
        return value is None or _is_count(value)
    if kind is int:
        return _is_count(value)
    return type(value) is kind


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_windows(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, list) and len(one) == 2 and all(type(part) is int and part > 0 for part in one)  # noqa: PLR2004
        for one in value
    )


def _is_range(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) in {1, 2}
        and all(type(part) in {int, float} and 0 <= part <= 600_000 for part in value)  # noqa: PLR2004
        and value == sorted(value)
    )
