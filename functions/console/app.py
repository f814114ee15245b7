"""Serves the console's files, health and the OpenAPI document; needs nothing but the standard library."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

STATIC = Path(__file__).parent / "static"
PAGE = "index.html"
DOCUMENT = "openapi.json"

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}

SECURITY_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

REVALIDATED = "no-cache"
FOR_EVER = "public, max-age=31536000, immutable"
NEVER = "no-store"

_VERSIONED = re.compile(r"/assets/v-([0-9a-f]{12})(/.+)")
_ORIGIN = re.compile(r"https://[a-z0-9.-]+(:[0-9]+)?")
_COGNITO = re.compile(r"cognito-idp\.([a-z0-9-]+)\.amazonaws\.com")


@dataclass(frozen=True, slots=True)
class File:
    """What is sent for an address; `packed` is the same, compressed."""

    body: bytes
    packed: bytes
    content_type: str
    etag: str

    @classmethod
    def of(cls, body: bytes, suffix: str) -> File:
        digest = hashlib.sha256(body).hexdigest()[:32]
        return cls(body, gzip.compress(body, mtime=0), CONTENT_TYPES[suffix], digest)


@cache
def assets() -> dict[str, File]:
    """Return the files the page is made of, by their path below the version; no other file is in reach."""
    return {
        f"/{path.relative_to(STATIC).as_posix()}": File.of(path.read_bytes(), path.suffix)
        for path in STATIC.rglob("*")
        if path.suffix in CONTENT_TYPES and path.name not in {PAGE, DOCUMENT}
    }


@cache
def version() -> str:
    """Return what changes when any asset changes, so that a browser may keep an asset for ever."""
    tags = "".join(f"{name} {file.etag}\n" for name, file in sorted(assets().items()))
    return hashlib.sha256(tags.encode()).hexdigest()[:12]


@cache
def routes() -> dict[str, File]:
    """Return every other address this function answers."""
    page = (STATIC / PAGE).read_text("utf-8").replace("{modules}", _modules()).replace("{version}", version())
    shown = File.of(page.encode(), ".html")
    return {
        "/": shown,
        "/oauth/callback": shown,
        "/openapi.json": File.of((STATIC / DOCUMENT).read_bytes(), ".json"),
        "/health": _json({"status": "ok"}),
        "/assets/config.json": _json(
            {
                "environment": os.environ.get("ENVIRONMENT", "prod"),
                "oidc_issuer": os.environ.get("OIDC_ISSUER", ""),
                "oidc_client_id": os.environ.get("OIDC_CLIENT_ID", ""),
            }
        ),
    }


def _modules() -> str:
    """Name every module in the page, so that none has to wait until another one imports it."""
    names = sorted(name for name in assets() if name.endswith(".js"))
    return "\n    ".join(f'<link rel="modulepreload" href="/assets/v-{{version}}{name}">' for name in names)


def _json(content: Any) -> File:
    return File.of(json.dumps(content).encode(), ".json")


def _find(path: str) -> tuple[File | None, str]:
    """Return the file at `path` and how long it may be kept.

    While a deployment shifts traffic, the page of one version may ask the other one for its assets: it gets
    this version's, and keeps nothing.
    """
    versioned = _VERSIONED.fullmatch(path)
    if versioned:
        lifetime = FOR_EVER if versioned[1] == version() else NEVER
        return assets().get(versioned[2]), lifetime
    return routes().get(path), REVALIDATED


@cache
def content_security_policy() -> str:
    """Allow this origin alone, and calls to the ones that sign people in."""
    origins = " ".join(["'self'", *_sign_in_origins()])
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {origins}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _sign_in_origins() -> list[str]:
    """Return the issuer's origin, its others as configured, and those at which Cognito hands out tokens.

    Raises ValueError for what is not an origin: it would loosen the policy.
    """
    issuer = urlsplit(os.environ.get("OIDC_ISSUER", ""))
    if not issuer.netloc:
        return []
    others = os.environ.get("OIDC_ORIGINS", "").split()
    if not all(_ORIGIN.fullmatch(origin) for origin in others):
        raise ValueError("OIDC_ORIGINS has to list https origins, separated by blanks")
    cognito = _COGNITO.fullmatch(issuer.netloc)
    domains = [f"https://*.auth.{cognito[1]}.amazoncognito.com"] if cognito else []
    return [f"{issuer.scheme}://{issuer.netloc}", *others, *domains]


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 — Lambda's signature
    method = event["requestContext"]["http"]["method"]
    file, lifetime = _find(event["rawPath"]) if method == "GET" else (None, NEVER)
    if file is None:
        return _not_found(event["requestContext"]["requestId"])
    asked = event.get("headers", {})
    packed = "gzip" in asked.get("accept-encoding", "")
    etag = f'"{file.etag}-gzip"' if packed else f'"{file.etag}"'
    headers = {"ETag": etag, "Cache-Control": lifetime, "Vary": "Accept-Encoding"}
    known = (tag.strip().removeprefix("W/") for tag in asked.get("if-none-match", "").split(","))
    if etag in known:
        return _answer(304, headers, "")
    headers["Content-Type"] = file.content_type
    if not packed:
        return _answer(200, headers, file.body.decode())
    headers["Content-Encoding"] = "gzip"
    return _answer(200, headers, base64.b64encode(file.packed).decode(), encoded=True)


def _not_found(request_id: str) -> dict[str, Any]:
    """Answer in the API's error shape: this function also stands behind every address that has no route."""
    error = {
        "code": "route_not_found",
        "message": "There is no such route.",
        "details": {},
        "request_id": request_id,
    }
    headers = {"Content-Type": CONTENT_TYPES[".json"], "Cache-Control": NEVER}
    return _answer(404, headers, json.dumps({"error": error}))


def _answer(status: int, headers: dict[str, str], body: str, *, encoded: bool = False) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {**headers, **SECURITY_HEADERS, "Content-Security-Policy": content_security_policy()},
        "body": body,
        "isBase64Encoded": encoded,
    }
