"""The measurements as a whole: each can be named, says how it measures, and is written down."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest

from infra.benchmarks import calls_over_floor, report
from infra.benchmarks.__main__ import MEASUREMENTS
from infra.benchmarks.engine import Spell
from infra.benchmarks.first_load import load, parked_seconds
from infra.benchmarks.lateness import Queue, lateness
from infra.benchmarks.simulated import Simulation
from infra.benchmarks.virtual_time import START


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_every_measurement_tells_its_method(name: str) -> None:
    module = import_module(f"infra.benchmarks.{name}")

    assert callable(module.measure)
    assert len(str(module.__doc__).split()) > 40


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_every_measurement_is_in_the_committed_results(name: str) -> None:
    assert f"## {name}\n" in report.WRITTEN.read_text()


def test_the_floor_is_pages_posts_and_exclusions() -> None:
    assert calls_over_floor.floor(read=401, changed=7) == 3 + 7 + 2


def test_only_waiting_for_a_limit_between_the_posts_counts_as_parked() -> None:
    spells = [
        Spell("rate_limit", 0.0, 10.0),
        Spell("slice", 10.0, 20.0),
        Spell("rate_limit", 20.0, 30.0),
        Spell("queue", 30.0, 31.0),
    ]

    assert parked_seconds(spells, 5.0, 25.0) == 10.0


def test_every_due_sync_starts_once_and_not_before_it_is_due() -> None:
    late = list(lateness(Queue(500, 3, 60.0, [2.0], [4.0]), number=5))

    assert len(late) == 500
    assert min(late) > 0.15


def test_places_shorten_the_wait() -> None:
    few, many = (max(lateness(Queue(500, places, 60.0, [2.0], [4.0]), number=5)) for places in (3, 30))

    assert few > 5 * many


def test_a_simulated_load_posts_everybody_once() -> None:
    loaded = load(Simulation(250, latency_seconds=(0.1, 0.2)))

    assert loaded.simulation.wire.judge.counted == 250
    assert loaded.run.counters.added == 250
    assert (loaded.over, loaded.locks) == (0, 0)
    assert loaded.simulation.time.now() - START < timedelta(minutes=2)
