"""Nothing of another tenant can be read, changed, told from what never was, or guessed at."""

from __future__ import annotations

import base64
import itertools
from typing import Any

import pytest

from infra import openapi
from tests.functions.conftest import SYNC_BODY
from tests.security.conftest import Tenant
from tests.security.product import Answer, Product

BODIES: dict[tuple[str, str], Any] = {
    ("PUT", "/syncs/{sync_id}"): SYNC_BODY,
    ("POST", "/syncs/{sync_id}/runs"): {"mode": "full"},
}
UNKNOWN = {"sync_id": "0" * 24, "run_id": "1" * 23, "notification_id": "2" * 23 + "-run_completed"}
ROUTES = [
    (method.upper(), path)
    for path, operations in openapi.document()["paths"].items()
    for method in operations
    if "{" in path
]


def ask(product: Product, sub: str, method: str, path: str, ids: dict[str, str]) -> Answer:
    body = BODIES.get((method, path), {} if method == "POST" else None)
    return product.call(method, path.format(**ids), sub=sub, body=body)


def names_in(path: str) -> list[str]:
    return [name for name in UNKNOWN if f"{{{name}}}" in path]


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[f"{method} {path}" for method, path in ROUTES])
def test_whichever_ids_are_swapped_the_answer_is_that_of_ids_that_never_were(
    product: Product, alice: Tenant, mallory: Tenant, method: str, path: str
) -> None:
    for own, other in ((alice, mallory), (mallory, alice)):
        before = product.items()
        names = names_in(path)
        for whose in itertools.product((own, other), repeat=len(names)):
            if other not in whose:
                continue
            mixed = dict(zip(names, whose, strict=True))
            swapped = ask(product, own.sub, method, path, {n: who.ids[n] for n, who in mixed.items()})
            never = {n: UNKNOWN[n] if who is other else own.ids[n] for n, who in mixed.items()}
            unknown = ask(product, own.sub, method, path, never)
            assert swapped.status == 404
            assert swapped.said == unknown.said
        assert product.items() == before


def test_every_route_with_an_id_was_asked() -> None:
    assert len(ROUTES) >= 11
    assert {name for _, path in ROUTES for name in names_in(path)} == set(UNKNOWN)


def test_the_owner_gets_an_answer_where_the_others_get_none(product: Product, alice: Tenant) -> None:
    for method, path in ROUTES:
        if method == "GET":
            assert ask(product, alice.sub, method, path, alice.ids).status == 200, path


@pytest.mark.parametrize(
    "hostile",
    [
        "T#x",
        "a#b",
        "..",
        "%2E%2E",
        "%00",
        "%ED%A0%80",
        "%E2%80%AE",
        "*",
        "'--",
        "x" * 128,
        "CONNECTION",
        "%20",
    ],
)
def test_an_id_cannot_break_out_of_its_place_in_a_key(product: Product, alice: Tenant, hostile: str) -> None:
    before = product.items()
    for method, path in ROUTES:
        answer = ask(product, alice.sub, method, path, dict.fromkeys(UNKNOWN, hostile))
        assert answer.status in {404, 422}, (method, path, answer.text)
    assert product.items() == before


# ---- cursors ------------------------------------------------------------------------------------------

LISTS = ("/syncs/{sync_id}/runs", "/notifications")


def first_cursor(product: Product, tenant: Tenant, path: str) -> str:
    answer = product.call("GET", path.format(**tenant.ids), sub=tenant.sub, query={"limit": "1"})
    assert answer.json["next_cursor"], answer.text
    return str(answer.json["next_cursor"])


def listed(product: Product, tenant: Tenant, path: str, cursor: str) -> Answer:
    return product.call("GET", path.format(**tenant.ids), sub=tenant.sub, query={"cursor": cursor})


@pytest.mark.parametrize("path", LISTS)
def test_a_cursor_of_another_tenant_is_refused(
    product: Product, alice: Tenant, mallory: Tenant, path: str
) -> None:
    cursor = first_cursor(product, mallory, path)
    assert listed(product, mallory, path, cursor).status == 200
    refused = listed(product, alice, path, cursor)
    assert (refused.status, refused.code) == (400, "cursor_invalid")


def tampered(cursor: str) -> list[str]:
    """The cursor with each byte changed, cut, stretched, and replaced by what a cursor is not."""
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    changed = [raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :] for at in range(len(raw))]
    texts = [base64.urlsafe_b64encode(one).decode().rstrip("=") for one in [*changed, raw[:-1], raw + b"0"]]
    return [*texts, cursor + "=", cursor + "A", cursor.swapcase(), "x", "%00", "ü", "A" * 2048]


@pytest.mark.parametrize("path", LISTS)
def test_a_tampered_cursor_is_refused(product: Product, alice: Tenant, path: str) -> None:
    for cursor in tampered(first_cursor(product, alice, path)):
        refused = listed(product, alice, path, cursor)
        assert (refused.status, refused.code) == (400, "cursor_invalid"), cursor


# ---- states and idempotency keys ----------------------------------------------------------------------


def test_a_state_of_another_tenant_or_a_changed_one_is_refused_and_stays_its_owners(
    product: Product,
) -> None:
    brought = product.consent("carol")
    state = brought["state"]
    calls = len(product.world.grants.refresh_tokens)
    for sub, wrong in (("dave", state), ("carol", state.swapcase()), ("carol", state[:-1]), ("carol", "x")):
        refused = product.call("POST", "/connection", sub=sub, body={**brought, "state": wrong})
        assert (refused.status, refused.code) == (400, "state_invalid")
    assert len(product.world.grants.refresh_tokens) == calls
    assert product.call("POST", "/connection", sub="carol", body=brought).status == 201
    again = product.call("POST", "/connection", sub="carol", body=brought)
    assert (again.status, again.code) == (400, "state_invalid")


def test_an_idempotency_key_of_another_tenant_means_nothing(product: Product) -> None:
    key = {"Idempotency-Key": "the-same"}
    first = product.call("POST", "/connection/authorization", sub="erin", body={}, headers=key)
    again = product.call("POST", "/connection/authorization", sub="erin", body={}, headers=key)
    other = product.call("POST", "/connection/authorization", sub="frank", body={}, headers=key)
    assert first.json == again.json
    assert other.json["state"] != first.json["state"]
