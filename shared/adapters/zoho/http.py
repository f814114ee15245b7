"""The one place from which requests to Zoho leave: pooled, timed, counted, without redirects.

The pool comes from requests' own adapter, with its certificate bundle; requests are sent on the pool itself,
since merging a Session's settings into every call costs more than the call does.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, cast
from urllib.parse import quote, urlencode

import msgspec
from requests import Request
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3 import HTTPConnectionPool, Timeout
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as TooSlow

from shared.adapters.zoho.deadline import at_most
from shared.domain.errors import RetryLater

USER_AGENT = "contact-sync"
MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_TEXT_CHARS = 2_000
# A function that was frozen between two invocations finds its idle connections silently gone.
IDLE_SECONDS = 45.0

# Amounts stay as Zoho wrote them: a float could not tell 10.10 from 10.1. The second decoder takes longer,
# and what the first refuses: half characters, NaN, bytes that are no UTF-8.
_DECODER = msgspec.json.Decoder(float_hook=str)
_PATIENT_DECODER = json.JSONDecoder(parse_float=str)
_GET_HEADERS = {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"}
_POST_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "application/json",
    "Content-Type": "application/x-www-form-urlencoded",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `body` is the parsed JSON object, None when the answer was anything else.

    `text` is the beginning of an answer that is not JSON: matched against known phrases and never shown.
    """

    endpoint: str
    status: int
    body: Any = field(repr=False)
    text: str = field(default="", repr=False)
    retry_after_seconds: float | None = None


class CallCounter(Mapping[str, int]):
    """HTTP requests by endpoint name; safe from several threads."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def add(self, endpoint: str) -> None:
        with self._lock:
            self._counts[endpoint] = self._counts.get(endpoint, 0) + 1

    def __getitem__(self, endpoint: str) -> int:
        return self._counts[endpoint]

    def __iter__(self) -> Iterator[str]:
        with self._lock:
            return iter(list(self._counts))

    def __len__(self) -> int:
        return len(self._counts)


class Sender(Protocol):
    """What carries a request to Zoho: the network, or a stand-in."""

    def send(
        self,
        endpoint: str,
        method: str,
        origin: str,
        target: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> Reply:
        """Send one request; `target` is path and query. Raises `RetryLater` when no whole answer came."""


class Transport:
    """A `Sender` over HTTP: the connection pools of a process, safe from several threads."""

    def __init__(
        self,
        *,
        connect_timeout_seconds: float = 5.0,
        read_timeout_seconds: float = 30.0,
        connections: int = 16,
        idle_seconds: float = IDLE_SECONDS,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        self._connect_timeout_seconds = connect_timeout_seconds
        self._read_timeout_seconds = read_timeout_seconds
        self._connections = connections
        self._idle_seconds = idle_seconds
        self._max_body_bytes = max_body_bytes
        self._lock = threading.Lock()
        self._pools: dict[str, tuple[HTTPAdapter, HTTPConnectionPool]] = {}
        self._last_used = time.monotonic()

    def close(self) -> None:
        """Close every idle connection; later requests open new ones."""
        with self._lock:
            stale, self._pools = self._pools, {}
        for adapter, _ in stale.values():
            adapter.close()

    def send(
        self,
        endpoint: str,
        method: str,
        origin: str,
        target: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> Reply:
        timeout = self._timeout()
        try:
            response = self._pool(origin).urlopen(
                method,
                target,
                body=body,
                headers=headers,
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            data = response.read(self._max_body_bytes + 1)
            if len(data) <= self._max_body_bytes:
                response.release_conn()
                return read_reply(endpoint, response.status, data, response.headers.get("Retry-After"))
            response.close()
            trouble = "sent an answer too large to read"
        except NewConnectionError:
            trouble = "could not be reached"
        except TooSlow:
            trouble = "did not answer in time"
        except HTTPError:
            trouble = "broke off its answer"
        # Raised here, outside the handlers, so that no address or header hangs on it as its cause.
        raise RetryLater(f"Zoho ({endpoint}) {trouble}.")

    def _timeout(self) -> Timeout:
        connect, read = self._connect_timeout_seconds, self._read_timeout_seconds
        return Timeout(connect=connect, read=read, total=at_most(connect + read))

    def _pool(self, origin: str) -> HTTPConnectionPool:
        now = time.monotonic()
        stale: dict[str, tuple[HTTPAdapter, HTTPConnectionPool]] = {}
        with self._lock:
            if now - self._last_used > self._idle_seconds:
                stale, self._pools = self._pools, {}
            self._last_used = now
            known = self._pools.get(origin)
            if known is None:
                known = self._pools[origin] = self._opened(origin)
        for adapter, _ in stale.values():
            adapter.close()
        return known[1]

    def _opened(self, origin: str) -> tuple[HTTPAdapter, HTTPConnectionPool]:
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=self._connections)
        request = Request("GET", origin).prepare()
        pool = adapter.get_connection_with_tls_context(request, verify=DEFAULT_CA_BUNDLE_PATH)
        return adapter, cast("HTTPConnectionPool", pool)


class Site:
    """One Zoho host as one connection uses it."""

    def __init__(self, transport: Sender, origin: str, calls: CallCounter) -> None:
        self._transport = transport
        self._origin = origin
        self._calls = calls

    def get(self, endpoint: str, path: str, params: Mapping[str, str], token: str) -> Reply:
        """GET with the access token in the header; `params` must not hold anything personal."""
        target = f"{path}?{urlencode(params, quote_via=quote)}" if params else path
        self._calls.add(endpoint)
        headers = {**_GET_HEADERS, "Authorization": f"Zoho-oauthtoken {token}"}
        return self._transport.send(endpoint, "GET", self._origin, target, headers=headers, body=None)

    def post(self, endpoint: str, target: str, form: bytes, token: str = "") -> Reply:
        """POST a form-encoded body, with the access token in the header if there is one."""
        self._calls.add(endpoint)
        headers = {**_POST_HEADERS, "Authorization": f"Zoho-oauthtoken {token}"} if token else _POST_HEADERS
        return self._transport.send(endpoint, "POST", self._origin, target, headers=headers, body=form)


def form_encoded(pairs: Mapping[str, str]) -> bytes:
    """Encode strictly: all but letters, digits and -_.~ as %XX, so that no + can be read as a blank."""
    return "&".join([f"{name}={quote(value, safe='')}" for name, value in pairs.items()]).encode()


def read_reply(endpoint: str, status: int, data: bytes, retry_after: str | None = None) -> Reply:
    """Parse an answer's body; `retry_after` is that header, counted only if it is whole seconds."""
    seconds = float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else None
    try:
        body = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body = _patiently(data)
    if isinstance(body, dict):
        return Reply(endpoint, status, body, "", seconds)
    return Reply(endpoint, status, None, _text(data)[:MAX_TEXT_CHARS], seconds)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").removeprefix("\ufeff")


def _patiently(data: bytes) -> Any:
    try:
        body = _PATIENT_DECODER.decode(_text(data))
    except (ValueError, RecursionError):
        return None
    return _without_lone_surrogates(body)


def _without_lone_surrogates(body: Any) -> Any:
    """Replace half characters, which JSON can spell but no encoding can carry on."""
    text = json.dumps(body, ensure_ascii=False)
    return json.loads(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
