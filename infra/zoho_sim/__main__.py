"""`python -m infra.zoho_sim`: the simulator until it is interrupted."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

from infra.zoho_sim.clock import DEFAULT_START, VirtualClock
from infra.zoho_sim.kept import restore, save
from infra.zoho_sim.seed import MAX_CUSTOMERS
from infra.zoho_sim.server import SimServer
from infra.zoho_sim.settings import Settings

PORT_MAX = 65_535


def _within(most: int, text: str) -> int:
    number = int(text)
    if not 0 <= number <= most:
        raise argparse.ArgumentTypeError(f"choose a number from 0 to {most}")
    return number


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.zoho_sim", description=__doc__)
    parser.add_argument(
        "--port", type=lambda text: _within(PORT_MAX, text), default=9100, help="0: a free one"
    )
    parser.add_argument("--customers", type=lambda text: _within(MAX_CUSTOMERS, text), default=1200)
    parser.add_argument("--seed", type=int, default=7, help="same number, same data")
    parser.add_argument(
        "--auto-accept", action="store_true", help="consent is given without the page, for scripts"
    )
    parser.add_argument(
        "--virtual-clock", action="store_true", help="time stands still until POST /__sim__/clock"
    )
    parser.add_argument(
        "--state", type=Path, help="a file that keeps grants, Campaigns and changed customers over a stop"
    )
    return parser.parse_args()


def main() -> None:
    asked = _arguments()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    clock = VirtualClock(DEFAULT_START) if asked.virtual_clock else None
    settings = Settings(auto_accept=asked.auto_accept)
    try:
        sim = SimServer(
            asked.port, customers=asked.customers, number=asked.seed, settings=settings, clock=clock
        )
    except OSError as error:
        raise SystemExit(f"cannot listen on port {asked.port}: {error.strerror}") from None
    if asked.state:
        restore(sim.world, asked.state)
    with sim:
        print(f"Zoho simulator ready at {sim.url} ({asked.customers} customers)", flush=True)
        stop.wait()
    if asked.state:
        with sim.simulator.lock:
            save(sim.world, asked.state)


if __name__ == "__main__":
    main()
