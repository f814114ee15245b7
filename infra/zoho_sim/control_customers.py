"""The controls that read and change the customers of an organization."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from infra.zoho_sim.customers import ACTIVE, CUSTOMER, INACTIVE, VENDOR, contact_id
from infra.zoho_sim.oddities import AROUND_DST_SWITCH, oddity_at, place_of
from infra.zoho_sim.people import Record
from infra.zoho_sim.rows import CUSTOM_FIELDS
from infra.zoho_sim.seed import index_of
from infra.zoho_sim.world import Organization, World

NUMBER_MAX = 10_000_000
_TEXTS = frozenset({"contact_name", "first_name", "last_name", "email", "phone", "mobile", "website", "notes",
                    "currency_code", "language_code", "city", "country", "payment_terms_label"})  # fmt: skip
_CUSTOM_NAMES = frozenset(name for name, *_ in CUSTOM_FIELDS)
_BLANK = {one.name: "" for one in fields(Record) if one.type == "str"}


class BadControl(ValueError):
    """A control that was asked for wrongly; the message names the key."""


def whole(value: Any, name: str, most: int = NUMBER_MAX) -> int:
    """Read a count from JSON or from a query."""
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
        raise BadControl(f"{name} is a whole number")
    if int(text) > most:
        raise BadControl(f"{name} is at most {most}")
    return int(text)


def describe_customers(world: World, given: dict[str, Any]) -> Any:
    """Counts, and where the oddities are: name → contact ids (at most five each)."""
    organization = _organization(world, given)
    customers = organization.customers
    found: dict[str, list[str]] = {}
    seeded = world.customers_wanted if world.oddities and organization is world.first_organization else 0
    for ordinal in range(min(seeded, 5000)):
        oddity = oddity_at(ordinal, world.seed_number)
        name = oddity.name if oddity else AROUND_DST_SWITCH.get(place_of(ordinal, world.seed_number))
        if name is not None and len(found.setdefault(name, [])) < 5:  # noqa: PLR2004
            found[name].append(contact_id(index_of(ordinal)))
    return {
        "organization_id": organization.id,
        "customers": customers.count(CUSTOMER),
        "active": customers.count(CUSTOMER, ACTIVE),
        "inactive": customers.count(CUSTOMER, INACTIVE),
        "vendors": customers.count(VENDOR),
        "oddities": found,
    }


def change_customers(world: World, given: dict[str, Any]) -> Any:
    """`action`: add (values), edit (contact_id, values), delete, inactive, active (contact_id)."""
    organization = _organization(world, given)
    action = given.get("action")
    if action == "add":
        return _add(world, organization, _values(given))
    if action not in ("edit", "delete", "inactive", "active"):
        raise BadControl("action is add, edit, delete, inactive or active")
    index = organization.customers.find(str(given.get("contact_id", "")))
    if index is None:
        raise BadControl("contact_id is the id of an existing contact")
    customers, record = organization.customers, organization.customers.record(index)
    if action == "delete":
        customers.delete(index)
    elif action == "edit":
        customers.edit(index, _changed(record, _values(given)), world.now())
    else:
        bumps = world.settings.inactive_bumps_modified
        customers.edit(index, replace(record, active=action == "active"), world.now(), bumps_modified=bumps)
    return {"contact_id": contact_id(index)}


def _add(world: World, organization: Organization, values: dict[str, Any]) -> Any:
    blank: dict[str, Any] = _BLANK | {
        "contact_type": CUSTOMER, "sub_type": "business", "payment_terms_label": "Due on Receipt",
        "currency_code": "USD", "language_code": "en",
    }  # fmt: skip
    record = Record(**blank, company_name="", active=True, payment_terms=0, receivable_cents=0, custom={})
    index = organization.customers.add(_changed(record, values), world.now())
    return {"contact_id": contact_id(index)}


def _organization(world: World, given: dict[str, Any]) -> Organization:
    wanted = given.get("organization_id")
    if wanted is None:
        return world.first_organization
    found = world.organizations.get(str(wanted))
    if found is None:
        raise BadControl("organization_id is the id of an existing organization")
    return found


def _values(given: dict[str, Any]) -> dict[str, Any]:
    values = given.get("values", {})
    if not isinstance(values, dict):
        raise BadControl("values is an object")
    for name, value in values.items():
        if not _fits(name, value):
            raise BadControl(f"values.{name} cannot be {value!r}")
    return values


def _fits(name: str, value: Any) -> bool:
    if name in _TEXTS:
        return isinstance(value, str)
    if name == "company_name":
        return value is None or isinstance(value, str)
    if name == "contact_type":
        return value in {CUSTOMER, VENDOR} if isinstance(value, str) else False
    return name in _CUSTOM_NAMES and isinstance(value, str | bool | int | None)


def _changed(record: Record, values: dict[str, Any]) -> Record:
    """Apply values; a custom field set to "" or null is gone from the row, as in Books."""
    plain = {name: value for name, value in values.items() if name not in _CUSTOM_NAMES}
    custom = record.custom | {name: value for name, value in values.items() if name in _CUSTOM_NAMES}
    filled = {name: value for name, value in custom.items() if value not in {"", None}}
    return replace(record, custom=filled, **plain)
