"""A loopback server that answers as it is told, well or badly."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from shared.adapters.zoho.http import CallCounter, Reply, Site, Transport

TOKEN = "1000.canary"


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of callers who hang up: that is what some tests want to see."""


class Peer:
    """A loopback server that answers every request with the same bytes, and remembers what it was sent."""

    def __init__(self, answer: bytes, *, pause_seconds: float = 0.0) -> None:
        self.answer = answer
        self.pause_seconds = pause_seconds
        self.requests: list[bytes] = []
        self.connections = 0
        peer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                peer.connections += 1
                sock: socket.socket = self.request
                sock.settimeout(5)
                pending = b""
                while True:
                    while not _whole(pending):
                        data = sock.recv(65_536)
                        if not data:
                            return
                        pending += data
                    peer.requests.append(pending)
                    pending = b""
                    time.sleep(peer.pause_seconds)
                    if not peer.answer:
                        return
                    sock.sendall(peer.answer)

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


def _whole(data: bytes) -> bool:
    head, found, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    return bool(found) and len(body) >= length


def http(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


@contextmanager
def listening(answer: bytes, *, pause_seconds: float = 0.0) -> Iterator[Peer]:
    peer = Peer(answer, pause_seconds=pause_seconds)
    thread = threading.Thread(target=peer.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        peer.server.shutdown()
        peer.server.server_close()
        thread.join()


@contextmanager
def site(peer: Peer, **options: float) -> Iterator[Site]:
    transport = Transport(**options)  # type: ignore[arg-type]
    try:
        yield Site(transport, peer.url, CallCounter())
    finally:
        transport.close()


def get(where: Site) -> Reply:
    return where.get("books.contacts", "/books/v3/contacts", {"page": "1"}, TOKEN)


def tells_nothing(error: BaseException) -> None:
    text = "".join(traceback.format_exception(error))
    assert "1000.canary" not in text
    assert "page=1" not in text
    assert error.__cause__ is None
    assert error.__context__ is None
