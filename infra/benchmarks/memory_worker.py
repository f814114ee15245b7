"""`python -m infra.benchmarks.memory_worker URL TOKEN CUSTOMERS`: a worker whose memory is looked at.

Whatever AWS would hold lies outside of it: files on disk, a ledger worked out anew for each question. It
prints the peak of its memory in MiB: before the first run, after a first pass, and after a scheduled run with
one new customer.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import boto3
import requests

from infra.benchmarks.engine import MAPPING, SYNC, TENANT, Engine
from infra.benchmarks.loopback import engine_over
from infra.zoho_sim.customers import ID_STEP, IDS_START_AT, contact_id
from infra.zoho_sim.people import plain_record
from infra.zoho_sim.seed import index_of, ordinal_of
from shared import bootstrap
from shared.domain.contact import digest, normalize_email
from shared.domain.customer import Customer
from shared.domain.mapping import fingerprint
from shared.domain.plan import EntryStatus, LedgerEntry, Outcome
from shared.domain.run import Mode

SEED_NUMBER = 7
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


class EverybodySynced:
    """A `Ledger` in which each seeded customer stands as it is; what is written beyond that is kept."""

    def __init__(self, customers: int) -> None:
        self._customers = customers
        self._written: dict[str, LedgerEntry] = {}
        self.digest_key = b""
        self.version = b""

    def get_many(self, tenant: str, sync_id: str, contact_ids: Iterable[str]) -> Mapping[str, LedgerEntry]:
        del tenant, sync_id
        return {one: entry for one in contact_ids if (entry := self._entry(one)) is not None}

    def put_many(self, tenant: str, sync_id: str, entries: Sequence[LedgerEntry]) -> None:
        del tenant, sync_id
        self._written.update((entry.contact_id, entry) for entry in entries)

    def delete_many(self, tenant: str, sync_id: str, contact_ids: Iterable[str]) -> None:
        raise AssertionError(f"{tenant}/{sync_id}: nobody is gone, but {list(contact_ids)}")

    def entries(self, tenant: str, sync_id: str, *, after: str = "") -> Iterator[LedgerEntry]:
        del tenant, sync_id
        for ordinal in range(self._customers):
            one = contact_id(index_of(ordinal))
            entry = self._entry(one) if one > after else None
            if entry is not None:
                yield entry

    def _entry(self, one: str) -> LedgerEntry | None:
        ordinal = ordinal_of((int(one) - IDS_START_AT) // ID_STEP)
        if one in self._written or ordinal is None or ordinal >= self._customers:
            return self._written.get(one)
        record = plain_record(ordinal, SEED_NUMBER)
        fields = {pair.source: str(getattr(record, pair.source) or "") for pair in MAPPING}
        customer = Customer(one, "", record.email, True, LONG_AGO, LONG_AGO, fields)
        mark = fingerprint(
            customer, MAPPING, key=self.digest_key, empty_values=False, version=self.version, previous=b""
        )
        mail = digest(self.digest_key, normalize_email(record.email))
        return LedgerEntry(
            one,
            EntryStatus.SYNCED,
            mail,
            mark,
            True,
            LONG_AGO,
            "earlier",
            Outcome.ADD,
            LONG_AGO,
        )


class FilesOnDisk:
    """A run's files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, tenant: str, sync_id: str, run_id: str, name: str, data: bytes) -> None:
        del tenant, sync_id
        (self._folder / f"{run_id}-{name}").write_bytes(data)

    def get(self, tenant: str, sync_id: str, run_id: str, name: str) -> bytes:
        del tenant, sync_id
        return (self._folder / f"{run_id}-{name}").read_bytes()

    def delete_run(self, tenant: str, sync_id: str, run_id: str) -> None:
        del tenant, sync_id
        for path in self._folder.glob(f"{run_id}-*"):
            path.unlink()


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def add_customer(url: str) -> None:
    given = {"action": "add", "values": {"first_name": "New", "last_name": "One", "email": "new@one.example"}}
    requests.post(f"{url}/__sim__/customers", json=given, timeout=60).raise_for_status()


def main() -> None:
    url, token, customers = sys.argv[1], sys.argv[2], int(sys.argv[3])
    # What a worker function holds besides: its clients and everything the composition root imports.
    held = [boto3.client(name, region_name="us-east-1") for name in ("dynamodb", "s3", "sqs", "kms")]
    ledger = EverybodySynced(customers)
    with tempfile.TemporaryDirectory() as folder:
        engine: Engine = engine_over(url, token, ledger=ledger, files=FilesOnDisk(Path(folder)))
        ledger.digest_key = engine.tokens.digest_key(TENANT)
        ledger.version = engine.syncs.get(TENANT).settings.version
        at_rest = peak_mib()
        first = engine.run(Mode.FULL)
        after_pass = peak_mib()
        add_customer(url)
        second = engine.run(Mode.INCREMENTAL)
    counted = {"unchanged": first.counters.unchanged, "added": second.counters.added, "slices": first.tick}
    peaks = {"at_rest": at_rest, "after_pass": after_pass, "after_scheduled": peak_mib()}
    print(json.dumps({**peaks, **counted, "held": len(held), "sync": SYNC, "root": bootstrap.__name__}))


if __name__ == "__main__":
    main()
