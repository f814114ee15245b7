"""What a table's requests are counted as, against examples of the developer guide's rules."""

from __future__ import annotations

import boto3

from infra.benchmarks.aws import NAME, Account, aws
from infra.benchmarks.metered import attribute_bytes, item_bytes
from shared.adapters.dynamodb.keys import Key, key, partition
from shared.adapters.dynamodb.table import Table
from tests import fakes


def metered(account: Account) -> tuple[Table, Account]:
    table: Table = account.stores(fakes.VirtualClock())["ledger"]._table
    return table, account


def test_names_count_with_values() -> None:
    assert item_bytes({"sk": {"S": "ü"}, "n": {"N": "-12345"}, "b": {"B": b"1234"}}) == 2 + 2 + 1 + 4 + 1 + 4
    assert attribute_bytes({"M": {"a": {"BOOL": True}}}) == 3 + 1 + 1 + 1
    assert attribute_bytes({"L": [{"NULL": True}]}) == 3 + 1 + 1


def test_a_write_costs_a_unit_for_each_kilobyte_begun_of_the_larger_item() -> None:
    with aws() as account:
        table, counted = metered(account)
        table.put(key("t", "SYNC"), {"text": "x" * 1_500})
        assert counted.counters[0]["SYNC"] == 2
        table.put(key("t", "SYNC"), {"text": "x"})
        assert counted.counters[0]["SYNC"] == 4


def test_each_entry_of_a_batch_costs_for_itself() -> None:
    with aws() as account:
        table, counted = metered(account)
        pk = partition("t", "L", "s")
        table.batch_put({Key(pk, str(number)): {"s": "synced"} for number in range(30)})
        list(table.batch_get(Key(pk, str(number)) for number in range(40)))

        assert counted.counters[0]["ledger"] == 30
        assert counted.counters[1]["ledger"] == 40


def test_a_moved_index_key_costs_two_writes_of_the_index() -> None:
    with aws() as account:
        table, counted = metered(account)
        at = key("t", "R", "s", "run")
        for due_at in ("2026-01-01", "2026-01-02", None):
            table.update(at, {"due_pk": "DUE#1" if due_at else None, "due_at": due_at})

        assert counted.counters[0] == {"run": 3, "run (index)": 1 + 2 + 1}


def test_other_services_are_counted_by_request() -> None:
    with aws() as account:
        account.stores(fakes.VirtualClock())["files"].put("t", "s", "r", "name", b"data")

        assert account.counters[2]["s3.PutObject"] == 1
        assert boto3.client("s3").list_objects_v2(Bucket=NAME)["KeyCount"] == 1
