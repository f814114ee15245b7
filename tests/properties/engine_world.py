"""The engine among trouble, with the rules that always hold and the end that everything must come to."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from shared.domain.run import Mode, Run, RunStatus
from shared.domain.settings import SyncStatus
from tests.properties.engine_trouble import EngineUnderTrouble
from tests.properties.plain_model import expected
from tests.properties.zoho_trouble import FRESH, POST, SEEN, TIGHT
from tests.unit.run_sync.system import TENANT


class EngineWorld(EngineUnderTrouble):
    """What is checked after every step, and once at the end."""

    # ---- what must always hold ------------------------------------------------------------------------

    def check(self) -> None:
        self._check_pace()
        for run in self.system.runs.stored.values():
            self._check_run(run)

    def _check_pace(self) -> None:
        times = [moment for moment, _ in self.world.posts]
        for window in TIGHT.windows:
            for first, last in zip(times, times[window.limit :], strict=False):
                over = last - first < timedelta(seconds=window.seconds)
                assert not over, f"more than {window.limit} posts in {window.seconds} s"

    def _check_run(self, run: Run) -> None:
        counted = run.counted
        assert min(counted.added, counted.updated, counted.unchanged, counted.skipped_total) >= 0
        if run.status.ended:
            assert run.page_counters.total == 0
            assert (run.lease_owner, run.wake_at) == (None, None)
            published = self.system.skipped_files.published.get((TENANT, run.sync_id, run.id))
            rows = 0 if published is None else published.count(b"\r\n") - 1
            assert rows == run.counters.skipped_total
            end = (run.status, counted.total)
            if run.id not in self.ends:
                self.journal.check(run)
            assert self.ends.setdefault(run.id, end) == end, "an ended run changed"

    # ---- quiescence -----------------------------------------------------------------------------------

    def calm(self) -> None:
        """End all trouble, let the user do what is asked of them, and let everything come to its end."""
        self.trouble, self.answers_to_lose = [], 0
        self.mid_slice = None
        self.connect_again()
        sync = self.sync
        assert sync is not None
        # What the user has done may reach a run that no worker holds only by way of the sweeper.
        self.settle()
        if sync.status is not SyncStatus.ACTIVE or self._waits_for_user():
            self.resume()
            self.settle()
        self.settle()

    def _waits_for_user(self) -> bool:
        return any(not run.status.ended and run.waiting_for == "contact_limit" for run in self._my_runs())

    def _my_runs(self) -> list[Run]:
        sync = self.sync
        return [run for run in self.system.runs.stored.values() if sync and run.sync_id == sync.id]

    def settle(self) -> None:
        ends_at = self.system.clock.now() + timedelta(days=5)
        while self.system.clock.now() < ends_at:
            if self.deliver():
                self.check()
                continue
            moments = (self.system.queue.next_visible_at(), self.system.runs.next_due_at())
            upcoming = [moment for moment in moments if moment is not None]
            if not upcoming:
                return
            self.system.clock.advance_to(min(upcoming))
            due_at = self.system.runs.next_due_at()
            if due_at is not None and due_at <= self.system.clock.now():
                self.system.clock.sleep(1)
                self.system.sweeper.sweep()
        raise AssertionError("the runs do not come to an end")

    def check_quiescent(self) -> None:
        """Compare with the plain model what two full runs lead to; the second of them writes nothing."""
        SEEN["examples"] += 1
        self.calm()
        SEEN["runs"] += len(self.system.runs.stored)
        SEEN["posts"] += len(self.world.posts)
        SEEN["repeats"] += self.journal.repeats
        stuck = {run.id: (run.status, run.waiting_for) for run in self._my_runs() if not run.status.ended}
        assert not stuck, f"runs without an end: {stuck}"
        self.system.clock.sleep(FRESH.total_seconds() + 1)
        self._full_run()
        posts = len(self.world.posts)
        calls = self.world.calls[POST]
        run = self._full_run()
        sync = self.sync
        assert sync is not None
        wanted = expected(self.world.customers.values(), self.world.members, sync.settings)
        skipped = Counter({str(reason): count for reason, count in run.counters.skipped.items()})
        assert skipped == wanted.skipped
        counted = run.counters
        assert (counted.added, counted.updated, counted.unchanged) == (0, 0, len(wanted.fields))
        assert (len(self.world.posts), self.world.calls[POST]) == (posts, calls), "calls were wasted"
        for address, fields in wanted.fields.items():
            member = self.world.members[address]
            held = {name: member.fields.get(name, "") for name in fields}
            assert (member.status, held) == ("active", fields), address

    def _full_run(self) -> Run:
        started = self.start(Mode.FULL)
        assert started is not None, "no run can be started"
        self.settle()
        run = self.system.runs.get(TENANT, started.sync_id, started.id)
        assert run is not None
        assert run.status is RunStatus.COMPLETED, f"{run.status} {run.error_message} {run.waiting_for}"
        return run
