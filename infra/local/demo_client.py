"""What a user does with the API, over HTTP alone."""

import csv
import io
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

Answer = Mapping[str, Any]

USER = "demo"
TIME_ZONE = "Asia/Kolkata"
_FINAL = frozenset({"completed", "failed", "cancelled"})
_POLL_SECONDS = 1.0
_CALL_SECONDS = 35


class DemoFailed(Exception):
    """A step did not answer as it should; the message names the step and what came back."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """The exported list of skipped records."""

    rows: int
    first_lines: Sequence[str]


class DemoUser:
    """One user of one stack."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._http = requests.Session()
        self._http.trust_env = False  # loopback only: no proxy of the machine's stands between

    def sign_in(self) -> None:
        token = self._call("POST", "/local/token", HTTPStatus.OK, {"sub": USER})["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def connect(self) -> Answer:
        """Give consent at Zoho and bring the code back, as the browser would."""
        asked = self._call("POST", "/connection/authorization", HTTPStatus.CREATED, {})
        consent = requests.get(asked["authorization_url"], allow_redirects=False, timeout=_CALL_SECONDS)
        back = {
            key: values[0]
            for key, values in parse_qs(urlsplit(consent.headers.get("location", "")).query).items()
        }
        if "code" not in back:
            raise DemoFailed(f"consent: Zoho sent no code but {consent.status_code} {back}")
        answer = {
            "code": back["code"],
            "state": back["state"],
            "location": back["location"],
            "accounts_server": back["accounts-server"],
        }
        return self._call("POST", "/connection", HTTPStatus.CREATED, answer)

    def choose_organization(self) -> Answer:
        offered = self._call("GET", "/connection/organizations", HTTPStatus.OK)["items"]
        eligible = [organization for organization in offered if organization["eligible"]]
        if not eligible:
            raise DemoFailed(f"organizations: none of {len(offered)} is eligible")
        return self._call(
            "PUT", "/connection/organization", HTTPStatus.OK, {"organization_id": eligible[0]["id"]}
        )

    def options(self) -> Answer:
        return self._call("GET", "/sync-options", HTTPStatus.OK)

    def start_sync(self, body: Answer) -> Answer:
        return self._call("POST", "/syncs", HTTPStatus.CREATED, body)

    def sync(self, sync_id: str) -> Answer:
        return self._call("GET", f"/syncs/{sync_id}", HTTPStatus.OK)

    def follow_run(self, sync_id: str, show: Callable[[Answer], None], *, limit_seconds: float) -> Answer:
        """Poll the newest run until it has ended, showing each state of it; raise DemoFailed."""
        deadline = time.monotonic() + limit_seconds
        while time.monotonic() < deadline:
            runs = self._call("GET", f"/syncs/{sync_id}/runs?limit=1", HTTPStatus.OK)["items"]
            if runs:
                run = self._call("GET", f"/syncs/{sync_id}/runs/{runs[0]['id']}", HTTPStatus.OK)
                show(run)
                if run["status"] in _FINAL:
                    return run
            time.sleep(_POLL_SECONDS)
        raise DemoFailed(f"the run has not ended within {limit_seconds:.0f} s")

    def skipped(self, sync_id: str, run_id: str, lines: int) -> Skipped | None:
        """Download the skipped records, None when there are none."""
        path = f"/syncs/{sync_id}/runs/{run_id}/skipped"
        answer = self._http.get(self._origin + path, timeout=_CALL_SECONDS)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        link = self._read("GET", path, HTTPStatus.OK, answer)
        file = requests.get(link["url"], timeout=_CALL_SECONDS)
        if file.status_code != HTTPStatus.OK:
            raise DemoFailed(f"download of the CSV: {file.status_code}")
        text = file.content.decode("utf-8-sig")
        return Skipped(
            rows=len(list(csv.reader(io.StringIO(text)))) - 1, first_lines=text.splitlines()[:lines]
        )

    def notifications(self) -> Answer:
        return self._call("GET", "/notifications", HTTPStatus.OK)

    def _call(self, method: str, path: str, expected: HTTPStatus, body: Any = None) -> Answer:
        answer = self._http.request(method, self._origin + path, json=body, timeout=_CALL_SECONDS)
        return self._read(method, path, expected, answer)

    def _read(self, method: str, path: str, expected: HTTPStatus, answer: requests.Response) -> Answer:
        if answer.status_code != expected:
            raise DemoFailed(f"{method} {path} answered {answer.status_code}: {answer.text[:500]}")
        parsed: Answer = answer.json()
        return parsed


def sync_body(options: Answer) -> dict[str, Any]:
    """The first list, every topic, the suggested mapping, one new field; Mondays at 09:30 in India."""
    topics = options["topics"] or []
    body: dict[str, Any] = {
        "module": "contacts",
        "list_key": options["lists"][0]["key"],
        "subscription_type": "marketing",
        "topic_ids": [topic["id"] for topic in topics],
        "update_empty_fields": False,
        "accept_auto_upgrade": True,
        "schedule": {"frequency": "weekly", "time": "09:30", "time_zone": TIME_ZONE, "weekday": "monday"},
        "mapping": [*options["suggested_mapping"], *_one_new_field(options)],
    }
    if options["lawful_bases"]:
        body["lawful_basis"] = options["lawful_bases"][0]["id"]
    return body


def _one_new_field(options: Answer) -> list[dict[str, Any]]:
    mapped = {pair["source"] for pair in options["suggested_mapping"]}
    existing = {field["name"].casefold() for field in options["campaigns_fields"]}
    for field in options["books_fields"]:
        if field["custom"] and field["name"] not in mapped and field["label"].casefold() not in existing:
            return [{"source": field["name"], "target": field["label"], "new_field": True}]
    return []
