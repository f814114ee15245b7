"""Several workers find the access token refused at one moment: one of them renews it for all."""

from __future__ import annotations

import threading
from typing import Any

from shared.adapters.zoho.http import Reply
from tests.unit.zoho.stand_ins import ACCESS, Desk, connection, reply

WORKERS = 8
ORGANIZATIONS = {"code": 0, "organizations": []}
REFUSED = {"code": 57, "message": "You are not authorized to perform this operation"}
RENEWED = {"access_token": "1000.fresh", "expires_in": 3600}


class Race:
    """Zoho, which answers a renewal only when every worker waits for a token, be it its own or another's."""

    def __init__(self, desk: Desk) -> None:
        self.renewals = 0
        self._all_refused = threading.Barrier(WORKERS)
        self._changed = threading.Condition()
        self._waiting: set[int] = set()
        self._answered = threading.Event()
        self._take_lock = desk.store.begin_refresh
        self._locking = threading.Lock()

    def send(self, endpoint: str, *_: object, headers: dict[str, str], **__: object) -> Reply:
        if endpoint == "accounts.token":
            self._wait_for_the_others()
            self.renewals += 1
            self._answered.set()
            return reply(endpoint, 200, RENEWED)
        if ACCESS in str(headers):
            self._all_refused.wait(timeout=5)
            return reply(endpoint, 401, REFUSED)
        return reply(endpoint, 200, ORGANIZATIONS)

    def sleep(self, seconds: float) -> None:
        """Let a worker wait for the token that another one is renewing."""
        if seconds > 0:
            self._arrive()
            self._answered.wait(timeout=5)

    def begin_refresh(self, *arguments: Any) -> bool:
        """Take the lock in one step, as the table's conditional write does."""
        with self._locking:
            return self._take_lock(*arguments)

    def _arrive(self) -> None:
        with self._changed:
            self._waiting.add(threading.get_ident())
            self._changed.notify_all()

    def _wait_for_the_others(self) -> None:
        self._arrive()
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._waiting) == WORKERS, timeout=5)


def test_eight_workers_with_a_refused_token_renew_it_once() -> None:
    """Each worker has a session of its own, as in a process of its own: they share the store alone."""
    desk = Desk()
    race = Race(desk)
    desk.transport.send = race.send  # type: ignore[method-assign,assignment]
    desk.clock.sleep = race.sleep  # type: ignore[method-assign]
    desk.store.begin_refresh = race.begin_refresh  # type: ignore[method-assign,assignment]
    done: list[object] = []
    workers = [desk.gateway.open(connection()).books for _ in range(WORKERS)]
    threads = [
        threading.Thread(target=lambda books=books: done.append(books.organizations())) for books in workers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == WORKERS
    assert race.renewals == 1
