"""Mounts the simulator into a `requests.Session`, so that a client talks to it without a socket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from infra.zoho_sim.app import Simulator
from infra.zoho_sim.wire import Request, Response


class InProcessAdapter(BaseAdapter):
    """A transport whose other end is the simulator's function.

    `sleep` receives the seconds an answer takes: pass a virtual clock's `advance`, or nothing to wait for
    nothing. An answer slower than the read timeout is a ReadTimeout (its effect has happened), a dropped
    connection a ConnectionError.
    """

    def __init__(self, simulator: Simulator, sleep: Callable[[float], None] | None = None) -> None:
        super().__init__()
        self._simulator = simulator
        self._sleep = sleep

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002, FBT001, FBT002
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,  # noqa: ARG002, FBT001, FBT002
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,  # noqa: ARG002
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> requests.Response:
        answer = self._simulator.handle(_request(request))
        limit_seconds = timeout[1] if isinstance(timeout, tuple) else timeout
        late = limit_seconds is not None and answer.delay_seconds > limit_seconds
        if self._sleep is not None and answer.delay_seconds > 0:
            self._sleep(limit_seconds if late and limit_seconds is not None else answer.delay_seconds)
        if late:
            raise requests.ReadTimeout("the simulator answers later than the timeout", request=request)
        if answer.drop:
            raise requests.ConnectionError("the simulator dropped the connection", request=request)
        return _response(request, answer)

    def close(self) -> None:
        """Nothing is held open."""


def mount(
    session: requests.Session,
    simulator: Simulator,
    *prefixes: str,
    sleep: Callable[[float], None] | None = None,
) -> InProcessAdapter:
    """Send every call under the prefixes (all of http and https by default) to the simulator."""
    adapter = InProcessAdapter(simulator, sleep)
    for prefix in prefixes or ("http://", "https://"):
        session.mount(prefix, adapter)
    return adapter


def _request(request: requests.PreparedRequest) -> Request:
    url = urlsplit(request.url or "")
    body = request.body or b""
    if not isinstance(body, bytes | str):
        raise TypeError("the simulator takes bodies of text or bytes, not streams")
    return Request(
        method=request.method or "GET",
        path=unquote(url.path, errors="replace"),
        query=url.query,
        headers={name.lower(): _text(value) for name, value in request.headers.items()},
        body=body.encode() if isinstance(body, str) else body,
        origin=f"{url.scheme}://{url.netloc}",
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _response(request: requests.PreparedRequest, answer: Response) -> requests.Response:
    found = requests.Response()
    found.status_code = answer.status
    found.headers = CaseInsensitiveDict([("Content-Type", answer.content_type), *answer.headers])
    found.encoding = requests.utils.get_encoding_from_headers(found.headers)
    found.raw = BytesIO(answer.body)
    found.url = request.url or ""
    found.request = request
    return found
