"""What the caller gets: options, syncs and previews as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel

from shared.domain.contact import SkipReason
from shared.domain.customer import BooksField
from shared.domain.mapping import CampaignsField, FieldPair
from shared.domain.plan import Outcome
from shared.domain.schedule import Frequency, Schedule
from shared.domain.settings import MODULE, LawfulBasis, SubscriptionType, SyncStatus
from shared.usecases.configure.lifecycle import SyncView
from shared.usecases.configure.options import MODULES, SyncOptions
from shared.usecases.run_sync.preview import PreviewResult, Sample
from shared.web import Instant, RunDetail


class GdprAnswer(BaseModel):
    enabled: bool


class Choice(BaseModel):
    id: str
    name: str


class ListAnswer(BaseModel):
    key: str
    name: str
    contacts: int


class BooksFieldAnswer(BaseModel):
    name: str
    label: str
    kind: str
    custom: bool

    @classmethod
    def of(cls, field: BooksField) -> BooksFieldAnswer:
        return cls(name=field.name, label=field.label, kind=field.kind, custom=field.custom)


class CampaignsFieldAnswer(BaseModel):
    name: str
    kind: str
    max_length: int | None
    mandatory: bool

    @classmethod
    def of(cls, field: CampaignsField) -> CampaignsFieldAnswer:
        return cls(name=field.name, kind=field.kind, max_length=field.max_length, mandatory=field.mandatory)


class PairAnswer(BaseModel):
    source: str
    target: str
    new_field: bool


def pairs(mapping: Sequence[FieldPair]) -> list[PairAnswer]:
    return [PairAnswer(source=pair.source, target=pair.target, new_field=pair.new_field) for pair in mapping]


class OptionsAnswer(BaseModel):
    """`topics` is null, with a reason, where there is nothing to choose; `lawful_bases` unless GDPR is on."""

    modules: list[Choice]
    lists: list[ListAnswer]
    topics: list[Choice] | None
    topics_reason: str | None
    subscription_types: list[Choice]
    lawful_bases: list[Choice] | None
    books_fields: list[BooksFieldAnswer]
    campaigns_fields: list[CampaignsFieldAnswer]
    suggested_mapping: list[PairAnswer]
    frequencies: list[Frequency]
    time_zones: list[str]

    @classmethod
    def of(cls, options: SyncOptions) -> OptionsAnswer:
        offer = options.offer
        topics = [Choice(id=topic.id, name=topic.name) for topic in offer.topics.topics]
        bases = options.lawful_bases
        return cls(
            modules=[Choice(id=module, name=name) for module, name in MODULES],
            lists=[ListAnswer(key=each.key, name=each.name, contacts=each.contacts) for each in offer.lists],
            topics=topics or None,
            topics_reason=None if topics else offer.topics.reason,
            subscription_types=[Choice(id=kind, name=kind.label) for kind in options.subscription_types],
            lawful_bases=None if bases is None else [Choice(id=basis, name=basis.label) for basis in bases],
            books_fields=[BooksFieldAnswer.of(field) for field in offer.books_fields],
            campaigns_fields=[CampaignsFieldAnswer.of(field) for field in offer.campaigns_fields],
            suggested_mapping=pairs(options.suggested_mapping),
            frequencies=list(options.frequencies),
            time_zones=list(options.time_zones),
        )


class ScheduleAnswer(BaseModel):
    frequency: Frequency
    time: str
    time_zone: str
    weekday: str | None
    day_of_month: int | Literal["last"] | None

    @classmethod
    def of(cls, schedule: Schedule) -> ScheduleAnswer:
        return cls.model_validate(
            {
                "frequency": schedule.frequency,
                "time": f"{schedule.at:%H:%M}",
                "time_zone": schedule.time_zone,
                "weekday": schedule.weekday,
                "day_of_month": schedule.day_of_month,
            }
        )


class SyncAnswer(BaseModel):
    """The configuration under the names it was sent with, and how the sync is doing.

    `attention` says what a person has to do while `status` is `needs_attention`.
    """

    id: str
    module: str
    list_key: str
    list_name: str
    subscription_type: SubscriptionType
    topic_ids: list[str]
    lawful_basis: LawfulBasis | None
    update_empty_fields: bool
    schedule: ScheduleAnswer
    mapping: list[PairAnswer]
    status: SyncStatus
    attention: str | None
    created_at: Instant
    updated_at: Instant
    next_run_at: Instant | None
    last_run: RunDetail | None
    current_run: RunDetail | None

    @classmethod
    def of(cls, view: SyncView) -> SyncAnswer:
        sync, settings = view.sync, view.sync.settings
        return cls(
            id=sync.id,
            module=MODULE,
            list_key=settings.list_key,
            list_name=settings.list_name,
            subscription_type=settings.subscription_type,
            topic_ids=list(settings.topic_ids),
            lawful_basis=settings.lawful_basis,
            update_empty_fields=settings.update_empty_fields,
            schedule=ScheduleAnswer.of(settings.schedule),
            mapping=pairs(settings.mapping),
            status=sync.status,
            attention=sync.attention or None,
            created_at=sync.created_at,
            updated_at=sync.updated_at,
            next_run_at=view.next_run_at,
            last_run=RunDetail.of(view.last_run) if view.last_run else None,
            current_run=RunDetail.of(view.current_run) if view.current_run else None,
        )


class CountsAnswer(BaseModel):
    total: int
    add: int
    update: int
    leave: int
    skip: int
    skip_by_reason: dict[SkipReason, int]


class SampleAnswer(BaseModel):
    contact_id: str
    contact_name: str
    email: str
    reason_code: SkipReason | None
    reason: str | None
    detail: str | None

    @classmethod
    def of(cls, sample: Sample) -> SampleAnswer:
        return cls(
            contact_id=sample.contact_id,
            contact_name=sample.name,
            email=sample.email,
            reason_code=sample.reason,
            reason=sample.advice or None,
            detail=sample.detail or None,
        )


class SamplesAnswer(BaseModel):
    add: list[SampleAnswer]
    update: list[SampleAnswer]
    leave: list[SampleAnswer]
    skip: list[SampleAnswer]


class PreviewAnswer(BaseModel):
    """`complete` is false when there were too many customers to look at all of them within one answer."""

    counts: CountsAnswer
    samples: SamplesAnswer
    complete: bool
    api_calls: int
    duration_seconds: int

    @classmethod
    def of(cls, result: PreviewResult) -> PreviewAnswer:
        counted = result.counters

        def samples(outcome: Outcome) -> list[SampleAnswer]:
            return [SampleAnswer.of(sample) for sample in result.samples.get(outcome, [])]

        return cls(
            counts=CountsAnswer(
                total=counted.total,
                add=counted.added,
                update=counted.updated,
                leave=counted.unchanged,
                skip=counted.skipped_total,
                skip_by_reason=dict(counted.skipped),
            ),
            samples=SamplesAnswer(
                add=samples(Outcome.ADD),
                update=samples(Outcome.UPDATE),
                leave=samples(Outcome.UNCHANGED),
                skip=samples(Outcome.SKIP),
            ),
            complete=result.complete,
            api_calls=result.calls,
            duration_seconds=result.seconds,
        )
