"""What a worker accepts as a message."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.queue import body_of, parse
from shared.ports import WakeUp

SLICE = {"kind": "slice", "tenant": "t", "sync_id": "s", "run_id": "r", "tick": 3}
FIRE = {"kind": "fire", "tenant": "t", "sync_id": "s", "scheduled_at": "2026-11-22T09:00:00Z"}


def test_well_formed_messages_are_read() -> None:
    assert parse(json.dumps(SLICE)) == WakeUp("slice", "t", "s", "r", 3)
    assert parse(json.dumps(FIRE)) == WakeUp("fire", "t", "s", scheduled_at="2026-11-22T09:00:00Z")


def test_a_message_carries_ids_and_nothing_that_is_empty() -> None:
    assert json.loads(body_of(WakeUp("slice", "t", "s", "r"))) == {
        "kind": "slice",
        "tenant": "t",
        "sync_id": "s",
        "run_id": "r",
    }


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not JSON",
        "[]",
        "null",
        "3",
        '"slice"',
        "{}",
        json.dumps({**SLICE, "kind": "burn"}),
        json.dumps({**SLICE, "kind": None}),
        json.dumps({**SLICE, "tenant": ""}),
        json.dumps({**SLICE, "tenant": 7}),
        json.dumps({**SLICE, "run_id": None}),
        json.dumps({**SLICE, "run_id": "r" * 201}),
        json.dumps({**SLICE, "tick": -1}),
        json.dumps({**SLICE, "tick": "3"}),
        json.dumps({**SLICE, "tick": 3.0}),
        json.dumps({**SLICE, "tick": True}),
        json.dumps({**SLICE, "email": "ana@example.com"}),
        json.dumps({"kind": "slice", "tenant": "t", "sync_id": "s"}),
        json.dumps({**FIRE, "scheduled_at": "2026-11-22T09:00:00"}),
        json.dumps({**FIRE, "scheduled_at": "tomorrow"}),
        json.dumps({**FIRE, "scheduled_at": "<aws.scheduler.scheduled-time>"}),
        json.dumps({"kind": "fire", "tenant": "t", "sync_id": "s"}),
        json.dumps({"kind": "erase", "tenant": "t", "sync_id": "s"}),
        json.dumps({"kind": "revoke"}),
    ],
)
def test_anything_else_is_refused(body: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any message; the body must not be in it, see below
        parse(body)


def test_a_refusal_does_not_repeat_what_was_sent() -> None:
    body = json.dumps({**SLICE, "secret-name": "secret-value"})

    with pytest.raises(ValueError, match="no other fields") as refused:
        parse(body)
    assert "secret" not in str(refused.value)
    with pytest.raises(ValueError, match="JSON") as refused:
        parse("secret")
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


@given(st.text() | st.dictionaries(st.text(), st.none() | st.integers() | st.text()).map(json.dumps))
def test_no_text_makes_reading_fail_in_another_way(body: str) -> None:
    try:
        parse(body)
    except ValueError:
        return
