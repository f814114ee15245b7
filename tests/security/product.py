"""The whole service in one process: the gateway of the template, its handlers, moto, and a simulated Zoho.

Nothing is faked but AWS, Zoho and time, so what a request meets here it meets in production as well.
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from moto import mock_aws

from infra.local.data_resources import Clients, put_secret
from infra.local.deployment import Deployment
from infra.local.environments import FunctionRunner
from infra.local.gateway import Gateway
from infra.local.http_events import Request
from infra.local.queue_poller import record_of
from infra.local.routes import RouteTable
from infra.local.stack import CLIENT_ID
from infra.local.template import Function, Template
from infra.local.token_issuer import TokenIssuer
from infra.zoho_sim import VirtualClock, World
from infra.zoho_sim.app import Simulator
from infra.zoho_sim.wire import Request as ZohoRequest
from shared import bootstrap
from shared.adapters.zoho.data_centers import ZohoUrls
from shared.adapters.zoho.gateway import ZohoGateway
from shared.adapters.zoho.oauth import ClientCredentials
from shared.bootstrap import Application
from shared.config import Config
from tests.contract.zoho.in_process import InProcessTransport
from tests.contract.zoho.simulated import SharedClock
from tests.events import Context

ROOT = Path(__file__).resolve().parents[2]
ORIGIN = "http://127.0.0.1:8080"
ZOHO_ORIGIN = "http://127.0.0.1:2"
SECRET_NAME = "contact-sync/zoho-client"
LONGEST_WAIT = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])

    @property
    def said(self) -> tuple[int, Any]:
        """Status and body without the id of the request, to be compared with another answer's."""
        body = self.json
        body["error"].pop("request_id")
        return self.status, body


class InProcessRunner:
    """Calls a handler here, with the environment that the template gives its function."""

    def __init__(self, function: Function) -> None:
        module, _, name = function.handler.rpartition(".")
        self.function = function
        self._environment = function.environment
        with patch.dict(os.environ, self._environment):
            self._handler = getattr(importlib.import_module(module), name)

    def invoke(self, event: Any, patience_seconds: float | None = None) -> Any:
        with patch.dict(os.environ, self._environment):
            return json.loads(json.dumps(self._handler(event, Context())))


class Product:
    """One deployment; `world` is the Zoho it talks to, `clock` the time of everything but AWS."""

    def __init__(self, folder: Path, world: World, time: VirtualClock) -> None:
        self.world = world
        self.simulator = Simulator(world)
        self.clock = SharedClock(time)
        self.clients = Clients(cast("str", None))
        template = Template.load(ROOT / "template.yaml")
        parameters = {
            "OidcIssuer": ORIGIN,
            "OidcAudience": CLIENT_ID,
            "ConsoleUrl": ORIGIN,
            "ZohoClientSecretName": SECRET_NAME,
        }
        deployment = Deployment(template, parameters, self.clients, api_origin=ORIGIN)
        deployment.create_all()
        settings = world.settings
        credentials = {"client_id": settings.client_id, "client_secret": settings.client_secret}
        put_secret(self.clients, SECRET_NAME, json.dumps(credentials))
        functions = deployment.functions()
        self.runners = {function.name: InProcessRunner(function) for function in functions}
        self.config = Config.read(self.runners["WorkerFunction"].function.environment)
        self.application = self._application(ClientCredentials(**credentials))
        self.issuer = TokenIssuer(folder / "key.pem", issuer=ORIGIN, client_id=CLIENT_ID)
        self.routes = RouteTable.of(template, functions, deployment.resolver)
        runners = cast("Mapping[str, FunctionRunner]", self.runners)
        self.gateway = Gateway(self.routes, runners, self.issuer)
        self.bodies: list[str] = []
        """Every message that was ever sent."""
        self._delays: list[float] = []
        events = self.application._aws.sqs.meta.events
        events.register("provide-client-params.sqs.SendMessage", self._note)  # type: ignore[arg-type]

    def _application(self, credentials: ClientCredentials) -> Application:
        application = Application(self.config)
        application.clock = self.clock
        application.zoho = ZohoGateway(
            credentials=lambda: credentials,
            tokens=application.tokens,
            limiter=application.limiter,
            clock=self.clock,
            urls=ZohoUrls(ZOHO_ORIGIN, ZOHO_ORIGIN, ZOHO_ORIGIN),
            transport=InProcessTransport(self.simulator, self.clock.sleep),
        )
        return application

    def _note(self, params: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Messages wait in virtual time, which moto knows nothing of."""
        self.bodies.append(params["MessageBody"])
        self._delays.append(float(params["DelaySeconds"]))
        return {**params, "DelaySeconds": 0}

    # ---- over HTTP ------------------------------------------------------------------------------------

    def call(
        self,
        method: str,
        path: str,
        *,
        sub: str = "alice",
        body: Any = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        authorization: str | None = None,
    ) -> Answer:
        """Send a request as `sub`, or with another Authorization header ("" for none)."""
        if authorization is None:
            authorization = f"Bearer {self.issuer.id_token(sub)}"
        sent = [("Host", ORIGIN.removeprefix("http://")), *(headers or {}).items()]
        sent += [("Authorization", authorization)] if authorization else []
        sent += [] if body is None else [("Content-Type", "application/json")]
        content = b"" if body is None else json.dumps(body).encode()
        request = Request(method, path, urlencode(query or {}), sent, content, "127.0.0.1")
        response = self.gateway.handle(request)
        return Answer(response.status, dict(response.headers), response.body.decode())

    def consent(self, sub: str = "alice") -> dict[str, str]:
        """Start a consent, give it, and return what the browser brings back."""
        started = self.call("POST", "/connection/authorization", sub=sub, body={})
        assert started.status == 201, started.text
        url = urlsplit(started.json["authorization_url"])
        self.world.settings.auto_accept = True
        accepted = self.simulator.handle(ZohoRequest("GET", url.path, query=url.query, origin=ZOHO_ORIGIN))
        back = parse_qs(urlsplit(dict(accepted.headers)["Location"]).query)
        named = {name: values[0] for name, values in back.items()}
        server = named.pop("accounts-server")
        return {**named, "accounts_server": server}

    def connect(self, sub: str = "alice") -> None:
        """Connect the first eligible organization."""
        connected = self.call("POST", "/connection", sub=sub, body=self.consent(sub))
        assert connected.status == 201, connected.text
        offered = self.call("GET", "/connection/organizations", sub=sub).json["items"]
        eligible = next(each["id"] for each in offered if each["eligible"])
        chosen = self.call("PUT", "/connection/organization", sub=sub, body={"organization_id": eligible})
        assert chosen.status == 200, chosen.text

    def set_up(self, sub: str = "alice", **changes: Any) -> str:
        """Connect, create a sync with the suggested mapping and return its id."""
        self.connect(sub)
        options = self.call("GET", "/sync-options", sub=sub).json
        body = {
            "module": "contacts",
            "list_key": options["lists"][0]["key"],
            "subscription_type": "marketing",
            "topic_ids": [options["topics"][0]["id"]],
            "update_empty_fields": False,
            "accept_auto_upgrade": True,
            "schedule": {"frequency": "daily", "time": "09:30", "time_zone": "Europe/Berlin"},
            "mapping": options["suggested_mapping"],
            **changes,
        }
        created = self.call("POST", "/syncs", sub=sub, body=body)
        assert created.status == 201, created.text
        return str(created.json["id"])

    # ---- what AWS does by itself ------------------------------------------------------------------------

    def work_off(self, rounds: int = 100) -> None:
        """Deliver every message in turn, letting its delay pass, and sweep when none is left."""
        for _ in range(rounds):
            if self._deliver() or self._sweep():
                continue
            return
        raise AssertionError("the messages never end")

    def _deliver(self) -> bool:
        for url in (self.config.interactive_queue_url, self.config.bulk_queue_url):
            found = self.clients.sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=1, MessageSystemAttributeNames=["All"]
            )
            for message in found.get("Messages", []):
                self.clock.sleep(self._delays[self.bodies.index(message["Body"])])
                event = {"Records": [record_of(message, "arn:aws:sqs:us-east-1:0:queue")]}
                answer = self.runners["WorkerFunction"].invoke(event)
                assert answer == {"batchItemFailures": []}
                self.clients.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                return True
        return False

    def _sweep(self) -> bool:
        """Let up to two hours pass in which only the sweeper could wake somebody."""
        started = self.clock.now()
        while self.clock.now() - started < LONGEST_WAIT:
            if self.runners["SweeperFunction"].invoke({})["woken"]:
                return True
            self.clock.sleep(900)
        return False

    def fire(self) -> None:
        """Let every schedule fire once, now."""
        scheduler, group = self.clients.scheduler, self.config.schedule_group_name
        for schedule in scheduler.list_schedules(GroupName=group)["Schedules"]:
            target = scheduler.get_schedule(GroupName=group, Name=schedule["Name"])["Target"]
            now = self.clock.now().isoformat()
            body = target["Input"].replace("<aws.scheduler.scheduled-time>", now)
            self.application._aws.sqs.send_message(
                QueueUrl=self.config.interactive_queue_url, MessageBody=body, DelaySeconds=0
            )

    # ---- what is stored ---------------------------------------------------------------------------------

    def items(self) -> list[dict[str, Any]]:
        """Every item of the table, as DynamoDB gives it out."""
        pages = self.clients.dynamodb.get_paginator("scan").paginate(TableName=self.config.table_name)
        return [item for page in pages for item in page["Items"]]

    def objects(self) -> dict[str, bytes]:
        """Every object of the bucket by its name."""
        bucket = self.config.bucket_name
        listed = self.clients.s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        names = [each["Key"] for each in listed]
        return {name: self.clients.s3.get_object(Bucket=bucket, Key=name)["Body"].read() for name in names}

    def schedules(self) -> list[dict[str, Any]]:
        group = self.config.schedule_group_name
        found = self.clients.scheduler.list_schedules(GroupName=group)["Schedules"]
        return [
            cast("dict[str, Any]", self.clients.scheduler.get_schedule(GroupName=group, Name=each["Name"]))
            for each in found
        ]


@contextmanager
def deployed(folder: Path, world: World, time: VirtualClock) -> Iterator[Product]:
    """Deploy into an empty account that is gone with the block."""
    with ExitStack() as stack:
        stack.enter_context(mock_aws())
        monkeypatch = stack.enter_context(pytest.MonkeyPatch.context())
        product = Product(folder, world, time)
        monkeypatch.setattr(bootstrap, "application", lambda: product.application)
        yield product
