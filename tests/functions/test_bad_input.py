"""Bad input to every route is refused by the name of the field."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.functions.conftest import SYNC_BODY, Client
from tests.functions.test_refusals import CALLBACK, fields_of


def changed(path: str, value: Any, body: dict[str, Any] = SYNC_BODY) -> dict[str, Any]:
    """Return a copy of `body` with the value at the dotted `path` replaced, or removed when it is `...`."""
    changed_body = copy.deepcopy(body)
    *parents, last = (int(part) if part.isdigit() else part for part in path.split("."))
    place: Any = changed_body
    for parent in parents:
        place = place[parent]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return changed_body


BAD_SYNCS = [
    ("module", "leads"),
    ("module", ...),
    ("list_key", ""),
    ("list_key", 7),
    ("list_key", ...),
    ("list_key", "x" * 201),
    ("list_key", "\ud800"),
    ("subscription_type", "spam"),
    ("subscription_type", None),
    ("topic_ids", "t1"),
    ("topic_ids.0", 7),
    ("lawful_basis", "because"),
    ("update_empty_fields", "yes"),
    ("update_empty_fields", 1),
    ("accept_auto_upgrade", "true"),
    ("schedule", None),
    ("schedule", "daily"),
    ("schedule.frequency", "hourly"),
    ("schedule.time", "9:30"),
    ("schedule.time", "24:00"),
    ("schedule.time", "09:30:00"),
    ("schedule.time", 930),
    ("schedule.time", ...),
    ("schedule.time_zone", "Mars/Olympus"),
    ("schedule.time_zone", ""),
    ("schedule.weekday", "someday"),
    ("schedule.weekday", ...),
    ("schedule.day_of_month", 3),
    ("schedule.day_of_month", True),
    ("schedule.day_of_month", "first"),
    ("schedule.day_of_month", 1.5),
    ("schedule.surprise", 1),
    ("mapping", {}),
    ("mapping", ...),
    ("mapping.0", "email"),
    ("mapping.1.source", "no_such_field"),
    ("mapping.1.source", ""),
    ("mapping.1.target", "Subscription Type"),
    ("mapping.1.target", "Contact Email"),
    ("mapping.1.target", "x" * 51),
    ("mapping.1.new_field", "yes"),
    ("mapping.1.surprise", 1),
]


@pytest.mark.parametrize(
    ("where", "value"), BAD_SYNCS, ids=[f"{path}={value!r}"[:40] for path, value in BAD_SYNCS]
)
def test_a_bad_configuration_is_refused_by_field(client: Client, where: str, value: Any) -> None:
    client.connect()
    answer = client.call("POST", "/syncs", text=json.dumps(changed(where, value)))
    assert (answer.status, answer.error["code"]) == (422, "validation_failed")
    assert fields_of(answer.error) == {where}


BAD_REQUESTS = [
    ("PUT", "/connection/organization", {"organization_id": None}, {}, "organization_id"),
    ("PUT", "/connection/organization", {"organization_id": ""}, {}, "organization_id"),
    ("PUT", "/connection/gdpr", {"enabled": "true"}, {}, "enabled"),
    ("PUT", "/connection/gdpr", {}, {}, "enabled"),
    ("POST", "/connection", {**CALLBACK, "code": ""}, {}, "code"),
    ("POST", "/connection", {**CALLBACK, "state": 5}, {}, "state"),
    ("POST", "/connection", {**CALLBACK, "location": None}, {}, "location"),
    ("POST", "/connection", {**CALLBACK, "accounts_server": ["x"]}, {}, "accounts_server"),
    ("POST", "/syncs/s1/runs", {"mode": "partial"}, {}, "mode"),
    ("POST", "/syncs/s1/runs", {}, {}, "mode"),
    ("GET", "/syncs/s1/runs", None, {"limit": "0"}, "limit"),
    ("GET", "/syncs/s1/runs", None, {"limit": "101"}, "limit"),
    ("GET", "/syncs/s1/runs", None, {"limit": "ten"}, "limit"),
    ("GET", "/syncs", None, {"limit": "0"}, "limit"),
    ("GET", "/syncs", None, {"cursor": ""}, "cursor"),
    ("GET", "/notifications", None, {"limit": "-1"}, "limit"),
    ("GET", "/notifications", None, {"limit": "1.5"}, "limit"),
    ("GET", "/notifications", None, {"cursor": "x" * 2049}, "cursor"),
    ("DELETE", "/connection", None, {"confirm": "perhaps"}, "confirm"),
    ("GET", f"/syncs/{'x' * 129}", None, {}, "sync_id"),
    ("GET", f"/syncs/s1/runs/{'x' * 2000}", None, {}, "run_id"),
    ("POST", f"/notifications/{'x' * 129}/read", {}, {}, "notification_id"),
]


@pytest.mark.parametrize(("method", "path", "body", "query", "field"), BAD_REQUESTS)
def test_bad_input_is_refused_by_name(
    client: Client, method: str, path: str, body: Any, query: dict[str, str], field: str
) -> None:
    answer = client.call(method, path, body=body, query=query)
    assert (answer.status, answer.error["code"]) == (422, "validation_failed")
    assert fields_of(answer.error) == {field}


@pytest.mark.parametrize("path", ["/syncs", "/syncs/{sync}/runs", "/notifications"])
def test_a_cursor_that_was_not_given_out_is_refused(client: Client, path: str) -> None:
    path = path.format(sync=client.sync())
    answer = client.call("GET", path, query={"cursor": "made,up"})
    assert (answer.status, answer.error["code"]) == (400, "cursor_invalid")


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_an_idempotency_key_has_a_sensible_length(client: Client, key: str) -> None:
    answer = client.call("POST", "/connection/authorization", body={}, headers={"Idempotency-Key": key})
    assert answer.status == 422
    assert fields_of(answer.error) == {"idempotency-key"}
