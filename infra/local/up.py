"""`infra/up`: the whole product on this machine until Ctrl-C or SIGTERM."""

import argparse
import signal
import sys
import time
from types import FrameType

from infra.local.arguments import MOST_CUSTOMERS, MOST_PORT, whole_number
from infra.local.data_services import DataServicesError
from infra.local.environments import ROOT, FunctionFailed, FunctionTimedOut
from infra.local.product import Options, running
from infra.local.stack import StackError
from infra.local.template import TemplateError
from infra.local.zoho import ZohoError

# Each has a sentence that tells a person what to do; anything else is our fault and keeps its traceback.
EXPECTED_ERRORS = (DataServicesError, FunctionFailed, FunctionTimedOut, StackError, TemplateError, ZohoError)
_CHECK_SECONDS = 1.0


def main() -> int:
    options = _options()
    stop_on_signals()
    try:
        with running(options, say) as product:
            if product.simulator_url:
                say(f"Zoho simulator: {product.simulator_url}")
            say(f"state and logs: {options.folder.relative_to(ROOT)} (--fresh starts anew)")
            say(f"ready at {product.origin}  (Ctrl-C stops)")
            while True:
                time.sleep(_CHECK_SECONDS)
                product.check()
    except KeyboardInterrupt:
        say("stopped, state saved")
        return 0
    except EXPECTED_ERRORS as error:
        fail(error)
        return 1


def stop_on_signals() -> None:
    """Let SIGTERM end this process as Ctrl-C does, once; stopping itself is not interrupted."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)


def say(line: str) -> None:
    print(line, flush=True)


def fail(error: Exception) -> None:
    """Print why it ended, with the function's own traceback where there is one."""
    trace = getattr(error, "trace", "")
    print(f"{trace}error: {error}", file=sys.stderr, flush=True)


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="infra/up", description=__doc__)
    parser.add_argument(
        "--port",
        type=whole_number(MOST_PORT),
        default=8080,
        help="port on 127.0.0.1 (default: 8080; 0: a free one)",
    )
    parser.add_argument(
        "--zoho",
        choices=("sim", "real"),
        default="sim",
        help="the simulator (default), or Zoho itself with ZOHO_CLIENT_ID and ZOHO_CLIENT_SECRET",
    )
    parser.add_argument(
        "--customers",
        type=whole_number(MOST_CUSTOMERS),
        default=1200,
        help="customers in the simulator (default: 1200)",
    )
    parser.add_argument("--fresh", action="store_true", help="forget the state of earlier starts")
    asked = parser.parse_args()
    return Options(
        folder=ROOT / ".local" / "up",
        port=asked.port,
        real_zoho=asked.zoho == "real",
        customers=asked.customers,
        fresh=asked.fresh,
    )


if __name__ == "__main__":
    sys.exit(main())
