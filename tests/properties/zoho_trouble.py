"""Zoho on a bad day: faults, lost answers, people who opt out, customers who change under the reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from unittest.mock import patch

from shared.domain.contact import normalize_email
from shared.domain.errors import ContactRefused, ReconnectNeeded, RetryLater
from shared.domain.mapping import FieldPair
from shared.domain.pacing import Endpoint, Window
from shared.ports import WakeUp
from tests.fakes.zoho import Campaigns
from tests.properties.journal import NUMBER, NUMBER_TARGET, Journal
from tests.properties.plain_model import REFUSED
from tests.unit.run_sync.system import SETTINGS as USUAL
from tests.unit.run_sync.system import System

POST = "campaigns.listsubscribe"
SEEN: Counter[str] = Counter()  # what all examples together have met
MAPPING = (*USUAL.mapping, FieldPair(NUMBER, NUMBER_TARGET))
SETTINGS = replace(USUAL, mapping=MAPPING)
# Small enough for a few dozen customers to meet it, and fast enough for more than a batch in a slice.
TIGHT = Endpoint(POST, (Window(40, 60), Window(200, 3600)))
FRESH = timedelta(minutes=10)
LEAST_USE = timedelta(minutes=1)


class ZohoUnderTrouble:
    """Books and Campaigns of one tenant; what they are asked is judged, what they accept is noted."""

    def __init__(self) -> None:
        self.system = System(settings=SETTINGS)
        self.journal = Journal()
        self.world = self.system.world
        self.world.before = self._before
        subscribe = Campaigns.subscribe

        def subscribed(to: Campaigns, list_key: str, topics: Sequence[str], info: Mapping[str, str]) -> None:
            subscribe(to, list_key, topics, info)
            self._accepted(list_key, topics, info)

        self._patches: list[Any] = [
            patch("shared.usecases.run_sync.work.SUBSCRIBE", TIGHT),
            patch.object(Campaigns, "subscribe", subscribed),
        ]
        for each in self._patches:
            each.start()
        self.trouble: list[tuple[str, int, Exception]] = []
        self.answers_to_lose = 0
        self.revoked = False
        self.at_work: WakeUp | None = None
        self.mid_slice: tuple[int, Callable[[], None]] | None = None
        self.calls_in_slice = 0
        self._numbers = count()
        self._opted_out_at: dict[str, datetime] = {}
        self._reading_began_at = self._reading_ended_at = self.system.clock.now()

    def close(self) -> None:
        for each in self._patches:
            each.stop()

    # ---- its customers and members --------------------------------------------------------------------

    def add_customer(self, email: str, *, active: bool = True, **fields: str) -> None:
        self.journal.hold(
            self.world.add(email, active=active, **fields, **{NUMBER: str(next(self._numbers))})
        )

    def edit_customer(self, contact_id: str, *, active: bool | None = None, **fields: str) -> None:
        self.journal.change(self.world.customers[contact_id], address="email" in fields)
        self.journal.hold(self.world.edit(contact_id, active=active, **fields))

    def delete_customer(self, contact_id: str) -> None:
        self.journal.change(self.world.customers[contact_id])
        self.world.delete(contact_id)

    def opt_out(self, email: str, status: str) -> None:
        address = normalize_email(email)
        self.world.opt_out(address, status)
        self._opted_out_at[address] = self.system.clock.now()
        SEEN["opt-outs"] += 1
        for customer in self.world.customers.values():
            if normalize_email(customer.email) == address:
                self.journal.change(customer)

    # ---- its answers ----------------------------------------------------------------------------------

    def _before(self, endpoint: str, subject: str) -> None:
        self.calls_in_slice += 1
        if self.at_work and self.mid_slice is not None and self.calls_in_slice >= self.mid_slice[0]:
            action, self.mid_slice = self.mid_slice[1], None
            SEEN["interruptions"] += 1
            action()
        if self.revoked:
            raise ReconnectNeeded("revoked")
        for number, (where, left, error) in enumerate(self.trouble):
            if endpoint.startswith(where) and left > 0:
                self.trouble[number] = (where, left - 1, error)
                raise error
        if endpoint == "campaigns.members.unsub":
            self._reading_began_at = self.system.clock.now()
        if endpoint == "campaigns.members.bounce":
            self._reading_ended_at = self.system.clock.now()
        if endpoint == POST:
            if subject in REFUSED:
                raise ContactRefused("no", reason="refused_by_campaigns", upstream_code="9999")
            self._judge_post(subject)

    def _judge_post(self, address: str) -> None:
        """Nobody is posted who opted out longer ago than the exclusions may be old."""
        since = self._opted_out_at.get(address)
        if since is not None and self.world.members[address].status != "active":
            age = self.system.clock.now() - since
            reading = self._reading_ended_at - self._reading_began_at
            assert age <= max(FRESH, reading + LEAST_USE), f"{address} was posted {age} after opting out"

    def _accepted(self, list_key: str, topics: Sequence[str], info: Mapping[str, str]) -> None:
        assert self.at_work is not None, "posted by nobody"
        self.journal.accept(self.at_work.run_id, list_key, topics, info)
        if self.answers_to_lose:
            self.answers_to_lose -= 1
            SEEN["lost answers"] += 1
            self.journal.lose_answer(self.at_work.run_id, info)
            raise RetryLater("did not answer in time")
