"""Every state that messages, crashes, time and the user bring a run into; what each missing part breaks."""

from __future__ import annotations

import pytest

from tests.properties.protocol import VARIANTS, check, check_cancelling


def test_no_state_has_two_workers_doubled_work_or_no_way_to_an_end() -> None:
    outcome = check()
    assert (outcome.problem, outcome.path) == ("", ())
    assert outcome.states > 5_000


def test_a_cancel_at_any_moment_ends_the_run() -> None:
    outcome = check_cancelling()
    assert (outcome.problem, outcome.path) == ("", ())


@pytest.mark.parametrize(
    ("without", "problem"),
    [
        ("the sweeper", "a run that never ends"),
        ("the tick", "a waiting run was worked on before its time"),
        ("the lease", "two workers in one run at once"),
        ("the wish", "a run that never ends"),
    ],
)
def test_the_protocol_needs(without: str, problem: str) -> None:
    outcome = VARIANTS[without]()
    assert outcome.problem == problem
