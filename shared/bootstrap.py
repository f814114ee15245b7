"""The composition root: which adapter stands behind each port, and what each use case is given.

Nothing is made at import, and each thing is made once, when it is first asked for, so a function keeps its
clients between invocations. Tests put fakes in the place of the ports.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache, cached_property

from shared import ports
from shared.adapters.aws import AwsClients
from shared.adapters.cipher import KmsCipher
from shared.adapters.clock import SystemClock
from shared.adapters.dynamodb.authorizations import DynamoAuthorizations
from shared.adapters.dynamodb.connections import DynamoConnections
from shared.adapters.dynamodb.idempotency import DynamoIdempotency
from shared.adapters.dynamodb.ledger import DynamoLedger
from shared.adapters.dynamodb.notifications import DynamoNotifications
from shared.adapters.dynamodb.rate_limiter import DynamoRateLimiter
from shared.adapters.dynamodb.runs import DynamoRuns
from shared.adapters.dynamodb.syncs import DynamoSyncs
from shared.adapters.dynamodb.table import Table
from shared.adapters.dynamodb.tokens import DynamoTokenStore
from shared.adapters.queue import SqsQueue
from shared.adapters.run_files import S3RunFiles
from shared.adapters.schedules import EventBridgeSchedules
from shared.adapters.secrets import ZohoClientSecret
from shared.adapters.skipped_csv import S3SkippedFiles
from shared.config import Config
from shared.domain.pacing import Endpoint
from shared.domain.run import Notification, Run
from shared.observability import count_attention, count_refused_pace, note_slice, note_start
from shared.usecases.configure.lifecycle import Configure
from shared.usecases.configure.options import Options
from shared.usecases.connect import Connect
from shared.usecases.erase import Erase
from shared.usecases.history import History
from shared.usecases.run_sync.control import RunControl
from shared.usecases.run_sync.ending import Ending
from shared.usecases.run_sync.preview import Preview
from shared.usecases.run_sync.sweeper import Sweeper
from shared.usecases.run_sync.work import Stores
from shared.usecases.run_sync.worker import Worker


class _CountedNotifications(DynamoNotifications):
    """Everything but a completed run is news that somebody has to act on, and an alarm counts it."""

    def put(self, tenant: str, notification: Notification) -> None:
        super().put(tenant, notification)
        if notification.kind != "run_completed":
            count_attention()


class _NotedRuns(DynamoRuns):
    """A new run and every committed slice are a line in the log; an ended run is counted by its outcome."""

    def create(self, run: Run) -> bool:
        created = super().create(run)
        if created:
            note_start(run)
        return created

    def commit(self, run: Run) -> Run:
        committed = super().commit(run)
        note_slice(committed)
        return committed


class _CountedLimiter(DynamoRateLimiter):
    """An endpoint is closed to everybody only when Zoho has refused a call to it: that is counted."""

    def block(self, account: str, endpoint: Endpoint, until: datetime) -> None:
        super().block(account, endpoint, until)
        count_refused_pace(endpoint.name)


class Application:
    """Ports first, then the use cases that are given them."""

    def __init__(self, config: Config) -> None:
        self.config = config

    # ---- ports ----------------------------------------------------------------------------------------

    @cached_property
    def clock(self) -> ports.Clock:
        return SystemClock()

    @cached_property
    def _aws(self) -> AwsClients:
        return AwsClients()

    @cached_property
    def _table(self) -> Table:
        return Table(self._aws.dynamodb, self.config.table_name, self.clock)

    @cached_property
    def cipher(self) -> ports.Cipher:
        return KmsCipher(self._aws.kms, self.config.kms_key_id)

    @cached_property
    def connections(self) -> ports.Connections:
        return DynamoConnections(self._table)

    @cached_property
    def authorizations(self) -> ports.Authorizations:
        return DynamoAuthorizations(self._table, self.cipher)

    @cached_property
    def tokens(self) -> ports.TokenStore:
        return DynamoTokenStore(self._table, self.cipher)

    @cached_property
    def syncs(self) -> ports.Syncs:
        return DynamoSyncs(self._table)

    @cached_property
    def runs(self) -> ports.Runs:
        return _NotedRuns(self._table)

    @cached_property
    def ledger(self) -> ports.Ledger:
        return DynamoLedger(self._table, self.clock)

    @cached_property
    def notifications(self) -> ports.Notifications:
        return _CountedNotifications(self._table)

    @cached_property
    def idempotency(self) -> ports.Idempotency:
        return DynamoIdempotency(self._table, self.clock)

    @cached_property
    def limiter(self) -> ports.RateLimiter:
        return _CountedLimiter(self._table, self.clock)

    @cached_property
    def files(self) -> ports.RunFiles:
        return S3RunFiles(self._aws.s3, self.config.bucket_name)

    @cached_property
    def skipped(self) -> ports.SkippedFiles:
        return S3SkippedFiles(self._aws.s3, self.config.bucket_name)

    @cached_property
    def queue(self) -> ports.Queue:
        return SqsQueue(
            self._aws.sqs,
            interactive_url=self.config.interactive_queue_url,
            bulk_url=self.config.bulk_queue_url,
        )

    @cached_property
    def schedules(self) -> ports.Schedules:
        return EventBridgeSchedules(
            self._aws.scheduler,
            group_name=self.config.schedule_group_name,
            target_arn=self.config.interactive_queue_arn,
            role_arn=self.config.schedule_role_arn,
            dlq_arn=self.config.schedule_dlq_arn,
        )

    @cached_property
    def zoho(self) -> ports.Zoho:
        # Imported when first asked for: functions that never call Zoho start without its HTTP client.
        from shared.adapters.zoho.data_centers import ZohoUrls  # noqa: PLC0415
        from shared.adapters.zoho.gateway import ZohoGateway  # noqa: PLC0415
        from shared.adapters.zoho.oauth import ClientCredentials  # noqa: PLC0415

        config = self.config
        secret = ZohoClientSecret(self._aws.secrets_manager, config.zoho_client_secret_id, self.clock)
        return ZohoGateway(
            credentials=lambda: ClientCredentials(**secret.read()),
            tokens=self.tokens,
            limiter=self.limiter,
            clock=self.clock,
            urls=ZohoUrls(config.zoho_accounts_url, config.zoho_books_url, config.zoho_campaigns_url),
        )

    # ---- use cases ------------------------------------------------------------------------------------

    @cached_property
    def connect(self) -> Connect:
        return Connect(
            connections=self.connections,
            authorizations=self.authorizations,
            tokens=self.tokens,
            cipher=self.cipher,
            syncs=self.syncs,
            idempotency=self.idempotency,
            zoho=self.zoho,
            run_control=self.run_control,
            clock=self.clock,
        )

    @cached_property
    def erase(self) -> Erase:
        return Erase(
            connections=self.connections,
            tokens=self.tokens,
            syncs=self.syncs,
            schedules=self.schedules,
            runs=self.runs,
            ledger=self.ledger,
            files=self.files,
            skipped=self.skipped,
            notifications=self.notifications,
            queue=self.queue,
            zoho=self.zoho,
            clock=self.clock,
        )

    @cached_property
    def options(self) -> Options:
        return Options(connections=self.connections, zoho=self.zoho)

    @cached_property
    def configure(self) -> Configure:
        return Configure(
            options=self.options,
            connections=self.connections,
            syncs=self.syncs,
            runs=self.runs,
            schedules=self.schedules,
            idempotency=self.idempotency,
            run_control=self.run_control,
            clock=self.clock,
        )

    @cached_property
    def preview(self) -> Preview:
        return Preview(
            syncs=self.syncs,
            connections=self.connections,
            tokens=self.tokens,
            ledger=self.ledger,
            zoho=self.zoho,
            clock=self.clock,
        )

    @cached_property
    def history(self) -> History:
        return History(
            syncs=self.syncs,
            runs=self.runs,
            skipped=self.skipped,
            notifications=self.notifications,
            clock=self.clock,
        )

    @cached_property
    def run_control(self) -> RunControl:
        return RunControl(
            syncs=self.syncs,
            runs=self.runs,
            connections=self.connections,
            idempotency=self.idempotency,
            queue=self.queue,
            clock=self.clock,
        )

    @cached_property
    def worker(self) -> Worker:
        return Worker(
            stores=Stores(
                syncs=self.syncs,
                runs=self.runs,
                ledger=self.ledger,
                files=self.files,
                skipped=self.skipped,
                notifications=self.notifications,
                limiter=self.limiter,
                clock=self.clock,
            ),
            connections=self.connections,
            tokens=self.tokens,
            schedules=self.schedules,
            zoho=self.zoho,
            control=self.run_control,
            ending=Ending(queue=self.queue, control=self.run_control),
            executor=ThreadPoolExecutor,
        )

    @cached_property
    def sweeper(self) -> Sweeper:
        return Sweeper(runs=self.runs, queue=self.queue, clock=self.clock)


@cache
def application() -> Application:
    """Return the application that the environment configures."""
    return Application(Config.read(os.environ))
