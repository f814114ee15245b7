"""What people did in the simulated Zoho, kept in a file from one start to the next."""

from __future__ import annotations

import json
from pathlib import Path

from infra.zoho_sim.world import World


def save(world: World, file: Path) -> None:
    """Write grants, Campaigns and the changes of customers; a crash leaves the file before it whole."""
    content = {
        "seeded": _seeded(world),
        "grants": world.grants.kept(),
        "campaigns": world.campaigns.kept(),
        "customers": {one.id: one.customers.kept() for one in world.organizations.values()},
    }
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(content), "utf-8")
    unfinished.replace(file)


def restore(world: World, file: Path) -> None:
    """Bring back into a world just seeded what `file` holds, nothing where there is no file.

    Changes of customers are left out when the world was seeded with others: they would hit somebody else.
    """
    if not file.exists():
        return
    content = json.loads(file.read_text("utf-8"))
    world.grants.restore(content["grants"])
    world.campaigns.restore(content["campaigns"])
    if content["seeded"] == _seeded(world):
        for identifier, organization in world.organizations.items():
            organization.customers.restore(content["customers"][identifier])


def _seeded(world: World) -> list[int]:
    return [world.customers_wanted, world.seed_number]
