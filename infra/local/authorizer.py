"""API Gateway's JWT authorizer: signature, times, issuer, audience, scopes."""

from collections.abc import Callable, Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from infra.local.routes import JwtRule


class Unauthorized(Exception):
    """No token, or one that does not count; the message tells a developer why."""


class Forbidden(Exception):
    """A good token without the scopes of the route."""


def authorize(
    header: str, rule: JwtRule, public_key_of: Callable[[str], RSAPublicKey | None]
) -> Mapping[str, Any]:
    """Return the claims of the bearer token in an Authorization header.

    Raise Unauthorized or Forbidden. `public_key_of` gives the issuer's key for a key id, or None.
    """
    token = header[len("bearer ") :] if header.lower().startswith("bearer ") else header
    if not token.strip():
        raise Unauthorized("the request has no token")
    try:
        key = public_key_of(str(jwt.get_unverified_header(token).get("kid", "")))
        if key is None:
            raise Unauthorized("unknown key id")
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            issuer=rule.issuer,
            options={"require": ["exp", "iss"], "verify_aud": False},
        )
    except jwt.InvalidTokenError as error:
        raise Unauthorized(str(error)) from error
    # As API Gateway does: `client_id` counts only where the token has no `aud`.
    audience = claims.get("aud", claims.get("client_id"))
    if not set(audience if isinstance(audience, list) else [audience]) & set(rule.audience):
        raise Unauthorized("the token is for another audience")
    if rule.scopes and not set(rule.scopes) & set(_scopes(claims)):
        raise Forbidden
    return claims


def _scopes(claims: Mapping[str, Any]) -> list[str]:
    granted = claims.get("scope", claims.get("scp", ""))
    return granted if isinstance(granted, list) else str(granted).split()
