"""The transport against sockets that behave badly."""

from __future__ import annotations

import gzip
import json
import socket
import socketserver
import threading
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.zoho.http import CallCounter, Site, Transport, form_encoded, read_reply
from shared.domain.errors import RetryLater
from tests.unit.zoho.peer import Peer, get, http, listening, site, tells_nothing


def test_a_request_carries_its_token_in_the_header_and_reuses_its_connection() -> None:
    with listening(http(b'{"code": 0}')) as peer, site(peer) as where:
        assert get(where).body == {"code": 0}
        where.post("campaigns.listsubscribe", "/api/v1.1/json/listsubscribe", b"a=%2B", "1000.canary")
    first, second = peer.requests
    assert first.startswith(b"GET /books/v3/contacts?page=1 HTTP/1.1\r\n")
    assert b"Authorization: Zoho-oauthtoken 1000.canary\r\n" in first
    assert b"Content-Type: application/x-www-form-urlencoded\r\n" in second
    assert second.endswith(b"\r\n\r\na=%2B")
    assert peer.connections == 1


def test_a_post_without_a_token_has_no_authorization() -> None:
    with listening(http(b"{}")) as peer, site(peer) as where:
        where.post("accounts.token", "/oauth/v2/token", b"code=1")
    assert b"authorization" not in peer.requests[0].lower()


def test_redirects_are_not_followed() -> None:
    answer = http(b"", status="302 Found", headers="Location: http://127.0.0.1:1/elsewhere\r\n")
    with listening(answer) as peer, site(peer) as where:
        reply = get(where)
    assert (reply.status, reply.body) == (302, None)
    assert len(peer.requests) == 1


def test_a_compressed_answer_is_unpacked() -> None:
    answer = http(gzip.compress(b'{"code": 0, "name": "\xc3\xa4"}'), headers="Content-Encoding: gzip\r\n")
    with listening(answer) as peer, site(peer) as where:
        assert get(where).body == {"code": 0, "name": "ä"}


@pytest.mark.parametrize(
    "answer",
    [
        http(b'{"a": "' + b"x" * 5_000 + b'"}'),
        http(gzip.compress(b" " * 1_000_000), headers="Content-Encoding: gzip\r\n"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n" + b"x" * 4096 + b"\r\n0\r\n\r\n",
    ],
)
def test_an_answer_beyond_the_size_limit_is_not_read_to_its_end(answer: bytes) -> None:
    with (
        listening(answer) as peer,
        site(peer, max_body_bytes=2_000) as where,
        pytest.raises(RetryLater, match="too large"),
    ):
        get(where)


def test_an_answer_of_exactly_the_limit_is_read() -> None:
    body = b'{"a": "' + b"x" * 991 + b'"}'
    with listening(http(body)) as peer, site(peer, max_body_bytes=1_000) as where:
        assert len(body) == 1_000
        assert get(where).body is not None


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
        b"this is not HTTP at all\r\n\r\n",
        http(b"not gzip", headers="Content-Encoding: gzip\r\n"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
    ],
    ids=["hung up", "half a body", "not http", "false gzip", "false chunks", "endless header"],
)
def test_a_broken_answer_is_a_passing_fault_without_a_trace_of_the_request(answer: bytes) -> None:
    peer = Peer(answer)
    if answer:
        # Close after the answer, or the client would wait for the rest of it.
        peer.server.RequestHandlerClass = _closing(peer, answer)
    thread = threading.Thread(target=peer.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        with site(peer) as where, pytest.raises(RetryLater) as failed:
            get(where)
    finally:
        peer.server.shutdown()
        peer.server.server_close()
        thread.join()
    tells_nothing(failed.value)


def _closing(peer: Peer, answer: bytes) -> type[socketserver.BaseRequestHandler]:
    class Closing(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            peer.requests.append(self.request.recv(65_536))
            self.request.sendall(answer)

    return Closing


def test_a_slow_answer_is_a_passing_fault() -> None:
    with (
        listening(http(b"{}"), pause_seconds=0.6) as peer,
        site(peer, read_timeout_seconds=0.1) as where,
        pytest.raises(RetryLater, match="in time") as failed,
    ):
        get(where)
    tells_nothing(failed.value)


def test_nobody_listening_is_a_passing_fault() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    transport = Transport(connect_timeout_seconds=0.5)
    with pytest.raises(RetryLater, match="could not be reached") as failed:
        get(Site(transport, f"http://127.0.0.1:{port}", CallCounter()))
    tells_nothing(failed.value)


def test_connections_left_idle_are_not_trusted_again() -> None:
    with listening(http(b"{}")) as peer, site(peer, idle_seconds=0.0) as where:
        get(where)
        time.sleep(0.01)
        get(where)
    assert peer.connections == 2


def test_every_request_is_counted_by_endpoint_also_those_that_fail() -> None:
    calls = CallCounter()
    transport = Transport()
    with listening(b"") as peer:
        where = Site(transport, peer.url, calls)
        for _ in range(2):
            with pytest.raises(RetryLater):
                get(where)
    transport.close()
    assert calls == {"books.contacts": 2}
    assert (len(calls), list(calls)) == (1, ["books.contacts"])
    assert calls.get("never") is None


def test_counting_loses_nothing_between_threads() -> None:
    calls = CallCounter()

    def work() -> None:
        for _ in range(2_000):
            calls.add("x")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls["x"] == 16_000


def test_eight_threads_share_the_transport() -> None:
    with listening(http(b'{"code": 0}')) as peer, site(peer) as where:
        results: list[object] = []
        threads = [threading.Thread(target=lambda: results.append(get(where).body)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == [{"code": 0}] * 8
    assert peer.connections <= 8


def test_half_characters_cannot_travel_further() -> None:
    body = read_reply("x", 200, b'{"a": "\\ud83c\\udf3b", "b": "\\ud83c!", "c": "\\uDF3b"}').body
    assert body == {"a": "🌻", "b": "\ufffd!", "c": "\ufffd"}


def test_a_byte_order_mark_and_foreign_bytes_do_not_stop_the_reading() -> None:
    assert read_reply("x", 200, b'\xef\xbb\xbf{"a": "M\xfcller"}').body == {"a": "M\ufffdller"}


FRACTIONS = st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.dictionaries(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | FRACTIONS | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ),
    ),
    st.booleans(),
)
def test_every_answer_is_read_as_python_reads_it_with_fractions_as_they_were_written(
    answer: dict[str, Any],
    ascii_only: bool,  # noqa: FBT001
) -> None:
    written = json.dumps(answer, ensure_ascii=ascii_only)
    assert read_reply("x", 200, written.encode()).body == json.loads(written, parse_float=str)


def test_an_answer_that_only_python_takes_for_json_is_read_all_the_same() -> None:
    assert read_reply("x", 200, b'{"a": 10.10, "b": [NaN], "c": 1e400}').body["a"] == "10.10"


def test_a_reply_does_not_show_its_content_when_printed() -> None:
    assert "secret" not in repr(read_reply("x", 200, b'{"a": "secret"}'))
    assert "secret" not in repr(read_reply("x", 200, b"<html>secret</html>"))


def test_forms_are_encoded_strictly() -> None:
    assert form_encoded({"a": "1 + 2&=ä~"}) == b"a=1%20%2B%202%26%3D%C3%A4~"
