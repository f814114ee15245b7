from __future__ import annotations

import pytest

from tests.zoho_sim.caller import ORGANIZATION, Caller


def test_without_a_header_books_answers_401_code_14(stranger: Caller) -> None:
    answer = stranger.books("contacts")
    assert (answer.status, answer.code) == (401, 14)


@pytest.mark.parametrize("header", ["Zoho-oauthtoken dead", "Bearer x", "nonsense"])
def test_with_a_bad_token_books_answers_401_code_57(stranger: Caller, header: str) -> None:
    answer = stranger.send(
        "GET",
        "/books/v3/contacts",
        query={"organization_id": ORGANIZATION},
        headers={"authorization": header},
    )
    assert (answer.status, answer.code) == (401, 57)


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [
        ("ZohoBooks.contacts.READ", "contacts", 200),
        ("ZohoBooks.contacts.ALL", "contacts", 200),
        ("ZohoBooks.fullaccess.all", "contacts", 200),
        ("ZohoBooks.settings.READ", "contacts", 401),
        ("ZohoBooks.contacts.READ", "users/me", 401),
        ("ZohoBooks.settings.READ", "users/me", 200),
        ("ZohoBooks.contacts.READ", "organizations", 401),
        ("ZohoCampaigns.contact.READ", "organizations", 401),
    ],
)
def test_each_call_needs_its_scope(stranger: Caller, scope: str, path: str, status: int) -> None:
    assert stranger.sign_in(scope).books(path).status == status


def test_an_access_token_in_the_query_is_no_authentication_and_an_offence(caller: Caller) -> None:
    token, caller.token = caller.token, ""
    assert caller.books("contacts", access_token=token).status == 401
    assert caller.look("stats")["offences"] == {"token_in_parameters": 1}


def test_organizations_are_one_eligible_one_of_another_email_and_one_inactive(caller: Caller) -> None:
    answer = caller.send("GET", "/books/v3/organizations").json
    assert "page_context" not in answer
    found = [(one["email"].lower(), one["is_org_active"]) for one in answer["organizations"]]
    assert found == [
        ("priya.raman@lumen-supply.example", True),
        ("accounts@harbor-lane.example", True),
        ("priya.raman@lumen-supply.example", False),
    ]


def test_the_current_user_has_a_selected_address(caller: Caller) -> None:
    user = caller.books("users/me").json["user"]
    assert [one["email"] for one in user["email_ids"] if one["is_selected"]] == [
        "priya.raman@lumen-supply.example"
    ]
    assert user["custom_fields"] == ""


def test_user_and_organization_address_are_settings() -> None:
    caller = Caller(user_email="a@x.example", organization_email="b@x.example").sign_in()
    assert caller.books("users/me").json["user"]["email_ids"][1]["email"] == "a@x.example"
    assert caller.books("organizations").json["organizations"][0]["email"] == "b@x.example"


def test_a_call_without_organization_is_400_code_101(caller: Caller) -> None:
    answer = caller.send("GET", "/books/v3/contacts")
    assert (answer.status, answer.code) == (400, 101)


def test_an_organization_of_somebody_else_is_400_code_6041(caller: Caller) -> None:
    answer = caller.books("contacts", organization_id="999")
    assert (answer.status, answer.code) == (400, 6041)
    assert "CompanyID/CompanyName:999" in answer.json["message"]


def test_an_inactive_organization_lets_nobody_in(caller: Caller) -> None:
    assert caller.books("contacts", organization_id="10229204").code == 6018


def test_another_organization_has_customers_of_its_own(caller: Caller) -> None:
    assert len(caller.walk(organization_id="10229190", contact_type="customer")) == 24


def test_a_list_row_has_names_and_custom_fields_but_no_addresses_notes_or_persons(caller: Caller) -> None:
    row = caller.walk(contact_type="customer")[5]
    assert {"email", "first_name", "last_name", "phone", "mobile", "company_name", "website"} <= set(row)
    assert not {"billing_address", "notes", "contact_persons"} & set(row)


def test_custom_fields_come_as_entries_hash_and_flat_keys(company: Caller) -> None:
    row = next(
        row
        for row in company.walk()
        if row["custom_fields"] and row["custom_fields"][0]["api_name"] == "cf_vat_id"
    )
    entry = row["custom_fields"][0]
    assert entry["label"] == "VAT ID"
    assert row["custom_field_hash"]["cf_vat_id"] == row["cf_vat_id"] == entry["value"]
    assert row["cf_vat_id_unformatted"] == entry["value"]


def test_list_rows_may_come_without_custom_fields() -> None:
    rows = Caller(40, list_custom_fields="empty").sign_in().walk()
    assert all(row["custom_fields"] in ([], "") and "cf_vat_id" not in row for row in rows)


def test_the_detail_adds_persons_addresses_and_notes(caller: Caller) -> None:
    row = caller.walk(sort_column="created_time")[0]
    contact = caller.books(f"contacts/{row['contact_id']}").json["contact"]
    assert contact["contact_persons"][0]["email"] == row["email"]
    assert contact["contact_persons"][0]["is_primary_contact"] is True
    assert contact["primary_contact_id"] == contact["contact_persons"][0]["contact_person_id"]
    assert contact["billing_address"]["city"] == "Malmö"
    persons = caller.books(f"contacts/{row['contact_id']}/contactpersons").json
    assert persons["contact_persons"] == contact["contact_persons"]
    assert "page_context" in persons


@pytest.mark.parametrize("identifier", ["1", "x", "460000000000100002", "999999999999999999", "-1", "٤" * 18])
@pytest.mark.parametrize("suffix", ["", "/contactpersons"])
def test_an_unknown_contact_is_404(caller: Caller, identifier: str, suffix: str) -> None:
    answer = caller.books(f"contacts/{identifier}{suffix}")
    assert (answer.status, answer.code) == (404, 2)


def test_the_code_of_a_404_is_a_knob() -> None:
    assert Caller(books_not_found_code=1002).sign_in().books("contacts/1").code == 1002


def test_ids_are_strings_unless_the_knob_makes_them_numbers(caller: Caller) -> None:
    assert {type(row["contact_id"]) for row in caller.walk()} == {str}
    caller.control("settings", {"books_numeric_ids": "always"})
    assert {type(row["contact_id"]) for row in caller.walk()} == {int}


def test_some_ids_are_numbers_in_a_company() -> None:
    rows = Caller(300, books_numeric_ids="some").sign_in().walk()
    assert 1 <= sum(isinstance(row["contact_id"], int) for row in rows) <= 5


def test_metadata_lists_the_custom_fields(caller: Caller) -> None:
    fields = caller.books("settings/preferences/customfields", entity="contact").json["customfields"]
    assert [(one["label"], one["data_type"]) for one in fields] == [
        ("VAT ID", "string"),
        ("Customer Since", "date"),
        ("Segment", "dropdown"),
        ("Newsletter consent", "check_box"),
        ("Account Manager", "string"),
    ]


def test_metadata_may_be_keyed_by_entity() -> None:
    caller = Caller(customfields_shape="dict").sign_in()
    found = caller.books("settings/preferences/customfields", entity="contact").json["customfields"]
    assert found["contact"][0]["api_name"] == "cf_vat_id"


def test_metadata_without_the_scope_is_empty_or_refused() -> None:
    for knob, status in (("empty", 200), ("error_57", 401)):
        caller = Caller(customfields_without_scope=knob).sign_in("ZohoBooks.contacts.READ")
        answer = caller.books("settings/preferences/customfields", entity="contact")
        assert answer.status == status
        assert answer.json.get("customfields", []) == []


def test_metadata_needs_an_entity_and_a_token(caller: Caller) -> None:
    assert caller.books("settings/preferences/customfields").code == 2
    caller.token = ""
    assert caller.books("settings/preferences/customfields", entity="contact").code == 14


@pytest.mark.parametrize("path", ["nonsense", "contacts/1/2/3", "contacts/", ""])
def test_an_unknown_path_is_404_code_5(caller: Caller, path: str) -> None:
    answer = caller.books(path)
    assert (answer.status, answer.code) == (404, 5)


def test_a_reply_may_lack_page_context() -> None:
    answer = Caller(10, page_context_missing=True).sign_in().books("contacts").json
    assert "page_context" not in answer
    assert len(answer["contacts"]) == 10
