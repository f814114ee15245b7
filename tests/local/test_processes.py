"""The stack in a process of its own, ended in every way a process can end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).parents[2]
SCRIPT = """
import sys, time
from pathlib import Path
from infra.local.up import stop_on_signals
from tests.local.conftest import start_example
stop_on_signals()
try:
    with start_example(Path(sys.argv[1])) as stack:
        print(stack.origin, flush=True)
        time.sleep(120)
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    yield process, process.stdout.readline().strip()
    if process.poll() is None:
        process.kill()
    process.wait()
    process.stdout.close()


def descendants(pid: int) -> set[int]:
    """Ids of the processes that a process started, and those that they started."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                stat = (folder / "stat").read_text()
            except OSError:
                continue  # it ended while this was read
            children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(folder.name))
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        for child in children.get(waiting.pop(), []):
            found.add(child)
            waiting.append(child)
    return found


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists() and _state(pid) != "Z"}


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=lambda number: number.name
)
def test_no_process_is_left_however_the_stack_ends(
    running: tuple[subprocess.Popen[str], str], number: signal.Signals
) -> None:
    process, origin = running
    assert requests.get(f"{origin}/echo").status_code == 200
    children = descendants(process.pid)
    assert len(children) >= 3

    os.kill(process.pid, number)
    code = process.wait(timeout=20)

    deadline = time.monotonic() + 10
    while alive(children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert alive(children) == set()
    assert code == (-signal.SIGKILL if number == signal.SIGKILL else 0)


def test_state_is_saved_even_when_the_stack_was_killed(
    running: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    process, _ = running
    process.kill()
    process.wait()

    deadline = time.monotonic() + 10
    while not (tmp_path / "state" / "dynamodb.json").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert "contact-sync-local-Table" in (tmp_path / "state" / "dynamodb.json").read_text()


@pytest.mark.parametrize(
    ("arguments", "environment", "named"),
    [
        (["--zoho", "real"], {}, "ZOHO_CLIENT_ID and ZOHO_CLIENT_SECRET"),
        ([], {"ZOHO_BOOKS_URL": "http://127.0.0.1:1"}, "ZOHO_ACCOUNTS_URL, ZOHO_CAMPAIGNS_URL"),
    ],
    ids=["real without a client", "one address of three"],
)
def test_a_setting_that_is_missing_is_named(
    arguments: list[str], environment: dict[str, str], named: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "infra.local.up", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert ended.returncode == 1
    assert named in ended.stderr
    assert "Traceback" not in ended.stderr
