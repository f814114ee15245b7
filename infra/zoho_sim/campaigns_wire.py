"""How Campaigns words success, business errors, refused access and a lock."""

from __future__ import annotations

from html import escape
from typing import Any

from infra.zoho_sim.quotas import EndpointQuota
from infra.zoho_sim.wire import XML_TYPE, Request, Response, html_response, json_response
from infra.zoho_sim.world import World

ROOT = "/api/v1.1/"
VERSION = "1.1"
LOCK_PAGE = "<html><body><h2>Too many requests</h2><p>Please try again later.</p></body></html>"


def success(
    world: World,
    request: Request,
    payload: dict[str, Any],
    *,
    code: str = "0",
    nested: bool = False,
    status: bool = True,
) -> Response:
    """Wrap a payload; `nested` and `status` are what the endpoint's documentation shows."""
    envelope: dict[str, Any] = {"status": "success"} if status else {}
    envelope |= {"code": code, "uri": request.path, "version": VERSION} | payload
    return _reply(world, request, envelope, nested=nested)


def failure(world: World, request: Request, code: str, message: str, *, nested: bool = False) -> Response:
    """A business error: HTTP 200 and a code."""
    body = {"message": message, "status": "error", "code": code, "version": VERSION, "uri": request.path}
    return _reply(world, request, body, nested=nested)


def unauthorized(world: World, request: Request) -> Response:
    """No token and a dead one look the same: HTTP 401, code 1007, by default spelled with capitals."""
    capital = world.settings.auth_error_spelling == "capital"
    body = {
        "message": "Unauthorized request.",
        "version": VERSION,
        "URI" if capital else "uri": request.path,
        "Code" if capital else "code": "1007",
        "status": "error",
    }
    return json_response(body, 401, result="1007")


def locked(world: World, quota: EndpointQuota) -> Response:
    """The answer while an endpoint is locked; nobody has published it, so its shape is a knob."""
    style = world.settings.lock_style
    if style in {"html_400", "html_200"}:
        return html_response(LOCK_PAGE, 400 if style == "html_400" else 200, result="locked")
    calls, seconds = quota.limits[0] if quota.limits else (0, 60)
    left = max(1, round((quota.locked_until - world.now()) / 60))
    text = (
        f"Cannot execute more than {calls} requests per API in {seconds // 60} minutes. "
        f"Try again after {left} minutes."
    )
    status = 429 if style == "json_429" else 400
    error = {
        "status_code": status,
        "title": "URL_ROLLING_THROTTLES_LIMIT_EXCEEDED",
        "details": {"message": text},
    }
    return json_response({"error": error}, status, result="locked")


def _reply(world: World, request: Request, envelope: dict[str, Any], *, nested: bool) -> Response:
    code = str(envelope["code"])
    if world.settings.code_type == "int":
        envelope["code"] = int(code)
    shape = world.settings.envelope
    if shape == "nested" or (nested and shape == "documented"):
        envelope = {"response": envelope}
    if _wants_json(request):
        return json_response(envelope, result=code)
    body = f'<?xml version="1.0" encoding="UTF-8"?>{_xml("response", envelope)}'
    return Response(200, body.encode("utf-8", "replace"), XML_TYPE, result=code)


def _wants_json(request: Request) -> bool:
    """XML is the default; JSON is asked for by the path, `resfmt` or `type`."""
    if request.path.startswith(f"{ROOT}json/"):
        return True
    asked = request.parameters
    return asked.get("resfmt", asked.get("type", "")).lower() == "json"


def _xml(name: str, value: Any) -> str:
    if isinstance(value, dict):
        inner = "".join(_xml(key, one) for key, one in value.items())
    elif isinstance(value, list):
        inner = "".join(_xml("item", one) for one in value)
    else:
        inner = escape(str(value), quote=False)
    return f"<{name}>{inner}</{name}>"
