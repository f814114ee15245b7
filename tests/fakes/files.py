"""A run's files in memory."""

from __future__ import annotations

from collections.abc import Sequence

from shared.adapters.skipped_csv import HEADER, rows, safe_filename
from shared.domain.run import SkippedRecord

Run = tuple[str, str, str]


class RunFiles:
    """`stored` maps (tenant, sync, run) to the blobs by name."""

    def __init__(self) -> None:
        self.stored: dict[Run, dict[str, bytes]] = {}

    def put(self, tenant: str, sync_id: str, run_id: str, name: str, data: bytes) -> None:
        self.stored.setdefault((tenant, sync_id, run_id), {})[name] = data

    def get(self, tenant: str, sync_id: str, run_id: str, name: str) -> bytes:
        return self.stored.get((tenant, sync_id, run_id), {})[name]

    def delete_run(self, tenant: str, sync_id: str, run_id: str) -> None:
        self.stored.pop((tenant, sync_id, run_id), None)

    def delete_all(self, tenant: str, sync_id: str) -> None:
        for run in [run for run in self.stored if run[:2] == (tenant, sync_id)]:
            del self.stored[run]


class SkippedFiles:
    """`published` holds the CSVs, `parts` what is not joined yet."""

    def __init__(self) -> None:
        self.parts: dict[Run, dict[int, bytes]] = {}
        self.published: dict[Run, bytes] = {}
        self._joined: dict[Run, int] = {}

    def put_part(
        self, tenant: str, sync_id: str, run_id: str, part: int, records: Sequence[SkippedRecord]
    ) -> None:
        self.parts.setdefault((tenant, sync_id, run_id), {})[part] = rows(records)

    def publish(self, tenant: str, sync_id: str, run_id: str, parts: int) -> None:
        run = (tenant, sync_id, run_id)
        written = self.parts.pop(run, {})
        missing = [part for part in range(parts) if part not in written]
        if missing and self._joined.get(run) == parts:
            return
        if missing:
            self.parts[run] = written
            raise KeyError(f"part {missing[0]} of the skipped records was never written")
        self.published[run] = HEADER + b"".join(written[part] for part in range(parts))
        self._joined[run] = parts

    def presign(self, tenant: str, sync_id: str, run_id: str, *, seconds: int, filename: str) -> str:
        return (
            f"https://files.test/{tenant}/{sync_id}/{run_id}?seconds={seconds}&as={safe_filename(filename)}"
        )

    def delete_all(self, tenant: str, sync_id: str) -> None:
        for store in (self.parts, self.published, self._joined):
            for run in [run for run in store if run[:2] == (tenant, sync_id)]:
                del store[run]
