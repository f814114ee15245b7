"""How much runs at once: a fresh account is not starved, and a reservation covers both queues."""

import tomllib

import pytest

from tests.build.sam_template import ROOT, of_type, source

FRESH_ACCOUNT = 10
LEFT_FOR_THE_REST = 4  # the API and the sweeper
LEAST_OF_AN_EVENT_SOURCE = 2


def defaults() -> dict[str, int]:
    names = ("InteractiveConcurrency", "BulkConcurrency", "WorkerReservedConcurrency")
    return {name: source()["Parameters"][name]["Default"] for name in names}


def production() -> dict[str, int]:
    environments = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
    overrides = environments["production"]["deploy"]["parameters"]["parameter_overrides"]
    return {name: int(value) for name, value in (each.split("=") for each in overrides)}


def test_by_default_the_worker_leaves_room_on_an_account_that_is_new() -> None:
    chosen = defaults()
    assert chosen["WorkerReservedConcurrency"] == 0
    most = chosen["InteractiveConcurrency"] + chosen["BulkConcurrency"]
    assert most <= FRESH_ACCOUNT - LEFT_FOR_THE_REST


def test_no_ceiling_is_below_what_an_event_source_accepts() -> None:
    for name in ("InteractiveConcurrency", "BulkConcurrency"):
        assert source()["Parameters"][name]["MinValue"] == LEAST_OF_AN_EVENT_SOURCE


@pytest.mark.parametrize("chosen", [defaults(), production()], ids=["defaults", "production"])
def test_what_is_reserved_for_the_worker_covers_both_queues(chosen: dict[str, int]) -> None:
    reserved = chosen["WorkerReservedConcurrency"]
    needed = chosen["InteractiveConcurrency"] + chosen["BulkConcurrency"]
    assert reserved == 0 or reserved >= needed


def test_only_the_worker_reserves_and_only_when_asked_to() -> None:
    reserved = {
        name: function["ReservedConcurrentExecutions"]
        for name, function in of_type("AWS::Lambda::Function").items()
        if "ReservedConcurrentExecutions" in function
    }
    wanted = {"Ref": "WorkerReservedConcurrency"}
    assert reserved == {"WorkerFunction": {"Fn::If": ["ReservesConcurrency", wanted, {"Ref": "AWS::NoValue"}]}}
    assert source()["Conditions"]["ReservesConcurrency"] == {"Fn::Not": [{"Fn::Equals": [wanted, "0"]}]}
