"""Whatever arrives, the simulator answers: 2xx and 4xx for what somebody sent, never an exception."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from infra.zoho_sim.app import ROUTES
from infra.zoho_sim.control import CONTROLS
from infra.zoho_sim.wire import Request
from tests.zoho_sim.caller import FORM, ORGANIZATION, Caller

PATHS = sorted({path for _, path in ROUTES} | {"/books/v3/contacts/1", "/books/v3/", "/api/v1.1/", "/", ""})
NAMES = (
    "organization_id",
    "page",
    "per_page",
    "sort_column",
    "sort_order",
    "filter_by",
    "contact_type",
    "email",
    "last_modified_time",
    "entity",
    "listkey",
    "fromindex",
    "range",
    "status",
    "contactinfo",
    "topic_id",
    "details",
    "from_index",
    "fieldname",
    "fieldtype",
    "fieldlength",
    "type",
    "resfmt",
    "code",
    "client_id",
    "client_secret",
    "grant_type",
    "refresh_token",
    "redirect_uri",
    "scope",
    "token",
    "decision",
)
VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            ORGANIZATION,
            "1",
            "0",
            "-1",
            "json",
            "JSON",
            "contact",
            "{}",
            '{"Contact Email":[]}',
            "1000.LOCALSIMULATOR",
        ]
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
CONTROL_KEYS = (
    "action",
    "contact_id",
    "values",
    "email",
    "status",
    "list",
    "advance_seconds",
    "remove",
    "add",
    "scopes",
    "faults",
    "endpoint",
    "nth",
    "organization_id",
    "offset",
    "limit",
    "topics",
    "latency_ms",
)
CALLER = Caller(5, books_per_minute=None, books_per_day=None).sign_in()
for _method, _path in ROUTES:
    CALLER.settings.campaigns_limits[ROUTES[_method, _path][0]] = []


@settings(max_examples=300, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "DELETE"]),
    path=st.sampled_from(PATHS) | st.text(max_size=20),
    asked=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6),
    in_body=st.booleans(),
)
def test_no_request_to_zoho_breaks_it(
    *, method: str, path: str, asked: dict[str, str], in_body: bool
) -> None:
    form, query = (asked, {}) if in_body else (None, asked)
    answer = CALLER.send(method, path, query=query, form=form)
    assert 200 <= answer.status < 500


@settings(max_examples=100, deadline=None)
@given(query=st.text(max_size=60), body=st.binary(max_size=60), path=st.sampled_from(PATHS))
def test_no_bytes_break_it(query: str, body: bytes, path: str) -> None:
    headers = {"authorization": f"Zoho-oauthtoken {CALLER.token}", "content-type": FORM}
    for method in ("GET", "POST"):
        assert 200 <= CALLER.simulator.handle(Request(method, path, query, headers, body)).status < 500


@settings(max_examples=300, deadline=None)
@given(
    control=st.sampled_from(sorted(set(CONTROLS) - {("POST", "reset")})),
    given_json=st.dictionaries(
        st.sampled_from(
            CONTROL_KEYS
        ),
        JSON | st.sampled_from(["add", "edit", "grant", "active", "drop"]),
        max_size=4,
    ),
)  # fmt: skip
def test_no_control_breaks_it(control: tuple[str, str], given_json: dict[str, Any]) -> None:
    caller = Caller(3)
    method, name = control
    if method == "GET":
        answer = caller.send("GET", f"/__sim__/{name}", query=given_json)
    else:
        answer = caller.send(method, f"/__sim__/{name}", body=json.dumps(given_json).encode())
    assert answer.status in {200, 400}
    assert isinstance(answer.json, dict)
