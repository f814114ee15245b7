from __future__ import annotations

from typing import Any

import pytest

from infra.zoho_sim.customers import contact_id
from tests.zoho_sim.caller import Caller


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["contact_id"] for row in rows]


def test_last_modified_time_filters_only_when_the_knob_says_so() -> None:
    caller = Caller(40, last_modified_filter="honoured").sign_in()
    newest = caller.walk(sort_column="last_modified_time", sort_order="D")[:3]
    asked = {"last_modified_time": newest[2]["last_modified_time"], "sort_column": "last_modified_time"}
    assert ids(caller.walk(**asked, sort_order="D")) == ids(newest)
    assert caller.books("contacts", last_modified_time="yesterday").code == 2
    caller.control("settings", {"last_modified_filter": "ignored"})
    assert len(caller.walk(**asked)) == 42
    assert caller.books("contacts", last_modified_time="yesterday").code == 0


def test_an_edited_customer_moves_to_the_front_of_the_newest_first_order(caller: Caller) -> None:
    oldest = caller.walk(sort_column="last_modified_time")[0]["contact_id"]
    caller.control("customers", {"action": "edit", "contact_id": oldest, "values": {"first_name": "Renamed"}})
    first = caller.walk(sort_column="last_modified_time", sort_order="D")[0]
    assert (first["contact_id"], first["first_name"]) == (oldest, "Renamed")
    assert first["last_modified_time"] == "2026-09-01T02:00:00-0700"


def test_an_edit_in_mid_walk_makes_an_ascending_walk_lose_a_customer(caller: Caller) -> None:
    every = ids(caller.walk(sort_column="last_modified_time"))
    first_page = ids(caller.books("contacts", sort_column="last_modified_time", per_page=21).json["contacts"])
    caller.control("customers", {"action": "edit", "contact_id": every[0], "values": {"phone": "1"}})
    second_page = ids(
        caller.books("contacts", sort_column="last_modified_time", per_page=21, page=2).json["contacts"]
    )
    assert set(every) - set(first_page) - set(second_page) == {every[21]}


def test_a_deletion_in_mid_walk_shifts_the_pages(caller: Caller) -> None:
    every = ids(caller.walk(sort_column="created_time"))
    first_page = ids(caller.books("contacts", sort_column="created_time", per_page=21).json["contacts"])
    caller.control("customers", {"action": "delete", "contact_id": every[3]})
    second_page = ids(
        caller.books("contacts", sort_column="created_time", per_page=21, page=2).json["contacts"]
    )
    assert every[21] not in first_page + second_page
    assert caller.books(f"contacts/{every[3]}").status == 404


def test_added_edited_and_deleted_customers_show_in_every_order(caller: Caller) -> None:
    columns = ("contact_name", "email", "created_time", "last_modified_time")
    for column in columns:
        caller.walk(sort_column=column, contact_type="customer")
    added = caller.control(
        "customers", {"action": "add", "values": {"contact_name": "Aaa", "email": "z@z.example"}}
    )
    gone = contact_id(2)
    caller.control("customers", {"action": "delete", "contact_id": gone})
    for column in columns:
        rows = ids(caller.walk(sort_column=column, contact_type="customer"))
        assert len(rows) == 40
        assert added["contact_id"] in rows
        assert gone not in rows
    assert caller.walk(sort_column="contact_name")[0]["contact_name"] != ""
    assert added["contact_id"] == caller.walk(sort_column="created_time", sort_order="D")[0]["contact_id"]


@pytest.mark.parametrize("bumps", [True, False])
def test_marking_inactive_bumps_the_modification_time_if_the_knob_says_so(*, bumps: bool) -> None:
    caller = Caller(20, inactive_bumps_modified=bumps).sign_in()
    before = caller.books(f"contacts/{contact_id(1)}").json["contact"]
    caller.control("customers", {"action": "inactive", "contact_id": contact_id(1)})
    after = caller.books(f"contacts/{contact_id(1)}").json["contact"]
    assert (before["status"], after["status"]) == ("active", "inactive")
    assert (before["last_modified_time"] != after["last_modified_time"]) == bumps
    caller.control("customers", {"action": "active", "contact_id": contact_id(1)})
    assert caller.books(f"contacts/{contact_id(1)}").json["contact"]["status"] == "active"


def test_a_custom_field_can_be_emptied(caller: Caller) -> None:
    caller.control(
        "customers", {"action": "edit", "contact_id": contact_id(0), "values": {"cf_vat_id": "X1"}}
    )
    assert caller.books(f"contacts/{contact_id(0)}").json["contact"]["cf_vat_id"] == "X1"
    caller.control("customers", {"action": "edit", "contact_id": contact_id(0), "values": {"cf_vat_id": ""}})
    assert "cf_vat_id" not in caller.books(f"contacts/{contact_id(0)}").json["contact"]
