from __future__ import annotations

from typing import Any

import pytest

from tests.zoho_sim.caller import Caller

READS = ["getmailinglists", "getlistsubscribers", "listsubscriberscount", "contact/allfields", "topics"]


def emails(answer: Any) -> list[str]:
    return [one["contact_email"] for one in answer["list_of_details"]]


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("token", ["", "dead"])
def test_no_token_and_a_dead_one_are_the_same_401(stranger: Caller, path: str, token: str) -> None:
    stranger.token = token
    answer = stranger.campaigns(path)
    assert (answer.status, answer.json) == (
        401,
        {
            "message": "Unauthorized request.",
            "version": "1.1",
            "URI": f"/api/v1.1/{path}",
            "Code": "1007",
            "status": "error",
        },
    )


def test_the_401_may_be_spelled_in_lower_case() -> None:
    answer = Caller(auth_error_spelling="lower").campaigns("topics").json
    assert (answer["code"], answer["uri"]) == ("1007", "/api/v1.1/topics")


@pytest.mark.parametrize(("knob", "status", "key"), [("1007", 401, "Code"), ("6601", 200, "code")])
def test_a_missing_scope_is_401_or_a_privilege_error(knob: str, status: int, key: str) -> None:
    caller = Caller(missing_scope_code=knob).sign_in("ZohoBooks.contacts.READ")
    answer = caller.campaigns("getmailinglists")
    assert (answer.status, answer.json[key]) == (status, knob)


@pytest.mark.parametrize(
    ("scope", "reads", "creates", "updates"),
    [
        ("READ", True, False, False),
        ("CREATE", False, True, False),
        ("UPDATE", False, False, True),
        ("CREATE-UPDATE", False, True, True),
        ("WRITE", False, True, True),
        ("ALL", True, True, True),
    ],
)
def test_scopes_open_what_they_name(*, scope: str, reads: bool, creates: bool, updates: bool) -> None:
    caller = Caller().sign_in(f"ZohoCampaigns.contact.{scope}")
    form = {"type": "json", "fieldname": "VAT", "fieldtype": "Text"}
    found = (
        caller.campaigns("topics").status,
        caller.send("POST", "/api/v1.1/custom/add", form=form).status,
        caller.subscribe("a@b.example").status,
    )
    assert found == tuple(200 if allowed else 401 for allowed in (reads, creates, updates))


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "getallcontactfields"), ("POST", "topics"), ("GET", "json/listsubscribe")]
)
def test_a_wrong_url_is_200_code_1004(caller: Caller, method: str, path: str) -> None:
    answer = caller.send(method, f"/api/v1.1/{path}", query={"resfmt": "JSON"})
    assert (answer.status, answer.code) == (200, "1004")


def test_xml_is_the_default_format(caller: Caller) -> None:
    answer = caller.send("GET", "/api/v1.1/getmailinglists")
    assert answer.content_type.startswith("text/xml")
    assert "<listname>Newsletter</listname>" in answer.text


def test_mailing_lists_are_strings_all_through(caller: Caller) -> None:
    answer = caller.campaigns("getmailinglists").json
    assert answer["status"] == "success"
    assert answer["requestdetails"] == {"fromindex": 1, "range": 20, "total_list_count": 3, "sort": "asc"}
    names = [one["listname"] for one in answer["list_of_details"]]
    assert names == ["Newsletter", "Product News", "Partner Circular"]
    first = answer["list_of_details"][0]
    assert all(isinstance(value, str) for key, value in first.items() if key != "segments")
    assert int(first["noofcontacts"]) > 30


def test_mailing_lists_can_be_paged_and_turned_around(caller: Caller) -> None:
    answer = caller.campaigns("getmailinglists", fromindex=2, range=1).json["list_of_details"]
    assert [(one["sno"], one["listname"]) for one in answer] == [("2", "Product News")]
    assert caller.campaigns("getmailinglists", fromindex=9).json["list_of_details"] == []
    turned = caller.campaigns("getmailinglists", sort="desc").json["list_of_details"]
    assert turned[0]["listname"] == "Partner Circular"


def test_an_account_without_lists_answers_2401() -> None:
    caller = Caller(mailing_lists=[]).sign_in()
    answer = caller.campaigns("getmailinglists")
    assert (answer.status, answer.code) == (200, "2401")


def test_subscribers_come_twenty_at_a_time_with_seven_fields(company: Caller) -> None:
    answer = company.campaigns("getlistsubscribers", listkey=company.list_key).json
    assert len(answer["list_of_details"]) == 20
    assert set(answer["list_of_details"][0]) == {
        "contact_email",
        "firstname",
        "lastname",
        "companyname",
        "phone",
        "added_time",
        "zuid",
    }


@pytest.mark.parametrize("status", ["active", "unsub", "bounce"])
def test_paging_through_a_status_ends_with_2502(company: Caller, status: str) -> None:
    found: list[str] = []
    answer = company.campaigns("getlistsubscribers", listkey=company.list_key, status=status, range=7).json
    while answer["code"] == "0":
        found += emails(answer)
        asked = {"listkey": company.list_key, "status": status, "range": 7, "fromindex": len(found) + 1}
        answer = company.campaigns("getlistsubscribers", **asked).json
    assert (answer["code"], answer["message"]) == ("2502", "Yet,There are no contacts in this list.")
    count = company.campaigns("listsubscriberscount", listkey=company.list_key, status=status).json
    assert len(set(found)) == len(found) == int(count["no_of_contacts"]) > 0


def test_an_empty_list_answers_2502(caller: Caller) -> None:
    empty = caller.campaigns("getmailinglists").json["list_of_details"][1]["listkey"]
    assert caller.campaigns("getlistsubscribers", listkey=empty).code == "2502"


def test_the_range_is_never_more_than_650() -> None:
    caller = Caller().sign_in()
    for number in range(700):
        caller.control("subscribers", {"email": f"m{number}@x.example", "status": "active"})
    answer = caller.campaigns("getlistsubscribers", listkey=caller.list_key, range=5000).json
    assert (len(answer["list_of_details"]), answer["requestdetails"]["range"]) == (650, 650)


def test_subscribers_can_be_listed_newest_first(caller: Caller) -> None:
    asked = {"listkey": caller.list_key, "range": 650}
    oldest_first = emails(caller.campaigns("getlistsubscribers", **asked).json)
    assert emails(caller.campaigns("getlistsubscribers", **asked, sort="desc").json) == oldest_first[::-1]
    assert emails(caller.campaigns("getlistsubscribers", **asked, status="recent").json) == oldest_first[::-1]


@pytest.mark.parametrize("key", ["", "3znothing"])
def test_a_bad_list_key_is_2501_or_2202_by_endpoint(caller: Caller, key: str) -> None:
    assert caller.campaigns("getlistsubscribers", listkey=key).code == "2501"
    assert caller.campaigns("listsubscriberscount", listkey=key, status="active").code == "2202"


def test_a_list_that_left_the_settings_is_deleted(caller: Caller) -> None:
    key = caller.list_key
    caller.control("settings", {"mailing_lists": ["Product News", "Fresh"]})
    assert caller.campaigns("getlistsubscribers", listkey=key).code == "2501"
    names = [one["listname"] for one in caller.campaigns("getmailinglists").json["list_of_details"]]
    assert names == ["Product News", "Fresh"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("getmailinglists", {"fromindex": "0"}),
        ("getmailinglists", {"range": "x"}),
        ("getmailinglists", {"sort": "up"}),
        ("getlistsubscribers", {"status": "happy"}),
        ("getlistsubscribers", {"range": "-1"}),
        ("listsubscriberscount", {"status": "happy"}),
        ("topics", {"from_index": "²"}),
    ],
)
def test_a_bad_parameter_is_code_1001(caller: Caller, path: str, query: dict[str, str]) -> None:
    assert caller.campaigns(path, **({"listkey": caller.list_key} | query)).code == "1001"


def test_spam_reports_are_counted_as_none(caller: Caller) -> None:
    answer = caller.campaigns("listsubscriberscount", listkey=caller.list_key, status="spam").json
    assert answer["no_of_contacts"] == "0"


@pytest.mark.parametrize(("knob", "code"), [("string", "0"), ("int", 0)])
def test_codes_are_strings_or_numbers(knob: str, code: object) -> None:
    assert Caller(code_type=knob).sign_in().campaigns("getmailinglists").code == code


def test_envelopes_are_nested_as_documented_always_or_never() -> None:
    caller = Caller().sign_in()

    def nested() -> tuple[bool, bool]:
        lists, fields = (
            caller.campaigns("getmailinglists"),
            caller.campaigns("contact/allfields", type="json"),
        )
        return "response" in lists.json, "response" in fields.json

    assert nested() == (False, True)
    caller.settings.envelope = "nested"
    assert nested() == (True, True)
    caller.settings.envelope = "flat"
    assert nested() == (False, False)
