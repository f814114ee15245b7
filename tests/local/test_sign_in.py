import base64
import hashlib
import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from infra.local.stack import CLIENT_ID, LocalStack

VERIFIER = "a-verifier-that-is-long-enough-for-pkce-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def asked(stack: LocalStack, **changes: str) -> dict[str, str]:
    return {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": f"{stack.origin}/",
        "scope": "openid",
        "state": "the state",
        "nonce": "n",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }


def signed_in(stack: LocalStack, http: requests.Session, user: str = "alice") -> str:
    """Choose `user` on the page; the code the browser would bring back."""
    page = http.get(f"{stack.origin}/local/authorize", params=asked(stack, prompt="select_account"))
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
    answer = http.post(f"{stack.origin}/local/authorize", data={**fields, "sub": user}, allow_redirects=False)
    target = urlsplit(answer.headers["location"])
    query = parse_qs(target.query)
    assert answer.status_code == 302
    assert f"{target.scheme}://{target.netloc}{target.path}" == f"{stack.origin}/"
    assert query["state"] == ["the state"]
    return query["code"][0]


def exchange(stack: LocalStack, http: requests.Session, **changes: str) -> requests.Response:
    form: Mapping[str, str] = {
        "grant_type": "authorization_code",
        "client_id": CLIENT_ID,
        "redirect_uri": f"{stack.origin}/",
        "code_verifier": VERIFIER,
        **changes,
    }
    return http.post(f"{stack.origin}/local/oauth/token", data=form)


def test_signing_in_gives_an_id_token_and_the_api_accepts_that_alone(
    stack: LocalStack, http: requests.Session
) -> None:
    tokens = exchange(stack, http, code=signed_in(stack, http, "carol")).json()

    def sent(name: str) -> requests.Response:
        return http.get(f"{stack.origin}/private", headers={"Authorization": f"Bearer {tokens[name]}"})

    private = sent("id_token")
    identity = jwt.decode(tokens["id_token"], options={"verify_signature": False})

    assert sent("access_token").status_code == 401
    assert private.json()["event"]["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] == "carol"
    assert (identity["sub"], identity["nonce"]) == ("carol", "n")


@pytest.mark.parametrize(("hint", "user"), [({}, "alice"), ({"login_hint": "bob"}, "bob")], ids=str)
def test_nobody_is_asked_who_they_are_unless_they_want_to_choose(
    stack: LocalStack, http: requests.Session, hint: dict[str, str], user: str
) -> None:
    answer = http.get(f"{stack.origin}/local/authorize", params=asked(stack, **hint), allow_redirects=False)
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    tokens = exchange(stack, http, code=query["code"][0]).json()

    assert jwt.decode(tokens["id_token"], options={"verify_signature": False})["sub"] == user
    assert query["state"] == ["the state"]


def test_a_code_can_be_exchanged_only_once(stack: LocalStack, http: requests.Session) -> None:
    code = signed_in(stack, http)

    assert exchange(stack, http, code=code).status_code == 200
    assert exchange(stack, http, code=code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "change",
    [{"code_verifier": "another"}, {"redirect_uri": "http://127.0.0.1:1/"}, {"client_id": "x"}],
    ids=str,
)
def test_a_code_is_bound_to_verifier_address_and_client(
    stack: LocalStack, http: requests.Session, change: dict[str, str]
) -> None:
    assert exchange(stack, http, code=signed_in(stack, http), **change).status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": "http://evil.example/"},
        {"redirect_uri": "javascript:alert(1)"},
        {"client_id": "x"},
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
        {"response_type": "token"},
    ],
    ids=str,
)
def test_the_sign_in_page_refuses_what_it_should(
    stack: LocalStack, http: requests.Session, change: dict[str, str]
) -> None:
    assert http.get(f"{stack.origin}/local/authorize", params=asked(stack, **change)).status_code == 400


def test_the_page_shows_parameters_as_text_only(stack: LocalStack, http: requests.Session) -> None:
    page = http.get(
        f"{stack.origin}/local/authorize",
        params=asked(stack, state='"><script>alert(1)</script>', prompt="select_account"),
    )

    assert "alert(1)" in page.text
    assert "<script>" not in page.text


def test_discovery_names_the_endpoints_and_the_key(stack: LocalStack, http: requests.Session) -> None:
    found = http.get(f"{stack.origin}/.well-known/openid-configuration").json()
    keys = http.get(found["jwks_uri"]).json()["keys"]
    token = http.post(f"{stack.origin}/local/token", json={"sub": "alice"}).json()["access_token"]
    key = jwt.PyJWK.from_dict(keys[0])

    assert found["issuer"] == stack.origin
    assert jwt.decode(token, key, algorithms=["RS256"], audience=CLIENT_ID)["sub"] == "alice"


@pytest.mark.parametrize("body", [b"", b"{}", b'{"sub": ""}', b'{"sub": 5}', b"[]", b"not json"])
def test_a_token_is_only_made_for_somebody(stack: LocalStack, http: requests.Session, body: bytes) -> None:
    assert http.post(f"{stack.origin}/local/token", data=body).status_code == 400


def test_logging_out_leads_back_to_the_console_and_nowhere_else(
    stack: LocalStack, http: requests.Session
) -> None:
    home = http.get(f"{stack.origin}/local/logout", allow_redirects=False)
    away = http.get(
        f"{stack.origin}/local/logout?post_logout_redirect_uri=http://evil.example/", allow_redirects=False
    )

    assert (home.status_code, home.headers["location"]) == (302, f"{stack.origin}/")
    assert away.status_code == 400
