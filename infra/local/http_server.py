"""The gateway's socket: HTTP/1.1 with keep-alive on loopback, one thread per connection."""

import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from infra.local.http_events import Request, Response
from infra.local.ports import LOOPBACK

_IDLE_SECONDS = 75
_MAX_CHUNK_LINE_BYTES = 1024
# Names of this machine alone: with any other, a page of the internet could have had its own name point here.
_OWN_HOSTS = frozenset({LOOPBACK, "localhost"})


class _BodyTooLarge(Exception):
    pass


class _BodyUnreadable(Exception):
    pass


class LocalHttpServer(ThreadingHTTPServer):
    """Listens from the moment it is made; answers once `answer` is set and `serve_forever` runs."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, *, max_request_bytes: int) -> None:
        self.answer: Callable[[Request], Response] | None = None
        self.max_request_bytes = max_request_bytes
        super().__init__((LOOPBACK, port), _Connection)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def origin(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no event; anything else keeps its traceback."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    # One write per answer, sent at once: otherwise small answers wait for the peer's acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: LocalHttpServer

    def _respond(self) -> None:
        try:
            request = self._read()
        except _BodyTooLarge:
            self.close_connection = True
            self._write(_refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE))
            return
        except _BodyUnreadable:
            self.close_connection = True
            self._write(_refusal(HTTPStatus.BAD_REQUEST))
            return
        self._write(self._answer(request))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _respond  # noqa: N815

    def handle_expect_100(self) -> bool:
        go_on = super().handle_expect_100()
        self.wfile.flush()
        return go_on

    def _answer(self, request: Request) -> Response:
        host = request.header("host").rpartition(":")[0] or request.header("host")
        if host not in _OWN_HOSTS:
            return _refusal(HTTPStatus.MISDIRECTED_REQUEST)
        if host != LOOPBACK and request.method == "GET" and "text/html" in request.header("accept"):
            # The issuer and the OAuth callback know one origin; a browser is brought to it.
            return Response(
                HTTPStatus.TEMPORARY_REDIRECT, [("location", self.server.origin + self.path)], b""
            )
        if self.server.answer is None:
            return _refusal(HTTPStatus.SERVICE_UNAVAILABLE)
        return self.server.answer(request)

    def _read(self) -> Request:
        path, _, query = self.path.partition("?")
        return Request(
            method=self.command,
            raw_path=path,
            raw_query=query,
            headers=list(self.headers.items()),
            body=self._read_body(),
            source_ip=self.client_address[0],
        )

    def _read_body(self) -> bytes:
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            return self._read_chunks()
        declared = self.headers.get("content-length", "0")
        if not declared.isdecimal():
            raise _BodyUnreadable
        if int(declared) > self.server.max_request_bytes:
            raise _BodyTooLarge
        return self.rfile.read(int(declared))

    def _read_chunks(self) -> bytes:
        body = bytearray()
        while True:
            try:
                size = int(self.rfile.readline(_MAX_CHUNK_LINE_BYTES).partition(b";")[0], 16)
            except ValueError:
                raise _BodyUnreadable from None
            if size < 0:
                raise _BodyUnreadable
            if len(body) + size > self.server.max_request_bytes:
                raise _BodyTooLarge
            if size == 0:
                while self.rfile.readline(_MAX_CHUNK_LINE_BYTES).strip():
                    pass  # trailers
                return bytes(body)
            body += self.rfile.read(size)
            if self.rfile.readline(_MAX_CHUNK_LINE_BYTES).strip():
                raise _BodyUnreadable

    def _write(self, response: Response) -> None:
        self.send_response_only(response.status)
        self.send_header("date", self.date_time_string())
        for name, value in response.headers:
            if name not in {"connection", "content-length", "transfer-encoding"}:
                self.send_header(name, value)
        bodiless = response.status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
        if not bodiless:
            self.send_header("content-length", str(len(response.body)))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        if not bodiless and self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """No access log: the query of `/oauth/callback` holds an authorization code."""


def _refusal(status: HTTPStatus) -> Response:
    return Response.of_json(status, {"message": status.phrase})
