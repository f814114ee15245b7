from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.zoho.http import read_reply
from shared.adapters.zoho.rows import Unreadable, moment, read_customer, read_detail, read_rows
from shared.domain.contact import SkipReason
from shared.domain.customer import STANDARD_FIELDS


def row(**changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "contact_id": "9999000000010001",
        "contact_name": "Acme Corp",
        "company_name": "Acme Corp",
        "contact_type": "customer",
        "status": "active",
        "first_name": "Pat",
        "last_name": "Buyer",
        "email": " Pat@Example.com ",
        "phone": "",
        "created_time": "2024-01-15T10:00:00-0700",
        "last_modified_time": "2024-06-01T10:00:00+0530",
        "custom_fields": [],
        "custom_field_hash": {},
    }
    return plain | changes


def test_a_row_becomes_a_customer_with_books_own_words_and_times() -> None:
    customer = read_customer(row())
    assert customer.contact_id == "9999000000010001"
    assert (customer.name, customer.email, customer.active) == ("Acme Corp", " Pat@Example.com ", True)
    assert customer.created_at == datetime(2024, 1, 15, 17, tzinfo=UTC)
    assert customer.modified_at == datetime(2024, 6, 1, 4, 30, tzinfo=UTC)
    assert customer.fields["email"] == " Pat@Example.com "


def test_every_standard_field_is_there_even_if_books_left_it_out() -> None:
    fields = read_customer(row()).fields
    assert set(fields) == {one.name for one in STANDARD_FIELDS}
    assert fields["website"] == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (5, "5"),
        (True, "true"),
        (False, "false"),
        (["a", "b"], "a, b"),
        ({"b": 1, "a": "ä"}, '{"a": "ä", "b": 1}'),
    ],
)
def test_values_that_are_no_text_are_written_as_a_person_would(value: Any, shown: str) -> None:
    assert read_customer(row(company_name=value)).fields["company_name"] == shown


def test_amounts_stay_as_zoho_wrote_them() -> None:
    body = b'{"a": 10.10, "b": 0.00, "c": 1250, "d": 99999999999999999.25}'
    parsed = read_reply("x", 200, body).body
    fields = read_customer(row(outstanding_receivable_amount=parsed["a"], website=parsed["d"])).fields
    assert fields["outstanding_receivable_amount"] == "10.10"
    assert fields["website"] == "99999999999999999.25"
    assert (parsed["b"], parsed["c"]) == ("0.00", 1250)


def test_a_numeric_id_keeps_all_its_digits() -> None:
    assert read_customer(row(contact_id=460000000000123001)).contact_id == "460000000000123001"


def test_an_empty_name_falls_back_to_the_other_spelling() -> None:
    assert read_customer(row(contact_name="", customer_name="Acme")).name == "Acme"
    assert read_customer(row(contact_name=None, customer_name=None)).name == ""


@pytest.mark.parametrize(
    ("status", "active"),
    [("active", True), ("inactive", False), (" Inactive ", False), ("crm", True), ("", True)],
)
def test_only_inactive_is_inactive(status: str, *, active: bool) -> None:
    assert read_customer(row(status=status)).active is active


CF = {"api_name": "cf_vat_id", "label": "VAT ID", "data_type": "string", "value": "GB1"}


@pytest.mark.parametrize(
    "changes",
    [
        {"custom_fields": [CF], "custom_field_hash": {"cf_vat_id": "formatted"}},
        {"custom_fields": [CF, "", None, {"api_name": None}, {"label": "no name"}]},
        {"custom_fields": "", "custom_field_hash": {"cf_vat_id": "Gb 1", "cf_vat_id_unformatted": "GB1"}},
        {"custom_fields": "", "custom_field_hash": {"cf_vat_id_unformatted": "GB1", "cf_vat_id": "Gb 1"}},
        {"custom_fields": [], "custom_field_hash": {"cf_vat_id": "GB1"}},
        {"custom_fields": "", "custom_field_hash": [{"cf_vat_id": "GB1"}]},
        {"custom_fields": None, "custom_field_hash": [{"api_name": "cf_vat_id", "value": "GB1"}, 7]},
        {"custom_fields": "", "custom_field_hash": [], "cf_vat_id": "GB1"},
        {"custom_fields": "", "custom_field_hash": "", "cf_vat_id": "Gb 1", "cf_vat_id_unformatted": "GB1"},
    ],
)
def test_a_custom_field_is_found_in_every_shape(changes: dict[str, Any]) -> None:
    assert read_customer(row(**changes)).fields["cf_vat_id"] == "GB1"


@pytest.mark.parametrize(
    "changes", [{}, {"custom_fields": ""}, {"custom_fields": None, "custom_field_hash": None}]
)
def test_no_custom_fields_are_none(changes: dict[str, Any]) -> None:
    assert not [name for name in read_customer(row(**changes)).fields if name.startswith("cf_")]


def test_a_custom_field_without_a_value_is_empty() -> None:
    fields = read_customer(
        row(custom_fields=[CF | {"value": None}, {"api_name": "cf_flag", "value": True}])
    ).fields
    assert (fields["cf_vat_id"], fields["cf_flag"]) == ("", "true")


@pytest.mark.parametrize(
    "spelling",
    [
        "2013-10-07T18:24:51+0530",
        "2013-10-07T18:24:51+05:30",
        " 2013-10-07T18:24:51+0530\n",
        "2013-10-07T12:54:51Z",
        "2013-10-07T12:54:51+0000",
        "2013-10-07 18:24:51+0530",
        "2013-10-07T18:24:51.000+0530",
    ],
)
def test_a_time_is_read_in_every_spelling(spelling: str) -> None:
    assert moment(spelling, "created_time") == datetime(2013, 10, 7, 12, 54, 51, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", ["", "yesterday", "2013-10-07", "2013-10-07T18:24:51", None, 5, [], "0001-01-01T00:00:00+1400"]
)
def test_what_is_no_time_with_an_offset_is_unreadable(value: Any) -> None:
    with pytest.raises(Unreadable, match="created_time"):
        moment(value, "created_time")


def test_an_unreadable_row_is_named_and_the_rest_is_read() -> None:
    rows = [
        row(contact_id="1", last_modified_time="never"),
        row(contact_id="2"),
        row(contact_id="", contact_name="Nameless", email="n@x.example"),
        row(contact_id="4", created_time=None),
        "not a row",
        None,
    ]
    customers, unreadable = read_rows(rows)
    assert [one.contact_id for one in customers] == ["2"]
    assert [one.contact_id for one in unreadable] == ["1", "", "4", "", ""]
    assert {one.reason for one in unreadable} == {SkipReason.FIELD_INVALID}
    assert unreadable[0].detail == "last_modified_time: not a time with an offset"
    assert unreadable[0].contact_name == "Acme Corp"
    assert unreadable[1].detail == "contact_id: missing"
    assert (unreadable[1].contact_name, unreadable[1].email) == ("Nameless", "n@x.example")
    assert unreadable[3].detail == "row 5 of the page is not a record"


@pytest.mark.parametrize("kind", ["vendor", "Vendor", "customer_vendor", 3])
def test_what_is_not_a_customer_is_dropped_readable_or_not(kind: Any) -> None:
    rows = [row(contact_type=kind), row(contact_type=kind, contact_id="", created_time="?")]
    assert read_rows(rows) == ([], [])


@pytest.mark.parametrize("kind", ["customer", "Customer", "", None])
def test_a_row_of_a_customer_list_is_a_customer_unless_it_says_otherwise(kind: Any) -> None:
    assert len(read_rows([row(contact_type=kind)])[0]) == 1


def test_a_single_contact_may_name_its_person_apart() -> None:
    detail = row(
        contact_persons=[
            {"email": "second@x.example", "is_primary_contact": False},
            {"email": "first@x.example", "first_name": "Ann", "is_primary_contact": True},
        ]
    )
    for name in ("email", "first_name", "last_name", "last_modified_time"):
        del detail[name]
    customer = read_detail(detail)
    assert (customer.email, customer.fields["first_name"], customer.fields["last_name"]) == (
        "first@x.example",
        "Ann",
        "",
    )
    assert customer.modified_at == customer.created_at


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(JSON | st.dictionaries(st.sampled_from(sorted(row())), JSON), max_size=5))
def test_no_row_whatsoever_breaks_the_reading(rows: list[Any]) -> None:
    customers, unreadable = read_rows(rows)
    assert len(customers) + len(unreadable) <= len(rows)


@given(st.sampled_from(sorted(row())), JSON)
def test_one_odd_value_costs_at_most_its_own_row(name: str, value: Any) -> None:
    customers, unreadable = read_rows([row(**{name: value}), row(contact_id="2")])
    assert "2" in {one.contact_id for one in customers}
    assert len(customers) + len(unreadable) == 2 or name == "contact_type"
