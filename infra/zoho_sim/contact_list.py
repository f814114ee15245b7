"""`GET /contacts`: filters, order and the page cut from the live list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from infra.zoho_sim.customers import (
    ACTIVE,
    CUSTOMER,
    INACTIVE,
    TEXT_COLUMNS,
    TIME_COLUMNS,
    VENDOR,
    Customers,
    Selection,
)
from infra.zoho_sim.people import Record
from infra.zoho_sim.rows import list_row
from infra.zoho_sim.settings import Settings

PER_PAGE_MAX = 200
PAGE_MAX = 10_000_000
TEXT_MAX = 100
STATUS_FILTERS: dict[str, str | None] = {
    "Status.All": None,
    "Status.PortalDisabled": None,
    "Status.Active": ACTIVE,
    "Status.Inactive": INACTIVE,
}
EMPTY_FILTERS = frozenset(
    {
        "Status.Duplicate",
        "Status.PortalEnabled",
        "Invoice.OverDue",
        "Invoice.Unpaid",
        "Status.CreditLimitExceed",
        "Status.Crm",
    }
)
_TEXT_OF: dict[str, Callable[[Record], str]] = {
    "contact_name": lambda record: record.contact_name,
    "company_name": lambda record: record.company_name or "",
    "first_name": lambda record: record.first_name,
    "last_name": lambda record: record.last_name,
    "email": lambda record: record.email,
    "phone": lambda record: record.phone,
    "address": lambda record: record.city,
}
_MATCHES: dict[str, Callable[[str, str], bool]] = {
    "": lambda text, wanted: text == wanted,
    "_startswith": lambda text, wanted: text.startswith(wanted),
    "_contains": lambda text, wanted: wanted in text,
}

Keep = Callable[[int], bool]


class BadParameter(ValueError):
    """A parameter that Books would refuse with code 2."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def contact_list(
    settings: Settings, customers: Customers, asked: dict[str, str]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Answer the rows of a page and its page_context; raises BadParameter."""
    page = _number(asked, "page", 1, PAGE_MAX)
    per_page = min(_number(asked, "per_page", PER_PAGE_MAX, PAGE_MAX), PER_PAGE_MAX)
    column = _one_of(asked, "sort_column", "contact_name", {*TEXT_COLUMNS, *TIME_COLUMNS})
    order = _one_of(asked, "sort_order", "A", {"A", "D"})
    applied = _one_of(asked, "filter_by", "Status.All", {*STATUS_FILTERS, *EMPTY_FILTERS})
    contact_type = asked.get("contact_type")
    if contact_type not in {None, CUSTOMER, VENDOR}:
        raise BadParameter("contact_type")
    selection: Selection = (column, contact_type, STATUS_FILTERS.get(applied))
    conditions = _conditions(settings, customers, asked)
    if applied in EMPTY_FILTERS:
        conditions.append(lambda _: False)
    start = (page - 1) * per_page
    overlap = 1 if settings.repeat_row_across_pages and page > 1 else 0
    found, more = _cut(
        customers, selection, conditions, start - overlap, per_page + overlap, descending=order == "D"
    )
    filled = settings.list_custom_fields == "filled"
    rows = [
        list_row(customers, index, numeric_ids=settings.books_numeric_ids, custom_fields=filled)
        for index in found
    ]
    context = {
        "page": page,
        "per_page": per_page,
        "has_more_page": more,
        "report_name": "Contacts",
        "applied_filter": applied,
        "custom_fields": [],
        "sort_column": column,
        "sort_order": order,
    }
    return rows, context


def _cut(
    customers: Customers,
    selection: Selection,
    conditions: list[Keep],
    start: int,
    count: int,
    *,
    descending: bool,
) -> tuple[list[int], bool]:
    if not conditions:
        return customers.page(selection, descending=descending, start=start, count=count)
    kept: Iterable[int] = customers.all(selection, descending=descending)
    matching = [index for index in kept if all(keep(index) for keep in conditions)]
    return matching[start : start + count], len(matching) > start + count


def _conditions(settings: Settings, customers: Customers, asked: dict[str, str]) -> list[Keep]:
    found: list[Keep] = []
    for name, text_of in _TEXT_OF.items():
        for suffix, matches in _MATCHES.items():
            wanted = asked.get(name + suffix)
            if wanted is not None:
                found.append(_text_condition(customers, text_of, matches, _short(name + suffix, wanted)))
    if "search_text" in asked:
        wanted = _short("search_text", asked["search_text"])
        text_of = _name_and_notes
        found.append(_text_condition(customers, text_of, _MATCHES["_contains"], wanted))
    if settings.last_modified_filter == "honoured" and "last_modified_time" in asked:
        since = _instant(asked["last_modified_time"])
        found.append(lambda index: customers.modified[index] >= since)
    return found


def _text_condition(
    customers: Customers, text_of: Callable[[Record], str], matches: Callable[[str, str], bool], wanted: str
) -> Keep:
    folded = wanted.casefold()
    return lambda index: matches(text_of(customers.record(index)).casefold(), folded)


def _name_and_notes(record: Record) -> str:
    return f"{record.contact_name}\n{record.notes}"


def _short(name: str, text: str) -> str:
    if len(text) > TEXT_MAX:
        raise BadParameter(name)
    return text


def _number(asked: dict[str, str], name: str, default: int, most: int) -> int:
    text = asked.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))) or not 1 <= int(text) <= most:
        raise BadParameter(name)
    return int(text)


def _one_of(asked: dict[str, str], name: str, default: str, allowed: set[str]) -> str:
    chosen = asked.get(name, default)
    if chosen not in allowed:
        raise BadParameter(name)
    return chosen


def _instant(text: str) -> float:
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")
        return moment.timestamp()
    except (ValueError, OverflowError):
        raise BadParameter("last_modified_time") from None
