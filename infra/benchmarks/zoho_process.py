"""`python -m infra.benchmarks.zoho_process CUSTOMERS LATENCY_MS CUSTOM_FIELDS MEMBERS`: Zoho without limits.

It prints its address and runs until it is killed. The customers are good ones; the first MEMBERS of them are
in the list. CUSTOM_FIELDS is `filled` or `empty`: whether the rows of a list carry the custom fields.
"""

from __future__ import annotations

import gc
import sys
import threading

from infra.zoho_sim import Settings, SimServer, seed
from infra.zoho_sim.contacts import ACTIVE, Contact
from infra.zoho_sim.people import plain_record

UNLIMITED: dict[str, list[list[int]]] = {
    f"campaigns.{name}": []
    for name in ("listsubscribe", "getlistsubscribers", "allfields", "customadd", "getmailinglists", "topics")
}


def main() -> None:
    customers, latency_ms = int(sys.argv[1]), float(sys.argv[2])
    settings = Settings(
        list_custom_fields="filled" if sys.argv[3] == "filled" else "empty",
        books_per_minute=None,
        books_per_day=None,
        books_concurrency=None,
        campaigns_limits=UNLIMITED,
        latency_ms={"*": [latency_ms]} if latency_ms else {},
    )
    world = seed(customers, settings=settings, oddities=False)
    campaigns = world.campaigns
    for ordinal in range(int(sys.argv[4])):
        email = plain_record(ordinal, world.seed_number).email
        campaigns.put(Contact(email, campaigns.created_at, {"Contact Email": email}))
        campaigns.list_named("Newsletter").put(email, ACTIVE)
    # A collection of a world that stays would be a pause in somebody's measurement.
    gc.freeze()
    with SimServer(world=world) as sim:
        print(sim.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
