from __future__ import annotations

import re
from typing import Any

import pytest

from tests.zoho_sim.caller import Caller


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["contact_id"] for row in rows]


def test_the_walk_meets_every_contact_once(company: Caller) -> None:
    rows = company.walk(per_page=100, sort_column="created_time")
    assert len(ids(rows)) == len(set(ids(rows))) == 315
    assert sum(row["contact_type"] == "vendor" for row in rows) == 15


def test_a_page_tells_its_context(company: Caller) -> None:
    answer = company.books("contacts", page=2, per_page=100, sort_column="created_time", sort_order="D").json
    assert answer["code"] == 0
    assert answer["page_context"] == {
        "page": 2,
        "per_page": 100,
        "has_more_page": True,
        "report_name": "Contacts",
        "applied_filter": "Status.All",
        "custom_fields": [],
        "sort_column": "created_time",
        "sort_order": "D",
    }


@pytest.mark.parametrize(
    ("page", "rows", "more"), [(1, 105, True), (3, 105, False), (4, 0, False), (9999999, 0, False)]
)
def test_the_last_page_says_so_and_pages_beyond_are_empty(
    *, company: Caller, page: int, rows: int, more: bool
) -> None:
    answer = company.books("contacts", per_page=105, page=page).json
    assert (len(answer["contacts"]), answer["page_context"]["has_more_page"]) == (rows, more)


def test_a_page_never_has_more_than_200_rows(company: Caller) -> None:
    answer = company.books("contacts", per_page=5000).json
    assert (len(answer["contacts"]), answer["page_context"]["per_page"]) == (200, 200)


@pytest.mark.parametrize("column", ["contact_name", "first_name", "last_name", "email"])
def test_text_columns_sort_both_ways(company: Caller, column: str) -> None:
    up = [row[column].casefold() for row in company.walk(sort_column=column)]
    down = [row[column].casefold() for row in company.walk(sort_column=column, sort_order="D")]
    assert up == sorted(up)
    assert down == up[::-1]


@pytest.mark.parametrize("column", ["created_time", "last_modified_time"])
def test_time_columns_sort_both_ways(company: Caller, column: str) -> None:
    up, down = company.walk(sort_column=column), company.walk(sort_column=column, sort_order="D")
    assert ids(down) == ids(up)[::-1]
    instants = company.world.first_organization.customers
    times = instants.created if column == "created_time" else instants.modified
    positions = [instants.find(one) for one in ids(up)]
    assert [times[one] for one in positions if one is not None] == sorted(times)


def test_receivables_sort_as_amounts(company: Caller) -> None:
    amounts = [
        row["outstanding_receivable_amount"]
        for row in company.walk(sort_column="outstanding_receivable_amount")
    ]
    assert amounts == sorted(amounts)
    assert amounts[-1] > 0


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"filter_by": "ContactType.Customer"}, "filter_by"),
        ({"sort_column": "shoe_size"}, "sort_column"),
        ({"sort_order": "U"}, "sort_order"),
        ({"contact_type": "friend"}, "contact_type"),
        ({"page": "0"}, "page"),
        ({"page": "x"}, "page"),
        ({"page": "²"}, "page"),
        ({"page": "9" * 500}, "page"),
        ({"per_page": "-1"}, "per_page"),
        ({"email": "x" * 101}, "email"),
        ({"search_text": "x" * 101}, "search_text"),
    ],
)
def test_a_bad_parameter_is_400_code_2_and_named(
    caller: Caller, query: dict[str, str], parameter: str
) -> None:
    answer = caller.books("contacts", **query)
    assert (answer.status, answer.json) == (
        400,
        {"code": 2, "message": f"Invalid value passed for {parameter}"},
    )


def test_errors_may_come_under_200() -> None:
    caller = Caller(books_errors_as_200=True).sign_in()
    answer = caller.books("contacts", filter_by="nonsense")
    assert (answer.status, answer.code) == (200, 2)
    assert caller.books("contacts/1").status == 200


def test_status_and_type_filters_split_the_contacts(company: Caller) -> None:
    every = company.walk(contact_type="customer")
    active = company.walk(contact_type="customer", filter_by="Status.Active")
    inactive = company.walk(contact_type="customer", filter_by="Status.Inactive")
    vendors = company.walk(contact_type="vendor")
    assert len(every) == 300
    assert {row["status"] for row in active} == {"active"}
    assert {row["status"] for row in inactive} == {"inactive"}
    assert sorted(ids(active + inactive)) == sorted(ids(every))
    assert len(vendors) == 15
    assert company.walk(filter_by="Status.PortalEnabled") == []


def test_text_filters_match_whole_start_and_inside(company: Caller) -> None:
    row = company.walk(contact_type="customer")[120]
    email = row["email"]
    assert row["contact_id"] in ids(company.walk(email=email.upper()))
    assert row["contact_id"] in ids(company.walk(email_startswith=email[:5]))
    assert row["contact_id"] in ids(company.walk(email_contains=email[3:9]))
    assert row["contact_id"] in ids(company.walk(search_text=row["contact_name"][1:5]))
    assert company.walk(email=email[:5]) == []


def test_times_carry_the_zones_offset_without_a_colon(company: Caller) -> None:
    times = [row[key] for row in company.walk() for key in ("created_time", "last_modified_time")]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-0[78]00", one) for one in times)
    assert {one[-5:] for one in times} == {"-0800", "-0700"}


def test_a_row_may_be_repeated_across_pages() -> None:
    rows = Caller(40, repeat_row_across_pages=True).sign_in().walk(per_page=20)
    found = ids(rows)
    assert found[19] == found[20]
    assert len(set(found)) == 42
