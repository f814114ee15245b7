"""Who calls: the access token of a request and what its scopes allow."""

from __future__ import annotations

from enum import Enum

from infra.zoho_sim.grants import AccessToken
from infra.zoho_sim.wire import Request
from infra.zoho_sim.world import World

SCHEME = "Zoho-oauthtoken "
TOKEN_PARAMETERS = ("access_token", "authtoken")


class NoToken(Enum):
    """Why a request speaks for nobody."""

    MISSING = "missing"
    INVALID = "invalid"


def caller(world: World, request: Request) -> AccessToken | NoToken:
    """Find the live token in the Authorization header; a token in the query or body is an offence and does
    not count.
    """
    if any(name in request.parameters for name in TOKEN_PARAMETERS):
        world.stats.offences["token_in_parameters"] += 1
    header = request.headers.get("authorization", "")
    if not header:
        return NoToken.MISSING
    token = world.grants.access_tokens.get(header.removeprefix(SCHEME)) if header.startswith(SCHEME) else None
    if token is None or world.now() >= token.expires_at:
        return NoToken.INVALID
    return token


def allows(token: AccessToken, product: str, module: str, operation: str) -> bool:
    """Whether the scopes cover e.g. ("ZohoBooks", "contacts", "READ"); WRITE and CREATE-UPDATE cover both
    verbs.
    """
    operations = {operation, "ALL"}
    if operation in {"CREATE", "UPDATE"}:
        operations |= {"CREATE-UPDATE", "WRITE"}
    if f"{product}.fullaccess.all" in token.scopes:
        return True
    return any(f"{product}.{module}.{one}" in token.scopes for one in operations)
