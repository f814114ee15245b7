"""Two tenants of one deployment, each with a sync that has run and skipped somebody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from infra.zoho_sim import VirtualClock
from infra.zoho_sim.seed import seed
from tests.security.product import Product, deployed


@dataclass(frozen=True, slots=True)
class Tenant:
    """A user and the ids of everything that is theirs, under the names that routes have for them."""

    sub: str
    ids: dict[str, str]


def settle(product: Product, sub: str) -> Tenant:
    """Let a user connect and run twice, so that there is more than one of everything."""
    sync_id = product.set_up(sub)
    product.work_off()
    product.clock.sleep(60)
    started = product.call("POST", f"/syncs/{sync_id}/runs", sub=sub, body={"mode": "full"})
    assert started.status == 202, started.text
    product.work_off()
    run = product.call("GET", f"/syncs/{sync_id}/runs", sub=sub).json["items"][-1]
    assert (run["status"], run["skipped"] > 0) == ("completed", True)
    note = product.call("GET", "/notifications", sub=sub).json["items"][0]
    return Tenant(sub, {"sync_id": sync_id, "run_id": run["id"], "notification_id": note["id"]})


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    time = VirtualClock()
    with deployed(tmp_path_factory.mktemp("product"), seed(30, clock=time), time) as made:
        yield made


@pytest.fixture(scope="module")
def alice(product: Product) -> Tenant:
    return settle(product, "alice")


@pytest.fixture(scope="module")
def mallory(product: Product, alice: Tenant) -> Tenant:
    return settle(product, "mallory")
