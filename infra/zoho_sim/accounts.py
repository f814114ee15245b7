"""Zoho Accounts: the consent page, the token endpoint and revocation."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import urlencode

from infra.zoho_sim.grants import Consent, RefreshToken
from infra.zoho_sim.wire import Request, Response, html_response, json_response
from infra.zoho_sim.world import World

LOOPBACK_CALLBACK = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d{1,5})?/oauth/callback\Z")
SCOPE = re.compile(
    r"(Zoho(Books|Campaigns)\.(fullaccess|[a-z]+)\.(CREATE|READ|UPDATE|DELETE|WRITE|ALL|all|CREATE-UPDATE)"
    r"|(?i:aaaserver)\.profile\.(READ|read)|openid|email|profile|phone)\Z"
)
THROTTLED = {
    "error_description": "You have made too many requests continuously. Please try again after some time.",
    "error": "Access Denied",
    "status": "failure",
}
_CARRIED = ("response_type", "client_id", "redirect_uri", "scope", "access_type", "prompt", "state",
            "code_challenge", "code_challenge_method")  # fmt: skip


def authorize(world: World, request: Request, _: str) -> Response:
    """Show the consent page, or answer it: `GET` shows (or accepts, by the knob), `POST` carries the
    button's value.
    """
    asked = request.parameters
    problem = _authorize_problem(world, asked)
    if problem:
        return html_response(f"<h1>Error</h1><p>{escape(problem)}</p>", 400, result=problem)
    if request.method == "GET" and not world.settings.auto_accept:
        return html_response(_consent_page(world, asked), result="page")
    if request.method == "POST" and asked.get("decision") != "accept":
        return _redirect(asked["redirect_uri"], {"error": "access_denied"} | _state(asked), "access_denied")
    return _accepted(world, request, asked)


def _authorize_problem(world: World, asked: dict[str, str]) -> str:
    """Name what is wrong before anything may be sent to the redirect URI; "" if nothing is."""
    settings = world.settings
    if asked.get("client_id") != settings.client_id:
        return "invalid_client"
    redirect_uri = asked.get("redirect_uri", "")
    loopback = settings.loopback_redirects and LOOPBACK_CALLBACK.match(redirect_uri)
    if redirect_uri not in settings.redirect_uris and not loopback:
        return "invalid_redirect_uri"
    if asked.get("response_type") != "code":
        return "invalid_response_type"
    scopes = _scopes(asked)
    if not scopes or not all(SCOPE.match(scope) for scope in scopes):
        return "invalid_scope"
    if asked.get("code_challenge_method", "S256") not in {"S256", "plain"}:
        return "invalid_code_challenge_method"
    return ""


def _accepted(world: World, request: Request, asked: dict[str, str]) -> Response:
    grants, settings = world.grants, world.settings
    offline = asked.get("access_type") == "offline"
    consent = Consent(
        scopes=_scopes(asked),
        redirect_uri=asked["redirect_uri"],
        expires_at=world.now() + settings.code_seconds,
        gives_refresh_token=offline and (not grants.consented or asked.get("prompt") == "consent"),
        challenge=asked.get("code_challenge", ""),
        challenge_method=asked.get("code_challenge_method", "plain") if asked.get("code_challenge") else "",
    )
    grants.consented = True
    answer = {
        "code": grants.issue_code(consent),
        "location": settings.location,
        "accounts-server": settings.accounts_server or request.origin,
    }
    return _redirect(consent.redirect_uri, answer | _state(asked), "accepted")


def _redirect(redirect_uri: str, answer: dict[str, str], result: str) -> Response:
    joint = "&" if "?" in redirect_uri else "?"
    location = f"{redirect_uri}{joint}{urlencode(answer)}"
    return Response(302, b"", headers=(("Location", location), ("Cache-Control", "no-store")), result=result)


def _state(asked: dict[str, str]) -> dict[str, str]:
    return {"state": asked["state"]} if "state" in asked else {}


def _scopes(asked: dict[str, str]) -> tuple[str, ...]:
    return tuple(filter(None, re.split(r"[,\s]+", asked.get("scope", ""))))


def _consent_page(world: World, asked: dict[str, str]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(asked[name])}">'
        for name in _CARRIED
        if name in asked
    )
    scopes = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in _scopes(asked))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        "<title>Zoho Accounts (simulator)</title></head>"
        "<body><main><h1>Allow access?</h1>"
        f"<p>Signed in as <strong>{escape(world.settings.user_email)}</strong>. The application"
        f" <code>{escape(asked['client_id'])}</code> would like to:</p><ul>{scopes}</ul>"
        f'<form method="post" action="/oauth/v2/auth">{hidden}'
        '<button name="decision" value="accept">Accept</button> '
        '<button name="decision" value="reject">Reject</button></form></main></body></html>'
    )


def token(world: World, request: Request, _: str) -> Response:
    """Exchange a code or a refresh token; refusals are HTTP 200 or 400 as the knob says."""
    asked = request.parameters
    if asked.get("client_id") != world.settings.client_id:
        return _refused(world, "invalid_client", "The client is not registered in this data centre.")
    if not hmac.compare_digest(
        asked.get("client_secret", "").encode(), world.settings.client_secret.encode()
    ):
        return _refused(world, "invalid_client_secret", "The client secret is wrong.")
    grant_types: dict[str, Callable[[World, Request], Response]] = {
        "authorization_code": _exchange_code,
        "refresh_token": _refresh,
    }
    answer = grant_types.get(asked.get("grant_type", ""))
    return (
        answer(world, request) if answer else _refused(world, "unsupported_grant_type", "No such grant type.")
    )


def _exchange_code(world: World, request: Request) -> Response:
    asked, now = request.parameters, world.now()
    consent = world.grants.redeem(asked.get("code", ""), now)
    if consent is None or not _proven(consent, asked.get("code_verifier", "")):
        return _refused(world, "invalid_code", "The code is used, expired or belongs to another request.")
    if asked.get("redirect_uri") != consent.redirect_uri:
        return _refused(
            world, "redirect_uri_mismatch", "The redirect URI differs from the one that was asked for."
        )
    grant: RefreshToken | None = None
    if consent.gives_refresh_token:
        if _too_many_refresh_tokens(world, now):
            return json_response(THROTTLED, 400, result="Access Denied")
        grant = world.grants.add_refresh_token(consent.scopes, now)
    return _granted(world, request, consent.scopes, grant, new_grant=True)


def _too_many_refresh_tokens(world: World, now: float) -> bool:
    settings, grants = world.settings, world.grants
    per_minute = settings.refresh_tokens_per_minute
    if per_minute is not None and grants.granted_within_minute(now) >= per_minute:
        return True
    if len(grants.refresh_tokens) < settings.refresh_token_limit:
        return False
    if settings.refresh_token_overflow == "deny" or not grants.refresh_tokens:
        return True
    grants.evict_oldest()
    return False


def _refresh(world: World, request: Request) -> Response:
    settings = world.settings
    grant = world.grants.refresh_tokens.get(request.parameters.get("refresh_token", ""))
    if grant is None:
        return _refused(world, "invalid_code", "The refresh token is revoked.")
    if world.grants.throttled(
        grant, settings.tokens_per_10_minutes, world.now(), extends=settings.throttle_extends
    ):
        world.stats.over_limit["accounts.token"] += 1
        return json_response(THROTTLED, 400, result="Access Denied")
    return _granted(world, request, grant.scopes, grant, new_grant=False)


def _granted(
    world: World, request: Request, scopes: tuple[str, ...], grant: RefreshToken | None, *, new_grant: bool
) -> Response:
    settings = world.settings
    expires_at = world.now() + settings.access_token_seconds
    answer: dict[str, Any] = {
        "access_token": world.grants.mint(scopes, expires_at, grant, settings.live_access_tokens)
    }
    if grant is not None and new_grant:
        answer["refresh_token"] = grant.token
    answer |= {
        "scope": " ".join(scopes),
        "api_domain": settings.api_domain or request.origin,
        "token_type": "Bearer",
        "expires_in": settings.access_token_seconds,
    }
    return json_response(answer, result="granted")


def _proven(consent: Consent, verifier: str) -> bool:
    """Check the PKCE verifier against the challenge; without a challenge there is nothing to prove."""
    if not consent.challenge:
        return True
    proof = verifier
    if consent.challenge_method == "S256":
        digest = hashlib.sha256(verifier.encode("utf-8", "replace")).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(proof.encode("utf-8", "replace"), consent.challenge.encode("utf-8", "replace"))


def _refused(world: World, error: str, description: str) -> Response:
    body = {"error": error}
    if world.settings.token_error_status != 200:  # noqa: PLR2004
        body["error_description"] = description
    return json_response(body, world.settings.token_error_status, result=error)


def revoke(world: World, request: Request, _: str) -> Response:
    """Revoke the token in the query or body; an unknown one is a 400."""
    if world.grants.revoke(request.parameters.get("token", "")):
        return json_response({"status": "success"}, result="revoked")
    return json_response({"error": "invalid_token"}, 400, result="invalid_token")


def user_info(world: World, request: Request, _: str) -> Response:
    """The legacy profile of who consented, for tokens with the profile scope."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    found = world.grants.access_tokens.get(value) if kind in {"Zoho-oauthtoken", "Bearer"} else None
    if found is None or world.now() >= found.expires_at:
        return json_response({"error": "invalid_token"}, 401, result="invalid_token")
    if "aaaserver.profile.read" not in {scope.lower() for scope in found.scopes}:
        return json_response({"error": "invalid_scope"}, 401, result="invalid_scope")
    first, _, last = world.settings.user_name.partition(" ")
    profile = {
        "ZUID": 229788,
        "Email": world.settings.user_email,
        "Display_Name": world.settings.user_name,
        "First_Name": first,
        "Last_Name": last,
    }
    return json_response(profile, result="success")
