"""Runs the Zoho simulator as a child of the local stack; takes the simulator's own options."""

import os
import signal

from infra.local.parent_watch import when_parent_is_gone
from infra.zoho_sim.__main__ import main

if __name__ == "__main__":
    when_parent_is_gone(lambda: os.kill(os.getpid(), signal.SIGTERM))
    main()
