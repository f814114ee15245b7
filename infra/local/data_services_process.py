"""Runs MiniStack as a child of the local stack: `python -m infra.local.data_services_process`."""

import os
import signal

from ministack import app
from ministack.services import scheduler

from infra.local.parent_watch import when_parent_is_gone


def main() -> None:
    """Serve until SIGTERM, which also writes the state to disk."""
    when_parent_is_gone(lambda: os.kill(os.getpid(), signal.SIGTERM))
    # MiniStack keeps the schedules; infra.local.schedule_runner fires them, in their time zones. Its own
    # sweep reads every expression as UTC, would fire a second time, and no setting turns it off.
    if not callable(getattr(scheduler, "start_scheduler", None)):
        raise SystemExit("this MiniStack starts its schedules in another way than the local stack expects")
    scheduler.start_scheduler = lambda: None
    app.main()


if __name__ == "__main__":
    main()
