"""Which Books field goes into which Campaigns field, and when a contact counts as changed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.domain.customer import STANDARD_FIELDS, BooksField, Customer
from shared.domain.errors import Invalid
from shared.domain.mapping import (
    CampaignsField,
    FieldPair,
    checked_mapping,
    contact_info,
    fingerprint,
    mapping_version,
    suggested_mapping,
)

BOOKS = (
    *STANDARD_FIELDS,
    BooksField("cf_vat_id", "VAT ID", custom=True),
    BooksField("cf_rebate", "Rebate (%)", custom=True),
    BooksField("cf_long", "x" * 51, custom=True),
    BooksField("cf_signs", "(%)", custom=True),
)
CAMPAIGNS = tuple(
    CampaignsField(name) for name in ("Contact Email", "First Name", "Last Name", "Company Name", "Phone")
)
PAIRS = (
    FieldPair("email", "Contact Email"),
    FieldPair("first_name", "First Name"),
    FieldPair("phone", "Phone"),
)
VERSION = mapping_version(["a"])
KEY = b"k" * 32


def customer(**fields: str) -> Customer:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    email = fields.setdefault("email", "ana@example.com")
    return Customer("1", "Ana", email, active=True, created_at=moment, modified_at=moment, fields=fields)


def print_of(person: Customer, *, empty_values: bool = False, previous: bytes = b"") -> bytes:
    return fingerprint(person, PAIRS, key=KEY, empty_values=empty_values, version=VERSION, previous=previous)


def problems(pairs: list[FieldPair]) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        checked_mapping(pairs, BOOKS, CAMPAIGNS)
    return {item["field"]: item["reason"] for item in refusal.value.details["fields"]}


def test_the_suggestion_pairs_fields_that_exist_on_both_sides() -> None:
    suggestion = suggested_mapping(BOOKS, (*CAMPAIGNS, CampaignsField("Vat Id")))
    assert FieldPair("email", "Contact Email") == suggestion[0]
    assert FieldPair("cf_vat_id", "Vat Id") in suggestion
    assert all(pair.target != "Mobile" for pair in suggestion)


def test_the_email_pair_is_always_there_and_comes_first() -> None:
    assert checked_mapping([], BOOKS, CAMPAIGNS) == (FieldPair("email", "Contact Email"),)


def test_a_new_field_that_exists_in_another_case_is_reused() -> None:
    pairs = checked_mapping([FieldPair("phone", "PHONE", new_field=True)], BOOKS, CAMPAIGNS)
    assert pairs[1] == FieldPair("phone", "Phone", new_field=False)


def test_a_new_field_is_named_like_its_books_field_whatever_the_case() -> None:
    pairs = checked_mapping([FieldPair("cf_vat_id", "vat id", new_field=True)], BOOKS, CAMPAIGNS)
    assert pairs[1].new_field


@pytest.mark.parametrize(
    ("source", "label", "name"),
    [("cf_rebate", "Rebate (%)", "Rebate"), ("cf_long", "x" * 51, "x" * 50)],
)
def test_a_new_field_has_as_much_of_the_books_fields_name_as_campaigns_takes(
    source: str, label: str, name: str
) -> None:
    first = checked_mapping([FieldPair(source, label, new_field=True)], BOOKS, CAMPAIGNS)
    assert first[1] == FieldPair(source, name, new_field=True)
    assert checked_mapping(first, BOOKS, CAMPAIGNS) == first


def test_a_new_field_that_does_not_exist_is_kept_for_creation() -> None:
    pairs = checked_mapping([FieldPair("cf_vat_id", "VAT ID", new_field=True)], BOOKS, CAMPAIGNS)
    assert pairs[1] == FieldPair("cf_vat_id", "VAT ID", new_field=True)


@pytest.mark.parametrize(
    ("pair", "field", "word"),
    [
        (FieldPair("shoe_size", "Phone"), "mapping.0.source", "shoe_size"),
        (FieldPair("phone", "Fax"), "mapping.0.target", "New Field"),
        (FieldPair("phone", "Contact Email"), "mapping.0.target", "itself"),
        (FieldPair("phone", "subscription type"), "mapping.0.target", "itself"),
        (FieldPair("cf_signs", "(%)", new_field=True), "mapping.0.target", "letters"),
        (FieldPair("cf_vat_id", "Tax number", new_field=True), "mapping.0.target", "'VAT ID'"),
    ],
)
def test_a_wrong_pair_is_named_with_its_reason(pair: FieldPair, field: str, word: str) -> None:
    assert word in problems([pair])[field]


def test_a_target_mapped_twice_is_refused_whatever_its_case() -> None:
    twice = [FieldPair("phone", "Phone"), FieldPair("mobile", "phone")]
    assert "twice" in problems(twice)["mapping.1.target"]


def test_an_empty_value_is_left_out_unless_empty_values_are_updated() -> None:
    person = customer(first_name="Ana", phone="  ")
    assert "Phone" not in contact_info(person, PAIRS, empty_values=False, constants=())
    assert contact_info(person, PAIRS, empty_values=True, constants=())["Phone"] == ""


def test_the_constants_are_part_of_every_contact() -> None:
    info = contact_info(
        customer(), PAIRS, empty_values=False, constants=(("Subscription Type", "Marketing"),)
    )
    assert info["Subscription Type"] == "Marketing"


def test_emptying_a_field_costs_no_call_when_empty_values_are_left_alone() -> None:
    before = print_of(customer(first_name="Ana", phone="1"))
    assert print_of(customer(first_name="Ana"), previous=before) == before


def test_emptying_a_field_is_a_change_when_empty_values_are_updated() -> None:
    before = print_of(customer(first_name="Ana", phone="1"), empty_values=True)
    assert print_of(customer(first_name="Ana"), empty_values=True, previous=before) != before


def test_a_value_that_comes_back_after_it_was_emptied_is_compared_with_what_campaigns_kept() -> None:
    before = print_of(customer(phone="1"))
    emptied = print_of(customer(), previous=before)
    assert print_of(customer(phone="1"), previous=emptied) == before
    assert print_of(customer(phone="2"), previous=emptied) != before


def test_another_mapping_version_makes_everything_changed() -> None:
    before = print_of(customer(phone="1"))
    other = mapping_version(["b"])
    now = fingerprint(customer(), PAIRS, key=KEY, empty_values=False, version=other, previous=before)
    assert now[:8] == other
    assert now != before


def test_the_case_of_an_address_is_not_a_change() -> None:
    assert print_of(customer(email="ANA@example.com")) == print_of(customer(email="ana@example.com "))


def test_values_cannot_slide_from_one_field_into_the_next() -> None:
    assert print_of(customer(first_name="A", phone="B")) != print_of(customer(first_name="B", phone="A"))


def test_a_value_cannot_be_guessed_without_the_key_of_the_tenant() -> None:
    other = fingerprint(
        customer(first_name="Ana"),
        PAIRS,
        key=b"o" * 32,
        empty_values=False,
        version=VERSION,
        previous=b"",
    )
    mine = print_of(customer(first_name="Ana"))
    assert len(mine) == len(other) == 8 + 8 + 2 * 6
    assert mine[8:22] != other[8:22]
    assert all(mine[at : at + 6] != other[at : at + 6] for at in (8, 16))
