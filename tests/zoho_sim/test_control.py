from __future__ import annotations

import json
from typing import Any

import pytest

from infra.zoho_sim import Settings
from infra.zoho_sim.customers import contact_id
from infra.zoho_sim.knobs import choices, knob_notes, knob_values
from tests.zoho_sim.caller import Answer, Caller


def ask(caller: Caller, name: str, given: Any) -> Answer:
    return caller.send("POST", f"/__sim__/{name}", body=json.dumps(given).encode())


def test_every_knob_can_be_read_and_says_what_it_decides(stranger: Caller) -> None:
    found = stranger.look("settings", notes="1")
    assert found["settings"] == knob_values(Settings())
    assert set(found["notes"]) == set(found["settings"])
    assert all(len(note) > 5 for note in found["notes"].values())


@pytest.mark.parametrize("name", [name for name in knob_notes() if choices(name)])
def test_a_knob_with_choices_takes_each_of_them_and_nothing_else(stranger: Caller, name: str) -> None:
    for value in choices(name):
        assert stranger.control("settings", {name: value})["settings"][name] == value
    answer = ask(stranger, "settings", {name: "something else"})
    assert answer.status == 400
    assert name in answer.json["error"]


@pytest.mark.parametrize(
    "bad",
    [
        {"no_such_knob": 1},
        {"code_seconds": -1},
        {"code_seconds": True},
        {"code_seconds": "120"},
        {"books_per_day": 1.5},
        {"auto_accept": 1},
        {"topics": "default"},
        {"topics": [1]},
        {"user_email": None},
        {"campaigns_limits": {"campaigns.topics": [[0, 1]]}},
        {"campaigns_limits": {"campaigns.topics": [[1]]}},
        {"campaigns_limits": {"campaigns.nothing": [[1, 1]]}},
        {"campaigns_limits": []},
        {"latency_ms": {"*": [5, 1]}},
        {"latency_ms": {"*": []}},
        {"latency_ms": {"campaigns.nothing": [1]}},
        {"latency_ms": {"*": [float("nan")]}},
        {"token_error_status": 404},
    ],
)
def test_a_knob_that_cannot_be_turned_so_is_refused_by_name(stranger: Caller, bad: dict[str, Any]) -> None:
    answer = ask(stranger, "settings", {"user_name": "Changed"} | bad)
    assert answer.status == 400
    assert next(iter(bad)) in answer.json["error"]
    assert stranger.settings.user_name == "Priya Raman"


@pytest.mark.parametrize(
    ("method", "name"), [("GET", "nothing"), ("POST", "stats"), ("PUT", "settings"), ("GET", "")]
)
def test_an_unknown_control_is_404(stranger: Caller, method: str, name: str) -> None:
    assert stranger.send(method, f"/__sim__/{name}").status == 404


@pytest.mark.parametrize("body", [b"[]", b"1", b"{", b"\xff", b'"x"', b"[" * 100_000])
@pytest.mark.parametrize(
    "name", ["settings", "faults", "customers", "subscribers", "fields", "clock", "reset", "tokens"]
)
def test_a_control_takes_json_objects_only(stranger: Caller, name: str, body: bytes) -> None:
    assert stranger.send("POST", f"/__sim__/{name}", body=body).status == 400


def test_stats_count_calls_by_endpoint_and_result(caller: Caller) -> None:
    caller.books("contacts")
    caller.books("contacts", page="x")
    caller.campaigns("nothing")
    caller.send("GET", "/elsewhere")
    stats = caller.look("stats")
    assert stats["calls"] == {"books.contacts": 2, "campaigns.unknown": 1, "unknown": 1}
    assert stats["results"]["books.contacts"] == {"0": 1, "2": 1}
    assert stats["total_calls"] == 4


def test_controls_themselves_are_not_counted(caller: Caller) -> None:
    caller.look("stats")
    assert caller.look("stats")["total_calls"] == 0


def test_the_clock_moves_on_request(stranger: Caller) -> None:
    before = stranger.look("clock")["now"]
    assert stranger.control("clock", {"advance_seconds": 1800.5})["now"] == before + 1800.5
    for wrong in (-1, "x", True, None, float("nan"), float("inf")):
        assert ask(stranger, "clock", {"advance_seconds": wrong}).status == 400


def test_tokens_can_be_granted_expired_and_revoked(stranger: Caller) -> None:
    tokens = stranger.control("tokens", {"action": "grant"})
    stranger.token = tokens["access_token"]
    assert stranger.books("users/me").status == 200
    assert stranger.control("tokens", {"action": "expire_access"}) == {"expired": 1}
    assert stranger.books("users/me").status == 401
    stranger.token = stranger.refresh(tokens["refresh_token"]).json["access_token"]
    assert stranger.control("tokens", {"action": "revoke_all"}) == {"revoked": 1}
    assert stranger.books("users/me").status == 401
    assert stranger.refresh(tokens["refresh_token"]).json == {"error": "invalid_code"}
    assert ask(stranger, "tokens", {"action": "steal"}).status == 400
    assert ask(stranger, "tokens", {"action": "grant", "scopes": "all"}).status == 400


def test_reset_brings_back_data_tokens_quotas_faults_stats_and_settings(caller: Caller) -> None:
    rows = caller.walk(sort_column="created_time")
    caller.control("customers", {"action": "delete", "contact_id": contact_id(1)})
    caller.subscribe("new@x.example")
    caller.control("settings", {"auto_accept": True})
    caller.control("faults", {"action": "drop"})
    caller.control("reset", {})
    assert caller.look("stats")["total_calls"] == 0
    assert caller.look("faults")["faults"] == []
    assert caller.look("settings")["settings"]["auto_accept"] is False
    assert caller.books("users/me").status == 401
    caller.sign_in()
    assert caller.walk(sort_column="created_time") == rows
    assert caller.contact("new@x.example") is None


def test_reset_can_be_partial(caller: Caller) -> None:
    caller.settings.books_per_minute = 1
    caller.books("contacts")
    caller.control("customers", {"action": "delete", "contact_id": contact_id(1)})
    caller.control("reset", {"what": ["quotas", "stats"]})
    assert caller.books("contacts").status == 200
    assert caller.books("contacts").status == 429
    assert caller.look("customers")["customers"] == 39
    assert ask(caller, "reset", {"what": ["everything"]}).status == 400
    assert ask(caller, "reset", {"what": [["stats"]]}).status == 400


def test_customers_are_counted_and_their_oddities_found(company: Caller) -> None:
    found = company.look("customers")
    assert (found["customers"], found["vendors"]) == (300, 15)
    assert found["active"] + found["inactive"] == 300
    assert len(found["oddities"]["empty_email"]) == 5
    row = company.books(f"contacts/{found['oddities']['empty_email'][0]}").json["contact"]
    assert row["email"] == ""


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "action"),
        ({"action": "edit"}, "contact_id"),
        ({"action": "delete", "contact_id": "1"}, "contact_id"),
        ({"action": "edit", "contact_id": contact_id(0), "values": []}, "values"),
        ({"action": "edit", "contact_id": contact_id(0), "values": {"shoe_size": "44"}}, "shoe_size"),
        ({"action": "edit", "contact_id": contact_id(0), "values": {"email": 1}}, "email"),
        ({"action": "edit", "contact_id": contact_id(0), "values": {"cf_vat_id": []}}, "cf_vat_id"),
        ({"action": "add", "values": {"contact_type": "friend"}}, "contact_type"),
        ({"action": "add", "organization_id": "1"}, "organization_id"),
    ],
)
def test_a_change_of_customers_that_cannot_be_is_refused_by_name(
    caller: Caller, given: dict[str, Any], named: str
) -> None:
    answer = ask(caller, "customers", given)
    assert answer.status == 400
    assert named in answer.json["error"]


def test_a_vendor_and_a_customer_of_another_organization_can_be_added(caller: Caller) -> None:
    caller.control("customers", {"action": "add", "values": {"contact_type": "vendor", "company_name": None}})
    caller.control(
        "customers", {"action": "add", "organization_id": "10229190", "values": {"email": "x@y.example"}}
    )
    assert caller.look("customers")["vendors"] == 3
    assert caller.look("customers", organization_id="10229190")["customers"] == 25


def test_subscribers_can_be_moved_between_states(caller: Caller) -> None:
    for status in ("active", "unsub", "bounce", "pending"):
        caller.control("subscribers", {"email": " Ana@X.example", "status": status})
        found = caller.contact("ana@x.example")
        assert found is not None
        assert found["status"] == status
    caller.control("subscribers", {"email": "ana@x.example", "status": "remove"})
    assert caller.contact("ana@x.example") is None
    caller.control("subscribers", {"email": "ana@x.example", "status": "active", "list": "Product News"})
    assert caller.look("lists")["lists"][1]["active"] == 1


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"email": "", "status": "active"},
        {"email": "a@x.example", "status": "happy"},
        {"email": "a@x.example", "status": ["active"]},
        {"email": "a@x.example", "status": "active", "list": "nothing"},
        {"email": "a@x.example", "status": "active", "list": 5},
    ],
)
def test_a_subscriber_that_cannot_be_moved_so_is_refused(caller: Caller, given: dict[str, Any]) -> None:
    assert ask(caller, "subscribers", given).status == 400


def test_a_lists_contacts_can_be_dumped_in_parts(caller: Caller) -> None:
    whole = caller.look("lists/Newsletter/contacts")
    assert whole["total"] == len(whole["contacts"]) > 40
    part = caller.look(f"lists/{caller.list_key}/contacts", offset=5, limit=3)
    assert part["contacts"] == whole["contacts"][5:8]
    assert caller.send("GET", "/__sim__/lists/none/contacts").status == 400
    assert caller.send("GET", "/__sim__/lists/Newsletter/contacts", query={"limit": "x"}).status == 400


def test_fields_can_be_removed_and_retyped(caller: Caller) -> None:
    caller.control(
        "fields", {"remove": ["Title"], "add": [{"name": "Title", "type": "Integer", "length": 5}]}
    )
    assert caller.subscribe("ana@x.example", Title="Dr").code == "1005"


@pytest.mark.parametrize(
    "given",
    [
        {"remove": ["Contact Email"]},
        {"remove": ["Nothing"]},
        {"remove": "Title"},
        {"remove": [[]]},
        {"add": ["Title"]},
        {"add": [{"type": "Text"}]},
        {"add": [{"name": "X", "length": "long"}]},
        {"add": [{"name": "X", "length": 10**9}]},
    ],
)
def test_a_change_of_fields_that_cannot_be_is_refused_whole(caller: Caller, given: dict[str, Any]) -> None:
    before = caller.look("fields")
    assert ask(caller, "fields", {"remove": ["Mobile"]} | given if "add" in given else given).status == 400
    assert caller.look("fields") == before
