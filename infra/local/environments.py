"""Runs functions as Lambda does: each in processes of its own, and in each of them one call at a time.

Powertools keeps the current request in class attributes that all resolvers of a process share, so two
functions answering at once in one process would read each other's request. A process per execution
environment also keeps the functions' environment variables apart and can be ended at its timeout.
"""

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

from infra.local.data_resources import ACCESS_KEY, SECRET_KEY
from infra.local.deployment import function_arn
from infra.local.intrinsics import REGION
from infra.local.template import Function

ROOT = Path(__file__).resolve().parents[2]
_PROCESS = "infra.local.environment_process"
_IMPORT_SECONDS = 60
# What a function may see of this machine; everything else it gets from the template.
_INHERITED = (
    *("HOME", "LANG", "LC_ALL", "PATH", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE", "TMPDIR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"),
)


class FunctionFailed(Exception):
    """A handler raised, ran into its timeout, ended its process or could not be imported.

    `trace` is the handler's own traceback, where it has one.
    """

    def __init__(self, function: str, kind: str, message: str, trace: str = "") -> None:
        super().__init__(f"{function}: {kind}: {message}")
        self.kind = kind
        self.trace = trace


class FunctionTimedOut(Exception):
    """The caller's patience ended while the handler ran, or before an environment came free."""


class _Environment:
    """One process with one imported handler."""

    def __init__(self, function: Function, variables: Mapping[str, str], log_path: Path) -> None:
        self._function = function
        self._pipe, child_pipe = Pipe()
        with log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", _PROCESS, function.handler, str(child_pipe.fileno())],
                cwd=ROOT,
                env=dict(variables),
                pass_fds=[child_pipe.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        child_pipe.close()
        try:
            self._receive(_IMPORT_SECONDS)
        except BaseException:
            self.stop()
            raise

    def call(self, event: Any, timeout_seconds: float) -> Any:
        call = {
            "event": event,
            "timeout_seconds": timeout_seconds,
            "context": {
                "aws_request_id": str(uuid.uuid4()),
                "function_name": self._function.name,
                "invoked_function_arn": function_arn(self._function.name),
                "memory_limit_in_mb": str(self._function.memory_mb),
            },
        }
        try:
            self._pipe.send_bytes(json.dumps(call).encode())
        except OSError as error:
            raise FunctionFailed(self._function.name, "Runtime.ExitError", "its process is gone") from error
        return self._receive(timeout_seconds).get("result")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._pipe.close()

    def _receive(self, timeout_seconds: float) -> Mapping[str, Any]:
        try:
            if not self._pipe.poll(timeout_seconds):
                raise FunctionTimedOut(f"{self._function.name} timed out after {timeout_seconds:.0f} s")
            answer: Mapping[str, Any] = json.loads(self._pipe.recv_bytes())
        except (EOFError, OSError) as error:
            raise FunctionFailed(self._function.name, "Runtime.ExitError", "its process ended") from error
        if "error" in answer:
            failure = answer["error"]
            raise FunctionFailed(self._function.name, failure["type"], failure["message"], failure["trace"])
        return answer


class FunctionRunner:
    """All execution environments of one function; made when needed, reused while they live."""

    def __init__(
        self, function: Function, extra_variables: Mapping[str, str], logs: Path, *, max_environments: int
    ) -> None:
        self.function = function
        self._variables = _variables(function, extra_variables)
        self._log_path = logs / f"{function.name}.log"
        self._free_slots = threading.Semaphore(max_environments)
        self._lock = threading.Lock()
        self._idle: list[_Environment] = []
        self._all: set[_Environment] = set()
        self._stopped = False

    def warm_up(self) -> None:
        """Import the handler now, so that a broken one is known at the start; raise FunctionFailed."""
        with self._free_slots:
            self._give_back(self._take())

    def invoke(self, event: Any, *, patience_seconds: float | None = None) -> Any:
        """Return the handler's result; raise FunctionFailed or FunctionTimedOut.

        `patience_seconds` bounds the wait for a free environment and the call together.
        """
        deadline = None if patience_seconds is None else time.monotonic() + patience_seconds
        if not self._free_slots.acquire(timeout=patience_seconds):
            raise FunctionTimedOut(f"{self.function.name}: all its environments are busy")
        try:
            environment = self._take()
            limit: float = self.function.timeout_seconds
            if deadline is not None:
                limit = max(0.0, min(limit, deadline - time.monotonic()))
            return self._call(environment, event, limit)
        finally:
            self._free_slots.release()

    def _call(self, environment: _Environment, event: Any, limit_seconds: float) -> Any:
        usable = False
        try:
            result = environment.call(event, limit_seconds)
            usable = True
        except FunctionFailed as failure:
            usable = bool(failure.trace)  # a handler that raised did so in a process that goes on
            raise
        except FunctionTimedOut as timeout:
            if limit_seconds < self.function.timeout_seconds:
                raise  # the caller's patience ended first
            raise FunctionFailed(self.function.name, "Sandbox.Timedout", str(timeout)) from timeout
        finally:
            if usable:
                self._give_back(environment)
            else:
                self._discard(environment)
        return result

    def stop(self) -> None:
        """End every environment, also one in the middle of a call, as Lambda may at any time."""
        with self._lock:
            self._stopped = True
            environments, self._all, self._idle = list(self._all), set(), []
        for environment in environments:
            environment.stop()

    def _take(self) -> _Environment:
        with self._lock:
            if self._stopped:
                raise FunctionFailed(self.function.name, "Stopped", "the stack is stopping")
            if self._idle:
                return self._idle.pop()
        return self._keep(_Environment(self.function, self._variables, self._log_path))

    def _keep(self, environment: _Environment) -> _Environment:
        with self._lock:
            if not self._stopped:
                self._all.add(environment)
                return environment
        environment.stop()
        raise FunctionFailed(self.function.name, "Stopped", "the stack is stopping")

    def _give_back(self, environment: _Environment) -> None:
        with self._lock:
            if environment in self._all:
                self._idle.append(environment)

    def _discard(self, environment: _Environment) -> None:
        with self._lock:
            known = environment in self._all
            self._all.discard(environment)
        if known:
            environment.stop()


def _variables(function: Function, extra: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    of_lambda = {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "_HANDLER": function.handler,
        "NO_PROXY": "127.0.0.1,localhost",
        "PYTHONUNBUFFERED": "1",
        "TZ": "UTC",
    }
    return {**inherited, **of_lambda, **function.environment, **extra}
