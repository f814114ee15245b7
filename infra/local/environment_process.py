"""One execution environment: imports one handler and answers one call at a time.

Started by infra.local.environments as `python -m infra.local.environment_process HANDLER DESCRIPTOR`; calls
and answers are JSON over the pipe of that descriptor, stdout and stderr are the function's log.
"""

import importlib
import json
import os
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from infra.local.parent_watch import when_parent_is_gone


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """The second argument of a handler, with the names that Lambda's own has."""

    aws_request_id: str
    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: str
    deadline_seconds: float
    function_version: str = "$LATEST"
    log_group_name: str = "local"
    log_stream_name: str = "local"
    client_context: None = None
    identity: None = None

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self.deadline_seconds - time.monotonic()) * 1000))


def main() -> None:
    # Ctrl-C reaches every process of the terminal; only the stack itself decides what ends when.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    when_parent_is_gone(lambda: os._exit(1))
    pipe = Connection(int(sys.argv[2]))
    try:
        handler = _load(sys.argv[1])
    except BaseException as error:  # noqa: BLE001 - whatever an import may raise is told to the parent
        _answer(pipe, _failure(error))
        return
    _answer(pipe, {"ready": True})
    while True:
        try:
            call = json.loads(pipe.recv_bytes())
        except EOFError:
            return
        _answer(pipe, _run(handler, call))


def _load(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _run(handler: Any, call: dict[str, Any]) -> dict[str, Any]:
    context = LambdaContext(**call["context"], deadline_seconds=time.monotonic() + call["timeout_seconds"])
    try:
        result = handler(call["event"], context)
        json.dumps(result)  # Lambda's answer is JSON: what is not fails inside the function
    except Exception as error:  # noqa: BLE001 - Lambda turns every exception into a failed invocation
        return _failure(error)
    return {"result": result}


def _failure(error: BaseException) -> dict[str, Any]:
    return {
        "error": {
            "type": type(error).__name__,
            "message": str(error),
            "trace": "".join(traceback.format_exception(error)),
        }
    }


def _answer(pipe: Connection, answer: dict[str, Any]) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    pipe.send_bytes(json.dumps(answer).encode())


if __name__ == "__main__":
    main()
