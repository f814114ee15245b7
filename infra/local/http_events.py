"""API Gateway's payload format 2.0, both ways."""

import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from infra.local.intrinsics import ACCOUNT_ID

_TEXT_TYPES = (
    "application/json",
    "application/javascript",
    "application/xml",
    "application/x-www-form-urlencoded",
)
_TEXT_SUFFIXES = ("+json", "+xml")


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; `headers` in the order and spelling they came in."""

    method: str
    raw_path: str
    raw_query: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    source_ip: str
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def header(self, name: str) -> str:
        """All values of one header joined by commas, "" when it is absent."""
        return ",".join(value for key, value in self.headers if key.lower() == name.lower())


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back on the wire."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    @classmethod
    def of_json(cls, status: int, body: Any, *headers: tuple[str, str]) -> "Response":
        return cls(status, [("content-type", "application/json"), *headers], json.dumps(body).encode())


class BadHandlerResponse(Exception):
    """The handler returned something payload format 2.0 has no reading for."""


def event_of(
    request: Request,
    *,
    route_key: str,
    path_parameters: Mapping[str, str],
    claims: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Return the event that API Gateway would call the function with; keys without a value are absent."""
    context = _context_of(request, route_key, now or datetime.now(UTC))
    if claims is not None:
        context["authorizer"] = {"jwt": {"claims": _as_strings(claims), "scopes": None}}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": request.raw_path,
        "rawQueryString": request.raw_query,
        "headers": _joined_headers(request.headers),
        "requestContext": context,
        "isBase64Encoded": False,
    }
    cookies = [cookie.strip() for cookie in ";".join(_values(request, "cookie")).split(";") if cookie.strip()]
    optional = {
        "cookies": cookies,
        "queryStringParameters": _joined(parse_qsl(request.raw_query, keep_blank_values=True)),
        "pathParameters": dict(path_parameters),
    }
    event |= {key: value for key, value in optional.items() if value}
    if request.body:
        event["body"], event["isBase64Encoded"] = _body_of(request)
    return event


def _context_of(request: Request, route_key: str, moment: datetime) -> dict[str, Any]:
    host = request.header("host").partition(":")[0]
    return {
        "accountId": ACCOUNT_ID,
        "apiId": "local",
        "domainName": host,
        "domainPrefix": host.partition(".")[0],
        "http": {
            "method": request.method,
            "path": request.raw_path,
            "protocol": "HTTP/1.1",
            "sourceIp": request.source_ip,
            "userAgent": request.header("user-agent"),
        },
        "requestId": request.request_id,
        "routeKey": route_key,
        "stage": "$default",
        "time": moment.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(moment.timestamp() * 1000),
    }


def _values(request: Request, name: str) -> list[str]:
    return [value for key, value in request.headers if key.lower() == name]


def _joined_headers(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    return _joined([(key.lower(), value) for key, value in headers if key.lower() != "cookie"])


def _joined(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for key, value in pairs:
        joined[key] = f"{joined[key]},{value}" if key in joined else value
    return joined


def _body_of(request: Request) -> tuple[str, bool]:
    media_type = request.header("content-type").partition(";")[0].strip().lower()
    if media_type.startswith("text/") or media_type in _TEXT_TYPES or media_type.endswith(_TEXT_SUFFIXES):
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass  # declared as text but is not: it travels as bytes
    return base64.b64encode(request.body).decode(), True


def _as_strings(claims: Mapping[str, Any]) -> dict[str, str]:
    """Every claim is text in the event: lists as `[a b]`, booleans and numbers as JSON writes them."""

    def text(value: Any) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, list):
            return "[" + " ".join(text(item) for item in value) + "]"
        return json.dumps(value)

    return {name: text(value) for name, value in claims.items()}


def response_of(result: Any) -> Response:
    """Read what a handler returned; anything without a `statusCode` is the JSON body of a 200."""
    if not isinstance(result, dict) or "statusCode" not in result:
        plain = result if isinstance(result, str) else json.dumps(result)
        return Response(HTTPStatus.OK, [("content-type", "application/json")], plain.encode())
    status = result["statusCode"]
    if not isinstance(status, int) or isinstance(status, bool):
        raise BadHandlerResponse(f"statusCode is {status!r}")
    given = result.get("headers") or {}
    if not isinstance(given, dict):
        raise BadHandlerResponse("headers is not an object")
    headers = [(str(key).lower(), _header_value(value)) for key, value in given.items()]
    headers += [("set-cookie", _header_value(cookie)) for cookie in result.get("cookies") or []]
    text = result.get("body") or ""
    if not isinstance(text, str):
        raise BadHandlerResponse("body is not text")
    if text and "content-type" not in dict(headers):
        headers.append(("content-type", "text/plain;charset=UTF-8"))
    content = base64.b64decode(text) if result.get("isBase64Encoded") else text.encode()
    return Response(status, headers, content)


def _header_value(value: Any) -> str:
    text = json.dumps(value) if isinstance(value, bool) else str(value)
    if "\r" in text or "\n" in text:
        raise BadHandlerResponse("a header holds a line break")
    return text
