"""MiniStack as a child process: DynamoDB, S3, SQS, KMS, Secrets Manager and Scheduler's store."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from infra.local.intrinsics import REGION
from infra.local.ports import LOOPBACK, remembered_port

_SERVICES = "dynamodb,kms,s3,scheduler,secretsmanager,sqs,sts"
_START_SECONDS = 60
# Saving a large state takes seconds; only what hangs is killed.
_STOP_SECONDS = 30


class DataServicesError(Exception):
    """MiniStack did not start or did not stop as it should; the message says where its log is."""


class DataServices:
    """One MiniStack on loopback whose state outlives it in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "logs" / "ministack.log"
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Start and wait until it answers; raise DataServicesError when it does not."""
        self.port = remembered_port(self._folder / "data-services-port")
        temporary = self._folder / "tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        for name in ("tmp", "state", "s3", "logs"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "infra.local.data_services_process"],
                env=self._environment(temporary),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        try:
            self._wait_until_healthy(self._process)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End it gracefully, which is what writes its state to disk."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise DataServicesError(
                f"MiniStack did not stop within {_STOP_SECONDS} s; what it held is lost ({self._log})"
            ) from None

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _environment(self, temporary: Path) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "ZOHO_"))}
        return inherited | {
            "BIND_HOST": LOOPBACK,
            "MINISTACK_HOST": LOOPBACK,
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
            "SERVICES": _SERVICES,
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "PERSIST_STATE": "1",
            "S3_PERSIST": "1",
            "STATE_DIR": str(self._folder / "state"),
            "S3_DATA_DIR": str(self._folder / "s3"),
            "TMPDIR": str(temporary),
            "LOG_LEVEL": "WARNING",
        }

    def _wait_until_healthy(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise DataServicesError(
                    f"MiniStack ended at once with code {process.returncode}, see {self._log}"
                )
            try:
                with opener.open(f"{self.endpoint_url}/_ministack/health", timeout=5):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        raise DataServicesError(f"MiniStack did not answer within {_START_SECONDS} s, see {self._log}")
