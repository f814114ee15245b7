"""The handlers on an application of fakes, called as API Gateway calls them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from functions.configure import app as configure
from functions.connect import app as connect
from functions.history import app as history
from functions.run_sync import api as run_sync
from shared import bootstrap
from tests.application import FakeApplication
from tests.events import Answer, Context, request

SYNC_BODY: dict[str, Any] = {
    "module": "contacts",
    "list_key": "list",
    "subscription_type": "marketing",
    "topic_ids": ["t1"],
    "update_empty_fields": False,
    "accept_auto_upgrade": True,
    "schedule": {"frequency": "weekly", "time": "09:30", "time_zone": "Asia/Kolkata", "weekday": "monday"},
    "mapping": [
        {"source": "email", "target": "Contact Email"},
        {"source": "cf_vat_id", "target": "VAT ID", "new_field": True},
    ],
}


def tenant_of(sub: str) -> str:
    return hashlib.sha256(sub.encode()).hexdigest()[:32]


def function_of(method: str, path: str) -> Callable[..., Any]:
    """Return the handler behind a route, as template.yaml distributes them."""
    if path == "/connection/gdpr" or path.startswith("/sync-options"):
        return configure.handler
    if path.startswith("/connection"):
        return connect.handler
    if "/runs" in path:
        return run_sync.handler if method == "POST" else history.handler
    return configure.handler if path.startswith("/syncs") else history.handler


class Client:
    """Sends requests as one user; `call` returns whatever comes back."""

    def __init__(self, application: FakeApplication) -> None:
        self.application = application

    def call(self, method: str, path: str, **sent: Any) -> Answer:
        return Answer.of(function_of(method, path)(request(method, path, **sent), Context()))

    def connect(self, sub: str = "alice") -> None:
        self.application.connected(tenant_of(sub))

    def sync(self, sub: str = "alice") -> str:
        """Connect and set a sync up; return its id."""
        self.connect(sub)
        answer = self.call("POST", "/syncs", body=SYNC_BODY, sub=sub)
        assert answer.status == 201, answer.text
        return str(answer.json["id"])


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    application = FakeApplication()
    monkeypatch.setattr(bootstrap, "application", lambda: application)
    return Client(application)
