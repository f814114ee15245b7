"""The whole application on fakes, and one Zoho user's accounts to connect it to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from shared.bootstrap import Application
from shared.config import Config
from shared.domain.connection import Connection, Organization, Tokens
from shared.domain.customer import STANDARD_FIELDS, BooksField
from shared.domain.errors import SyncError, UpstreamError
from shared.domain.mapping import CampaignsField
from shared.domain.settings import MailingList, Topic, TopicChoice
from shared.ports import Grant, ZohoClients
from tests import fakes
from tests.fakes.zoho import Books, Campaigns, World

ALICE = "alice@example.com"
TENANT = "t-alice"
ORGANIZATION = Organization("10", "Alice & Co", ALICE)
TOPICS = TopicChoice((Topic("t1", "News"), Topic("t2", "Offers")))
OTHER_ORGANIZATION = Organization("11", "Bob's", "bob@example.com")


@dataclass(slots=True)
class ZohoUser:
    """What Zoho knows of the user who consents, and what was asked of Zoho Accounts."""

    clock: fakes.VirtualClock
    email: str = ALICE
    organizations: Sequence[Organization] = (ORGANIZATION, OTHER_ORGANIZATION)
    lists: Sequence[MailingList] = (MailingList("list", "Newsletter", 7),)
    topics: TopicChoice = TOPICS
    books_fields: Sequence[BooksField] = (*STANDARD_FIELDS, BooksField("cf_vat_id", "VAT ID", custom=True))
    refusal: SyncError | None = None
    revocation_fails: UpstreamError | None = None
    exchanged: list[dict[str, str]] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    asked_with: list[str] = field(default_factory=list)


class ConnectedBooks(Books):
    def __init__(self, world: World, user: ZohoUser) -> None:
        super().__init__(world)
        self._user = user

    def organizations(self) -> Sequence[Organization]:
        if self._user.refusal:
            raise self._user.refusal
        return self._user.organizations

    def user_email(self, organization_id: str) -> str:
        return self._user.email

    def fields(self) -> Sequence[BooksField]:
        if self._user.refusal:
            raise self._user.refusal
        return self._user.books_fields


class ConnectedCampaigns(Campaigns):
    def __init__(self, world: World, user: ZohoUser) -> None:
        super().__init__(world)
        self._user = user

    def lists(self) -> Sequence[MailingList]:
        if self._user.refusal:
            raise self._user.refusal
        return self._user.lists

    def topics(self) -> TopicChoice:
        if self._user.refusal:
            raise self._user.refusal
        return self._user.topics

    def fields(self) -> Sequence[CampaignsField]:
        return (*super().fields(), CampaignsField("Subscription Type"))


class Accounts:
    def __init__(self, user: ZohoUser) -> None:
        self._user = user

    def authorization_url(self, *, state: str, code_challenge: str, redirect_uri: str) -> str:
        return (
            f"https://accounts.test/auth?state={state}&challenge={code_challenge}&redirect_uri={redirect_uri}"
        )

    def exchange(
        self, *, code: str, code_verifier: str, redirect_uri: str, location: str, accounts_server: str
    ) -> Grant:
        if self._user.refusal:
            raise self._user.refusal
        self._user.exchanged.append({"code": code, "verifier": code_verifier, "redirect_uri": redirect_uri})
        number = len(self._user.exchanged)
        expires_at = self._user.clock.now() + timedelta(hours=1)
        tokens = Tokens(f"refresh-{number}", f"access-{number}", expires_at, accounts_server)
        return Grant(tokens, location)

    def revoke(self, tokens: Tokens) -> None:
        if self._user.revocation_fails:
            raise self._user.revocation_fails
        self._user.revoked.append(tokens.refresh_token)


class Zoho:
    def __init__(self, world: World, user: ZohoUser) -> None:
        self._world = world
        self._user = user

    def accounts(self) -> Accounts:
        return Accounts(self._user)

    def open(self, connection: Connection) -> ZohoClients:
        self._user.asked_with.append(f"stored:{connection.tenant}")
        return self._clients()

    def open_with(self, connection: Connection, tokens: Tokens) -> ZohoClients:
        self._user.asked_with.append(tokens.refresh_token)
        return self._clients()

    def _clients(self) -> ZohoClients:
        return ZohoClients(
            ConnectedBooks(self._world, self._user), ConnectedCampaigns(self._world, self._user), {}
        )


CONFIG = Config(
    **dict.fromkeys(
        (
            *(
                "table_name",
                "bucket_name",
                "interactive_queue_url",
                "interactive_queue_arn",
                "bulk_queue_url",
            ),
            *("schedule_group_name", "schedule_role_arn", "schedule_dlq_arn", "kms_key_id"),
            "zoho_client_secret_id",
        ),
        "unused",
    )
)


class FakeApplication(Application):
    """Every port is a fake; `user` and `world` are what Zoho holds."""

    def __init__(self, config: Config = CONFIG) -> None:
        super().__init__(config)
        self.fake_clock = fakes.VirtualClock()
        self.world = World(self.fake_clock)
        self.user = ZohoUser(self.fake_clock)
        self.sent = fakes.Queue(self.fake_clock)
        self.scheduled = fakes.Schedules()
        self.csvs = fakes.SkippedFiles()
        self.clock = self.fake_clock
        self.connections = fakes.Connections()
        self.authorizations = fakes.Authorizations()
        self.cipher = fakes.Cipher()
        self.tokens = fakes.TokenStore()
        self.syncs = fakes.Syncs()
        self.runs = fakes.Runs()
        self.ledger = fakes.Ledger(self.fake_clock)
        self.files = fakes.RunFiles()
        self.skipped = self.csvs
        self.notifications = fakes.Notifications()
        self.idempotency = fakes.Idempotency(self.fake_clock)
        self.limiter = fakes.RateLimiter()
        self.queue = self.sent
        self.schedules = self.scheduled
        self.zoho = Zoho(self.world, self.user)

    def authorize(self, tenant: str = TENANT) -> Connection:
        """Let the user consent and come back."""
        consent = self.connect.begin(tenant, redirect_uri="https://console.test/oauth/callback")
        return self.connect.complete(
            tenant,
            code="code",
            state=consent.state,
            location="eu",
            accounts_server="https://accounts.test",
        )

    def connected(self, tenant: str = TENANT) -> Connection:
        """Let the user consent and choose the organization."""
        self.authorize(tenant)
        return self.connect.choose_organization(tenant, ORGANIZATION.id)

    def work_off(self, *, rounds: int = 200) -> None:
        """Deliver messages, letting time pass, until none is left that is due within ten minutes."""
        for _ in range(rounds):
            message = self.sent.receive()
            if message is not None:
                if message.kind in ("erase", "revoke"):
                    self.erase.go_on(message, budget_seconds=180)
                else:
                    self.worker.handle(message, budget_seconds=180)
                continue
            next_at = self.sent.next_visible_at()
            if next_at is None or next_at - self.fake_clock.now() > timedelta(minutes=10):
                return
            self.fake_clock.advance_to(next_at)
        raise AssertionError("the messages never end")

    def lose_consent(self, tenant: str = TENANT) -> None:
        """Let Zoho have told a worker that the grant is gone."""
        connection = self.connections.get(tenant)
        assert connection is not None
        assert self.connections.update(replace(connection, status=type(connection.status)("needs_reconnect")))
