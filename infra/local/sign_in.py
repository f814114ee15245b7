"""What the gateway answers itself: tokens for scripts, and OpenID Connect sign-in for the console."""

import base64
import hashlib
import hmac
import html
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, urlencode, urlsplit

from infra.local.http_events import Request, Response
from infra.local.token_issuer import TOKEN_SECONDS, TokenIssuer

_CODE_SECONDS = 60
_DEFAULT_USER = "alice"
_PASSED_ON = ("redirect_uri", "state", "nonce", "code_challenge", "client_id", "scope")

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sign in - local stack</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:24rem;margin:15vh auto;padding:0 1rem}}
input,button{{font:inherit;padding:.5rem .75rem;width:100%;box-sizing:border-box;margin-top:.5rem}}
</style></head>
<body><h1>Sign in</h1><p>This is the local stack: any name is a user of its own, without a password.</p>
<form method="post" action="/local/authorize">{fields}
<label for="sub">User</label>
<input id="sub" name="sub" value="{user}" required pattern="[A-Za-z0-9._\\-]{{1,64}}">
<button type="submit">Sign in</button></form></body></html>"""


class BadRequest(Exception):
    """A request the sign-in refuses; `error` is the word OAuth has for it."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error


@dataclass(frozen=True, slots=True)
class _Grant:
    subject: str
    redirect_uri: str
    code_challenge: str
    nonce: str | None
    expires_at_seconds: float


class SignIn:
    """Answers `/local/…` and `/.well-known/…`."""

    def __init__(self, issuer: TokenIssuer) -> None:
        self._issuer = issuer
        self._grants: dict[str, _Grant] = {}
        self._lock = threading.Lock()
        self._routes: Mapping[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "/.well-known/openid-configuration"): self._configuration,
            ("GET", "/.well-known/jwks.json"): self._key_set,
            ("POST", "/local/token"): self._token,
            ("GET", "/local/authorize"): self._authorize,
            ("POST", "/local/authorize"): self._chosen,
            ("POST", "/local/oauth/token"): self._exchange,
            ("GET", "/local/logout"): self._log_out,
        }

    def answer(self, request: Request) -> Response | None:
        """The answer, or None when the request is for the service."""
        act = self._routes.get((request.method, request.raw_path))
        if act is None:
            return None
        try:
            return act(request)
        except BadRequest as refusal:
            return Response.of_json(
                HTTPStatus.BAD_REQUEST, {"error": refusal.error, "error_description": str(refusal)}
            )

    def _configuration(self, _request: Request) -> Response:
        return Response.of_json(HTTPStatus.OK, self._issuer.configuration())

    def _key_set(self, _request: Request) -> Response:
        return Response.of_json(HTTPStatus.OK, self._issuer.key_set())

    def _token(self, request: Request) -> Response:
        try:
            subject = json.loads(request.body)["sub"]
        except (ValueError, KeyError, TypeError):
            subject = None
        if not isinstance(subject, str) or not subject:
            raise BadRequest("invalid_request", 'the body must be {"sub": "a user\'s name"}')
        # What the API accepts, under the name that scripts look for.
        return Response.of_json(HTTPStatus.OK, {"access_token": self._issuer.id_token(subject)})

    def _authorize(self, request: Request) -> Response:
        """Sign in whom the request names, or the default user; `prompt=select_account` lets one choose."""
        asked = _fields(request.raw_query)
        self._check(asked)
        if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
            raise BadRequest(
                "invalid_request", "only response_type=code with code_challenge_method=S256 is offered"
            )
        user = asked.get("login_hint") or _DEFAULT_USER
        if asked.get("prompt") != "select_account":
            return self._grant(asked, user)
        hidden = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(asked[name])}">'
            for name in _PASSED_ON
            if name in asked
        )
        page = _PAGE.format(fields=hidden, user=html.escape(user))
        headers = [("content-type", "text/html; charset=utf-8"), ("cache-control", "no-store")]
        return Response(HTTPStatus.OK, headers, page.encode())

    def _chosen(self, request: Request) -> Response:
        asked = _fields(request.body.decode(errors="replace"))
        self._check(asked)
        subject = asked.get("sub", "")
        if not subject:
            raise BadRequest("invalid_request", "sub is missing")
        return self._grant(asked, subject)

    def _grant(self, asked: Mapping[str, str], subject: str) -> Response:
        code = secrets.token_urlsafe(24)
        grant = _Grant(
            subject=subject,
            redirect_uri=asked["redirect_uri"],
            code_challenge=asked["code_challenge"],
            nonce=asked.get("nonce"),
            expires_at_seconds=time.monotonic() + _CODE_SECONDS,
        )
        with self._lock:
            self._grants[code] = grant
        answer = {"code": code} | ({"state": asked["state"]} if "state" in asked else {})
        separator = "&" if urlsplit(grant.redirect_uri).query else "?"
        return _redirect(f"{grant.redirect_uri}{separator}{urlencode(answer)}")

    def _exchange(self, request: Request) -> Response:
        asked = _fields(request.body.decode(errors="replace"))
        if asked.get("grant_type") != "authorization_code":
            raise BadRequest("unsupported_grant_type", "only authorization_code is offered")
        with self._lock:
            grant = self._grants.pop(asked.get("code", ""), None)
        if grant is None or grant.expires_at_seconds < time.monotonic():
            raise BadRequest("invalid_grant", "the code is unknown, used or too old")
        if (
            asked.get("redirect_uri") != grant.redirect_uri
            or asked.get("client_id") != self._issuer.client_id
        ):
            raise BadRequest("invalid_grant", "the code was made for another client or address")
        digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if not hmac.compare_digest(challenge, grant.code_challenge):
            raise BadRequest("invalid_grant", "code_verifier does not fit the challenge")
        return Response.of_json(
            HTTPStatus.OK,
            {
                "access_token": self._issuer.access_token(grant.subject),
                "id_token": self._issuer.id_token(grant.subject, grant.nonce),
                "token_type": "Bearer",
                "expires_in": TOKEN_SECONDS,
            },
            ("cache-control", "no-store"),
        )

    def _log_out(self, request: Request) -> Response:
        """There is no session here to end: the page that asked gets the user back."""
        target = _fields(request.raw_query)
        back = target.get("post_logout_redirect_uri", target.get("logout_uri", f"{self._issuer.issuer}/"))
        self._require_own_address(back)
        return _redirect(back)

    def _check(self, asked: Mapping[str, str]) -> None:
        if asked.get("client_id") != self._issuer.client_id:
            raise BadRequest("unauthorized_client", f"client_id must be {self._issuer.client_id}")
        self._require_own_address(asked.get("redirect_uri", ""))
        if not asked.get("code_challenge"):
            raise BadRequest("invalid_request", "code_challenge is missing")

    def _require_own_address(self, address: str) -> None:
        parts = urlsplit(address)
        if f"{parts.scheme}://{parts.netloc}" != self._issuer.issuer:
            raise BadRequest(
                "invalid_request", f"the address to return to must begin with {self._issuer.issuer}/"
            )


def _fields(encoded: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(encoded, keep_blank_values=True).items()}


def _redirect(location: str) -> Response:
    return Response(HTTPStatus.FOUND, [("location", location), ("cache-control", "no-store")], b"")
