"""A longer search with `test_engine_machine`: `python -m tests.properties.search --minutes 10`.

Each round is a seed of its own, printed with what all rounds have met; a counter-example ends the search.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, field

from hypothesis import seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties.test_engine_machine import QUICK, EngineMachine
from tests.properties.zoho_trouble import SEEN


@dataclass(frozen=True)
class Found:
    """What a search did; `met` counts examples, messages, crashes, interruptions, runs and posts."""

    seconds: float
    seeds: list[int]
    examples: int
    met: dict[str, int] = field(default_factory=dict)


def search(minutes: float, *, first_seed: int = 1, examples: int = 500, steps: int = 50) -> Found:
    """Search for `minutes`, a seed after the other; raises with the first counter-example."""
    began = time.monotonic()
    longer = settings(
        QUICK,
        max_examples=examples,
        stateful_step_count=steps,
        derandomize=False,
        print_blob=True,
    )
    SEEN.clear()
    seeds: list[int] = []
    while not seeds or time.monotonic() - began < minutes * 60:
        seeds.append(first_seed + len(seeds))
        run_state_machine_as_test(seed(seeds[-1])(_machine()), settings=longer)
    return Found(time.monotonic() - began, seeds, len(seeds) * examples, dict(SEEN))


def _machine() -> type[EngineMachine]:
    """Return a class of its own for each round: a seed is fixed to the class it is given to."""
    return type("SeededMachine", (EngineMachine,), {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument(
        "--seed", type=int, default=1, help="the first seed; the next rounds count on from it"
    )
    parser.add_argument("--examples", type=int, default=500, help="examples a round")
    parser.add_argument("--steps", type=int, default=50, help="steps an example")
    asked = parser.parse_args()
    found = search(asked.minutes, first_seed=asked.seed, examples=asked.examples, steps=asked.steps)
    print(json.dumps(found.__dict__, indent=2))  # noqa: T201


if __name__ == "__main__":
    main()
