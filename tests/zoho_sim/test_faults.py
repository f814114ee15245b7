from __future__ import annotations

import json
from typing import Any

import pytest

from tests.zoho_sim.caller import Caller


def script(caller: Caller, **fault: Any) -> None:
    caller.control("faults", fault)


def test_the_nth_matching_call_is_answered_as_scripted(caller: Caller) -> None:
    script(
        caller,
        endpoint="campaigns.topics",
        action="answer",
        nth=3,
        status=418,
        body={"tea": True},
        headers={"X-A": "b"},
    )
    found = [caller.campaigns("topics") for _ in range(4)]
    assert [one.status for one in found] == [200, 200, 418, 200]
    assert (found[2].json, found[2].headers) == ({"tea": True}, {"X-A": "b"})
    assert caller.look("stats")["faults"] == {"campaigns.topics": 1}


def test_a_fault_can_meet_one_address_only_and_go_on_for_ever(caller: Caller) -> None:
    script(caller, contains="Poison+1@X.example", action="answer", status=200, body="no json", count=None)
    assert caller.subscribe("fine@x.example").code == "0"
    assert [caller.subscribe("poison+1@x.example").text for _ in range(3)] == ["no json"] * 3
    assert caller.contact("poison+1@x.example") is None


def test_every_so_many_calls_can_fail(caller: Caller) -> None:
    script(caller, action="unavailable", endpoint="campaigns.topics", nth=2, every=3, count=None)
    assert [caller.campaigns("topics").status for _ in range(8)] == [200, 503, 200, 200, 503, 200, 200, 503]


def test_html_and_unavailable_have_their_usual_shapes(caller: Caller) -> None:
    script(caller, action="html", endpoint="books.contacts")
    html = caller.books("contacts")
    assert (html.status, html.content_type) == (502, "text/html;charset=UTF-8")
    script(caller, action="html", status=200, endpoint="books.contacts")
    assert caller.books("contacts").status == 200
    script(caller, action="unavailable", retry_after_seconds=7)
    assert caller.books("contacts").headers["Retry-After"] == "7"


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("action", ["drop", "html", "unavailable", "answer"])
def test_an_answer_can_be_lost_before_or_after_the_effect(
    *, caller: Caller, action: str, after: bool
) -> None:
    script(caller, action=action, endpoint="campaigns.listsubscribe", after_effect=after)
    answer = caller.subscribe("ana@x.example")
    assert answer.dropped == (action == "drop")
    assert (caller.contact("ana@x.example") is not None) == after


def test_a_delayed_call_is_carried_out_and_answered_later(caller: Caller) -> None:
    script(caller, action="delay", delay_ms=1500)
    answer = caller.subscribe("ana@x.example")
    assert (answer.code, answer.delay_seconds) == ("0", 1.5)


def test_the_first_fault_that_fires_wins_and_spent_ones_step_aside(caller: Caller) -> None:
    caller.control(
        "faults",
        {
            "faults": [
                {"action": "answer", "status": 500},
                {"action": "answer", "status": 501, "endpoint": "campaigns.topics"},
            ]
        },
    )
    assert [caller.campaigns("topics").status for _ in range(3)] == [500, 501, 200]
    assert [(one["seen"], one["fired"]) for one in caller.look("faults")["faults"]] == [(3, 1), (2, 1)]


def test_faults_can_be_cleared(caller: Caller) -> None:
    script(caller, action="drop", count=None)
    assert caller.send("DELETE", "/__sim__/faults").json == {"faults": []}
    assert caller.campaigns("topics").status == 200


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ({}, "action"),
        ({"action": "explode"}, "action"),
        ({"action": "drop", "endpoint": "campaigns.everything"}, "endpoint"),
        ({"action": "drop", "nth": 0}, "nth"),
        ({"action": "drop", "every": True}, "every"),
        ({"action": "drop", "count": 0}, "count"),
        ({"action": "drop", "colour": "red"}, "colour"),
        ({"action": "drop", "contains": 1}, "contains"),
        ({"action": "drop", "after_effect": 1}, "after_effect"),
        ({"action": "delay", "delay_ms": -1}, "delay_ms"),
        ({"action": "answer", "status": 99}, "status"),
        ({"action": "answer", "headers": {"X": "a\r\nSet-Cookie: b"}}, "headers"),
        ({"action": "drop", "id": 3}, "id"),
        ({"faults": "all"}, "faults"),
        ({"action": "drop", "endpoint": ["x"]}, "endpoint"),
        ({"action": ["drop"]}, "action"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_by_name(caller: Caller, fault: dict[str, Any], named: str) -> None:
    answer = caller.send("POST", "/__sim__/faults", body=json.dumps(fault).encode())
    assert answer.status == 400
    assert named in answer.json["error"]
    assert caller.look("faults")["faults"] == []


def test_endpoints_can_answer_html_all_the_time() -> None:
    caller = Caller(html_endpoints=["campaigns.topics"], html_status=502).sign_in()
    assert (caller.campaigns("topics").status, caller.campaigns("getmailinglists").status) == (502, 200)
    caller.settings.html_status = 200
    assert caller.campaigns("topics").content_type.startswith("text/html")


def test_latency_is_fixed_or_drawn_from_a_range() -> None:
    caller = Caller(latency_ms={"campaigns.topics": [250], "*": [300, 800]}).sign_in()
    assert caller.campaigns("topics").delay_seconds == 0.25
    drawn = [caller.campaigns("getmailinglists").delay_seconds for _ in range(50)]
    assert 0.3 <= min(drawn) < max(drawn) <= 0.8
