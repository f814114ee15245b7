"""Every refusal has the one shape, on every route, and names what is wrong."""

from __future__ import annotations

import base64
import logging
from typing import Any

import pytest

from functions.connect import app as connect
from shared.domain.errors import RateLimited, RetryLater, ZohoRefused
from tests.events import REQUEST_ID, Answer, Context, request
from tests.functions.conftest import SYNC_BODY, Client
from tests.logs import recorded

CALLBACK = {"code": "c", "state": "s", "location": "eu", "accounts_server": "https://accounts.test"}

# Every route: method, path, an acceptable body.
ROUTES: list[tuple[str, str, Any]] = [
    ("POST", "/connection/authorization", {}),
    ("POST", "/connection", CALLBACK),
    ("GET", "/connection", None),
    ("GET", "/connection/organizations", None),
    ("PUT", "/connection/organization", {"organization_id": "10"}),
    ("GET", "/connection/disable-effects", None),
    ("DELETE", "/connection", None),
    ("GET", "/sync-options", None),
    ("PUT", "/connection/gdpr", {"enabled": True}),
    ("POST", "/syncs", SYNC_BODY),
    ("GET", "/syncs", None),
    ("GET", "/syncs/s1", None),
    ("PUT", "/syncs/s1", SYNC_BODY),
    ("POST", "/syncs/s1/pause", {}),
    ("POST", "/syncs/s1/resume", {}),
    ("POST", "/syncs/preview", SYNC_BODY),
    ("POST", "/syncs/s1/preview", {}),
    ("POST", "/syncs/s1/runs", {"mode": "full"}),
    ("POST", "/syncs/s1/runs/r1/cancel", {}),
    ("GET", "/syncs/s1/runs", None),
    ("GET", "/syncs/s1/runs/r1", None),
    ("GET", "/syncs/s1/runs/r1/skipped", None),
    ("GET", "/notifications", None),
    ("POST", "/notifications/n1/read", {}),
]
WITH_BODY = [route for route in ROUTES if route[2] is not None]
NAMES = [f"{method} {path}" for method, path, _ in ROUTES]
BODY_NAMES = [f"{method} {path}" for method, path, _ in WITH_BODY]

SECURITY = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-request-id": REQUEST_ID,
}


def fields_of(error: Any) -> set[str]:
    return {each["field"] for each in error["details"]["fields"]}


@pytest.mark.parametrize(("method", "path", "body"), ROUTES, ids=NAMES)
def test_nobody_gets_in_without_a_token(client: Client, method: str, path: str, body: Any) -> None:
    answer = client.call(method, path, body=body, sub=None)
    assert (answer.status, answer.error["code"]) == (401, "unauthorized")
    assert SECURITY.items() <= answer.headers.items()


@pytest.mark.parametrize(("method", "path", "body"), ROUTES, ids=NAMES)
def test_a_crash_is_a_500_that_tells_nothing(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    method: str,
    path: str,
    body: Any,
) -> None:
    def crash() -> None:
        raise KeyError("canary@example.org")

    monkeypatch.setattr("shared.bootstrap.application", crash)
    with caplog.at_level(logging.DEBUG), recorded() as lines:
        answer = client.call(method, path, body=body)
    assert (answer.status, answer.error["code"]) == (500, "internal_error")
    assert answer.error["details"] == {}
    (logged,) = lines.of("crashed")
    assert logged["request_id"] == REQUEST_ID
    assert "builtins.KeyError" in logged["exception"]
    assert any("crash" in frame for frame in logged["frames"])
    assert "canary" not in caplog.text + str(logged) + answer.text


@pytest.mark.parametrize(("method", "path", "body"), WITH_BODY, ids=BODY_NAMES)
def test_unknown_keys_are_refused_by_name(client: Client, method: str, path: str, body: Any) -> None:
    answer = client.call(method, path, body={**body, "surprise": 1})
    assert (answer.status, answer.error["code"]) == (422, "validation_failed")
    assert fields_of(answer.error) == {"surprise"}


@pytest.mark.parametrize("text", ["{", "", "null", "[]", '"text"', "NaN", '{"a": NaN}', "[" * 100_000])
@pytest.mark.parametrize(("method", "path", "body"), WITH_BODY, ids=BODY_NAMES)
def test_a_body_that_is_no_json_object_is_refused(
    client: Client, method: str, path: str, body: Any, text: str
) -> None:
    answer = client.call(method, path, text=text)
    if text:
        assert (answer.status, answer.error["code"]) == (400, "json_invalid")
    else:
        assert answer.status < 500


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
@pytest.mark.parametrize(("method", "path", "body"), WITH_BODY, ids=BODY_NAMES)
def test_another_content_type_is_refused(
    client: Client, method: str, path: str, body: Any, media_type: str
) -> None:
    answer = client.call(method, path, body=body, headers={"content-type": media_type})
    assert (answer.status, answer.error["code"]) == (415, "unsupported_media_type")
    assert SECURITY.items() <= answer.headers.items()


@pytest.mark.parametrize("path", ["/syncs", "/sync-options", "/notifications"])
def test_where_no_body_is_taken_its_type_does_not_matter(client: Client, path: str) -> None:
    client.connect()
    plain = client.call("GET", path)
    assert client.call("GET", path, text="hello", headers={"content-type": "text/plain"}) == plain


def test_bytes_that_are_no_text_are_refused(client: Client) -> None:
    not_utf8 = base64.b64encode(b"\xff\x00\xff").decode()
    event = request("PUT", "/connection/organization", text=not_utf8) | {"isBase64Encoded": True}
    answer = Answer.of(connect.handler(event, Context()))
    assert (answer.status, answer.error["code"]) == (400, "json_invalid")


def test_a_route_that_does_not_exist_has_the_same_shape(client: Client) -> None:
    for path in ("/connection/nothing", "/syncs/s1/nothing", "/notifications/n1"):
        answer = client.call("GET", path)
        assert (answer.status, answer.error["code"]) == (404, "route_not_found")


# ---- other tenants ------------------------------------------------------------------------------------


def test_a_swapped_id_answers_like_one_that_never_existed(client: Client) -> None:
    client.application.world.add("")
    sync_id = client.sync()
    client.application.work_off()
    run_id = client.call("GET", f"/syncs/{sync_id}/runs").json["items"][0]["id"]
    note_id = client.call("GET", "/notifications").json["items"][0]["id"]
    client.connect("mallory")
    real = {"s1": sync_id, "r1": run_id, "n1": note_id}
    checked = 0
    for method, path, body in ROUTES:
        if not any(f"/{name}" in path for name in real):
            continue
        own = path
        for name, value in real.items():
            own = own.replace(f"/{name}", f"/{value}")
        swapped = client.call(method, own, body=body, sub="mallory")
        unknown = client.call(method, path, body=body, sub="mallory")
        assert (swapped.status, swapped.text) == (unknown.status, unknown.text)
        assert swapped.status == 404, path
        checked += 1
    assert checked == 11


# ---- Zoho's refusals ----------------------------------------------------------------------------------


def test_zohos_own_word_reaches_the_caller(client: Client) -> None:
    client.application.user.refusal = ZohoRefused("Zoho refused the code.", upstream_code="invalid_code")
    state = client.call("POST", "/connection/authorization", body={}).json["state"]
    answer = client.call("POST", "/connection", body={**CALLBACK, "state": state})
    assert (answer.status, answer.error["code"]) == (502, "zoho_refused")
    assert answer.error["details"] == {"zoho_code": "invalid_code"}


def test_a_wait_is_announced(client: Client) -> None:
    client.connect()
    client.application.user.refusal = RateLimited("Zoho is closed.", wait_seconds=90.2)
    answer = client.call("GET", "/sync-options")
    assert (answer.status, answer.headers["retry-after"]) == (503, "91")
    client.application.user.refusal = RetryLater("Zoho is out of reach.")
    answer = client.call("GET", "/sync-options")
    assert (answer.status, answer.headers["retry-after"]) == (503, "30")
    assert SECURITY.items() <= answer.headers.items()
