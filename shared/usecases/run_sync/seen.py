"""Which customers and addresses a run has met, carried from slice to slice in files of digests."""

from __future__ import annotations

from dataclasses import replace

from shared.domain.compact import DigestSet, packed, unpacked
from shared.domain.run import Run
from shared.ports import RunFiles

PARTS_TO_JOIN = 16


class Seen:
    """Customers (by id) and addresses met on completed pages of a run.

    Each completed page is saved as a part before the checkpoint that counts it, so a crash loses none;
    at the end of a slice the parts are joined into a base.
    """

    def __init__(self, files: RunFiles, contacts: DigestSet, emails: DigestSet) -> None:
        self._files = files
        self.contacts = contacts
        self.emails = emails

    @classmethod
    def load(cls, files: RunFiles, run: Run) -> Seen:
        seen = cls(files, DigestSet(), DigestSet())
        base = run.cursor.seen_base
        if base:
            seen.contacts = DigestSet.from_bytes(seen._read(run, f"seen-contacts-{base}"))
            seen.emails = DigestSet.from_bytes(seen._read(run, f"seen-emails-{base}"))
        for part in range(base, run.cursor.seen_parts):
            contacts, emails = _split(seen._read(run, f"seen-part-{part}"))
            seen.contacts.update(contacts)
            seen.emails.update(emails)
        return seen

    def add_page(self, run: Run, contacts: list[int], emails: list[int]) -> Run:
        """Save one completed page; return the run with the part counted in its cursor."""
        part = run.cursor.seen_parts
        data = packed((len(contacts), *contacts, *emails))
        self._files.put(run.tenant, run.sync_id, run.id, f"seen-part-{part}", data)
        self.contacts.update(contacts)
        self.emails.update(emails)
        return replace(run, cursor=replace(run.cursor, seen_parts=part + 1))

    def join(self, run: Run) -> Run:
        """Save everything as the new base once the parts are many; return the run.

        Of a million customers the base is 16 MB: too much to be written for every few pages.
        """
        parts = run.cursor.seen_parts
        if parts - run.cursor.seen_base < PARTS_TO_JOIN:
            return run
        for name, found in (("contacts", self.contacts), ("emails", self.emails)):
            self._files.put(run.tenant, run.sync_id, run.id, f"seen-{name}-{parts}", found.to_bytes())
        return replace(run, cursor=replace(run.cursor, seen_base=parts))

    def _read(self, run: Run, name: str) -> bytes:
        return self._files.get(run.tenant, run.sync_id, run.id, name)


def _split(data: bytes) -> tuple[list[int], list[int]]:
    count, *values = unpacked(data)
    return values[:count], values[count:]
