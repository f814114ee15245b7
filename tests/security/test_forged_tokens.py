"""A forged token opens no route of the template."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.security.conftest import Tenant
from tests.security.product import Product

OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
Forge = Callable[[Product], str]


def claims_of(product: Product, **changes: Any) -> dict[str, Any]:
    token = product.issuer.id_token("alice")
    read: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return {name: value for name, value in {**read, **changes}.items() if value is not None}


def signed(product: Product, **changes: Any) -> str:
    headers = {"kid": product.issuer._key_id}
    return jwt.encode(claims_of(product, **changes), product.issuer._key, algorithm="RS256", headers=headers)


def encoded(part: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def with_payload(product: Product, **changes: Any) -> str:
    header, _, signature = signed(product).split(".")
    return f"{header}.{encoded(claims_of(product, **changes))}.{signature}"


def unsigned(product: Product, algorithm: str) -> str:
    header = {"alg": algorithm, "typ": "JWT", "kid": product.issuer._key_id}
    return f"{encoded(header)}.{encoded(claims_of(product))}."


def signed_with_the_public_key(product: Product) -> str:
    """The classic confusion: the public key, which everybody has, used as the secret of an HMAC."""
    public = product.issuer._key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    header = {"alg": "HS256", "typ": "JWT", "kid": product.issuer._key_id}
    signing = f"{encoded(header)}.{encoded(claims_of(product))}"
    digest = hmac.new(public, signing.encode(), hashlib.sha256).digest()
    return f"{signing}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def with_its_own_key(product: Product) -> str:
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(OTHER_KEY.public_key()))
    headers = {"kid": product.issuer._key_id, "jwk": jwk, "jku": "https://evil.example/keys"}
    return jwt.encode(claims_of(product), OTHER_KEY, algorithm="RS256", headers=headers)


FORGERIES: dict[str, Forge] = {
    "none": lambda product: "",
    "expired": lambda product: signed(product, exp=int(time.time()) - 60),
    "without an end": lambda product: signed(product, exp=None),
    "not valid yet": lambda product: signed(product, nbf=int(time.time()) + 600),
    "for another audience": lambda product: signed(product, aud="somebody-else"),
    "for nobody": lambda product: signed(product, aud=None),
    "of the issuer, for another API": lambda product: product.issuer.access_token("alice"),
    "of another issuer": lambda product: signed(product, iss="https://evil.example"),
    "of a subdomain of the issuer": lambda product: signed(
        product, iss=f"{product.issuer.issuer}.evil.example"
    ),
    "alg none": lambda product: unsigned(product, "none"),
    "alg None": lambda product: unsigned(product, "None"),
    "alg RS256 without a signature": lambda product: unsigned(product, "RS256"),
    "another user's payload": lambda product: with_payload(product, sub="mallory"),
    "a longer life": lambda product: with_payload(product, exp=4_102_444_800),
    "HMAC with the public key": signed_with_the_public_key,
    "another key": with_its_own_key,
    "an unknown key id": lambda product: jwt.encode(
        claims_of(product), OTHER_KEY, algorithm="RS256", headers={"kid": "../../dev/null"}
    ),
    "cut": lambda product: signed(product)[:-1],
    "two tokens": lambda product: f"{signed(product)},{signed(product)}",
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_opens_no_route(product: Product, alice: Tenant, name: str) -> None:
    forged = FORGERIES[name](product)
    before = product.items()
    protected = [route for route in product.routes.routes if route.jwt is not None]
    assert len(protected) >= 24
    for route in protected:
        path = route.path.format(**alice.ids)
        header = f"Bearer {forged}" if forged else ""
        answer = product.call(route.method, path, authorization=header, body={}, query={"confirm": "true"})
        assert (answer.status, answer.json) == (401, {"message": "Unauthorized"}), route.key
    assert product.items() == before


def test_the_same_token_untouched_opens_them(product: Product, alice: Tenant) -> None:
    answer = product.call("GET", "/connection", authorization=f"Bearer {signed(product)}")
    assert answer.status == 200


@pytest.mark.parametrize("subject", [None, ""])
def test_a_token_without_a_subject_is_nobodys(product: Product, subject: str | None) -> None:
    token = signed(product, sub=subject)
    assert product.call("GET", "/connection", authorization=f"Bearer {token}").status == 401


@pytest.mark.parametrize("subject", ["alice ", "Alice", "T#x", "alice\u200b", "\uff12"])
def test_subjects_that_look_alike_are_different_tenants(
    product: Product, alice: Tenant, subject: str
) -> None:
    answer = product.call("GET", "/connection", authorization=f"Bearer {signed(product, sub=subject)}")
    assert (answer.status, answer.code) == (404, "not_connected")
