"""Sets of digests."""

from __future__ import annotations

import random
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from shared.domain import compact
from shared.domain.compact import DigestSet

digests = st.integers(0, 2**64 - 1)
crowded = st.integers(0, 60) | digests


class ActsAsASet(RuleBasedStateMachine):
    """A set of digests against Python's own, with so little room that it is sorted anew all the time."""

    def __init__(self) -> None:
        super().__init__()
        self._room = compact.UNSORTED_AT_MOST
        compact.UNSORTED_AT_MOST = 5
        self.digests = DigestSet()
        self.model: set[int] = set()

    def teardown(self) -> None:
        compact.UNSORTED_AT_MOST = self._room

    @rule(value=crowded)
    def add(self, value: int) -> None:
        self.digests.add(value)
        self.model.add(value)

    @rule(values=st.lists(crowded, max_size=20))
    def update(self, values: list[int]) -> None:
        self.digests.update(values)
        self.model.update(values)

    @rule()
    def save_and_load(self) -> None:
        self.digests = DigestSet.from_bytes(self.digests.to_bytes())

    @rule(values=st.lists(crowded, max_size=20))
    def begin_anew(self, values: list[int]) -> None:
        self.digests, self.model = DigestSet(values), set(values)

    @rule(value=crowded)
    def ask(self, value: int) -> None:
        assert (value in self.digests) == (value in self.model)

    @invariant()
    def holds_as_many(self) -> None:
        assert len(self.digests) == len(self.model)


TestActsAsASet = ActsAsASet.TestCase


@given(st.sets(digests))
def test_a_saved_set_is_its_digests_in_ascending_order_8_bytes_each(values: set[int]) -> None:
    assert DigestSet(values).to_bytes() == b"".join(value.to_bytes(8, "big") for value in sorted(values))


@pytest.mark.parametrize("length", [1, 7, 9])
def test_bytes_that_are_no_saved_set_are_refused(length: int) -> None:
    with pytest.raises(ValueError, match="multiple"):
        DigestSet.from_bytes(bytes(length))


def test_a_million_digests_take_8_megabytes_and_another_8_while_they_are_sorted_anew() -> None:
    numbers = random.Random(7)
    million = DigestSet.from_bytes(DigestSet(numbers.getrandbits(64) for _ in range(1_000_000)).to_bytes())
    before = len(million)
    tracemalloc.start()
    million.add(1)
    million.to_bytes()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (before, len(million)) == (1_000_000, 1_000_001)
    assert peak < 35_000_000
