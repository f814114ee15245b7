"""The engine as the worker function runs it: stores in memory, a simulated Zoho on the other end."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from infra.zoho_sim import World
from shared import ports
from shared.adapters.zoho.data_centers import ZohoUrls
from shared.adapters.zoho.gateway import ZohoGateway
from shared.adapters.zoho.http import Sender
from shared.adapters.zoho.oauth import ClientCredentials
from shared.domain.connection import Connection, ConnectionStatus, Organization, Tokens
from shared.domain.mapping import FieldPair
from shared.domain.pacing import Endpoint, Slots
from shared.domain.run import Mode, Run, RunStatus, Trigger
from shared.domain.schedule import Frequency, Schedule
from shared.domain.settings import SubscriptionType, Sync, SyncSettings, SyncStatus
from shared.usecases.run_sync.control import RunControl
from shared.usecases.run_sync.ending import Ending
from shared.usecases.run_sync.work import Stores
from shared.usecases.run_sync.worker import Worker
from tests import fakes

TENANT, SYNC = "tenant", "sync"
ORGANIZATION = "10229182"
SCOPES = (
    "ZohoBooks.contacts.READ",
    "ZohoBooks.settings.READ",
    "ZohoCampaigns.contact.READ",
    "ZohoCampaigns.contact.CREATE-UPDATE",
)
FUNCTION_TIMEOUT_SECONDS = 180.0
# What passes between a message sent and the worker it wakes: queue, event source, start of the function.
HAND_OVER_SECONDS = 0.2
MAPPING = (
    FieldPair("email", "Contact Email"),
    FieldPair("first_name", "First Name"),
    FieldPair("last_name", "Last Name"),
    FieldPair("company_name", "Company Name"),
)


class Unlimited:
    """A `RateLimiter` that lets everything leave at once, for measurements of speed alone."""

    def take(
        self, account: str, endpoint: Endpoint, *, now: datetime, wanted: int, horizon: datetime
    ) -> Slots:
        del account, endpoint, horizon
        return Slots(wanted, now.timestamp(), 0.0, now.timestamp())

    def block(self, account: str, endpoint: Endpoint, until: datetime) -> None:
        raise AssertionError(f"{account} was blocked at {endpoint.name} until {until}")


@dataclass
class Spell:
    """What a run was doing from `start` to `end` (epoch seconds): "slice", or what it waited for."""

    what: str
    start: float
    end: float


class Engine:
    """One tenant with one sync. Give ports by name to have them in the place of those in memory."""

    def __init__(
        self,
        *,
        clock: Any,
        zoho: Callable[[Any, Any], ports.Zoho],
        list_key: str,
        executor: Callable[[int], Executor] = ThreadPoolExecutor,
        **given: Any,
    ) -> None:
        self.clock = clock
        self.ledger: Any = given.get("ledger") or fakes.Ledger()
        self.runs: Any = given.get("runs") or fakes.Runs()
        self.syncs: Any = given.get("syncs") or fakes.Syncs()
        self.files: Any = given.get("files") or fakes.RunFiles()
        self.skipped: Any = given.get("skipped") or fakes.SkippedFiles()
        self.limiter: Any = given.get("limiter") or fakes.RateLimiter()
        self.notifications: Any = given.get("notifications") or fakes.Notifications()
        self.connections: Any = given.get("connections") or fakes.Connections()
        self.tokens: Any = given.get("tokens") or fakes.TokenStore()
        self.queue: Any = fakes.Queue(clock)
        self.zoho = zoho(self.tokens, self.limiter)
        self.spells: list[Spell] = []
        stores = Stores(
            syncs=self.syncs,
            runs=self.runs,
            ledger=self.ledger,
            files=self.files,
            skipped=self.skipped,
            notifications=self.notifications,
            limiter=self.limiter,
            clock=clock,
        )
        self.control = RunControl(
            syncs=self.syncs,
            runs=self.runs,
            connections=self.connections,
            idempotency=fakes.Idempotency(clock),
            queue=self.queue,
            clock=clock,
        )
        self.worker = Worker(
            stores=stores,
            connections=self.connections,
            tokens=self.tokens,
            schedules=fakes.Schedules(),
            zoho=self.zoho,
            control=self.control,
            ending=Ending(queue=self.queue, control=self.control),
            executor=executor,
        )
        if self.syncs.get(TENANT) is None:
            self._configure(list_key)

    def _configure(self, list_key: str) -> None:
        now = self.clock.now()
        organization = Organization(ORGANIZATION, "Lumen Supply Co.", "priya.raman@lumen-supply.example")
        self.connections.create(
            Connection(TENANT, ConnectionStatus.CONNECTED, organization.email, "us", now, organization)
        )
        settings = SyncSettings(
            list_key=list_key,
            list_name="Newsletter",
            subscription_type=SubscriptionType.MARKETING,
            topic_ids=(),
            lawful_basis=None,
            update_empty_fields=False,
            schedule=Schedule(Frequency.DAILY, time(9, 30), "UTC"),
            mapping=MAPPING,
        )
        self.syncs.create(Sync(SYNC, TENANT, settings, SyncStatus.ACTIVE, created_at=now, updated_at=now))

    def start(self, mode: Mode) -> Run:
        self.clock.sleep(1)
        sync = self.syncs.get(TENANT)
        return self.control.start(sync, trigger=Trigger.MANUAL, mode=mode)

    def run(self, mode: Mode, *, most: timedelta = timedelta(days=60)) -> Run:
        """Start a run, play queue and sweeper until it has ended, and return it.

        Raises RuntimeError when it does not complete within `most`.
        """
        run = self.start(mode)
        ends_at = self.clock.now() + most
        while self.clock.now() < ends_at:
            stored = self.stored(run)
            if stored.status.ended:
                if stored.status is not RunStatus.COMPLETED:
                    raise RuntimeError(f"the run ended {stored.status}: {stored.error_message}")
                return stored
            self.step(run)
        raise RuntimeError("the run does not come to an end")

    def work_off(self, run: Run) -> Run:
        """Play a started run to its end without anything passing between two slices."""
        while not self.stored(run).status.ended:
            self.worker.handle(self.queue.receive(), budget_seconds=FUNCTION_TIMEOUT_SECONDS)
        return self.stored(run)

    def step(self, run: Run) -> None:
        """Hand the next message to the worker; where none will come, wait for the sweeper's next minute."""
        waited_from, waiting_for = self.clock.now().timestamp(), self.stored(run).waiting_for
        at = self.queue.next_visible_at()
        if at is not None:
            self.clock.sleep((at - self.clock.now()).total_seconds() + HAND_OVER_SECONDS)
        else:
            due_at = self.runs.next_due_at().timestamp()
            self.clock.sleep(60.0 * (int(due_at) // 60 + 1) - waited_from + HAND_OVER_SECONDS)
            self.queue.send(ports.WakeUp("slice", TENANT, SYNC, run.id, self.stored(run).tick))
        started = self.clock.now().timestamp()
        self.spells.append(Spell(waiting_for or "queue", waited_from, started))
        message = self.queue.receive()
        self.worker.handle(message, budget_seconds=FUNCTION_TIMEOUT_SECONDS)
        self.spells.append(Spell("slice", started, self.clock.now().timestamp()))

    def stored(self, run: Run) -> Run:
        found: Run | None = self.runs.get(TENANT, SYNC, run.id)
        if found is None:
            raise KeyError(run.id)
        return found


def gateway_to(
    world: World, clock: Any, origin: str, transport: Sender | None = None
) -> Callable[[Any, Any], ZohoGateway]:
    """Return what opens Zoho clients for `world` once the token store and the limiter are known."""

    def opened(tokens: Any, limiter: Any) -> ZohoGateway:
        epoch = clock.now().timestamp()
        grant = world.grants.add_refresh_token(SCOPES, epoch)
        access = world.grants.mint(grant.scopes, epoch + 3_600, grant, 30)
        expires_at = datetime.fromtimestamp(epoch + 3_600, UTC)
        tokens.save(TENANT, Tokens(grant.token, access, expires_at, origin))
        return ZohoGateway(
            credentials=lambda: ClientCredentials(world.settings.client_id, world.settings.client_secret),
            tokens=tokens,
            limiter=limiter,
            clock=clock,
            urls=ZohoUrls(origin, origin, origin),
            transport=transport,
        )

    return opened
