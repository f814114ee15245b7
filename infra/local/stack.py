"""The whole local stack in one process tree: data services, functions, HTTP API, queues, schedules."""

import fcntl
import os
import shutil
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.local import schedules
from infra.local.data_resources import Clients, put_secret
from infra.local.data_services import DataServices
from infra.local.deployment import Deployment
from infra.local.environments import FunctionRunner
from infra.local.gateway import MAX_REQUEST_BYTES, Gateway
from infra.local.http_server import LocalHttpServer
from infra.local.ports import LOOPBACK, is_free
from infra.local.queue_poller import QueuePoller, QueueSource
from infra.local.routes import RouteTable
from infra.local.schedule_runner import ScheduleRunner
from infra.local.template import Function, Template, TemplateError
from infra.local.token_issuer import TokenIssuer

CLIENT_ID = "contact-sync-local"
# Environments of one function that may answer at once; Lambda would start as many as there are requests.
_ENVIRONMENTS = 2
_CPUS = os.cpu_count() or 1
_LOCK_NAME = "lock"


class StackError(Exception):
    """The stack cannot start or go on; the message tells a person why."""


class LocalStack:
    """One local stack whose state lives in `folder`; a context manager that ends everything it started.

    The address is known from the beginning, requests are answered after `start`.
    """

    def __init__(self, folder: Path, *, template: Template, port: int = 0, fresh: bool = False) -> None:
        self._folder = folder
        self._template = template
        self._cleanup = ExitStack()
        try:
            self._prepare_folder(fresh=fresh)
            self._server = self._listen(port)
        except BaseException:
            self._cleanup.close()
            raise
        self.origin = self._server.origin
        self._data_services = DataServices(folder)
        self.routes = RouteTable(())

    def start(
        self,
        *,
        parameters: Mapping[str, str],
        variables: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        """Bring everything up; raise StackError, TemplateError, DataServicesError or FunctionFailed.

        `variables` are added to every function's environment, `secrets` become Secrets Manager's, by name.
        """
        self._data_services.start()
        self._cleanup.callback(self._data_services.stop)
        self.clients = Clients(self._data_services.endpoint_url)
        deployment = Deployment(self._template, parameters, self.clients, api_origin=self.origin)
        deployment.create_all()
        for name, text in (secrets or {}).items():
            put_secret(self.clients, name, text)
        self.functions = deployment.functions()
        sources = self._queue_sources(deployment)
        extra = {"AWS_ENDPOINT_URL": self._data_services.endpoint_url, **(variables or {})}
        runners = self._runners(sources, extra)
        self._serve(deployment, runners)
        self._start_triggers(deployment, runners, sources)

    def check(self) -> None:
        """Raise StackError when a part that everything needs has ended by itself."""
        if not self._data_services.is_running():
            raise StackError(f"MiniStack ended by itself, see {self._folder / 'logs' / 'ministack.log'}")

    def stop(self) -> None:
        """End everything in reverse order; a second call does nothing."""
        self._cleanup.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _prepare_folder(self, *, fresh: bool) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = self._cleanup.enter_context((self._folder / _LOCK_NAME).open("w"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(f"another local stack is using {self._folder}; stop it first") from None
        if fresh:
            for child in self._folder.iterdir():
                if child.is_dir():
                    shutil.rmtree(child)
                elif child.name != _LOCK_NAME:
                    child.unlink()

    def _listen(self, port: int) -> LocalHttpServer:
        if port and not is_free(port):
            raise StackError(f"port {port} is taken on {LOOPBACK}; choose another one with --port")
        server = LocalHttpServer(port, max_request_bytes=MAX_REQUEST_BYTES)
        self._cleanup.callback(server.server_close)
        return server

    def _queue_sources(self, deployment: Deployment) -> Mapping[str, Sequence[QueueSource]]:
        return {
            function.name: [
                source
                for event in function.events
                if event.type == "SQS" and (source := QueueSource.of(event, deployment.resolver))
            ]
            for function in self.functions
        }

    def _runners(
        self, sources: Mapping[str, Sequence[QueueSource]], variables: Mapping[str, str]
    ) -> Mapping[str, FunctionRunner]:
        logs = self._folder / "logs"

        def runner(function: Function) -> FunctionRunner:
            threads = sum(source.threads for source in sources[function.name])
            made = FunctionRunner(function, variables, logs, max_environments=max(_ENVIRONMENTS, threads))
            self._cleanup.callback(made.stop)
            return made

        runners = {function.name: runner(function) for function in self.functions}
        with ThreadPoolExecutor(_CPUS) as pool:
            for _ in pool.map(FunctionRunner.warm_up, runners.values()):
                pass
        return runners

    def _serve(self, deployment: Deployment, runners: Mapping[str, FunctionRunner]) -> None:
        issuer = TokenIssuer(self._folder / "issuer-key.pem", issuer=self.origin, client_id=CLIENT_ID)
        self.routes = RouteTable.of(self._template, self.functions, deployment.resolver)
        foreign = {route.jwt.issuer for route in self.routes.routes if route.jwt} - {self.origin}
        if foreign:
            raise TemplateError(
                f"the local stack issues its own tokens, the template trusts {', '.join(foreign)}"
            )
        self._server.answer = Gateway(self.routes, runners, issuer).handle
        threading.Thread(target=self._server.serve_forever, name="http", daemon=True).start()
        self._cleanup.callback(self._server.shutdown)

    def _start_triggers(
        self,
        deployment: Deployment,
        runners: Mapping[str, FunctionRunner],
        sources: Mapping[str, Sequence[QueueSource]],
    ) -> None:
        for name, of_function in sources.items():
            for source in of_function:
                poller = QueuePoller(source, runners[name], self.clients.sqs)
                self._cleanup.callback(poller.stop)
                poller.start()
        fixed = schedules.of_template(self._template, self.functions, deployment.resolver, datetime.now(UTC))
        schedule_runner = ScheduleRunner(fixed, self.clients, runners)
        self._cleanup.callback(schedule_runner.stop)
        schedule_runner.start()
