"""HTTP/1.1 over loopback: a thread per connection, keep-alive, and nothing the simulator does not need."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
import time
from types import TracebackType
from typing import Self

from infra.zoho_sim.app import Simulator
from infra.zoho_sim.http_wire import BadRequest, Connection, encode
from infra.zoho_sim.seed import seed
from infra.zoho_sim.settings import Settings
from infra.zoho_sim.wire import Response
from infra.zoho_sim.world import World

HOST = "127.0.0.1"
IDLE_SECONDS = 120
_POLL_SECONDS = 0.02


class _Connections(socketserver.BaseRequestHandler):
    """Serves one connection until either side closes it."""

    server: _Server

    def handle(self) -> None:
        peer: socket.socket = self.request
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.settimeout(IDLE_SECONDS)
        self.server.open_sockets.add(peer)
        # A caller that hangs up, or stays silent too long, ends its own connection and nothing else.
        with contextlib.suppress(ConnectionError, TimeoutError):
            self._serve(peer)
        self.server.open_sockets.discard(peer)

    def _serve(self, peer: socket.socket) -> None:
        connection = Connection(peer, self.server.origin)
        keep = True
        while keep:
            try:
                request = connection.read()
            except BadRequest as bad:
                peer.sendall(encode(Response(bad.status, str(bad).encode(), "text/plain"), keep_alive=False))
                return
            if request is None:
                return
            response = self.server.simulator.handle(request)
            if response.delay_seconds > 0:
                time.sleep(response.delay_seconds)
            if response.drop:
                return
            keep = connection.keep_alive
            peer.sendall(encode(response, keep_alive=keep, with_body=request.method != "HEAD"))


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, simulator: Simulator) -> None:
        self.simulator = simulator
        self.open_sockets: set[socket.socket] = set()
        super().__init__((HOST, port), _Connections)
        self.origin = f"http://{HOST}:{self.server_address[1]}"


class SimServer:
    """The simulator listening on 127.0.0.1, for a `with` block or `start()` and `stop()`.

    Port 0 takes a free one. Give a `world`, or how to seed one. Between requests of other threads, change
    `sim.world` only while holding `sim.simulator.lock`.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        customers: int = 1200,
        number: int = 7,
        settings: Settings | None = None,
        clock: object = None,
        world: World | None = None,
    ) -> None:
        self.world = world or seed(customers, number=number, settings=settings, clock=clock)
        self.simulator = Simulator(self.world)
        self._server = _Server(port, self.simulator)
        self.url = self._server.origin
        self.port: int = self._server.server_address[1]
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Begin to accept connections in a thread of its own."""
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": _POLL_SECONDS},
            name="zoho-sim",
            daemon=True,
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close the listener and every open connection; a second call does nothing."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()
        for peer in list(self._server.open_sockets):
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
