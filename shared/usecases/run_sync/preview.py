"""A dry run: what the next full pass would do, with nothing written anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from shared.domain.compact import DigestSet
from shared.domain.connection import ConnectionStatus
from shared.domain.contact import WHAT_TO_DO, SkipReason, digest
from shared.domain.errors import Conflict, NotFound, RateLimited, ReconnectNeeded, RetryLater
from shared.domain.mapping import EMAIL_TARGET
from shared.domain.pacing import SUBSCRIBE
from shared.domain.plan import Candidate, Outcome, Rules, decide
from shared.domain.run import Counters
from shared.domain.settings import Sync, SyncSettings, SyncStatus
from shared.ports import (
    Campaigns,
    Clock,
    Connections,
    CustomerPage,
    Ledger,
    Syncs,
    TokenStore,
    Zoho,
    ZohoClients,
)
from shared.usecases.run_sync.exclusions import Exclusions, read_members

SAMPLES = 20
# The calls to Zoho of one HTTP answer have 24 seconds, and a page that is asked for in the last of these 18
# may take its time.
READING_TIME = timedelta(seconds=18)


@dataclass(frozen=True, slots=True)
class Sample:
    """One customer of the preview; `reason` is set for skipped ones."""

    contact_id: str
    name: str
    email: str
    reason: SkipReason | None = None
    detail: str = ""

    @property
    def advice(self) -> str:
        return WHAT_TO_DO[self.reason] if self.reason else ""


@dataclass(frozen=True, slots=True)
class PreviewResult:
    """`complete` is False when the time of one answer did not do for looking at all customers: they were too
    many, or Zoho too slow.

    `calls` is how many Zoho calls the run would make for the customers looked at, `seconds` how long its
    posts would take at Zoho's pace.
    """

    counters: Counters
    complete: bool
    calls: int
    seconds: int
    samples: dict[Outcome, list[Sample]] = field(default_factory=dict)


class Preview:
    def __init__(
        self,
        *,
        syncs: Syncs,
        connections: Connections,
        tokens: TokenStore,
        ledger: Ledger,
        zoho: Zoho,
        clock: Clock,
    ) -> None:
        self._syncs = syncs
        self._connections = connections
        self._tokens = tokens
        self._ledger = ledger
        self._zoho = zoho
        self._clock = clock

    def preview(self, tenant: str, sync_id: str) -> PreviewResult:
        """Return what a full run of the sync would do now; raises `NotFound`, `Conflict`, `UpstreamError`."""
        sync = self._syncs.get(tenant)
        if sync is None or sync.id != sync_id:
            raise NotFound("There is no such sync.", code="sync_not_found")
        return self._look(sync)

    def preview_of(self, tenant: str, settings: SyncSettings) -> PreviewResult:
        """Return what the first full run with `settings` would do, for a sync that is set up or edited."""
        now = self._clock.now()
        sync = self._syncs.get(tenant)
        if sync is None:
            sync = Sync("", tenant, settings, SyncStatus.ACTIVE, created_at=now, updated_at=now)
        return self._look(sync.edited(settings, now))

    def _look(self, sync: Sync) -> PreviewResult:
        tenant = sync.tenant
        connection = self._connections.get(tenant)
        if connection is None or connection.status is ConnectionStatus.CHOOSE_ORGANIZATION:
            raise Conflict("No Zoho Books organization is connected.", code="not_connected")
        if connection.status is ConnectionStatus.NEEDS_RECONNECT:
            raise ReconnectNeeded("Zoho no longer honours the consent; connect again.")
        ends_at = self._clock.now() + READING_TIME
        clients = self._zoho.open(connection)
        rules = self._rules(sync, clients.campaigns, self._tokens.digest_key(tenant))
        result = PreviewResult(Counters(), complete=True, calls=sum(clients.calls.values()), seconds=0)
        met = DigestSet()
        owned = DigestSet()
        pages = 0
        try:
            for page in _pages(clients):
                if pages and self._clock.now() >= ends_at:
                    result = replace(result, complete=False)
                    break
                result = self._judge(result, sync, page, rules, met, owned)
                pages += 1
        except (RateLimited, RetryLater):
            if not pages:
                raise
            result = replace(result, complete=False)
        posts = result.counters.added + result.counters.updated
        return replace(
            result,
            calls=sum(clients.calls.values()) + posts,
            seconds=round(posts * SUBSCRIBE.interval_seconds),
        )

    def _rules(self, sync: Sync, campaigns: Campaigns, key: bytes) -> Rules:
        list_key = sync.settings.list_key
        exclusions = Exclusions.read(campaigns, list_key, key, self._clock.now())
        known = None if sync.members_known else read_members(campaigns, list_key, "active", key)
        mapped = {pair.target.casefold() for pair in sync.settings.mapping}
        fields = [each for each in campaigns.fields() if each.name.casefold() in mapped]
        return Rules(
            digest_key=key,
            settings=sync.settings,
            version=sync.settings.version,
            run_id="",
            field_lengths={each.name: each.max_length or 0 for each in fields if each.name != EMAIL_TARGET},
            excluded=exclusions.reason,
            is_member=known.__contains__ if known is not None else None,
        )

    def _judge(
        self,
        result: PreviewResult,
        sync: Sync,
        page: CustomerPage,
        rules: Rules,
        met: DigestSet,
        owned: DigestSet,
    ) -> PreviewResult:
        ids = [customer.contact_id for customer in page.customers]
        entries = self._ledger.get_many(sync.tenant, sync.id, ids) if sync.id else {}
        counters = result.counters
        for record in page.unreadable:
            counters = counters.skip(record.reason)
            _show(
                result,
                Outcome.SKIP,
                Sample(
                    record.contact_id, record.contact_name, record.email.strip(), record.reason, record.detail
                ),
            )
        for customer in sorted(page.customers, key=lambda each: each.rank):
            identity = digest(rules.digest_key, customer.contact_id)
            if identity in met:
                continue
            met.add(identity)
            candidate = Candidate.of(customer, identity, rules.digest_key)
            duplicate = bool(candidate.mail) and candidate.mail in owned
            if candidate.mail:
                owned.add(candidate.mail)
            decision = decide(candidate, entries.get(customer.contact_id), rules, duplicate=duplicate)
            counters = _counted(counters, decision.outcome, decision.reason)
            _show(
                result,
                decision.outcome,
                Sample(
                    customer.contact_id,
                    customer.name,
                    customer.email.strip(),
                    decision.reason,
                    decision.detail,
                ),
            )
        return replace(result, counters=counters)


def _show(result: PreviewResult, outcome: Outcome, sample: Sample) -> None:
    samples = result.samples.setdefault(outcome, [])
    if len(samples) < SAMPLES:
        samples.append(sample)


def _counted(counters: Counters, outcome: Outcome, reason: SkipReason | None) -> Counters:
    if reason is not None:
        return counters.skip(reason)
    if outcome is Outcome.ADD:
        return replace(counters, added=counters.added + 1)
    if outcome is Outcome.UPDATE:
        return replace(counters, updated=counters.updated + 1)
    return replace(counters, unchanged=counters.unchanged + 1)


def _pages(clients: ZohoClients) -> Iterator[CustomerPage]:
    for active in (True, False):
        page = 1
        while True:
            answer = clients.books.walk(page, active=active)
            yield answer
            if not answer.has_more:
                break
            page += 1
