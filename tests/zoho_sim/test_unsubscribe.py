from __future__ import annotations

import json
from typing import Any

from infra.zoho_sim.contacts import topic_id
from tests.zoho_sim.caller import Answer, Caller

DEFAULT_TOPIC, EVENTS = topic_id("default"), topic_id("Events & Webinars")


def stored(caller: Caller, email: str) -> dict[str, Any]:
    found = caller.contact(email)
    assert found is not None
    return found


def post(caller: Caller, path: str, email: str, **more: str) -> Answer:
    form = {"listkey": caller.list_key, "contactinfo": json.dumps({"Contact Email": email})} | more
    return caller.send("POST", f"/api/v1.1/json/{path}", form=form)


def test_unsubscribing_takes_a_contact_out_of_the_active_ones(caller: Caller) -> None:
    caller.subscribe("ana@x.example", topic_id=DEFAULT_TOPIC)
    assert (
        post(caller, "listunsubscribe", "Ana@x.example").json["message"] == "User successfully unsubscribed."
    )
    found = stored(caller, "ana@x.example")
    assert (found["status"], found["topics"]) == ("unsub", [])


def test_unsubscribing_one_topic_leaves_the_others(caller: Caller) -> None:
    caller.subscribe("ana@x.example", topic_id=f"{DEFAULT_TOPIC},{EVENTS}")
    post(caller, "listunsubscribe", "ana@x.example", topic_id=EVENTS)
    found = stored(caller, "ana@x.example")
    assert (found["status"], found["topics"]) == ("active", [DEFAULT_TOPIC])
    assert post(caller, "listunsubscribe", "ana@x.example", topic_id="1").code == "4011"


def test_unsubscribing_an_unknown_contact_is_2103(caller: Caller) -> None:
    assert post(caller, "listunsubscribe", "nobody@x.example").code == "2103"
    assert post(caller, "listunsubscribe", "nobody@x.example", listkey="x").code == "2501"
    assert post(caller, "listunsubscribe", "nobody@x.example", contactinfo="").code == "903"


def test_do_not_mail_answers_the_same_the_second_time(caller: Caller) -> None:
    assert [post(caller, "contactdonotmail", "ana@x.example").code for _ in range(2)] == ["0", "0"]
    assert post(caller, "contactdonotmail", "nonsense").code == "2004"
    assert post(caller, "contactdonotmail", "", contactinfo="{").code == "2001"
    assert "ana@x.example" in caller.look("lists")["do_not_mail"]
