"""`infra/demo`: connect, configure, first sync and history on a fresh local stack of its own."""

import argparse
import sys
import time
from zoneinfo import ZoneInfo

import requests

from infra.local import demo_report
from infra.local.arguments import MOST_CUSTOMERS, whole_number
from infra.local.demo_client import TIME_ZONE, Answer, DemoFailed, DemoUser, sync_body
from infra.local.environments import ROOT
from infra.local.product import Options, Running, running
from infra.local.up import EXPECTED_ERRORS, fail, say, stop_on_signals

_CSV_LINES = 6
# Zoho takes 500 contacts a minute, and after 12,500 an hour nothing for the rest of it.
_CONTACTS_PER_MINUTE = 500
_SPARE_SECONDS = 120


def main() -> int:
    customers = _customers()
    started = time.monotonic()
    stop_on_signals()
    options = Options(
        folder=ROOT / ".local" / "demo",
        port=0,
        real_zoho=False,
        customers=customers,
        fresh=True,
        auto_accept=True,
    )
    try:
        with running(options, say) as product:
            say(f"ready at {product.origin} after {time.monotonic() - started:.0f} s\n")
            _show(product, customers)
    except KeyboardInterrupt:
        say("\nstopped")
        return 130
    except (DemoFailed, requests.RequestException, *EXPECTED_ERRORS) as error:
        fail(error)
        print(f"logs: {options.folder.relative_to(ROOT)}/logs", file=sys.stderr)
        return 1
    return 0


def _show(product: Running, customers: int) -> None:
    user = DemoUser(product.origin)
    user.sign_in()
    connection = user.connect()
    say(f"connected as {connection['email']}, data centre {connection['data_center']}")
    connection = user.choose_organization()
    say(f"organization: {connection['organization']['name']}")
    options = user.options()
    body = sync_body(options)
    new = [pair["target"] for pair in body["mapping"] if pair.get("new_field")]
    say(
        f"configured: list {options['lists'][0]['name']}, {len(body['topic_ids'])} topics, "
        f"{len(body['mapping'])} fields{', new field ' + new[0] if new else ''}"
    )
    before = _statistics(product)
    sync = user.start_sync(body)
    say("first sync:")
    line = demo_report.ProgressLine()
    try:
        limit = customers / _CONTACTS_PER_MINUTE * 60 * 2 + _SPARE_SECONDS
        run = user.follow_run(sync["id"], line.show, limit_seconds=limit)
    finally:
        line.close()
    if run["status"] != "completed":
        raise DemoFailed(f"the run ended as {run['status']}: {run['error']}")
    _summarize(product, user, sync["id"], run, before)


def _summarize(product: Running, user: DemoUser, sync_id: str, run: Answer, before: Answer) -> None:
    sync = user.sync(sync_id)
    inbox = user.notifications()
    sections = [
        ("Sync history", demo_report.history_row(run, ZoneInfo(TIME_ZONE))),
        (
            "Skipped by reason",
            demo_report.skipped_lines(run, user.skipped(sync_id, str(run["id"]), _CSV_LINES)),
        ),
        ("Calls to Zoho", demo_report.call_lines(before, _statistics(product), run)),
        ("Notifications", [f"  {item['title']}" for item in inbox["items"]]),
    ]
    for title, lines in sections:
        say("\n".join([f"\n{title}", *lines]))
    say(f"\n{demo_report.next_run_line(sync)}")


def _statistics(product: Running) -> Answer:
    found: Answer = requests.get(f"{product.simulator_url}/__sim__/stats", timeout=10).json()
    return found


def _customers() -> int:
    parser = argparse.ArgumentParser(prog="infra/demo", description=__doc__)
    parser.add_argument(
        "--customers",
        type=whole_number(MOST_CUSTOMERS),
        default=300,
        help="of the simulator (default: 300; Zoho takes 500 a minute)",
    )
    customers: int = parser.parse_args().customers
    return customers


if __name__ == "__main__":
    sys.exit(main())
