"""Scripted faults: which call goes wrong, and how."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_args
from urllib.parse import unquote_plus

from infra.zoho_sim.wire import HTML_TYPE, JSON_TYPE, Request, Response, json_bytes

Action = Literal["answer", "html", "unavailable", "drop", "delay"]
HTML_PAGE = "<html><head><title>Zoho</title></head><body><h1>We'll be back soon</h1></body></html>"
MAX_DELAY_MS = 600_000
LOWEST_STATUS, HIGHEST_STATUS = 200, 599


class BadFault(ValueError):
    """A fault that cannot be scripted as asked; the message names the key."""


@dataclass(slots=True)
class Fault:
    """Fires on the `nth` matching call, then on each `every`-th one, `count` times in all (null: always).

    A call matches when its endpoint is `endpoint` ("*": any) and its decoded path, query or body contains
    `contains` (any case; an e-mail address, for instance). Actions: `answer` gives `status`, `headers` and
    `body` (text, or JSON if it is not text); `html` is a 502 page unless `status` says otherwise;
    `unavailable` is a 503 with `retry_after_seconds`; `drop` closes the connection; `delay` only waits. Any
    action waits `delay_ms` first. With `after_effect` the call is carried out and only its answer is lost.
    """

    action: Action
    endpoint: str = "*"
    contains: str = ""
    nth: int = 1
    every: int = 1
    count: int | None = 1
    after_effect: bool = False
    status: int | None = None
    body: Any = ""
    headers: dict[str, str] = field(default_factory=dict)
    retry_after_seconds: int = 30
    delay_ms: int = 0
    id: int = 0
    seen: int = 0
    fired: int = 0

    def meets(self, endpoint: str, text: str) -> bool:
        """Count the call if it matches, and say whether the fault fires on it."""
        if self.endpoint not in {"*", endpoint} or self.contains.lower() not in text:
            return False
        self.seen += 1
        due = self.seen >= self.nth and (self.seen - self.nth) % self.every == 0
        if not due or (self.count is not None and self.fired >= self.count):
            return False
        self.fired += 1
        return True

    def response(self) -> Response:
        """Build the faulty answer; for `delay` there is none."""
        headers = tuple(self.headers.items())
        if self.action == "drop":
            return Response(0, drop=True, result="drop")
        if self.action == "html":
            return Response(self.status or 502, HTML_PAGE.encode(), HTML_TYPE, headers, result="html")
        if self.action == "unavailable":
            retry_after = (("Retry-After", str(self.retry_after_seconds)),)
            return Response(
                self.status or 503, b"Service Unavailable", "text/plain", retry_after + headers, "503"
            )
        body = self.body.encode() if isinstance(self.body, str) else json_bytes(self.body)
        return Response(self.status or 500, body, JSON_TYPE, headers, result=str(self.status or 500))


class FaultScript:
    """The faults in force, tried in the order they were added; the first that fires wins."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._last_id = 0

    def add(self, fault: Fault) -> Fault:
        self._last_id += 1
        fault.id = self._last_id
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        self._faults.clear()

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]

    def firing(self, endpoint: str, request: Request) -> Fault | None:
        if not self._faults:
            return None
        body = request.body.decode("utf-8", "replace")
        text = f"{request.path}?{unquote_plus(request.query)}\n{unquote_plus(body)}".lower()
        return next((fault for fault in self._faults if fault.meets(endpoint, text)), None)


_KEYS = {one.name for one in fields(Fault)} - {"id", "seen", "fired"}
_POSITIVE = ("nth", "every")


def fault_from_json(given: dict[str, Any], endpoints: frozenset[str]) -> Fault:
    """Check a scripted fault; raises BadFault naming the key that is wrong."""
    for key in given:
        if key not in _KEYS:
            raise BadFault(f"a fault has no key {key!r}")
    if given.get("action") not in get_args(Action):
        raise BadFault(f"action is one of {', '.join(get_args(Action))}")
    if given.get("endpoint", "*") not in ("*", *endpoints):
        raise BadFault(f"endpoint is * or one of {', '.join(sorted(endpoints))}")
    wrong = next((key for key, value in given.items() if not _fits(key, value)), None)
    if wrong is not None:
        raise BadFault(f"{wrong} cannot be {given[wrong]!r}")
    return Fault(**given)


def _fits(key: str, value: Any) -> bool:
    if key in _POSITIVE:
        return type(value) is int and value > 0
    if key == "count":
        return value is None or (type(value) is int and value > 0)
    if key == "status":
        return value is None or (type(value) is int and LOWEST_STATUS <= value <= HIGHEST_STATUS)
    if key in {"delay_ms", "retry_after_seconds"}:
        return type(value) is int and 0 <= value <= MAX_DELAY_MS
    if key == "headers":
        return isinstance(value, dict) and all(
            isinstance(part, str) and "\r" not in part and "\n" not in part
            for pair in value.items()
            for part in pair
        )
    if key == "contains":
        return isinstance(value, str)
    if key == "after_effect":
        return isinstance(value, bool)
    return True
