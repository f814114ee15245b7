from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import ContactRefused, RateLimited, ReconnectNeeded, RetryLater
from shared.domain.mapping import CampaignsField
from shared.domain.settings import MailingList, Topic
from tests.unit.zoho.stand_ins import ACCESS, NOW, Desk

ACCEPTED = (200, {"message": "User successfully subscribed.", "status": "success", "code": "0"})
INFO = {"Contact Email": "jai+news@zoho.example", "First Name": "Zoë & Söhne", "Phone": "+1-925"}


def ok(**payload: Any) -> tuple[int, Any]:
    return 200, {"status": "success", "code": "0", "version": "1.1"} | payload


def error(code: str, message: str = "…") -> tuple[int, Any]:
    return 200, {"status": "error", "code": code, "message": message}


# ---- subscribe ----------------------------------------------------------------------------------------


def test_a_contact_is_posted_as_a_form_with_everything_personal_in_the_body() -> None:
    desk = Desk(ACCEPTED)
    desk.campaigns.subscribe("3c20ad52", ["81", "82"], INFO)
    sent = desk.sent[0]
    assert (sent.method, sent.target, sent.token) == ("POST", "/api/v1.1/json/listsubscribe", ACCESS)
    assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
    form = sent.form
    assert json.loads(form.pop("contactinfo")) == INFO
    assert form == {"resfmt": "JSON", "listkey": "3c20ad52", "source": "zoho-books-sync", "topic_id": "81,82"}
    assert desk.clients.calls == {"campaigns.listsubscribe": 1}


def test_a_plus_is_percent_encoded_and_a_blank_is_no_plus() -> None:
    desk = Desk(ACCEPTED)
    desk.campaigns.subscribe("3c20ad52", [], INFO)
    assert b"jai%2Bnews%40zoho.example" in desk.sent[0].body
    assert b"+" not in desk.sent[0].body


def test_contactinfo_is_compact_ascii_json() -> None:
    desk = Desk(ACCEPTED)
    desk.campaigns.subscribe("3c20ad52", [], {"Contact Email": "a@x.example", "First Name": "Zoë 🌻"})
    assert (
        desk.sent[0].form["contactinfo"]
        == '{"Contact Email":"a@x.example","First Name":"Zo\\u00eb \\ud83c\\udf3b"}'
    )


def test_without_topics_no_topic_is_named() -> None:
    desk = Desk(ACCEPTED)
    desk.campaigns.subscribe("3c20ad52", (), INFO)
    assert "topic_id" not in desk.sent[0].form


def test_the_fixed_part_of_the_form_follows_list_and_topics() -> None:
    desk = Desk(*[ACCEPTED] * 4)
    for list_key, topics in (("a", ["1"]), ("a", ["2"]), ("b", ["2"]), ("b&c=d", ["2"])):
        desk.campaigns.subscribe(list_key, topics, INFO)
    forms = [one.form for one in desk.sent]
    assert [(one["listkey"], one["topic_id"]) for one in forms] == [
        ("a", "1"),
        ("a", "2"),
        ("b", "2"),
        ("b&c=d", "2"),
    ]


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=60), max_size=5))
def test_any_text_arrives_as_it_left(info: dict[str, str]) -> None:
    desk = Desk(ACCEPTED)
    desk.campaigns.subscribe("k", (), info)
    body = desk.sent[0].body
    assert body.isascii()
    encoded = body.decode().rpartition("contactinfo=")[2]
    assert set(encoded) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~%")
    assert json.loads(unquote(encoded, errors="strict")) == info


def test_subscribing_takes_no_slots_of_its_own() -> None:
    desk = Desk(ACCEPTED)
    desk.campaigns.subscribe("k", (), INFO)
    assert desk.limiter.takes == []


def test_a_lock_closes_subscribing_for_the_whole_account_and_nothing_else() -> None:
    desk = Desk((429, {"error": {"title": "URL_ROLLING_THROTTLES_LIMIT_EXCEEDED"}}))
    with pytest.raises(RateLimited) as limited:
        desk.campaigns.subscribe("k", (), INFO)
    assert limited.value.wait_seconds == 1_800
    assert [
        (account, name, (until - NOW).total_seconds()) for account, name, until in desk.limiter.blocks
    ] == [("campaigns/us/priya@lumen.example", "campaigns.listsubscribe", 1_800.0)]


def test_a_throttled_token_endpoint_does_not_close_subscribing() -> None:
    refused = (401, {"Code": "1007", "status": "error", "message": "Unauthorized request."})
    throttled = (400, {"error": "Access Denied", "error_description": "too many requests continuously"})
    desk = Desk(refused, throttled)
    with pytest.raises(RateLimited) as limited:
        desk.campaigns.subscribe("k", (), INFO)
    assert limited.value.wait_seconds == 600
    assert [name for _, name, _ in desk.limiter.blocks] == ["accounts.token"]


def test_1007_with_a_fresh_token_needs_a_new_connection() -> None:
    refused = (401, {"Code": "1007", "status": "error", "message": "Unauthorized request."})
    desk = Desk(refused, (200, {"access_token": "1000.fresh", "expires_in": 3600}), refused)
    with pytest.raises(ReconnectNeeded):
        desk.campaigns.subscribe("k", (), INFO)
    assert [one.token for one in desk.sent] == [ACCESS, "", "1000.fresh"]


def test_a_refused_contact_is_its_own_matter() -> None:
    desk = Desk(error("2005", "Group email address added."))
    with pytest.raises(ContactRefused) as refused:
        desk.campaigns.subscribe("k", (), INFO)
    assert refused.value.reason == "role_address"


# ---- reads --------------------------------------------------------------------------------------------


def listed(*keys: str) -> list[dict[str, Any]]:
    return [{"listkey": key, "listname": f"List {key}", "noofcontacts": "57"} for key in keys]


def test_lists_are_read_page_by_page_until_one_is_short() -> None:
    first = [str(number) for number in range(50)]
    desk = Desk(ok(list_of_details=listed(*first)), ok(list_of_details=listed("50")))
    found = desk.campaigns.lists()
    assert len(found) == 51
    assert found[0] == MailingList("0", "List 0", 57)
    assert [(one.query["fromindex"], one.query["range"]) for one in desk.sent] == [("1", "50"), ("51", "50")]
    assert desk.sent[0].query["resfmt"] == "JSON"


def test_a_page_of_lists_that_repeats_ends_the_reading() -> None:
    whole = ok(list_of_details=listed(*[str(number) for number in range(50)]))
    desk = Desk(whole, whole)
    assert len(desk.campaigns.lists()) == 50
    assert len(desk.sent) == 2


def test_a_server_that_gives_shorter_pages_than_asked_for_is_read_to_its_end() -> None:
    asked = {"total_list_count": 3}
    desk = Desk(
        ok(list_of_details=listed("1", "2"), requestdetails=asked),
        ok(list_of_details=listed("3"), requestdetails=asked),
    )
    assert [one.key for one in desk.campaigns.lists()] == ["1", "2", "3"]


def test_no_lists_are_none() -> None:
    assert (
        Desk(error("2401", "No mailing list has been created. Please create a list.")).campaigns.lists() == []
    )
    assert Desk(ok(list_of_details=[])).campaigns.lists() == []
    assert Desk(ok()).campaigns.lists() == []


def test_odd_rows_of_lists_are_passed_over() -> None:
    rows = [None, {"listname": "no key"}, {"listkey": "1", "listname": None, "noofcontacts": "many"}]
    assert Desk(ok(list_of_details=rows)).campaigns.lists() == [MailingList("1", "", 0)]


def test_topics_are_read_with_their_ids_as_text() -> None:
    rows = [
        {"topicId": 80696000000044001, "topicName": "default"},
        {"topicId": "2", "topicName": "News"},
        {"topicName": "?"},
    ]
    desk = Desk((200, {"topicDetails": rows, "code": "200", "message": "Success"}))
    found = desk.campaigns.topics()
    assert found.topics == (Topic("80696000000044001", "default"), Topic("2", "News"))
    assert found.reason == ""
    assert desk.sent[0].query == {"resfmt": "JSON", "from_index": "1", "range": "50"}


@pytest.mark.parametrize(
    ("code", "word"),
    [("4016", "not enabled"), ("4010", "may not see"), ("4015", "brands"), ("4013", "no topics")],
)
def test_an_account_without_topics_says_why(code: str, word: str) -> None:
    found = Desk(error(code)).campaigns.topics()
    assert found.topics == ()
    assert word in found.reason


EMAIL_FIELD = {
    "DISPLAY_NAME": "Contact Email",
    "FIELD_NAME": "contact_email",
    "IS_MANDATORY": True,
    "maxlength": 100,
    "type": "Email",
}
NAME_FIELD = {"DISPLAY_NAME": "First Name", "IS_MANDATORY": "false", "MAXLENGTH": "80", "uitype": "text"}
BARE_FIELD = {"display_name": "VAT ID"}


@pytest.mark.parametrize(
    "nest", [lambda rows: {"fieldnames": {"fieldname": rows}}, lambda rows: {"fieldname": rows}]
)
@pytest.mark.parametrize("envelope", [True, False])
def test_fields_are_read_from_both_nestings(nest: Any, *, envelope: bool) -> None:
    body = {"code": "0", "message": "success"} | nest([EMAIL_FIELD, NAME_FIELD, BARE_FIELD, {"no": 4}, None])
    desk = Desk((200, {"response": body} if envelope else body))
    assert list(desk.campaigns.fields()) == [
        CampaignsField("Contact Email", "Email", 100, True),
        CampaignsField("First Name", "text", 80, False),
        CampaignsField("VAT ID", "Text", None, False),
    ]
    assert desk.sent[0].target == "/api/v1.1/contact/allfields?type=json"


def test_a_lone_field_may_come_without_its_array() -> None:
    desk = Desk((200, {"response": {"code": "0", "fieldnames": {"fieldname": EMAIL_FIELD}}}))
    assert [one.name for one in desk.campaigns.fields()] == ["Contact Email"]


def test_no_fields_at_all_are_not_believed() -> None:
    with pytest.raises(RetryLater):
        Desk(ok()).campaigns.fields()


def test_a_field_is_created_with_its_length() -> None:
    desk = Desk((200, {"response": {"code": "200", "message": "Success"}}))
    desk.campaigns.create_field("VAT ID", kind="Text", length=255)
    assert desk.sent[0].target == "/api/v1.1/custom/add?type=json"
    assert desk.sent[0].form == {
        "type": "json",
        "fieldname": "VAT ID",
        "fieldtype": "Text",
        "fieldlength": "255",
    }
    assert desk.limiter.takes == [("campaigns/us/priya@lumen.example", "campaigns.fields", 1)]


def test_a_field_that_is_there_already_is_left_as_it_is() -> None:
    Desk((200, {"response": {"code": "916", "status": "error"}})).campaigns.create_field(
        "x", kind="Text", length=9
    )
