"""The whole product for the browser tests: `python -m tests.console.stack_process FOLDER`.

Prints one line of JSON when it answers requests, and ends with its parent or on SIGTERM.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

from infra.local.parent_watch import when_parent_is_gone
from infra.local.product import Options, running
from infra.local.up import stop_on_signals

CUSTOMERS = 20


def _note(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def main(folder: Path) -> None:
    stop_on_signals()
    when_parent_is_gone(lambda: os.kill(os.getpid(), signal.SIGTERM))
    options = Options(folder=folder, port=0, real_zoho=False, customers=CUSTOMERS, fresh=True)
    try:
        with running(options, _note) as product:
            found = {"origin": product.origin, "zoho": product.simulator_url}
            sys.stdout.write(f"{json.dumps(found)}\n")
            sys.stdout.flush()
            while True:
                time.sleep(1.0)
                product.check()
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
