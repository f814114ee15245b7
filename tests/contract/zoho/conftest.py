"""The Zoho clients against the simulator: in process and virtual time, or over sockets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.zoho_sim import SimServer, VirtualClock, seed
from infra.zoho_sim.app import Simulator
from shared.adapters.zoho.http import Transport
from tests.contract.zoho.in_process import InProcessTransport
from tests.contract.zoho.simulated import CUSTOMERS, ORIGIN, Zoho, opened


@pytest.fixture
def zoho() -> Zoho:
    time = VirtualClock()
    world = seed(CUSTOMERS, clock=time)
    return opened(world, time, ORIGIN, InProcessTransport(Simulator(world), time.advance))


@pytest.fixture
def served() -> Iterator[Zoho]:
    """The same over HTTP."""
    time = VirtualClock()
    with SimServer(customers=CUSTOMERS, clock=time) as server:
        transport = Transport()
        yield opened(server.world, time, server.url, transport)
        transport.close()
