"""The main job through the handlers: connect, configure, first run, history, disable."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from tests.application import ALICE, ORGANIZATION
from tests.events import HOST
from tests.functions.conftest import SYNC_BODY, Client

RUN_KEYS = {
    *(
        "id",
        "trigger",
        "mode",
        "status",
        "sync_time",
        "finished_at",
        "total",
        "added",
        "updated",
        "unchanged",
    ),
    *("skipped", "skipped_by_reason", "error"),
}


def test_a_user_connects_one_organization(client: Client) -> None:
    started = client.call("POST", "/connection/authorization", body={})
    assert started.status == 201
    assert set(started.json) == {"authorization_url", "state", "expires_at"}
    assert started.json["expires_at"].endswith("Z")
    query = parse_qs(urlsplit(started.json["authorization_url"]).query)
    assert query["redirect_uri"] == [f"https://{HOST}/oauth/callback"]

    brought_back = {
        "code": "1000.code",
        "state": started.json["state"],
        "location": "eu",
        "accounts_server": "https://accounts.test",
    }
    connected = client.call("POST", "/connection", body=brought_back)
    assert (connected.status, connected.json["status"]) == (201, "choose_organization")
    assert client.call("POST", "/connection", body=brought_back).error["code"] == "state_invalid"

    organizations = client.call("GET", "/connection/organizations").json["items"]
    assert [each["eligible"] for each in organizations] == [True, False]
    chosen = client.call("PUT", "/connection/organization", body={"organization_id": ORGANIZATION.id})
    assert chosen.json == {
        "status": "connected",
        "email": ALICE,
        "data_center": "eu",
        "organization": {"id": ORGANIZATION.id, "name": ORGANIZATION.name},
        "connected_at": chosen.json["connected_at"],
    }
    assert client.call("GET", "/connection").json == chosen.json


def test_a_first_run_is_followed_from_the_sync_to_the_download(client: Client) -> None:
    client.application.world.add("customer@example.org", cf_vat_id="GB1")
    client.application.world.add("")
    client.connect()
    created = client.call("POST", "/syncs", body=SYNC_BODY)
    sync_id = created.json["id"]
    assert (created.status, created.headers["location"]) == (201, f"/syncs/{sync_id}")
    assert created.json["current_run"]["progress"]["phase"] == "prepare"
    assert created.json["mapping"][1] == {"source": "cf_vat_id", "target": "VAT ID", "new_field": True}

    client.application.work_off()
    (run,) = client.call("GET", f"/syncs/{sync_id}/runs").json["items"]
    assert set(run) == RUN_KEYS
    assert (run["total"], run["added"], run["skipped"]) == (2, 1, 1)
    assert run["skipped_by_reason"] == {"empty_email": 1}
    detail = client.call("GET", f"/syncs/{sync_id}/runs/{run['id']}").json
    assert set(detail) == RUN_KEYS | {"progress"}
    assert set(detail["progress"]) == {"examined", "estimated_total", "phase", "waiting_until", "calls"}
    download = client.call("GET", f"/syncs/{sync_id}/runs/{run['id']}/skipped").json
    assert set(download) == {"url", "expires_at", "rows"}
    assert client.application.world.members["customer@example.org"].fields["VAT ID"] == "GB1"


def test_a_completed_run_is_announced_and_the_integration_disabled(client: Client) -> None:
    sync_id = client.sync()
    client.application.work_off()
    inbox = client.call("GET", "/notifications").json
    assert inbox["unread"] == 1
    (note,) = inbox["items"]
    assert note["link"].endswith(f"/syncs/{sync_id}/configuration")
    assert client.call("POST", f"/notifications/{note['id']}/read").json["read_at"] is not None

    effects = client.call("GET", "/connection/disable-effects").json
    assert effects["sync_id"] == sync_id
    refused = client.call("DELETE", "/connection").error
    assert (refused["code"], refused["details"]["effects"]) == ("confirmation_required", effects["effects"])
    gone = client.call("DELETE", "/connection", query={"confirm": "true"})
    assert (gone.status, gone.text) == (204, "")
    assert client.call("GET", "/connection").error["code"] == "not_connected"
    assert client.call("GET", "/syncs").json == {"items": [], "next_cursor": None}


def test_the_console_address_of_the_configuration_goes_before_that_of_the_request(client: Client) -> None:
    config = client.application.config
    object.__setattr__(client.application, "config", type(config)(**_with_console(config)))
    answer = client.call("POST", "/connection/authorization", body={})
    query = parse_qs(urlsplit(answer.json["authorization_url"]).query)
    assert query["redirect_uri"] == ["https://console.test/oauth/callback"]


def _with_console(config: object) -> dict[str, str]:
    names = config.__slots__  # type: ignore[attr-defined]
    return {name: getattr(config, name) for name in names} | {"console_url": "https://console.test"}


def test_runs_are_started_by_hand_once_per_key_and_cancelled(client: Client) -> None:
    sync_id = client.sync()
    client.application.work_off()
    client.application.fake_clock.sleep(60)
    path, key = f"/syncs/{sync_id}/runs", {"Idempotency-Key": "once"}
    first = client.call("POST", path, body={"mode": "full"}, headers=key)
    again = client.call("POST", path, body={"mode": "full"}, headers=key)
    assert (first.status, again.status) == (202, 202)
    assert first.json["id"] == again.json["id"]
    assert client.call("POST", path, body={"mode": "full"}).error["code"] == "run_active"

    assert client.call("POST", f"{path}/{first.json['id']}/cancel").status == 202
    client.application.work_off()
    assert client.call("GET", f"{path}/{first.json['id']}").json["status"] == "cancelled"


def test_a_paused_sync_starts_no_run(client: Client) -> None:
    sync_id = client.sync()
    client.application.work_off()
    assert client.call("POST", f"/syncs/{sync_id}/pause").json["status"] == "paused"
    refused = client.call("POST", f"/syncs/{sync_id}/runs", body={"mode": "incremental"})
    assert refused.error["code"] == "sync_paused"
    assert client.call("POST", f"/syncs/{sync_id}/resume", body={}).json["status"] == "active"


def test_options_a_preview_and_an_edit(client: Client) -> None:
    client.application.world.add("customer@example.org")
    sync_id = client.sync()
    assert client.call("PUT", "/connection/gdpr", body={"enabled": True}).json == {"enabled": True}
    options = client.call("GET", "/sync-options").json
    assert [basis["id"] for basis in options["lawful_bases"]][:2] == ["consent", "legitimate_interest"]
    assert options["modules"] == [{"id": "contacts", "name": "Contacts (Customers in Zoho Books)"}]
    assert options["topics_reason"] is None

    edited = {**SYNC_BODY, "lawful_basis": "contract", "restart": True}
    answer = client.call("PUT", f"/syncs/{sync_id}", body=edited)
    assert (answer.status, answer.json["lawful_basis"]) == (200, "contract")
    preview = client.call("POST", f"/syncs/{sync_id}/preview").json
    assert preview["counts"]["total"] == 1
    assert preview["samples"]["add"][0]["email"] == "customer@example.org"
