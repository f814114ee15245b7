"""A simulated Zoho in virtual time: answers take as long as drawn, and an outside judge counts the posts."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any
from urllib.parse import unquote

from infra.benchmarks.engine import Engine, gateway_to
from infra.benchmarks.virtual_time import VirtualExecutor, VirtualTime
from infra.benchmarks.windows import SlidingJudge
from infra.zoho_sim import Simulator, World, seed
from infra.zoho_sim.contacts import UNSUBSCRIBED, Contact
from infra.zoho_sim.wire import Request
from shared.adapters.zoho.http import Reply, read_reply

ORIGIN = "http://127.0.0.1:2"
SUBSCRIBE = "campaigns.listsubscribe"
LIST = "Newsletter"


class SimulatorsClock:
    """The engine's virtual time, as the simulator asks for it."""

    def __init__(self, time: VirtualTime) -> None:
        self._time = time

    def now(self) -> float:
        return self._time.epoch()

    def advance(self, seconds: float) -> None:
        self._time.sleep(seconds)


class DrawnLatency:
    """A `Sender` to the simulator in process.

    Each answer takes a random time within `seconds`; a random part of it passes before Zoho sees the call,
    so the judge meets the calls bunched and out of order, as Zoho would.
    """

    def __init__(
        self, simulator: Simulator, time: VirtualTime, seconds: tuple[float, float], number: int
    ) -> None:
        self._simulator = simulator
        self._time = time
        self._seconds = seconds
        self._dice = random.Random(number)  # noqa: S311 - latencies, not secrets
        self.judge = SlidingJudge()
        self.calls: Counter[str] = Counter()
        self.first_post: float | None = None
        self.last_post = 0.0
        self._posts_by_hour: Counter[int] = Counter()

    def send(
        self,
        endpoint: str,
        method: str,
        origin: str,
        target: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> Reply:
        self.calls[endpoint] += 1
        path, _, query = target.partition("?")
        lower = {name.lower(): value for name, value in headers.items()}
        answer = self._simulator.handle(Request(method, unquote(path), query, lower, body or b"", origin))
        latency = self._dice.uniform(*self._seconds)
        left_at = self._time.epoch()
        if endpoint == SUBSCRIBE:
            self.first_post = self.first_post or left_at
            self.last_post = left_at
            self._posts_by_hour[int((left_at - self.first_post) // 3_600)] += 1
            self.judge.tell(left_at + latency * self._dice.random(), sure_until=left_at)
        self._time.sleep(latency)
        return read_reply(endpoint, answer.status, answer.body)

    def posts_in_hours(self, hours: int) -> int:
        """Return how many posts left in the first so many hours after the first."""
        return sum(posts for hour, posts in self._posts_by_hour.items() if hour < hours)


class Simulation:
    """The engine in virtual time over `customers` good customers, none of them in the list yet.

    The list has `opted_out` unsubscribed members besides, who are nobody's customers. `stores` makes ports
    to have in the place of those in memory.
    """

    def __init__(
        self,
        customers: int,
        *,
        latency_seconds: tuple[float, float] = (0.3, 0.8),
        opted_out: int = 0,
        number: int = 1,
        stores: Callable[[VirtualTime], dict[str, Any]] = lambda _time: {},
    ) -> None:
        self.time = VirtualTime()
        self.world: World = seed(customers, clock=SimulatorsClock(self.time), oddities=False)
        self._opt_out(opted_out)
        self.wire = DrawnLatency(Simulator(self.world), self.time, latency_seconds, number)
        self.engine = Engine(
            clock=self.time,
            zoho=gateway_to(self.world, self.time, ORIGIN, self.wire),
            list_key=self.world.campaigns.list_named(LIST).key,
            executor=self._executor,
            **stores(self.time),
        )

    def _opt_out(self, people: int) -> None:
        campaigns = self.world.campaigns
        for number in range(people):
            email = f"left-{number}@strangers.example"
            campaigns.put(Contact(email, campaigns.created_at, {"Contact Email": email}))
            campaigns.list_named(LIST).put(email, UNSUBSCRIBED)

    def _executor(self, _threads: int) -> Executor:
        return VirtualExecutor(self.time)

    def locks(self) -> int:
        return sum(self.world.stats.locks.values())
