"""The ways in which a slice has to stop that are no fault of Zoho's."""

from __future__ import annotations

from shared.domain.errors import RunBroken


class Paused(Exception):
    """The user paused the sync."""


class Cancelled(Exception):
    """The user cancelled this run, or edited the sync, which supersedes it."""


class OutOfTime(Exception):
    """The slice's time is used up; the run goes on in the next one."""


def files_gone() -> RunBroken:
    """Return the error of a run whose files have expired."""
    return RunBroken(
        "The run rested for so long that its working files are gone; start it again.", code="run_files_gone"
    )
