"""What the caller sends: types are checked here, everything else in the use case."""

from __future__ import annotations

import hashlib
import re
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, WithJsonSchema

from shared.domain.mapping import FieldPair
from shared.domain.schedule import LAST_DAY, Frequency
from shared.domain.settings import LawfulBasis, SubscriptionType
from shared.usecases.configure.validation import ScheduleWish, Wish
from shared.web import Body, Text

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def _wall_clock(value: Any) -> time:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError("hours and minutes from 00:00 to 23:59, such as 09:30")
    return time.fromisoformat(value)


def _day_of_month(value: Any) -> Any:
    if value is not None and value != LAST_DAY and (not isinstance(value, int) or isinstance(value, bool)):
        raise ValueError('a day from 1 to 28, or "last"')
    return value


class ScheduleBody(Body):
    frequency: Frequency
    time: Annotated[
        Any, BeforeValidator(_wall_clock), WithJsonSchema({"type": "string", "pattern": f"^{_TIME.pattern}$"})
    ]
    time_zone: Text
    weekday: Text | None = None
    day_of_month: Annotated[
        Any,
        BeforeValidator(_day_of_month),
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "integer", "minimum": 1, "maximum": 28},
                    {"const": LAST_DAY},
                    {"type": "null"},
                ]
            }
        ),
    ] = None

    def wish(self) -> ScheduleWish:
        return ScheduleWish(self.frequency, self.time, self.time_zone, self.weekday, self.day_of_month)


class PairBody(Body):
    source: Text
    target: Text
    new_field: StrictBool = False


class SyncBody(Body):
    """A sync's configuration and mapping."""

    module: Literal["contacts"]
    list_key: Text
    subscription_type: SubscriptionType
    topic_ids: Annotated[list[Text], Field(max_length=100, default_factory=list)]
    lawful_basis: LawfulBasis | None = None
    update_empty_fields: StrictBool = False
    accept_auto_upgrade: StrictBool = False
    schedule: ScheduleBody
    mapping: Annotated[list[PairBody], Field(max_length=200)]

    def wish(self) -> Wish:
        return Wish(
            list_key=self.list_key,
            subscription_type=self.subscription_type,
            topic_ids=tuple(self.topic_ids),
            lawful_basis=self.lawful_basis,
            update_empty_fields=self.update_empty_fields,
            accept_auto_upgrade=self.accept_auto_upgrade,
            schedule=self.schedule.wish(),
            mapping=tuple(FieldPair(pair.source, pair.target, pair.new_field) for pair in self.mapping),
        )

    def fingerprint(self) -> str:
        """Return what tells two bodies apart that come with the same Idempotency-Key."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class EditBody(SyncBody):
    """`restart` cancels a run in progress in favour of one with this configuration."""

    restart: StrictBool = False


class GdprBody(Body):
    enabled: StrictBool
