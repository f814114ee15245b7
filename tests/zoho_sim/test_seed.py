# ruff: noqa: RUF001
from __future__ import annotations

import time
from typing import Any

import pytest

from infra.zoho_sim import VirtualClock, seed
from infra.zoho_sim.oddities import AROUND_DST_SWITCH, CYCLE, ODDITIES
from infra.zoho_sim.subscribe import ROLES
from tests.zoho_sim.caller import Caller


@pytest.fixture(scope="module")
def rows(company: Caller) -> list[dict[str, Any]]:
    return company.walk(contact_type="customer", sort_column="created_time")


def has(rows: list[dict[str, Any]], key: str, *parts: str) -> bool:
    return all(any(part in (row[key] or "") for row in rows) for part in parts)


def test_the_same_number_gives_the_same_world_and_another_one_another(company: Caller) -> None:
    again = Caller(300, books_per_minute=None).sign_in()
    assert again.walk() == company.walk()
    other = seed(300, number=8, clock=VirtualClock())
    assert other.first_organization.customers.record(0) != company.world.first_organization.customers.record(
        0
    )


def test_the_data_do_not_depend_on_todays_date(company: Caller) -> None:
    later = seed(300, clock=VirtualClock(VirtualClock().now() + 10**8))
    books, sooner = later.first_organization.customers, company.world.first_organization.customers
    assert books.modified == sooner.modified
    assert books.created == sooner.created


def test_nothing_was_changed_in_the_future_even_for_an_early_clock() -> None:
    clock = VirtualClock(1_000_000_000)
    books = seed(300, clock=clock).first_organization.customers
    assert max(books.modified) < clock.now()


def test_changes_never_precede_creation(company: Caller) -> None:
    books = company.world.first_organization.customers
    assert all(created <= modified for created, modified in zip(books.created, books.modified, strict=True))


@pytest.mark.parametrize("number", [0, 7, 131, 249, -3])
def test_three_hundred_customers_contain_every_oddity(number: int) -> None:
    caller = Caller()
    caller.world = caller.simulator.world = seed(
        300, number=number, settings=caller.settings, clock=caller.clock
    )
    found = caller.look("customers")["oddities"]
    assert set(found) == {one.name for one in ODDITIES} | set(AROUND_DST_SWITCH.values())


def test_addresses_are_empty_invalid_roles_tagged_padded_and_foreign(rows: list[dict[str, Any]]) -> None:
    emails = [row["email"] for row in rows]
    assert 0.02 <= emails.count("") / len(emails) <= 0.05
    assert {email.partition("@")[0].lower() for email in emails} >= ROLES
    assert sum("@" not in email for email in emails if email) >= 1
    for part in ("@@", "@aol", ",example", "; ", "@gnail.com", "+billing@", "\t", "\u00a0", "müller"):
        assert any(part in email for email in emails), part
    assert any(email != email.strip() for email in emails)
    assert max(map(len, emails)) > 64
    assert max(len(email) for email in emails if "; " not in email) <= 100


def test_two_customers_share_an_address_by_case_exactly_and_across_states(rows: list[dict[str, Any]]) -> None:
    by_email: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["email"]:
            by_email.setdefault(row["email"].lower(), []).append(row)
    shared = [twins for twins in by_email.values() if len(twins) > 1]
    assert any(one["email"] != other["email"] for one, other in shared)
    assert any(one["email"] == other["email"] for one, other in shared)
    assert {(one["status"], other["status"]) for one, other in shared} == {
        ("active", "active"),
        ("active", "inactive"),
        ("inactive", "active"),
    }


def test_names_come_in_many_scripts_and_some_are_hostile(rows: list[dict[str, Any]]) -> None:
    assert has(
        rows, "contact_name", "株式会社", "有限公司", "ТОВ", "ש", "ا", "จำกัด", "ü", "ł", "🌻", "\u202e"
    )
    assert has(
        rows, "contact_name", "<img src=x onerror=", "=HYPERLINK(", "DROP TABLE", '"Bob"', "\r\n", "\t=1"
    )
    assert has(rows, "first_name", "</script>", "{{7*7}}", "\u200b", "e\u0301", "अ")
    assert {row["contact_name"][0] for row in rows} >= {"=", "+", "-", "@"}
    assert max(len(row["contact_name"]) for row in rows) == 200


def test_rows_have_the_shapes_that_were_seen_in_the_wild(rows: list[dict[str, Any]]) -> None:
    assert any(row["company_name"] is None for row in rows)
    assert any(row["company_name"] == "" for row in rows)
    assert any(row["custom_fields"] == "" and row["custom_field_hash"] == [] for row in rows)
    assert any(row["first_name"] == row["last_name"] == "" for row in rows)
    assert 0.03 <= sum(row["status"] == "inactive" for row in rows) / len(rows) <= 0.06
    assert len({row["currency_code"] for row in rows}) > 10
    assert len({row["payment_terms_label"] for row in rows}) > 4
    assert {row["phone"][:1] for row in rows} == {"", "+", "0"}


def test_custom_fields_have_every_type(rows: list[dict[str, Any]]) -> None:
    entries = [entry for row in rows for entry in row["custom_fields"]]
    assert {entry["data_type"] for entry in entries} == {"string", "date", "dropdown", "check_box"}
    assert {type(entry["value"]) for entry in entries} == {str, bool}
    assert any(row["cf_vat_id"] == "0" for row in rows if "cf_vat_id" in row)


def test_some_changes_lie_on_both_sides_of_a_switch_of_daylight_saving_time(
    rows: list[dict[str, Any]],
) -> None:
    changed = {row["last_modified_time"] for row in rows}
    assert changed >= {
        "2026-03-08T01:59:30-0800",
        "2026-03-08T03:00:30-0700",
        "2025-11-02T01:30:00-0700",
        "2025-11-02T01:30:00-0800",
    }


def test_a_file_import_changed_several_customers_in_the_same_second(rows: list[dict[str, Any]]) -> None:
    changed = [row["last_modified_time"] for row in rows]
    assert max(changed.count(one) for one in changed) >= 4


def test_plain_addresses_are_unique() -> None:
    books = seed(20_000, clock=VirtualClock(), oddities=False).first_organization.customers
    emails = {books.record(index).email for index in range(21_000)}
    assert len(emails) == 21_000


def test_without_oddities_every_customer_could_be_subscribed() -> None:
    caller = Caller(campaigns_limits={"campaigns.listsubscribe": []})
    caller.world = caller.simulator.world = seed(
        CYCLE, settings=caller.settings, clock=caller.clock, oddities=False
    )
    caller.sign_in()
    rows = caller.walk(contact_type="customer")
    asked = [(row["email"], row["first_name"], row["company_name"]) for row in rows]
    codes = {
        caller.subscribe(email, First_Name=first, Company_Name=company).code
        for email, first, company in asked
    }
    assert codes == {"0"}
    assert caller.look("stats")["offences"] == {}


def test_members_of_the_list_overlap_with_the_customers_in_every_state(company: Caller) -> None:
    customers = {row["email"].strip().lower() for row in company.walk(contact_type="customer")}
    members = company.look("lists/Newsletter/contacts")["contacts"]
    overlap: dict[str, int] = {}
    for member in members:
        if member["email"] in customers:
            overlap[member["status"]] = overlap.get(member["status"], 0) + 1
    assert overlap["active"] >= 15
    assert overlap["unsub"] >= 5
    assert overlap["bounce"] >= 3
    assert any(member["email"] not in customers for member in members)
    assert any(
        member["fields"]["Contact Email"] != member["email"]
        for member in members
        if member["status"] == "unsub"
    )
    assert customers & set(company.look("lists")["do_not_mail"])


@pytest.mark.parametrize("count", [0, 1, 19, 20, 21, 999])
def test_any_number_of_customers_is_exact(count: int) -> None:
    caller = Caller(count, books_per_minute=None).sign_in()
    assert len(caller.walk(contact_type="customer")) == count
    assert caller.look("customers")["customers"] == count


@pytest.mark.parametrize("count", [-1, 1_000_001])
def test_a_number_of_customers_out_of_range_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="customers"):
        seed(count)


def test_two_hundred_thousand_customers_are_there_in_a_moment() -> None:
    started = time.process_time()
    caller = Caller(200_000).sign_in()
    answer = caller.books("contacts", sort_column="last_modified_time", sort_order="D", page=900).json
    assert len(answer["contacts"]) == 200
    assert time.process_time() - started < 10
