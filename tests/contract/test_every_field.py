"""What the other tests store has a value in every field, so that none can be lost on the way unnoticed."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import Any

import pytest

from shared.domain.run import Cursor, Run
from shared.domain.settings import Sync
from tests.factories import busy_run, settled_sync

LEASED_AND_ENDED = {"finished_at", "tick", "epoch", "lease_owner", "lease_until", "waiting_for"}
COMMITTED = {"committed_epoch"}


def default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


@pytest.mark.parametrize(
    ("stored", "left_out"),
    [
        (settled_sync(), set()),
        (busy_run(), LEASED_AND_ENDED | COMMITTED),
        (busy_run().cursor, set()),
    ],
    ids=["sync", "run", "cursor"],
)
def test_no_field_is_as_if_it_had_not_been_stored(stored: Sync | Run | Cursor, left_out: set[str]) -> None:
    unset = {field.name for field in fields(stored) if getattr(stored, field.name) == default(field)}
    assert unset == left_out
