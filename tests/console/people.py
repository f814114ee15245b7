"""Who uses the console in these tests, and what they did before a test begins."""

import itertools
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import requests
from playwright.sync_api import Page

Answer = dict[str, Any]

CALL_SECONDS = 35.0
RUN_SECONDS = 40.0
ZONE = "Asia/Kolkata"
# The service spaces its calls by account and data centre; people of different ones do not wait for another.
DATA_CENTERS = itertools.cycle(["us", "eu", "in", "au", "jp", "ca"])

# One simulated account stands for everybody's, so what Zoho limits by account would limit them all together.
UNLIMITED: Answer = {
    "books_per_minute": None,
    "refresh_token_limit": 1000,
    "campaigns_limits": {"campaigns.allfields": [], "campaigns.customadd": []},
}

HOSTILE_NAMES = (
    "<img src=x onerror=alert(1)>",
    "\u202egnp.eciovni\u202c Trading",
    ("Consolidated & Sons International Holdings " * 5)[:200],
)


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session


@dataclass(frozen=True, slots=True)
class Stack:
    """A running product: the console's origin and the Zoho simulator's."""

    origin: str
    zoho: str
    http: requests.Session = field(default_factory=_session)

    @contextmanager
    def held_runs(self) -> Iterator[None]:
        """Within this, no run gets past its beginning: Campaigns puts each off for a second."""
        later = {"endpoint": "campaigns.getlistsubscribers", "status": 429, "headers": {"Retry-After": "1"}}
        with self.fault(later):
            yield

    @contextmanager
    def fault(self, answer: Mapping[str, Any]) -> Iterator[None]:
        """Within this, an endpoint of Zoho's gives `answer` to every call."""
        self.control("faults", {"action": "answer", "count": None, **answer})
        try:
            yield
        finally:
            self.control("reset", {"what": ["faults"]})

    def control(self, name: str, body: Mapping[str, Any]) -> Answer:
        """Turn a knob of the simulator."""
        answer = self.http.post(f"{self.zoho}/__sim__/{name}", json=body, timeout=CALL_SECONDS)
        assert answer.ok, answer.text
        found: Answer = answer.json()
        return found


def far_from_now(hours: int = 12) -> str:
    """A time of day at which no scheduled run comes in the way."""
    return (datetime.now(ZoneInfo(ZONE)) + timedelta(hours=hours)).strftime("%H:%M")


class Person:
    """One user of the service with a Zoho account of their own."""

    _numbers: Iterator[int] = itertools.count(1)

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.name = f"person{next(self._numbers)}"
        self.email = f"{self.name}@lumen-supply.example"
        self._http = _session()
        token = self._http.post(
            f"{stack.origin}/local/token", json={"sub": self.name}, timeout=CALL_SECONDS
        ).json()["access_token"]
        self._token = token
        self._http.headers["Authorization"] = f"Bearer {token}"
        self.at_zoho()

    def at_zoho(self) -> None:
        """Let this person be the one who is asked for consent."""
        mail = {"user_email": self.email, "organization_email": self.email}
        self.stack.control("settings", {**mail, "location": next(DATA_CENTERS)})

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, self.stack.origin + path, json=body, timeout=CALL_SECONDS)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def sign_in(self, page: Page, path: str = "/") -> None:
        """Open the console as if this person had signed in earlier in this tab."""
        page.goto(f"{self.stack.origin}/health")
        page.evaluate(
            "([token, id]) => sessionStorage.setItem('session',"
            " JSON.stringify({ token, user: { id, name: id } }))",
            [self._token, self.name],
        )
        page.goto(f"{self.stack.origin}/#{path}")

    def connect(self) -> None:
        address = self.call("POST", "/connection/authorization", {})["authorization_url"]
        asked = dict(parse_qsl(urlsplit(address).query))
        consent = self.stack.http.post(
            address.partition("?")[0],
            data={**asked, "decision": "accept"},
            allow_redirects=False,
            timeout=CALL_SECONDS,
        )
        back = dict(parse_qsl(urlsplit(consent.headers["location"]).query))
        back["accounts_server"] = back.pop("accounts-server")
        self.call("POST", "/connection", back)
        offered = self.call("GET", "/connection/organizations")["items"]
        chosen = next(each for each in offered if each["eligible"])
        self.call("PUT", "/connection/organization", {"organization_id": chosen["id"]})

    def set_up(self) -> Answer:
        """Set up the sync; its first run starts at once."""
        options = self.call("GET", "/sync-options")
        created: Answer = self.call(
            "POST",
            "/syncs",
            {
                "module": "contacts",
                "list_key": options["lists"][0]["key"],
                "subscription_type": "marketing",
                "topic_ids": [topic["id"] for topic in options["topics"]],
                "accept_auto_upgrade": True,
                "schedule": {"frequency": "daily", "time": far_from_now(), "time_zone": ZONE},
                "mapping": options["suggested_mapping"],
            },
        )
        return created

    @property
    def sync(self) -> Answer:
        found: Answer = self.call("GET", "/syncs")["items"][0]
        return found

    def finish_run(self) -> Answer:
        """Wait until no run is in progress and the last one has ended; return that one."""
        deadline = time.monotonic() + RUN_SECONDS
        while time.monotonic() < deadline:
            sync = self.sync
            last: Answer | None = sync["last_run"]
            if sync["current_run"] is None and last is not None and last["finished_at"] is not None:
                return last
            time.sleep(0.2)
        raise AssertionError(f"the run has not ended within {RUN_SECONDS} s: {self.sync['current_run']}")
