import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.local.authorizer import Forbidden, Unauthorized, authorize
from infra.local.routes import JwtRule
from infra.local.token_issuer import TokenIssuer

RULE = JwtRule(issuer="http://127.0.0.1:1", audience=("client",))
FAR_FUTURE = 4_102_444_800  # 2100
Sign = Callable[..., str]


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> TokenIssuer:
    return TokenIssuer(tmp_path_factory.mktemp("key") / "key.pem", issuer=RULE.issuer, client_id="client")


@pytest.fixture
def sign(issuer: TokenIssuer) -> Sign:
    """Signs claims as the issuer would; a claim set to None is left out."""

    def signed(**changes: Any) -> str:
        claims = {"iss": RULE.issuer, "sub": "alice", "aud": "client", "exp": time.time() + 60, **changes}
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, issuer._key, algorithm="RS256", headers={"kid": issuer._key_id})

    return signed


def test_the_issuers_own_token_is_accepted_and_its_user_known(issuer: TokenIssuer) -> None:
    claims = authorize(f"Bearer {issuer.id_token('alice')}", RULE, issuer.public_key_of)

    assert claims["sub"] == "alice"


def test_the_issuers_token_for_another_api_is_refused_although_it_names_the_client(
    issuer: TokenIssuer,
) -> None:
    with pytest.raises(Unauthorized):
        authorize(f"Bearer {issuer.access_token('alice')}", RULE, issuer.public_key_of)


def test_client_id_stands_in_where_a_token_has_no_audience(issuer: TokenIssuer, sign: Sign) -> None:
    token = sign(aud=None, client_id="client")

    assert authorize(f"bearer {token}", RULE, issuer.public_key_of)["client_id"] == "client"


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"exp": None},
        {"nbf": FAR_FUTURE},
        {"iat": FAR_FUTURE},
        {"iss": "http://somebody-else"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": "another-client", "client_id": "client"},
        {"aud": None},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_is_refused(
    issuer: TokenIssuer, sign: Sign, claims: dict[str, Any]
) -> None:
    with pytest.raises(Unauthorized):
        authorize(f"Bearer {sign(**claims)}", RULE, issuer.public_key_of)


def test_a_tampered_token_is_refused(issuer: TokenIssuer, sign: Sign) -> None:
    header, _, signature = sign().split(".")
    _, other_payload, _ = sign(sub="mallory").split(".")

    with pytest.raises(Unauthorized):
        authorize(f"Bearer {header}.{other_payload}.{signature}", RULE, issuer.public_key_of)


def test_a_token_without_signature_is_refused(issuer: TokenIssuer) -> None:
    claims = {"iss": RULE.issuer, "sub": "alice", "aud": "client", "exp": time.time() + 60}
    token = jwt.encode(claims, "", algorithm="none", headers={"kid": issuer._key_id})

    with pytest.raises(Unauthorized):
        authorize(f"Bearer {token}", RULE, issuer.public_key_of)


def test_a_token_signed_with_another_key_under_the_known_key_id_is_refused(issuer: TokenIssuer) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = {"iss": RULE.issuer, "sub": "alice", "aud": "client", "exp": time.time() + 60}
    token = jwt.encode(claims, other, algorithm="RS256", headers={"kid": issuer._key_id})

    with pytest.raises(Unauthorized):
        authorize(f"Bearer {token}", RULE, issuer.public_key_of)


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer not-a-token", "Basic YTpi"])
def test_a_header_without_a_token_is_refused(issuer: TokenIssuer, header: str) -> None:
    with pytest.raises(Unauthorized):
        authorize(header, RULE, issuer.public_key_of)


def test_a_good_token_without_the_routes_scope_is_forbidden(issuer: TokenIssuer, sign: Sign) -> None:
    rule = JwtRule(issuer=RULE.issuer, audience=RULE.audience, scopes=("write",))

    assert authorize(sign(scope="read write"), rule, issuer.public_key_of)["sub"] == "alice"
    with pytest.raises(Forbidden):
        authorize(sign(scope="read"), rule, issuer.public_key_of)


def test_the_key_and_so_the_tokens_outlive_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    token = TokenIssuer(file, issuer=RULE.issuer, client_id="client").id_token("alice")
    restarted = TokenIssuer(file, issuer=RULE.issuer, client_id="client")

    assert authorize(token, RULE, restarted.public_key_of)["sub"] == "alice"
    assert file.stat().st_mode & 0o077 == 0
