from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from infra.zoho_sim.contacts import topic_id
from tests.zoho_sim.caller import Caller

DEFAULT_TOPIC, EVENTS = topic_id("default"), topic_id("Events & Webinars")


def stored(caller: Caller, email: str) -> dict[str, Any]:
    found = caller.contact(email)
    assert found is not None
    return found


def offences(caller: Caller) -> dict[str, int]:
    found: dict[str, int] = caller.look("stats")["offences"]
    return found


def test_a_new_contact_is_added_with_its_fields_and_topics(caller: Caller) -> None:
    answer = caller.subscribe(
        "Ana@X.example", First_Name="Ana", Phone="+1 5", topic_id=f"{DEFAULT_TOPIC},{EVENTS}"
    )
    assert answer.json == {
        "message": "User successfully subscribed.",
        "status": "success",
        "code": "0",
        "version": "1.1",
        "uri": "/api/v1.1/json/listsubscribe",
    }
    assert stored(caller, "ana@x.example") == {
        "email": "ana@x.example",
        "status": "active",
        "fields": {"Contact Email": "Ana@X.example", "First Name": "Ana", "Phone": "+1 5"},
        "topics": [DEFAULT_TOPIC, EVENTS],
        "posts": 1,
        "do_not_mail": False,
    }
    assert offences(caller) == {}


def test_a_second_post_updates_whatever_the_case_of_the_address(caller: Caller) -> None:
    caller.subscribe("ana@x.example", First_Name="Ana", City="Rome")
    answer = caller.subscribe("ANA@x.example", First_Name="Anna")
    assert answer.code == "0"
    found = stored(caller, "ana@x.example")
    assert found["fields"] | {"Contact Email": ""} == {
        "Contact Email": "",
        "First Name": "Anna",
        "City": "Rome",
    }
    assert found["posts"] == 2


def test_the_call_may_also_come_as_a_query_but_that_is_an_offence(caller: Caller) -> None:
    info = json.dumps({"Contact Email": "q@x.example"})
    answer = caller.send(
        "POST", "/api/v1.1/json/listsubscribe", query={"listkey": caller.list_key, "contactinfo": info}
    )
    assert answer.code == "0"
    assert offences(caller) == {"personal_data_in_url": 1}


def test_a_json_body_is_not_looked_at(caller: Caller) -> None:
    body = json.dumps({"listkey": caller.list_key, "contactinfo": {"Contact Email": "a@x.example"}}).encode()
    answer = caller.send(
        "POST",
        "/api/v1.1/json/listsubscribe",
        query={"listkey": caller.list_key},
        body=body,
        headers={"content-type": "application/json"},
    )
    assert answer.code == "903"


@pytest.mark.parametrize("key", ["", "3znothing"])
def test_a_bad_list_key_is_2501(caller: Caller, key: str) -> None:
    form = {"listkey": key, "contactinfo": json.dumps({"Contact Email": "a@x.example"})}
    answer = caller.send("POST", "/api/v1.1/json/listsubscribe", form=form)
    assert (answer.status, answer.code, answer.json["message"]) == (
        200,
        "2501",
        "Listkey is empty or invalid.",
    )


@pytest.mark.parametrize("text", ["{First Name:mac}", "[1]", "1", "nul", "[" * 100_000, '"' * 9, "9" * 5000])
def test_contactinfo_that_is_no_json_object_is_2001(caller: Caller, text: str) -> None:
    form = {"listkey": caller.list_key, "contactinfo": text}
    assert caller.send("POST", "/api/v1.1/json/listsubscribe", form=form).code == "2001"


@pytest.mark.parametrize(
    ("email", "code"),
    [
        ("", "2004"),
        ("johngmail.com", "2004"),
        ("a b@x.example", "2004"),
        ("  ana@x.example ", "2004"),
        ("jörg@x.example", "2004"),
        ("a@@x.example", "2007"),
        (f"{'x' * 90}@example.com", "2004"),
        ("jane@aol", "2007"),
        ("jane@x,example", "2007"),
        ("jane@müller.example", "2007"),
        ("jane@x.example; john@x.example", "2007"),
        ("john@gnail.com", "2007"),
        ("info@x.example", "2005"),
        ("Support@x.example", "2005"),
        ("webmaster@x.example", "2005"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(caller: Caller, email: str, code: str) -> None:
    answer = caller.subscribe(email)
    assert (answer.status, answer.code, answer.json["status"]) == (200, code, "error")
    assert caller.contact(email.lower()) is None


@pytest.mark.parametrize(
    ("knob", "code", "email"),
    [
        ("accepted", "0", "ana+news@x.example"),
        ("refused_2004", "2004", "ana+news@x.example"),
        ("refused_2007", "2007", "ana+news@x.example"),
        ("decoded_twice", "2004", "ana+news@x.example"),
        ("decoded_twice", "0", quote("ana+news@x.example")),
    ],
)
def test_plus_addresses_are_accepted_refused_or_decoded_twice(knob: str, code: str, email: str) -> None:
    caller = Caller(plus_addresses=knob).sign_in()
    assert caller.subscribe(email).code == code
    assert (caller.contact("ana+news@x.example") is not None) == (code == "0")


def test_a_list_with_double_opt_in_leaves_the_contact_pending() -> None:
    caller = Caller(double_opt_in_lists=["Newsletter"]).sign_in()
    answer = caller.subscribe("ana@x.example")
    assert answer.code == "0"
    assert answer.json["message"].startswith("A confirmation email is sent")
    assert stored(caller, "ana@x.example")["status"] == "pending"
    active = caller.campaigns("getlistsubscribers", listkey=caller.list_key, range=650).text
    assert "ana@x.example" not in active


def test_posting_somebody_who_opted_out_subscribes_them_again_and_is_an_offence(caller: Caller) -> None:
    caller.control("subscribers", {"email": "gone@x.example", "status": "unsub"})
    assert caller.subscribe("Gone@x.example").code == "0"
    assert stored(caller, "gone@x.example")["status"] == "active"
    assert offences(caller) == {"resubscribed_opted_out": 1}


def test_posting_a_bounced_address_is_an_offence_and_leaves_it_bounced(caller: Caller) -> None:
    caller.control("subscribers", {"email": "hard@x.example", "status": "bounce"})
    assert caller.subscribe("hard@x.example").code == "0"
    assert stored(caller, "hard@x.example")["status"] == "bounce"
    assert offences(caller) == {"posted_bounced": 1}


def test_posting_a_do_not_mail_address_is_refused_and_an_offence() -> None:
    caller = Caller(do_not_mail_code="2008").sign_in()
    caller.control("subscribers", {"email": "never@x.example", "status": "do_not_mail"})
    assert caller.subscribe("never@x.example").code == "2008"
    assert offences(caller) == {"posted_do_not_mail": 1}


def test_without_a_topic_the_contact_holds_none(caller: Caller) -> None:
    caller.subscribe("ana@x.example")
    assert stored(caller, "ana@x.example")["topics"] == []


def test_topics_add_up_over_posts_and_an_unknown_one_is_refused(caller: Caller) -> None:
    caller.subscribe("ana@x.example", topic_id=DEFAULT_TOPIC)
    caller.subscribe("ana@x.example", topic_id=f"{EVENTS},{DEFAULT_TOPIC}")
    assert caller.subscribe("ana@x.example", topic_id="1").code == "4011"
    assert stored(caller, "ana@x.example")["topics"] == [DEFAULT_TOPIC, EVENTS]


def test_the_old_account_model_ignores_topics() -> None:
    caller = Caller(topic_management=False).sign_in()
    assert caller.subscribe("ana@x.example", topic_id="1").code == "0"
    assert stored(caller, "ana@x.example")["topics"] == []


@pytest.mark.parametrize("code", ["914", "2302", "980"])
def test_beyond_the_contact_limit_only_known_contacts_are_taken(code: str) -> None:
    caller = Caller(contact_limit_code=code).sign_in()
    caller.settings.contact_limit = len(caller.world.campaigns.contacts) + 2
    assert [caller.subscribe(f"n{number}@x.example").code for number in range(3)] == ["0", "0", code]
    assert caller.subscribe("n0@x.example", City="Rome").code == "0"
    assert "maximum limit" in caller.subscribe("n9@x.example").json["message"]
    caller.settings.contact_limit += 1
    assert caller.subscribe("n9@x.example").code == "0"


@pytest.mark.parametrize(("knob", "cleared"), [("clears", True), ("ignored", False)])
@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_value_clears_the_field_or_is_ignored(*, knob: str, cleared: bool, empty: object) -> None:
    caller = Caller(empty_value=knob).sign_in()
    caller.subscribe("ana@x.example", City="Rome")
    assert caller.subscribe("ana@x.example", City=empty).code == "0"
    assert ("City" not in stored(caller, "ana@x.example")["fields"]) == cleared


def test_a_field_that_is_left_out_keeps_its_value(caller: Caller) -> None:
    caller.subscribe("ana@x.example", City="Rome")
    caller.subscribe("ana@x.example", Country="IT")
    assert stored(caller, "ana@x.example")["fields"]["City"] == "Rome"


@pytest.mark.parametrize(("knob", "code"), [("ignored", "0"), ("refused", "1002")])
def test_an_unknown_field_name_is_ignored_or_refused(knob: str, code: str) -> None:
    caller = Caller(unknown_fields=knob).sign_in()
    assert caller.subscribe("ana@x.example", Shoe_Size="44").code == code
    found = caller.contact("ana@x.example")
    assert (found is None) == (code != "0")
    assert found is None or "Shoe Size" not in found["fields"]


def test_a_value_as_long_as_the_field_passes_and_one_more_is_refused(caller: Caller) -> None:
    assert caller.subscribe("ana@x.example", Company_Name="x" * 100).code == "0"
    assert caller.subscribe("ana@x.example", Company_Name="y" * 101).code == "1001"
    assert stored(caller, "ana@x.example")["fields"]["Company Name"] == "x" * 100


def test_a_value_that_is_too_long_may_be_cut_or_refused_with_another_code() -> None:
    caller = Caller(value_too_long="cut").sign_in()
    caller.subscribe("ana@x.example", Company_Name="y" * 101)
    assert stored(caller, "ana@x.example")["fields"]["Company Name"] == "y" * 100
    assert (
        Caller(value_too_long_code="2007").sign_in().subscribe("a@x.example", Title="y" * 51).code == "2007"
    )


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("Integer", "12", "twelve"),
        ("Decimal", "-1.5", "1,5"),
        ("Date", "02/29/2024", "29.02.2024"),
        ("DateTime", "02/29/2024 10:00:00", "02/29/2023 10:00:00"),
        ("Text", "anything", None),
    ],
)
def test_a_value_must_suit_the_type_of_its_field(
    caller: Caller, kind: str, good: str, bad: str | None
) -> None:
    caller.control("fields", {"add": [{"name": "Extra", "type": kind, "length": 50}]})
    assert caller.subscribe("ana@x.example", Extra=good).code == "0"
    assert bad is None or caller.subscribe("ana@x.example", Extra=bad).code == "1005"


def test_numbers_and_truth_values_are_stored_as_text(caller: Caller) -> None:
    caller.subscribe("ana@x.example", City=True, Country=7)
    found = stored(caller, "ana@x.example")["fields"]
    assert (found["City"], found["Country"]) == ("true", "7")


def test_two_lists_share_a_contacts_fields(caller: Caller) -> None:
    other = caller.campaigns("getmailinglists").json["list_of_details"][1]["listkey"]
    caller.subscribe("ana@x.example", City="Rome")
    caller.subscribe("ana@x.example", list_key=other, Country="IT")
    found = caller.look(f"lists/{other}/contacts")["contacts"]
    assert [(one["fields"]["City"], one["fields"]["Country"]) for one in found] == [("Rome", "IT")]
