"""Lets a child process end with its parent, however the parent ended."""

import os
import threading
import time
from collections.abc import Callable

_CHECK_SECONDS = 0.5


def when_parent_is_gone(act: Callable[[], None]) -> None:
    """Call `act` once from a background thread when the process that started this one is no more.

    A kernel signal would be tied to the thread that started the child, and those threads come and go.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_CHECK_SECONDS)
        act()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
