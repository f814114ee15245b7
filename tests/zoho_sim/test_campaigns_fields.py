from __future__ import annotations

from typing import Any

import pytest

from tests.zoho_sim.caller import Answer, Caller


def add_field(caller: Caller, name: str, kind: str = "Text", **more: Any) -> Answer:
    form = {"type": "json", "fieldname": name, "fieldtype": kind} | more
    return caller.send("POST", "/api/v1.1/custom/add", form=form)


def fields(caller: Caller) -> Any:
    return caller.campaigns("contact/allfields", type="json").json["response"]["fieldnames"]["fieldname"]


def test_all_fields_have_display_names_and_the_email_is_mandatory(caller: Caller) -> None:
    found = fields(caller)
    assert [one["DISPLAY_NAME"] for one in found][:4] == ["Contact Email", "Title", "First Name", "Last Name"]
    assert [one["DISPLAY_NAME"] for one in found if one["IS_MANDATORY"]] == ["Contact Email"]
    assert isinstance(found[0]["FIELD_ID"], int)


def test_fields_may_be_nested_one_level_less() -> None:
    caller = Caller(fieldnames_nesting="fieldname").sign_in()
    assert isinstance(caller.campaigns("contact/allfields", type="json").json["response"]["fieldname"], list)


@pytest.mark.parametrize(("knob", "kind"), [(True, dict), (False, list)])
def test_a_lone_field_is_an_object_or_an_array_of_one(*, knob: bool, kind: type) -> None:
    caller = Caller(single_field_as_object=knob).sign_in()
    others = [one["name"] for one in caller.look("fields")["fields"] if one["name"] != "Contact Email"]
    caller.control("fields", {"remove": others})
    assert isinstance(fields(caller), kind)


def test_a_created_field_shows_among_the_others(caller: Caller) -> None:
    answer = add_field(caller, "VAT ID", fieldlength=60)
    assert answer.json["response"]["code"] == "200"
    assert "id" not in answer.text.lower().replace("vat id", "").replace("fieldid", "")
    created = fields(caller)[-1]
    assert (created["DISPLAY_NAME"], created["maxlength"], created["type"]) == ("VAT ID", 60, "Text")


def test_a_field_is_twenty_long_unless_told_otherwise(caller: Caller) -> None:
    add_field(caller, "Segment", "picklist")
    assert (fields(caller)[-1]["maxlength"], fields(caller)[-1]["type"]) == (20, "Picklist")


@pytest.mark.parametrize("name", ["First Name", "first name", "FIRST NAME", " First Name "])
def test_a_name_that_exists_in_any_case_is_916(caller: Caller, name: str) -> None:
    assert add_field(caller, name).json["response"]["code"] == "916"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"fieldname": "X", "fieldtype": "Text"}, "903"),
        ({"type": "json", "fieldname": "X"}, "903"),
        ({"type": "json", "fieldtype": "Text"}, "903"),
        ({"type": "json", "fieldname": "X", "fieldtype": "Shoe"}, "1001"),
        ({"type": "json", "fieldname": "X<script>", "fieldtype": "Text"}, "1001"),
        ({"type": "json", "fieldname": "X", "fieldtype": "Text", "fieldlength": "long"}, "1001"),
    ],
)
def test_a_field_that_cannot_be_created_says_why(caller: Caller, form: dict[str, str], code: str) -> None:
    answer = caller.send("POST", "/api/v1.1/custom/add", form=form, query={"resfmt": "JSON"})
    assert (answer.status, answer.json["response"]["code"]) == (200, code)


def test_topics_answer_200_in_the_code_and_no_status(caller: Caller) -> None:
    answer = caller.campaigns("topics", from_index=1, range=50).json
    assert (answer["code"], "status" in answer) == ("200", False)
    assert [one["topicName"] for one in answer["topicDetails"]] == [
        "default",
        "Product Updates",
        "Events & Webinars",
    ]
    assert all(isinstance(one["topicId"], str) for one in answer["topicDetails"])


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"details": "{from_index:0,range:1}"}, ["default"]),
        ({"details": '{"from_index": 2, "range": 1}'}, ["Product Updates"]),
        ({"from_index": "3"}, ["Events & Webinars"]),
        ({"from_index": "9"}, []),
    ],
)
def test_topics_are_paged_by_details_or_parameters(
    caller: Caller, query: dict[str, str], names: list[str]
) -> None:
    assert [one["topicName"] for one in caller.campaigns("topics", **query).json["topicDetails"]] == names


def test_the_old_account_model_has_no_topics() -> None:
    answer = Caller(topic_management=False).sign_in().campaigns("topics").json
    assert (answer["code"], answer["status"]) == ("4016", "error")


def test_topics_are_a_setting() -> None:
    caller = Caller(topics=["Only one"]).sign_in()
    assert [one["topicName"] for one in caller.campaigns("topics").json["topicDetails"]] == ["Only one"]
