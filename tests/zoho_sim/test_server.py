from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from typing import Any

import pytest

from infra.zoho_sim import Settings, SimServer, seed

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sim() -> Iterator[SimServer]:
    with SimServer(customers=20) as running:
        yield running


@pytest.fixture
def connection(sim: SimServer) -> Iterator[HTTPConnection]:
    opened = HTTPConnection("127.0.0.1", sim.port, timeout=5)
    yield opened
    opened.close()


def ask(
    connection: HTTPConnection, method: str, path: str, body: str = "", **headers: str
) -> tuple[int, Any]:
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    text = response.read().decode()
    return response.status, json.loads(text) if text.startswith("{") else text


def raw(sim: SimServer, sent: bytes) -> bytes:
    """Send bytes as they are and read until the server closes."""
    with socket.create_connection(("127.0.0.1", sim.port), timeout=5) as peer:
        peer.sendall(sent)
        found = b""
        while received := peer.recv(65_536):
            found += received
    return found


def test_the_server_listens_on_loopback_at_a_free_port(sim: SimServer) -> None:
    assert sim.url == f"http://127.0.0.1:{sim.port}"
    assert sim.port > 0


def test_one_connection_carries_many_requests(sim: SimServer, connection: HTTPConnection) -> None:
    connection.connect()
    own_port = connection.sock.getsockname()[1]
    for _ in range(20):
        assert ask(connection, "GET", "/__sim__/stats")[0] == 200
        assert connection.sock.getsockname()[1] == own_port


def test_a_whole_conversation_works_over_http(sim: SimServer, connection: HTTPConnection) -> None:
    token = ask(connection, "POST", "/__sim__/tokens", '{"action":"grant"}')[1]["access_token"]
    authorization = f"Zoho-oauthtoken {token}"
    path = "/books/v3/contacts?organization_id=10229182&per_page=5"
    status, answer = ask(connection, "GET", path, Authorization=authorization)
    assert (status, len(answer["contacts"])) == (200, 5)
    assert ask(connection, "GET", path, AUTHORIZATION=authorization)[0] == 200


def test_the_accounts_server_of_the_redirect_is_the_host_that_was_called(sim: SimServer) -> None:
    sim.world.settings.auto_accept = True
    connection = HTTPConnection("127.0.0.1", sim.port, timeout=5)
    path = (
        "/oauth/v2/auth?response_type=code&client_id=1000.LOCALSIMULATOR&scope=ZohoBooks.contacts.READ"
        "&redirect_uri=http%3A%2F%2Flocalhost%3A8080%2Foauth%2Fcallback"
    )
    connection.request("GET", path, headers={"Host": "localhost:9100"})
    response = connection.getresponse()
    assert response.status == 302
    assert "accounts-server=http%3A%2F%2Flocalhost%3A9100" in response.headers["Location"]
    connection.close()


def test_requests_sent_in_one_go_are_answered_in_order(sim: SimServer) -> None:
    found = raw(
        sim,
        b"GET /__sim__/clock HTTP/1.1\r\nHost: x\r\n\r\n"
        b"POST /__sim__/clock HTTP/1.1\r\nContent-Length: 21\r\n\r\n"
        b'{"advance_seconds":5}'
        b"GET /nothing HTTP/1.1\r\nConnection: close\r\n\r\n",
    )
    assert re.findall(rb"HTTP/1.1 (\d+)", found) == [b"200", b"200", b"404"]


def test_http_1_0_and_connection_close_end_the_connection(sim: SimServer) -> None:
    assert b"Connection: close" in raw(sim, b"GET /__sim__/clock HTTP/1.0\r\n\r\n")
    assert b"Connection: close" in raw(sim, b"GET /__sim__/clock HTTP/1.1\r\nConnection: close\r\n\r\n")


def test_a_body_may_arrive_in_pieces_and_be_asked_for_first(sim: SimServer) -> None:
    with socket.create_connection(("127.0.0.1", sim.port), timeout=5) as peer:
        peer.sendall(b"POST /__sim__/clock HTTP/1.1\r\nContent-Length: 21\r\nExpect: 100-continue\r\n\r\n")
        assert peer.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        peer.sendall(b'{"advance_')
        peer.sendall(b'seconds":5}')
        assert peer.recv(1000).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/3.0\r\n\r\n", 400),
        (b"BREW / HTTP/1.1\r\n\r\n", 501),
        (b"GET http://x/ HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", 413),
        (b"GET / HTTP/1.1\r\nContent-Length: 999999999999999999999999\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"GET /" + b"x" * 70_000, 431),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", 400),
    ],
)
def test_what_is_no_request_is_answered_4xx_or_5xx_and_the_server_lives_on(
    sim: SimServer, connection: HTTPConnection, sent: bytes, status: int
) -> None:
    assert raw(sim, sent).startswith(f"HTTP/1.1 {status} ".encode())
    assert ask(connection, "GET", "/__sim__/clock")[0] == 200


def test_a_caller_that_hangs_up_in_the_middle_hurts_nobody(
    sim: SimServer, connection: HTTPConnection
) -> None:
    for sent in (b"", b"GET / HT", b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc"):
        with socket.create_connection(("127.0.0.1", sim.port), timeout=5) as peer:
            peer.sendall(sent)
    assert ask(connection, "GET", "/__sim__/clock")[0] == 200


@pytest.mark.parametrize("after", [False, True])
def test_a_dropped_connection_is_closed_without_an_answer(
    *, sim: SimServer, connection: HTTPConnection, after: bool
) -> None:
    fault = json.dumps({"action": "drop", "endpoint": "accounts.revoke", "after_effect": after})
    assert ask(connection, "POST", "/__sim__/faults", fault)[0] == 200
    refresh_token = ask(connection, "POST", "/__sim__/tokens", '{"action":"grant"}')[1]["refresh_token"]
    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        ask(connection, "POST", f"/oauth/v2/token/revoke?token={refresh_token}")
    connection.close()
    assert (refresh_token in sim.world.grants.refresh_tokens) == (not after)


def test_latency_is_really_waited_without_holding_up_others(sim: SimServer) -> None:
    sim.world.settings.latency_ms = {"books.contacts": [500]}
    found: list[int] = []

    def slow() -> None:
        connection = HTTPConnection("127.0.0.1", sim.port, timeout=5)
        found.append(ask(connection, "GET", "/books/v3/contacts")[0])
        connection.close()

    threads = [threading.Thread(target=slow) for _ in range(5)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [401] * 5
    assert 0.5 <= time.monotonic() - started < 5 * 0.5


def test_many_callers_at_once_get_their_own_answers(sim: SimServer) -> None:
    sim.world.settings.campaigns_limits = {"campaigns.listsubscribe": []}
    token = sim.world.grants.mint(("ZohoCampaigns.contact.ALL",), 1e12, None, 1)
    key = sim.world.campaigns.list_named("Newsletter").key
    wrong: list[Any] = []

    def post(caller: int) -> None:
        connection = HTTPConnection("127.0.0.1", sim.port, timeout=5)
        for number in range(50):
            email = f"c{caller}n{number}%40x.example"
            body = f"listkey={key}&contactinfo=%7B%22Contact%20Email%22%3A%22{email}%22%7D"
            status, answer = ask(
                connection,
                "POST",
                "/api/v1.1/json/listsubscribe",
                body,
                **{
                    "Authorization": f"Zoho-oauthtoken {token}",
                    "Content-Type": "application/x-www-form-urlencoded",
                },
            )
            if (status, answer["code"]) != (200, "0"):
                wrong.append(answer)
        connection.close()

    threads = [threading.Thread(target=post, args=(caller,)) for caller in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert sim.world.stats.calls["campaigns.listsubscribe"] == 400
    assert sum(email.startswith("c") and "n" in email for email in sim.world.campaigns.contacts) >= 400


def test_stopping_twice_is_harmless_and_open_connections_end() -> None:
    sim = SimServer(world=seed(0, settings=Settings())).start()
    connection = HTTPConnection("127.0.0.1", sim.port, timeout=5)
    ask(connection, "GET", "/__sim__/clock")
    sim.stop()
    sim.stop()
    with pytest.raises((RemoteDisconnected, ConnectionError)):
        ask(connection, "GET", "/__sim__/clock")
    connection.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_its_address_serves_and_stops_on_a_signal(number: signal.Signals) -> None:
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "infra.zoho_sim",
        "--port",
        "0",
        "--customers",
        "30",
        "--auto-accept",
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = next(word for word in line.split() if word.startswith("http://127.0.0.1:"))
        with urllib.request.urlopen(f"{url}/__sim__/settings", timeout=5) as answer:
            assert json.load(answer)["settings"]["auto_accept"] is True
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, err) == (0, "")
    assert "ready" in line
    assert out == ""
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url, timeout=1)


@pytest.mark.parametrize("arguments", [["--customers", "-1"], ["--port", "70000"], ["--customers", "many"]])
def test_the_command_refuses_wrong_arguments(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "infra.zoho_sim", *arguments]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 2
    assert "usage:" in found.stderr


def test_the_command_says_when_its_port_is_taken(sim: SimServer) -> None:
    command = [sys.executable, "-m", "infra.zoho_sim", "--port", str(sim.port), "--customers", "0"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr.startswith(f"cannot listen on port {sim.port}")
