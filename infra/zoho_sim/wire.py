"""A request and a response without a socket, and how their bodies are read and written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

JSON_TYPE = "application/json;charset=UTF-8"
HTML_TYPE = "text/html;charset=UTF-8"
XML_TYPE = "text/xml;charset=UTF-8"
FORM_TYPE = "application/x-www-form-urlencoded"
MAX_PARAMETERS = 200


@dataclass(slots=True)
class Request:
    """`path` is decoded, `query` is not; header names are lower case; `origin` is scheme and host as the
    caller wrote them; `latency_seconds` is how long the simulator lets this request take.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    origin: str = "http://127.0.0.1"
    latency_seconds: float = 0.0
    _parameters: dict[str, str] | None = None

    @property
    def parameters(self) -> dict[str, str]:
        """Query and form body as one mapping; a form value wins over a query value of the same name."""
        if self._parameters is None:
            found = _pairs(self.query)
            if self.body and self.headers.get("content-type", "").lower().startswith(FORM_TYPE):
                found.update(_pairs(self.body.decode("utf-8", "replace")))
            self._parameters = found
        return self._parameters

    def json_object(self) -> dict[str, Any] | None:
        """Read the body as a JSON object; an empty body is {}, anything else is None."""
        if not self.body.strip():
            return {}
        value = read_json(self.body.decode("utf-8", "replace"))
        return value if isinstance(value, dict) else None


@dataclass(slots=True)
class Response:
    """`result` is the code for the statistics; `delay_seconds` is waited by the transport; `drop` closes
    without an answer.
    """

    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: tuple[tuple[str, str], ...] = ()
    result: str = ""
    delay_seconds: float = 0.0
    drop: bool = False


def read_json(text: str) -> Any:
    """Parse hostile JSON: None instead of an error, also for what nests too deep or spells a number too
    long.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def json_bytes(value: Any) -> bytes:
    # A lone surrogate from a hostile request may not reach the socket's encoder.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def json_response(value: Any, status: int = 200, *, result: object = "") -> Response:
    return Response(status, json_bytes(value), result=str(result))


def html_response(text: str, status: int = 200, *, result: object = "html") -> Response:
    return Response(status, text.encode("utf-8", "replace"), HTML_TYPE, result=str(result))


def _pairs(encoded: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(encoded, keep_blank_values=True, max_num_fields=MAX_PARAMETERS))
    except ValueError:
        return {}
