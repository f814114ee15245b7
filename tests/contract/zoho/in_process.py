"""The simulator on the other end of the Zoho clients, without a socket: for tests in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import unquote

from infra.zoho_sim.app import Simulator
from infra.zoho_sim.wire import Request
from shared.adapters.zoho.http import Reply, read_reply
from shared.domain.errors import RetryLater

READ_TIMEOUT_SECONDS = 30.0


class InProcessTransport:
    """A Sender whose other end is the simulator's function; `sleep` is told how long each answer takes."""

    def __init__(self, simulator: Simulator, sleep: Callable[[float], None] | None = None) -> None:
        self._simulator = simulator
        self._sleep = sleep

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
        path, _, query = target.partition("?")
        request = Request(
            method=method,
            path=unquote(path),
            query=query,
            headers={name.lower(): value for name, value in headers.items()},
            body=body or b"",
            origin=origin,
        )
        answer = self._simulator.handle(request)
        if self._sleep is not None and answer.delay_seconds > 0:
            self._sleep(min(answer.delay_seconds, READ_TIMEOUT_SECONDS))
        if answer.drop or answer.delay_seconds > READ_TIMEOUT_SECONDS:
            raise RetryLater(f"Zoho ({endpoint}) did not answer.")
        retry_after = dict(answer.headers).get("Retry-After")
        return read_reply(endpoint, answer.status, answer.body, retry_after)
