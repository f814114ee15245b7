"""A simulated Zoho in a process of its own, called over loopback HTTP by the engine with its real clients."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from infra.benchmarks.engine import SCOPES, TENANT, Engine, Unlimited
from infra.benchmarks.report import ROOT
from infra.zoho_sim.contacts import list_key
from shared.adapters.clock import SystemClock
from shared.adapters.zoho.data_centers import ZohoUrls
from shared.adapters.zoho.gateway import ZohoGateway
from shared.adapters.zoho.oauth import ClientCredentials
from shared.domain.connection import Tokens
from shared.domain.run import Mode, Run

LIST = "Newsletter"
LIST_KEY = list_key(LIST)


@dataclass(frozen=True, slots=True)
class Server:
    """The address of a running simulator, and its controls."""

    url: str

    def control(self, name: str, given: dict[str, Any] | None = None) -> Any:
        """POST to one of the simulator's controls, or GET it when there is nothing to send."""
        url = f"{self.url}/__sim__/{name}"
        answer = (
            requests.get(url, timeout=60) if given is None else requests.post(url, json=given, timeout=60)
        )
        answer.raise_for_status()
        return answer.json()

    def reset(self) -> None:
        """Put everything back to the beginning but the settings."""
        self.control("reset", {"what": ["stats", "quotas", "faults", "data"]})

    def access_token(self) -> str:
        granted = self.control("tokens", {"action": "grant", "scopes": list(SCOPES)})
        return str(granted["access_token"])


@contextmanager
def server(
    customers: int, *, latency_ms: float = 0, custom_fields: str = "empty", members: int = 0
) -> Iterator[Server]:
    """Run a simulator with so many good customers, the first `members` in the list, and no limits.

    It ends with the block.
    """
    module = "infra.benchmarks.zoho_process"
    command = [sys.executable, "-m", module, str(customers), str(latency_ms), custom_fields, str(members)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        if process.stdout is None:
            raise RuntimeError("the simulator has no output")
        yield Server(process.stdout.readline().strip())
    finally:
        process.kill()
        process.wait()


def gateway_over(url: str, access_token: str, clock: Any) -> Callable[[Any, Any], ZohoGateway]:
    """Return what opens the real clients once the token store and the limiter are known."""

    def opened(tokens: Any, limiter: Any) -> ZohoGateway:
        expires_at = datetime.now(UTC) + timedelta(hours=1)
        tokens.save(TENANT, Tokens("unused", access_token, expires_at, url))
        return ZohoGateway(
            credentials=lambda: ClientCredentials("unused", "unused"),
            tokens=tokens,
            limiter=limiter,
            clock=clock,
            urls=ZohoUrls(url, url, url),
        )

    return opened


def engine_over(url: str, access_token: str, **given: Any) -> Engine:
    """Return the engine with the real clients, on real time, without pacing; stores as given or in memory."""
    clock = SystemClock()
    given.setdefault("limiter", Unlimited())
    return Engine(clock=clock, zoho=gateway_over(url, access_token, clock), list_key=LIST_KEY, **given)


def loaded_engine(at: Server) -> tuple[Engine, Run]:
    """Return an engine whose first load is over, and that load's run."""
    engine = engine_over(at.url, at.access_token())
    return engine, engine.run(Mode.FULL)
