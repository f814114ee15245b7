"""What people did in the simulated Zoho is there again after a stop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infra.zoho_sim.customers import contact_id
from infra.zoho_sim.kept import restore, save
from infra.zoho_sim.seed import seed
from tests.zoho_sim.caller import Caller


def restarted(before: Caller, file: Path, *, customers: int = 40) -> Caller:
    """A simulator that was seeded anew and given back what the one before it saved."""
    save(before.world, file)
    after = Caller(customers)
    restore(after.world, file)
    after.token = before.token
    return after


def test_a_grant_is_honoured_after_a_restart(caller: Caller, tmp_path: Path) -> None:
    granted = caller.consent()
    after = restarted(caller, tmp_path / "zoho.json")
    assert after.books("organizations").json["code"] == 0
    assert "access_token" in after.refresh(granted["refresh_token"]).json
    revoked = {"token": granted["refresh_token"]}
    assert after.send("POST", "/oauth/v2/token/revoke", form=revoked).json["status"] == "success"
    assert "access_token" not in after.refresh(granted["refresh_token"]).json


def test_fields_and_members_are_there_after_a_restart(caller: Caller, tmp_path: Path) -> None:
    asked = {"type": "json", "fieldname": "VAT ID", "fieldtype": "Text", "fieldlength": "255"}
    caller.send("POST", "/api/v1.1/custom/add", form=asked)
    caller.subscribe("new@example.com", First_Name="New", VAT_ID="DE 1")
    after = restarted(caller, tmp_path / "zoho.json")
    assert after.contact("new@example.com") == caller.contact("new@example.com") is not None
    listed = f"lists/{caller.list_key}/contacts"
    assert after.look(listed) == caller.look(listed)
    assert after.campaigns("contact/allfields", type="json").json == (
        caller.campaigns("contact/allfields", type="json").json
    )


def changed_customers(caller: Caller) -> str:
    """Add, edit and delete customers; return the id of the edited one."""
    added = caller.control("customers", {"action": "add", "values": {"contact_name": "Gone again"}})
    caller.control("customers", {"action": "delete", "contact_id": added["contact_id"]})
    caller.control("customers", {"action": "add", "values": {"contact_name": "Added"}})
    first, second, third = (row["contact_id"] for row in caller.walk()[:3])
    caller.control(
        "customers", {"action": "edit", "contact_id": first, "values": {"email": "edited@example.com"}}
    )
    caller.control("customers", {"action": "delete", "contact_id": second})
    caller.control("customers", {"action": "inactive", "contact_id": third})
    return str(first)


def test_changed_customers_are_there_after_a_restart(caller: Caller, tmp_path: Path) -> None:
    edited = changed_customers(caller)
    after = restarted(caller, tmp_path / "zoho.json")
    for order in ("contact_name", "last_modified_time", "created_time"):
        assert after.walk(sort_column=order) == caller.walk(sort_column=order)
    row = next(row for row in after.walk() if row["contact_id"] == edited)
    assert row["email"] == "edited@example.com"
    again = after.control("customers", {"action": "add", "values": {"contact_name": "Another"}})
    assert again["contact_id"] not in {row["contact_id"] for row in caller.walk()}


def test_changes_do_not_hit_the_customers_of_another_company(caller: Caller, tmp_path: Path) -> None:
    changed_customers(caller)
    after = restarted(caller, tmp_path / "zoho.json", customers=50)
    assert "edited@example.com" not in {row["email"] for row in after.walk()}
    assert after.books("organizations").json["code"] == 0


def test_a_crash_while_saving_leaves_the_file_before_it_whole(
    caller: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "zoho.json"
    save(caller.world, file)
    before = file.read_text()
    caller.consent()

    def crash(*_: Any) -> None:
        raise OSError("pulled the plug")

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(OSError, match="the plug"):
        save(caller.world, file)
    assert file.read_text() == before


def test_without_a_file_nothing_is_brought_back(tmp_path: Path) -> None:
    world = seed(3)
    restore(world, tmp_path / "zoho.json")
    assert world.first_organization.customers.find(contact_id(0)) is not None
