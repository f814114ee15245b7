"""The main job on the deployed template, each function under nothing but the permissions of its own role."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from botocore.exceptions import ClientError

from infra.zoho_sim import SimServer
from shared.adapters.queue import body_of
from shared.ports import WakeUp
from tests.emulators.deployment import SECRET, Account, enforcing
from tests.events import Answer, message, request
from tests.functions.conftest import tenant_of

pytestmark = pytest.mark.slow

CONSOLE = "https://console.example"
SUB = "alice"
RUN_SECONDS = 60


@dataclass
class Deployed:
    """The stack, the Zoho that its functions call, and the ids that the main job has made."""

    account: Account
    zoho: SimServer
    ids: dict[str, str] = field(default_factory=dict)

    def ask(self, function: str, method: str, path: str, **sent: Any) -> Answer:
        return Answer.of(self.account.invoke(function, request(method, path, sub=SUB, **sent)))

    def get(self, function: str, method: str, path: str, status: int, **sent: Any) -> Any:
        answer = self.ask(function, method, path, **sent)
        assert answer.status == status, (method, path, answer.text, self.account.crashes())
        return answer.json if answer.text else None

    def connect(self) -> None:
        started = self.get("ConnectFunction", "POST", "/connection/authorization", 201, body={})
        accepted = requests.get(started["authorization_url"], allow_redirects=False, timeout=10)
        back = {
            name: values[0] for name, values in parse_qs(urlsplit(accepted.headers["Location"]).query).items()
        }
        back["accounts_server"] = back.pop("accounts-server")
        self.get("ConnectFunction", "POST", "/connection", 201, body=back)
        offered = self.get("ConnectFunction", "GET", "/connection/organizations", 200)["items"]
        chosen = {"organization_id": next(each["id"] for each in offered if each["eligible"])}
        self.get("ConnectFunction", "PUT", "/connection/organization", 200, body=chosen)

    def configure(self) -> None:
        options = self.get("ConfigureFunction", "GET", "/sync-options", 200)
        body = {
            "module": "contacts",
            "list_key": options["lists"][0]["key"],
            "subscription_type": "marketing",
            "topic_ids": [options["topics"][0]["id"]],
            "update_empty_fields": False,
            "accept_auto_upgrade": True,
            "schedule": {"frequency": "daily", "time": "09:30", "time_zone": "Europe/Berlin"},
            "mapping": options["suggested_mapping"],
        }
        self.ids["sync"] = self.get("ConfigureFunction", "POST", "/syncs", 201, body=body)["id"]

    def wait_for_run(self) -> dict[str, Any]:
        """The emulator delivers the messages; wait until the newest run has ended."""
        deadline = time.monotonic() + RUN_SECONDS
        run: dict[str, Any] = {}
        while time.monotonic() < deadline:
            runs = self.get("HistoryFunction", "GET", f"/syncs/{self.ids['sync']}/runs", 200)["items"]
            run = runs[0] if runs else {}
            if run.get("status") in {"completed", "failed", "cancelled"}:
                return run
            time.sleep(0.5)
        raise AssertionError(f"the run has not ended within {RUN_SECONDS} s: {run}")


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    with SimServer(port=0, customers=40) as zoho:
        zoho.world.settings.auto_accept = True
        zoho.world.settings.redirect_uris = [f"{CONSOLE}/oauth/callback"]
        names = ("ZOHO_ACCOUNTS_URL", "ZOHO_BOOKS_URL", "ZOHO_CAMPAIGNS_URL")
        with enforcing(tmp_path_factory.mktemp("ministack"), dict.fromkeys(names, zoho.url)) as emulator:
            account = Account(emulator.url)
            settings = zoho.world.settings
            secret = {"client_id": settings.client_id, "client_secret": settings.client_secret}
            account.secrets.create_secret(Name=SECRET, SecretString=json.dumps(secret))
            account.deploy(CONSOLE)
            # It passes no encryption context on to the evaluation; the template's tests hold the condition.
            account.without_conditions("ZohoTokensPolicy")
            yield Deployed(account, zoho)


def test_the_main_job_runs_under_the_templates_own_permissions(deployed: Deployed) -> None:
    deployed.connect()
    deployed.configure()
    run = deployed.wait_for_run()
    assert (run["status"], run["error"]) == ("completed", None), run
    assert run["added"] > 20
    assert run["skipped"] > 0
    sync, deployed.ids["run"] = f"/syncs/{deployed.ids['sync']}", run["id"]
    download = deployed.get("HistoryFunction", "GET", f"{sync}/runs/{run['id']}/skipped", 200)
    file = requests.get(download["url"], timeout=10)
    assert (file.status_code, len(file.content.splitlines())) == (200, download["rows"] + 1)
    notes = deployed.get("HistoryFunction", "GET", "/notifications", 200)["items"]
    deployed.get("HistoryFunction", "POST", f"/notifications/{notes[0]['id']}/read", 200, body={})
    for step in ("pause", "resume", "preview"):
        deployed.get("ConfigureFunction", "POST", f"{sync}/{step}", 200, body={})
    deployed.get("RunApiFunction", "POST", f"{sync}/runs", 202, body={"mode": "full"})
    assert deployed.wait_for_run()["status"] == "completed"
    assert deployed.account.invoke("SweeperFunction", {}) == {"woken": 0}
    assert deployed.get("ConsoleFunction", "GET", "/health", 200) == {"status": "ok"}
    assert deployed.zoho.world.stats.offences == {}


def test_what_is_sent_without_tls_is_refused_by_a_queue_with_the_templates_policy(deployed: Deployed) -> None:
    queue = deployed.account.physical["ScheduleDlq"]
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    policy = {"Version": "2012-10-17", "Statement": [{**deny, "Condition": condition}]}
    deployed.account.sqs.send_message(QueueUrl=queue, MessageBody="before")
    deployed.account.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    with pytest.raises(ClientError, match="AccessDenied"):
        deployed.account.sqs.send_message(QueueUrl=queue, MessageBody="after")


# ---- one permission less ------------------------------------------------------------------------------

Step = Callable[[Deployed], bool]
"""Does one thing and says whether it went well."""


def asked(function: str, method: str, path: str, **sent: Any) -> Step:
    def step(deployed: Deployed) -> bool:
        answer = deployed.ask(function, method, path.format(**deployed.ids), **sent)
        assert answer.status in {200, 201, 202, 204, 500}, answer.text
        return answer.status < 500

    return step


def downloaded(deployed: Deployed) -> bool:
    path = "/syncs/{sync}/runs/{run}/skipped".format(**deployed.ids)
    link = deployed.get("HistoryFunction", "GET", path, 200)["url"]
    return requests.get(link, timeout=10).status_code == 200


def swept(deployed: Deployed) -> bool:
    return _went_well(deployed, "SweeperFunction", {})


def erased(deployed: Deployed) -> bool:
    """The second pass of a disabling, for a tenant of whom nothing is left."""
    body = body_of(WakeUp("erase", tenant_of("nobody"), "gone", scheduled_at="2026-11-23T09:00:00+00:00"))
    return _went_well(deployed, "WorkerFunction", message(body))


def _went_well(deployed: Deployed, function: str, event: dict[str, Any]) -> bool:
    try:
        deployed.account.invoke(function, event)
    except AssertionError:
        return False
    return True


BEGIN = asked("ConnectFunction", "POST", "/connection/authorization", body={})
LESS: list[tuple[str, str, Step]] = [
    ("ConnectRole", "dynamodb:PutItem", BEGIN),
    ("ConnectRole", "dynamodb:GetItem", asked("ConnectFunction", "GET", "/connection")),
    ("WorkerRole", "dynamodb:Query", erased),
    ("ZohoTokensPolicy", "kms:Encrypt", BEGIN),
    ("ZohoTokensPolicy", "kms:Decrypt", asked("ConnectFunction", "GET", "/connection/organizations")),
    (
        "ConfigureRole",
        "scheduler:UpdateSchedule",
        asked("ConfigureFunction", "POST", "/syncs/{sync}/pause", body={}),
    ),
    ("HistoryRole", "dynamodb:Query", asked("HistoryFunction", "GET", "/notifications")),
    ("HistoryRole", "dynamodb:GetItem", asked("HistoryFunction", "GET", "/syncs/{sync}/runs")),
    ("HistoryRole", "s3:GetObject", downloaded),
    ("SweeperRole", "dynamodb:Query", swept),
    ("WorkerRole", "s3:ListBucket", erased),
    ("WorkerRole", "scheduler:DeleteSchedule", erased),
]


@pytest.mark.parametrize(
    ("policy", "action", "step"), LESS, ids=[f"{policy}-{action}" for policy, action, _ in LESS]
)
def test_without_one_permission_its_step_fails(
    deployed: Deployed, policy: str, action: str, step: Step
) -> None:
    if not deployed.ids:
        pytest.skip("the main job did not get as far as this needs")
    assert step(deployed)
    with deployed.account.without_action(policy, action):
        assert not step(deployed)
    assert step(deployed)


def test_leaving_works_under_the_templates_own_permissions(deployed: Deployed) -> None:
    deployed.get("ConnectFunction", "DELETE", "/connection", 204, query={"confirm": "true"})
    assert erased(deployed)
    assert deployed.ask("ConnectFunction", "GET", "/connection").status == 404
    group = deployed.account.physical["ScheduleGroup"]
    assert deployed.account.scheduler.list_schedules(GroupName=group)["Schedules"] == []
