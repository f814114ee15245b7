"""Just enough HTTP/1.1: requests read from a socket, responses written as bytes."""

from __future__ import annotations

import socket
from http import HTTPStatus
from urllib.parse import unquote

from infra.zoho_sim.wire import Request, Response

HEAD_MAX = 65_536
BODY_MAX = 10_000_000
CHUNK = 65_536
METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"})
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_REQUEST_LINE_PARTS = 3


class BadRequest(ValueError):
    """What arrived is no request that can be answered; `status` says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Connection:
    """Reads one request after the other; what was read beyond one belongs to the next."""

    def __init__(self, peer: socket.socket, origin: str) -> None:
        self.keep_alive = True
        self._peer = peer
        self._origin = origin
        self._pending = b""

    def read(self) -> Request | None:
        """Read the next request; None when the other side has closed. Raises BadRequest."""
        head = self._head()
        if head is None:
            return None
        line, _, rest = head.partition("\r\n")
        method, target, version = _request_line(line)
        headers = _headers(rest)
        wish = headers.get("connection", "").lower()
        self.keep_alive = wish != "close" if version == "HTTP/1.1" else wish == "keep-alive"
        body = self._body(headers)
        path, _, query = target.partition("?")
        host = headers.get("host", "")
        origin = f"http://{host}" if host else self._origin
        return Request(method, unquote(path, errors="replace"), query, headers, body, origin)

    def _head(self) -> str | None:
        end = self._pending.find(b"\r\n\r\n")
        while end < 0:
            if len(self._pending) > HEAD_MAX:
                raise BadRequest(431, "the request head is too long")
            received = self._peer.recv(CHUNK)
            if not received:
                return None
            self._pending += received
            end = self._pending.find(b"\r\n\r\n")
        head, self._pending = self._pending[:end], self._pending[end + 4 :]
        return head.decode("latin-1")

    def _body(self, headers: dict[str, str]) -> bytes:
        if "transfer-encoding" in headers:
            raise BadRequest(411, "send the body with a Content-Length")
        text = headers.get("content-length", "0")
        if not (text.isascii() and text.isdigit()) or len(text) > len(str(BODY_MAX)):
            raise BadRequest(400, "Content-Length is not a usable number")
        length = int(text)
        if length > BODY_MAX:
            raise BadRequest(413, "the body is too long")
        if headers.get("expect", "").lower() == "100-continue":
            self._peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        parts, missing = [self._pending], length - len(self._pending)
        while missing > 0:
            received = self._peer.recv(min(missing, CHUNK))
            if not received:
                raise BadRequest(400, "the body ended early")
            parts.append(received)
            missing -= len(received)
        whole = b"".join(parts)
        body, self._pending = whole[:length], whole[length:]
        return body


def _request_line(line: str) -> tuple[str, str, str]:
    parts = line.split(" ")
    if len(parts) != _REQUEST_LINE_PARTS or parts[2] not in {"HTTP/1.1", "HTTP/1.0"}:
        raise BadRequest(400, "the first line is no HTTP/1.1 request line")
    method, target, version = parts
    if method not in METHODS:
        raise BadRequest(501, "unknown method")
    if not target.startswith("/"):
        raise BadRequest(400, "the target is no path")
    return method, target, version


def _headers(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.split("\r\n"):
        name, colon, value = line.partition(":")
        if line and not (colon and name and not name[0].isspace()):
            raise BadRequest(400, "a header has no name")
        if line:
            found[name.strip().lower()] = value.strip()
    return found


def encode(response: Response, *, keep_alive: bool, with_body: bool = True) -> bytes:
    """Write status line, headers and body; HEAD gets the length alone."""
    reason = _REASONS.get(response.status, "Unknown")
    extra = "".join(f"{name}: {value}\r\n" for name, value in response.headers)
    connection = "keep-alive" if keep_alive else "close"
    head = (
        f"HTTP/1.1 {response.status} {reason}\r\nContent-Type: {response.content_type}\r\n"
        f"Content-Length: {len(response.body)}\r\nConnection: {connection}\r\n{extra}\r\n"
    )
    return head.encode("latin-1", "replace") + (response.body if with_body else b"")
