"""What a loader is given, and how one record is posted: the same for all, standard library and requests.

Run by the interpreters of the loaders' own environments, so nothing of this project is imported here.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

Record = dict[str, Any]


class Job:
    """Read from the file named on the command line: address, token, list, records (see `side_by_side`)."""

    def __init__(self, path: str) -> None:
        given = json.loads(Path(path).read_text(encoding="utf-8"))
        self.url = f"{given['url']}/api/v1.1/json/listsubscribe"
        self.list_key = given["list_key"]
        self.records: list[Record] = given["records"]
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Zoho-oauthtoken {given['token']}"

    def post(self, record: Record) -> None:
        """Post one contact; raises when Zoho does not accept it."""
        info = {name: record[field] for field, name in FIELDS.items() if record[field]}
        form = {"resfmt": "JSON", "listkey": self.list_key, "contactinfo": json.dumps(info)}
        answer = self.session.post(self.url, data=form, timeout=60)
        answer.raise_for_status()
        if answer.json()["status"] != "success":
            raise RuntimeError(answer.text)


FIELDS = {
    "email": "Contact Email",
    "first_name": "First Name",
    "last_name": "Last Name",
    "company_name": "Company Name",
}


def timed(load: Callable[[Job], None]) -> None:
    """Run `load` and print the seconds it took as the last line."""
    job = Job(sys.argv[1])
    started = time.perf_counter()
    load(job)
    print(f"\n{time.perf_counter() - started:.4f}", flush=True)
