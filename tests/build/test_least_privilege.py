"""Every role grants what its function was seen to call while a user used everything, and no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name

from infra.zoho_sim import VirtualClock
from infra.zoho_sim.seed import seed
from tests.build.sam_template import of_type
from tests.build.test_template_permissions import ACTIONS_OF_CALLS, NEEDED_BY_AWS_ITSELF, TABLE, grants
from tests.security.canary import tell
from tests.security.product import Product, deployed

CLIENT = "here the Zoho client is given to the application"
NOT_SEEN_HERE = {
    "ConnectFunction": {"secretsmanager:GetSecretValue": CLIENT},
    "ConfigureFunction": {
        "secretsmanager:GetSecretValue": CLIENT,
        "scheduler:DeleteSchedule": "of two first syncs created at once, one takes its schedule back",
    },
    "WorkerFunction": {
        "secretsmanager:GetSecretValue": CLIENT,
        "s3:AbortMultipartUpload": "an upload that failed halfway",
    },
}
Call = tuple[str, str]
"""An action, and the resource for those of the table."""


class Everything:
    """Uses every route and every background job once, and notes which function calls what of AWS."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.calls: dict[str, set[Call]] = defaultdict(set)
        self.routes: set[str] = set()
        self._running = ""
        for name, runner in product.runners.items():
            runner.invoke = self._noting(name, runner.invoke)  # type: ignore[method-assign]
        aws = product.application._aws
        for client in (aws.dynamodb, aws.s3, aws.sqs, aws.scheduler, aws.kms):
            client.meta.events.register_first("provide-client-params.*.*", self._note)

    def _noting(self, name: str, invoke: Any) -> Any:
        def noted(event: Any, **patience: Any) -> Any:
            self._running = name
            self.routes.add(event.get("routeKey", ""))
            try:
                return invoke(event, **patience)
            finally:
                self._running = ""

        return noted

    def _note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        action = ACTIONS_OF_CALLS[xform_name(model.name)]
        resource = ""
        if action.startswith("dynamodb:"):
            index = params.get("IndexName")
            resource = f"${{Table.Arn}}/index/{index}" if index else TABLE
        if self._running:
            self.calls[self._running].add((action, resource))

    def go(self, method: str, path: str, status: int, **sent: Any) -> Any:
        answer = self.product.call(method, path, **sent)
        assert answer.status == status, (method, path, answer.text)
        return answer.json if answer.text.startswith("{") else None

    def happen(self) -> None:
        self.set_up()
        self.run()
        self.run_into_trouble()
        self.look()
        self.leave()

    def set_up(self) -> None:
        product, once = self.product, {"Idempotency-Key": "once"}
        self.go("GET", "/connection", 404)
        self.go("POST", "/connection/authorization", 201, body={}, headers=once)
        product.connect()
        self.go("PUT", "/connection/gdpr", 200, body={"enabled": False})
        options = self.go("GET", "/sync-options", 200)
        self.body = {
            "module": "contacts",
            "list_key": options["lists"][0]["key"],
            "subscription_type": "marketing",
            "topic_ids": [options["topics"][0]["id"]],
            "update_empty_fields": False,
            "accept_auto_upgrade": True,
            "schedule": {"frequency": "daily", "time": "09:30", "time_zone": "Europe/Berlin"},
            "mapping": options["suggested_mapping"],
        }
        self.go("POST", "/syncs/preview", 200, body=self.body)
        self.sync = "/syncs/" + self.go("POST", "/syncs", 201, body=self.body, headers=once)["id"]
        self.go("POST", "/syncs", 201, body=self.body, headers=once)
        self.go("GET", "/syncs", 200)
        self.go("GET", self.sync, 200)

    def run(self) -> None:
        product = self.product
        product.work_off()
        self.go("POST", f"{self.sync}/preview", 200, body={})
        self.go("PUT", self.sync, 200, body=self.body)
        product.work_off()
        self.go("POST", f"{self.sync}/pause", 200, body={})
        self.go("POST", f"{self.sync}/resume", 200, body={})
        product.work_off()
        started = self.go(
            "POST", f"{self.sync}/runs", 202, body={"mode": "full"}, headers={"Idempotency-Key": "once"}
        )
        self.go("POST", f"{self.sync}/runs/{started['id']}/cancel", 202, body={})
        product.work_off()

    def run_into_trouble(self) -> None:
        """A lost message, a customer who goes, a firing, a consent that is withdrawn and given again."""
        product = self.product
        self.go("POST", f"{self.sync}/runs", 202, body={"mode": "full"})
        for url in (product.config.interactive_queue_url, product.config.bulk_queue_url):
            product.clients.sqs.purge_queue(QueueUrl=url)
        product.clock.sleep(3600)
        product.work_off()
        product.clock.sleep(3600)
        product.fire()
        product.work_off()
        tell(product.world, "tokens", action="revoke_all")
        product.clock.sleep(7200)
        self.go("POST", f"{self.sync}/runs", 202, body={"mode": "incremental"})
        product.work_off()
        self.go("POST", "/connection", 201, body=product.consent())
        product.work_off()

    def look(self) -> None:
        run = self.go("GET", f"{self.sync}/runs", 200)["items"][-1]
        self.go("GET", f"{self.sync}/runs/{run['id']}", 200)
        self.go("GET", f"{self.sync}/runs/{run['id']}/skipped", 200)
        note = self.go("GET", "/notifications", 200)["items"][0]
        self.go("POST", f"/notifications/{note['id']}/read", 200, body={})

    def leave(self) -> None:
        self.go("GET", "/connection", 200)
        self.go("GET", "/connection/disable-effects", 200)
        tell(self.product.world, "faults", action="unavailable", endpoint="accounts.revoke", count=2)
        self.go("DELETE", "/connection", 204, query={"confirm": "true"})
        self.product.work_off()


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everything]:
    time = VirtualClock()
    folder: Path = tmp_path_factory.mktemp("product")
    with deployed(folder, seed(30, clock=time), time) as product:
        made = Everything(product)
        made.happen()
        yield made


def test_every_route_was_used(everything: Everything) -> None:
    routes = everything.product.routes.routes
    assert everything.routes >= {route.key for route in routes if route.function != "ConsoleFunction"}


@pytest.mark.parametrize("function", of_type("AWS::Lambda::Function"))
def test_a_role_grants_what_its_function_calls_and_no_more(everything: Everything, function: str) -> None:
    granted = {
        (action, resource if action.startswith("dynamodb:") else "")
        for action, resource in grants(function)
        if action not in NEEDED_BY_AWS_ITSELF
    }
    unseen = {(action, "") for action in NOT_SEEN_HERE.get(function, {})}
    assert granted == everything.calls[function] | unseen
    assert not everything.calls[function] & unseen
