from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.customer import STANDARD_FIELDS, Customer
from shared.domain.errors import PermissionMissing, RateLimited, RetryLater, TargetGone
from shared.ports import CustomerPage
from tests.contract.zoho.simulated import CUSTOMERS, Zoho
from tests.unit.zoho.stand_ins import connection


def walked(zoho: Zoho, *, active: bool) -> list[Customer]:
    found: list[Customer] = []
    page, more = 1, True
    while more:
        answer: CustomerPage = zoho.books.walk(page, active=active)
        assert not answer.unreadable
        found.extend(answer.customers)
        page, more = page + 1, answer.has_more
    return found


def counts(zoho: Zoho) -> dict[str, int]:
    customers = zoho.world.first_organization.customers
    return {status: customers.count("customer", status) for status in ("active", "inactive")}


@pytest.mark.parametrize("numeric_ids", ["never", "some", "always"])
def test_both_walks_together_meet_every_customer_and_no_vendor(zoho: Zoho, numeric_ids: str) -> None:
    zoho.set(books_numeric_ids=numeric_ids)
    active, inactive = walked(zoho, active=True), walked(zoho, active=False)
    assert {"active": len(active), "inactive": len(inactive)} == counts(zoho)
    assert len({one.contact_id for one in active + inactive}) == CUSTOMERS
    assert all(one.active for one in active)
    assert not any(one.active for one in inactive)
    assert [one.created_at for one in active] == sorted(one.created_at for one in active)


def test_the_walk_costs_one_call_per_two_hundred_customers(zoho: Zoho) -> None:
    clients = zoho.gateway.open(connection())
    for page in (1, 2, 3):
        clients.books.walk(page, active=True)
    assert clients.calls == {"books.contacts": 3}
    assert zoho.world.stats.calls["books.contacts"] == 3


def test_changed_customers_come_newest_first(zoho: Zoho) -> None:
    times = [one.modified_at for page in (1, 2, 3) for one in zoho.books.changed(page).customers]
    assert len(times) == CUSTOMERS
    assert times == sorted(times, reverse=True)


def test_a_change_is_the_newest_thing_there_is(zoho: Zoho) -> None:
    zoho.time.advance(7_200)
    victim = zoho.books.changed(2).customers[17]
    zoho.control("customers", action="edit", contact_id=victim.contact_id, values={"first_name": "Edited"})
    newest = zoho.books.changed(1).customers[0]
    assert (newest.contact_id, newest.fields["first_name"]) == (victim.contact_id, "Edited")
    assert newest.modified_at == datetime.fromtimestamp(zoho.time.now(), UTC)


def test_every_oddity_of_the_books_is_read(zoho: Zoho) -> None:
    found = walked(zoho, active=True) + walked(zoho, active=False)
    emails = {one.email for one in found}
    assert "" in emails
    assert any(email != email.strip() for email in emails)
    assert any(one.fields["company_name"] == "" for one in found)
    assert any("cf_vat_id" not in one.fields for one in found)
    assert any(one.fields.get("cf_newsletter_consent") in {"true", "false"} for one in found)
    assert all(isinstance(value, str) for one in found for value in one.fields.values())


def test_a_repeated_row_across_pages_comes_twice_and_ends_all_the_same(zoho: Zoho) -> None:
    zoho.set(repeat_row_across_pages=True)
    found = walked(zoho, active=True)
    assert len({one.contact_id for one in found}) == counts(zoho)["active"]


def test_a_list_without_page_context_is_never_the_last_page(zoho: Zoho) -> None:
    zoho.set(page_context_missing=True)
    with pytest.raises(RetryLater):
        zoho.books.walk(1, active=True)


@pytest.mark.parametrize("code", [2, 1002])
@pytest.mark.parametrize("as_200", [True, False])
def test_a_deleted_customer_is_none(zoho: Zoho, code: int, *, as_200: bool) -> None:
    zoho.set(books_not_found_code=code, books_errors_as_200=as_200)
    known = zoho.books.changed(1).customers[0]
    assert zoho.books.customer(known.contact_id) == known
    zoho.control("customers", action="delete", contact_id=known.contact_id)
    assert zoho.books.customer(known.contact_id) is None


def test_organizations_and_the_user_are_told(zoho: Zoho) -> None:
    found = zoho.books.organizations()
    assert [(one.id, one.email, one.active) for one in found] == [
        ("10229182", "Priya.Raman@Lumen-Supply.example", True),
        ("10229190", "accounts@harbor-lane.example", True),
        ("10229204", "Priya.Raman@Lumen-Supply.example", False),
    ]
    assert zoho.books.user_email("10229182") == "priya.raman@lumen-supply.example"


@pytest.mark.parametrize("shape", ["array", "dict"])
@pytest.mark.parametrize("rows", ["filled", "empty"])
def test_custom_fields_are_found_in_every_shape(zoho: Zoho, shape: str, rows: str) -> None:
    zoho.set(customfields_shape=shape, list_custom_fields=rows)
    found = zoho.books.fields()[len(STANDARD_FIELDS) :]
    assert {(one.name, one.label, one.kind) for one in found} == {
        ("cf_vat_id", "VAT ID", "string"),
        ("cf_customer_since", "Customer Since", "date"),
        ("cf_segment", "Segment", "dropdown"),
        ("cf_newsletter_consent", "Newsletter consent", "check_box"),
        ("cf_account_manager", "Account Manager", "string"),
    }


@pytest.mark.parametrize("answer", ["empty", "error_57"])
def test_without_the_settings_scope_the_rows_tell_the_custom_fields(zoho: Zoho, answer: str) -> None:
    zoho.set(customfields_without_scope=answer)
    zoho.grant("ZohoBooks.contacts.READ")
    assert {one.name for one in zoho.books.fields() if one.custom} >= {"cf_vat_id", "cf_segment"}


def test_a_missing_scope_is_a_missing_permission(zoho: Zoho) -> None:
    zoho.grant("ZohoBooks.settings.READ")
    with pytest.raises(PermissionMissing):
        zoho.books.changed(1)


def test_somebody_elses_organization_is_gone_and_a_closed_one_not_permitted(zoho: Zoho) -> None:
    with pytest.raises(TargetGone):
        zoho.books.user_email("77777777")
    with pytest.raises(PermissionMissing):
        zoho.books.user_email("10229204")


@pytest.mark.parametrize(
    ("knobs", "wait_seconds"),
    [
        ({"books_per_minute": 0}, 60),
        ({"books_per_minute": 0, "books_minute_code": 45}, 60),
        ({"books_per_minute": 0, "books_retry_after_seconds": 13}, 13),
        ({"books_per_day": 0}, 3_600),
        ({"books_concurrency": 0}, 5),
    ],
)
def test_every_quota_of_books_says_how_long_to_wait(
    zoho: Zoho, knobs: dict[str, Any], wait_seconds: float
) -> None:
    zoho.set(**knobs)
    with pytest.raises(RateLimited) as limited:
        zoho.books.changed(1)
    assert limited.value.wait_seconds == wait_seconds


def test_a_long_walk_never_meets_the_limit(zoho: Zoho) -> None:
    for _ in range(300):
        zoho.books.changed(1)
    assert zoho.world.stats.over_limit.total() == 0


def test_rate_headers_change_nothing(zoho: Zoho) -> None:
    zoho.set(books_rate_headers=True)
    assert zoho.books.changed(1).has_more
