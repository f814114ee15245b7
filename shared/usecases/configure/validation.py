"""Whether a configuration can be accepted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import time
from typing import TypeVar

from shared.domain.errors import Invalid
from shared.domain.mapping import FieldPair, checked_mapping
from shared.domain.schedule import Frequency, Schedule
from shared.domain.settings import LawfulBasis, MailingList, SubscriptionType, SyncSettings, TopicChoice
from shared.usecases.configure.options import Offer

T = TypeVar("T")
Problems = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ScheduleWish:
    """A schedule as it was asked for; `Schedule` refuses what cannot be."""

    frequency: Frequency
    at: time
    time_zone: str
    weekday: str | None = None
    day_of_month: int | str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """The configuration as it was asked for, of the right types but otherwise unchecked."""

    list_key: str
    subscription_type: SubscriptionType
    topic_ids: tuple[str, ...]
    lawful_basis: LawfulBasis | None
    update_empty_fields: bool
    accept_auto_upgrade: bool
    schedule: ScheduleWish
    mapping: tuple[FieldPair, ...]


def checked_settings(wish: Wish, offer: Offer, *, gdpr_enabled: bool) -> SyncSettings:
    """Return the settings; raises one `Invalid` that names every field that cannot be accepted."""
    problems: Problems = []
    mailing_list = _known_list(wish.list_key, offer.lists, problems)
    _check_topics(wish.topic_ids, offer.topics, problems)
    _check_lawful_basis(wish.lawful_basis, gdpr_enabled, problems)
    schedule = _collecting(problems, lambda: _schedule(wish.schedule))
    mapping = _collecting(
        problems, lambda: checked_mapping(wish.mapping, offer.books_fields, offer.campaigns_fields)
    )
    if problems or mailing_list is None or schedule is None or mapping is None:
        raise Invalid.fields(problems)
    return SyncSettings(
        list_key=mailing_list.key,
        list_name=mailing_list.name,
        subscription_type=wish.subscription_type,
        topic_ids=wish.topic_ids,
        lawful_basis=wish.lawful_basis,
        update_empty_fields=wish.update_empty_fields,
        schedule=schedule,
        mapping=mapping,
    )


def _known_list(key: str, lists: Sequence[MailingList], problems: Problems) -> MailingList | None:
    found = next((each for each in lists if each.key == key), None)
    if found is None:
        problems.append(("list_key", "Zoho Campaigns has no such mailing list"))
    return found


def _check_topics(topic_ids: tuple[str, ...], choice: TopicChoice, problems: Problems) -> None:
    known = {topic.id for topic in choice.topics}
    if topic_ids and not known:
        problems.append(("topic_ids", choice.reason or "there are no topics to choose from"))
        return
    problems.extend(
        (f"topic_ids.{index}", "Zoho Campaigns has no such topic")
        for index, topic_id in enumerate(topic_ids)
        if topic_id not in known
    )
    if len(set(topic_ids)) != len(topic_ids):
        problems.append(("topic_ids", "a topic is named twice"))


def _check_lawful_basis(basis: LawfulBasis | None, gdpr_enabled: bool, problems: Problems) -> None:  # noqa: FBT001
    if gdpr_enabled and basis is None:
        problems.append(("lawful_basis", "required, because GDPR settings are enabled"))
    if not gdpr_enabled and basis is not None:
        problems.append(("lawful_basis", "only accepted when GDPR settings are enabled"))


def _schedule(wish: ScheduleWish) -> Schedule:
    return Schedule(wish.frequency, wish.at, wish.time_zone, wish.weekday, wish.day_of_month)


def _collecting(problems: Problems, check: Callable[[], T]) -> T | None:
    """Run `check`; what it refuses joins the other problems."""
    try:
        return check()
    except Invalid as invalid:
        problems.extend((each["field"], each["reason"]) for each in invalid.details["fields"])
        return None
