"""Configurations as a caller asks for them, and how they are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from shared.domain.errors import Invalid, SyncError
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


def wrong_fields(call: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        call()
    return {each["field"]: each["reason"] for each in refused.value.details["fields"]}


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(SyncError) as refused:
        call()
    return refused.value.code
