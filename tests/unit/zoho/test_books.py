from __future__ import annotations

from typing import Any

import pytest

from shared.domain.customer import STANDARD_FIELDS, BooksField
from shared.domain.errors import PermissionMissing, RateLimited, RequestRejected, RetryLater
from tests.unit.zoho.stand_ins import ACCESS, NOW, Desk
from tests.unit.zoho.test_rows import row


def page(rows: list[Any], *, more: Any = False, **context: Any) -> tuple[int, Any]:
    about = {"page": 1, "per_page": 200, "has_more_page": more} | context
    return 200, {"code": 0, "message": "success", "contacts": rows, "page_context": about}


def success(**resource: Any) -> tuple[int, Any]:
    return 200, {"code": 0, "message": "success"} | resource


def test_changed_customers_come_newest_first_two_hundred_a_page() -> None:
    desk = Desk(page([row()], more=True, page=3))
    found = desk.books.changed(3)
    assert [one.name for one in found.customers] == ["Acme Corp"]
    assert found.has_more
    assert desk.sent[0].path == "/books/v3/contacts"
    assert desk.sent[0].query == {
        "organization_id": "10229182",
        "contact_type": "customer",
        "sort_column": "last_modified_time",
        "sort_order": "D",
        "page": "3",
        "per_page": "200",
    }
    assert desk.sent[0].token == ACCESS
    assert desk.clients.calls == {"books.contacts": 1}


@pytest.mark.parametrize(("active", "status"), [(True, "Status.Active"), (False, "Status.Inactive")])
def test_a_walk_goes_by_age_through_one_status(*, active: bool, status: str) -> None:
    desk = Desk(page([row(status="inactive" if active else "active")]))
    found = desk.books.walk(1, active=active)
    query = desk.sent[0].query
    assert (query["filter_by"], query["sort_column"], query["sort_order"]) == (status, "created_time", "A")
    assert [one.active for one in found.customers] == [not active]


@pytest.mark.parametrize(
    "answer",
    [
        success(contacts=[row()]),
        success(contacts=[row()], page_context={}),
        success(contacts=[row()], page_context=[]),
        success(contacts=[row()], page_context={"page": 1}),
        success(contacts={}, page_context={"has_more_page": False}),
        success(page_context={"has_more_page": False}),
        page([row()], more="true"),
        page([row()], page=2),
        page([], more=True),
    ],
)
def test_a_list_that_does_not_say_what_follows_is_not_the_last_page(answer: tuple[int, Any]) -> None:
    with pytest.raises(RetryLater):
        Desk(answer).books.changed(1)


def test_the_same_page_twice_is_not_walked_for_ever() -> None:
    desk = Desk(page([row()], more=True), page([row()], more=True, page=2))
    desk.books.walk(1, active=True)
    with pytest.raises(RetryLater, match="twice"):
        desk.books.walk(2, active=True)


def test_reading_a_page_again_and_another_walk_of_the_same_rows_are_fine() -> None:
    desk = Desk(*[page([row()], more=True)] * 3, page([row()], page=2))
    desk.books.walk(1, active=True)
    desk.books.walk(1, active=True)
    desk.books.walk(1, active=False)
    desk.books.changed(2)


def test_unreadable_rows_come_beside_the_customers() -> None:
    found = Desk(page([row(contact_id="7", created_time="?"), row()])).books.changed(1)
    assert [one.contact_id for one in found.unreadable] == ["7"]
    assert len(found.customers) == 1


def test_a_customer_is_fetched_by_id() -> None:
    desk = Desk(success(contact=row()))
    found = desk.books.customer("99/../7")
    assert found is not None
    assert found.contact_id == "9999000000010001"
    assert desk.sent[0].path == "/books/v3/contacts/99%2F..%2F7"
    assert desk.clients.calls == {"books.contact": 1}


def test_a_deleted_customer_and_a_vendor_are_none() -> None:
    desk = Desk(
        (404, {"code": 1002, "message": "Contact does not exist."}),
        success(contact=row(contact_type="vendor")),
    )
    assert desk.books.customer("1") is None
    assert desk.books.customer("2") is None


def test_a_customer_that_cannot_be_read_is_not_taken_for_deleted() -> None:
    with pytest.raises(RetryLater):
        Desk(success(contact=[])).books.customer("1")
    with pytest.raises(RequestRejected, match="created_time"):
        Desk(success(contact=row(created_time="?"))).books.customer("1")


def test_organizations_are_read_with_numbers_and_words_as_they_come() -> None:
    desk = Desk(
        success(
            organizations=[
                {
                    "organization_id": 10229182,
                    "name": "Lumen",
                    "email": " p@x.example ",
                    "is_org_active": True,
                },
                {"organization_id": "2", "name": None, "email": None, "is_org_active": False},
                {"organization_id": "3", "name": "C", "email": "c@x.example"},
                {"organization_id": "4", "name": "D", "email": "", "is_org_active": "false"},
                {"name": "no id"},
                None,
            ]
        )
    )
    found = desk.books.organizations()
    assert [(one.id, one.name, one.email, one.active) for one in found] == [
        ("10229182", "Lumen", "p@x.example", True),
        ("2", "", "", False),
        ("3", "C", "c@x.example", True),
        ("4", "D", "", False),
    ]
    assert desk.sent[0].target == "/books/v3/organizations"


def test_an_answer_without_organizations_is_not_taken_for_none() -> None:
    with pytest.raises(RetryLater):
        Desk(success()).books.organizations()


def test_the_users_selected_address_counts() -> None:
    listed = [
        {"email": "other@x.example", "is_selected": False},
        {"email": " me@x.example ", "is_selected": True},
    ]
    desk = Desk(success(user={"email_ids": listed}), success(user={"email_ids": listed[:1]}))
    assert desk.books.user_email("55") == "me@x.example"
    assert desk.books.user_email("55") == "other@x.example"
    assert desk.sent[0].query == {"organization_id": "55"}


@pytest.mark.parametrize("user", [None, {}, {"email_ids": ""}, {"email_ids": [None, {"email": ""}]}])
def test_a_user_without_an_address_is_an_error(user: Any) -> None:
    with pytest.raises(RequestRejected):
        Desk(success(user=user)).books.user_email("55")


VAT = {
    "customfield_id": "1",
    "label": "VAT ID",
    "api_name": "cf_vat_id",
    "data_type": "string",
    "is_active": True,
}
SEGMENT = {"customfield_id": 2, "label": "Segment", "api_name": "cf_segment", "data_type": "dropdown"}


@pytest.mark.parametrize(
    "described",
    [
        [VAT, SEGMENT],
        {"contact": [VAT, SEGMENT]},
        {"contact": [VAT, SEGMENT], "invoice": [VAT | {"api_name": "cf_po"}]},
        {"customer": [VAT, SEGMENT]},
        {"1": VAT, "2": SEGMENT},
    ],
)
def test_custom_fields_are_read_from_every_shape_of_metadata(described: Any) -> None:
    found = Desk(success(customfields=described), page([])).books.fields()
    assert found[: len(STANDARD_FIELDS)] == STANDARD_FIELDS
    assert found[len(STANDARD_FIELDS) :] == (
        BooksField("cf_vat_id", "VAT ID", "string", custom=True),
        BooksField("cf_segment", "Segment", "dropdown", custom=True),
    )


def test_fields_that_only_rows_show_are_added_and_inactive_ones_left_out() -> None:
    rows = [
        row(custom_fields=[SEGMENT | {"value": "x"}, VAT | {"value": "y"}]),
        row(custom_field_hash={"cf_old_code": "1"}),
        5,
    ]
    found = Desk(success(customfields=[VAT | {"is_active": False}]), page(rows)).books.fields()
    assert [(one.name, one.label, one.kind) for one in found[len(STANDARD_FIELDS) :]] == [
        ("cf_segment", "Segment", "dropdown"),
        ("cf_old_code", "Old code", "string"),
    ]


@pytest.mark.parametrize(
    "refusal", [(404, {"code": 5, "message": "Invalid URL Passed"}), (403, {"code": 9, "message": "no"})]
)
def test_without_the_metadata_the_rows_tell_the_fields(refusal: tuple[int, Any]) -> None:
    found = Desk(refusal, page([row(custom_fields=[VAT | {"value": "y"}])])).books.fields()
    assert [one.name for one in found[len(STANDARD_FIELDS) :]] == ["cf_vat_id"]


def test_fields_do_not_flicker_while_books_is_unwell() -> None:
    with pytest.raises(RetryLater):
        Desk((503, "down")).books.fields()


def test_a_limit_closes_books_for_every_worker_of_the_organization() -> None:
    desk = Desk((429, {"code": 44, "message": "requests per minute"}))
    with pytest.raises(RateLimited):
        desk.books.changed(1)
    assert [
        (account, name, (until - NOW).total_seconds()) for account, name, until in desk.limiter.blocks
    ] == [("books/us/10229182", "books.read", 60.0)]
    with pytest.raises(RateLimited):
        desk.books.changed(1)
    assert len(desk.sent) == 1


def test_57_with_a_fresh_token_is_a_missing_permission() -> None:
    refusal = (401, {"code": 57, "message": "You are not authorized to perform this operation"})
    renewed = (200, {"access_token": "1000.fresh", "expires_in": 3600})
    desk = Desk(refusal, renewed, refusal)
    with pytest.raises(PermissionMissing):
        desk.books.organizations()
    assert [one.endpoint for one in desk.sent] == [
        "books.organizations",
        "accounts.token",
        "books.organizations",
    ]
    assert desk.clients.calls == {"books.organizations": 2, "accounts.token": 1}
