"""One product, one simulator and one browser for all of these tests; a page of its own for each."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.console.people import HOSTILE_NAMES, UNLIMITED, Person, Stack

CHROMIUM = shutil.which("chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
READY_SECONDS = 90
STOP_SECONDS = 15
PATIENCE_MS = 20_000
# What the browser says by itself about every answer that is not a success.
EXPECTED_COMPLAINT = "Failed to load resource"

OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(
                    pytest.mark.skip(reason="chromium is not installed (apt-get install chromium)")
                )


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("console")
    log = folder / "stack.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.console.stack_process", str(folder / "stack")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
    try:
        assert process.stdout is not None
        overdue = threading.Timer(READY_SECONDS, process.kill)
        overdue.start()
        line = process.stdout.readline()
        overdue.cancel()
        assert line, f"the stack did not start: {log.read_text('utf-8')}"
        found = json.loads(line)
        running = Stack(found["origin"], found["zoho"])
        running.control("settings", UNLIMITED)
        for number, name in enumerate(HOSTILE_NAMES):
            values = {"contact_name": name, "email": f"hostile{number}@names.example"}
            running.control("customers", {"action": "add", "values": values})
        yield running
        running.http.close()
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        finally:
            process.kill()
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Open pages in tabs of their own; afterwards nothing may have broken the policy or thrown."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(EXPECTED_COMPLAINT):
            complaints.append(message.text)

    def opened(**options: Any) -> Page:
        defaults: dict[str, Any] = {
            "locale": "en-GB",
            "timezone_id": "Europe/Berlin",
            "viewport": {"width": 1280, "height": 900},
        }
        context = browser.new_context(**{**defaults, **options})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()


@pytest.fixture
def newcomer(stack: Stack) -> Person:
    """Somebody who has not connected anything yet."""
    return Person(stack)


@pytest.fixture
def connected(stack: Stack) -> Person:
    """Somebody with a connected organization and no sync."""
    person = Person(stack)
    person.connect()
    return person


@pytest.fixture(scope="session")
def synced(stack: Stack) -> Person:
    """Somebody whose first run is over; for tests that change nothing."""
    person = Person(stack)
    person.connect()
    person.set_up()
    person.finish_run()
    return person


@pytest.fixture(scope="module")
def owner(stack: Stack) -> Person:
    """Somebody whose first run is over; for tests that leave an active sync behind."""
    person = Person(stack)
    person.connect()
    person.set_up()
    person.finish_run()
    return person
