"""The simulator beside the local stack."""

from pathlib import Path
from typing import Any

import requests

from infra.local.zoho import Simulator


def customers(simulator: Simulator, change: dict[str, Any]) -> Any:
    return requests.post(f"{simulator.url}/__sim__/customers", json=change, timeout=10).json()


def test_a_restart_finds_the_simulated_zoho_as_it_was_left(tmp_path: Path) -> None:
    added = {"action": "add", "values": {"contact_name": "Added"}}
    simulator = Simulator(tmp_path, customers=3, auto_accept=True)
    simulator.start()
    identifier = customers(simulator, added)["contact_id"]
    simulator.stop()
    again = Simulator(tmp_path, customers=3, auto_accept=True)
    again.start()
    try:
        assert again.url == simulator.url
        edited = customers(again, {"action": "edit", "contact_id": identifier, "values": {"city": "Oslo"}})
        assert edited == {"contact_id": identifier}
    finally:
        again.stop()
