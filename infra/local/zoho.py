"""Which Zoho the local stack talks to: the simulator, another origin, or the real one."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.ports import LOOPBACK, accepts, remembered_port
from infra.zoho_sim.settings import Settings

URL_VARIABLES = ("ZOHO_ACCOUNTS_URL", "ZOHO_BOOKS_URL", "ZOHO_CAMPAIGNS_URL")
_CLIENT_VARIABLES = ("ZOHO_CLIENT_ID", "ZOHO_CLIENT_SECRET")
_START_SECONDS = 60
# Saving what people did there takes seconds where they are many; only what hangs is killed.
_STOP_SECONDS = 30


class ZohoError(Exception):
    """The wanted Zoho cannot be used; the message says what to set or where to look."""


@dataclass(frozen=True, slots=True)
class Zoho:
    """What the functions have to know: other origins than the real ones, and the API client."""

    client_id: str
    client_secret: str = field(repr=False)
    urls: Mapping[str, str] = field(default_factory=dict)


class Simulator:
    """The simulator in a process of its own, whose state outlives it in `folder`."""

    def __init__(self, folder: Path, *, customers: int, auto_accept: bool) -> None:
        self._log = folder / "logs" / "zoho_sim.log"
        self._port = remembered_port(folder / "zoho-port")
        self._arguments = ["--port", str(self._port), "--customers", str(customers)]
        self._arguments += ["--state", str(folder / "zoho.json")]
        self._arguments += ["--auto-accept"] if auto_accept else []
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    def start(self) -> Zoho:
        """Start, wait until it answers, and return how to reach it; raise ZohoError."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            process = self._process = subprocess.Popen(
                [sys.executable, "-m", "infra.local.zoho_process", *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not accepts(self._port):
            if process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise ZohoError(f"the Zoho simulator did not start, see {self._log}")
            time.sleep(0.05)
        client = Settings()
        return Zoho(client.client_id, client.client_secret, dict.fromkeys(URL_VARIABLES, self.url))

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def of_environment(*, real: bool) -> Zoho | None:
    """The Zoho that the environment variables describe, None for the simulator; raise ZohoError."""
    given = {name: os.environ[name] for name in URL_VARIABLES if os.environ.get(name)}
    if given and len(given) < len(URL_VARIABLES):
        absent = ", ".join(name for name in URL_VARIABLES if name not in given)
        raise ZohoError(f"{absent} is not set: give all of {', '.join(URL_VARIABLES)} or none")
    if not real and not given:
        return None
    missing = [name for name in _CLIENT_VARIABLES if not os.environ.get(name)]
    if missing and real:
        raise ZohoError(
            f"--zoho real needs {' and '.join(missing)}: the client of your application in Zoho's API console"
        )
    client = Settings()
    return Zoho(
        os.environ.get("ZOHO_CLIENT_ID") or client.client_id,
        os.environ.get("ZOHO_CLIENT_SECRET") or client.client_secret,
        given,
    )
