"""Configurations as a caller asks for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import Any

from shared.domain.mapping import FieldPair
from shared.domain.schedule import Frequency
from shared.domain.settings import SubscriptionType
from shared.usecases.configure.validation import ScheduleWish, Wish

WEEKLY = ScheduleWish(Frequency.WEEKLY, time(9, 30), "Asia/Kolkata", weekday="monday")

WISH = Wish(
    list_key="list",
    subscription_type=SubscriptionType.MARKETING,
    topic_ids=("t1",),
    lawful_basis=None,
    update_empty_fields=False,
    accept_auto_upgrade=True,
    schedule=WEEKLY,
    mapping=(FieldPair("email", "Contact Email"), FieldPair("first_name", "First Name")),
)


def wish(**changes: Any) -> Wish:
    """Return an acceptable configuration with `changes`."""
    return replace(WISH, **changes)
