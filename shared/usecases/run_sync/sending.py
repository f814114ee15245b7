"""Posting contacts at Zoho's pace: POST → ledger → checkpoint, in this order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.contact import SkipReason
from shared.domain.errors import ContactRefused, RequestRejected, RetryLater, SyncError
from shared.domain.plan import Candidate, Decision, EntryStatus, LedgerEntry, Outcome
from shared.usecases.run_sync.tally import Tally
from shared.usecases.run_sync.work import REFUSALS_TO_DISTRUST, STALLS_BEFORE_POISON, Work

RESENT_AT_MOST = 25  # contacts a crash may post twice: those in flight and those not in the ledger yet
CHECK_EVERY = 25
TRIES = 3
BACKOFF_SECONDS = (1.0, 4.0)
FAILURES_TO_SUSPECT_AN_OUTAGE = 5
ACCEPTED_FOR_A_FAULT = 2


@dataclass(slots=True)
class Job:
    """One contact to post; `decision.info` is its contactinfo.

    `accepted_before` and `faults_before` are the slice's counts when it met its first fault.
    """

    candidate: Candidate
    decision: Decision
    tries: int = 0
    accepted_before: int = 0
    faults_before: int = 0
    not_before: datetime | None = None


class Sender:
    """Posts the jobs of one page with several calls in flight, and joins every call before it returns."""

    def __init__(self, work: Work, tally: Tally) -> None:
        self._work = work
        self._tally = tally
        self._in_flight: dict[Future[None], Job] = {}
        self._unsaved: list[LedgerEntry] = []
        self._suspects: list[tuple[Job, ContactRefused]] = []
        self._retries: deque[Job] = deque()
        self._faults = 0  # contacts in a row that met a fault, with nobody accepted in between
        self._fatal: SyncError | None = None
        self._flush_at = max(1, RESENT_AT_MOST - work.concurrency)

    def send(self, jobs: Iterable[Job]) -> None:
        """Post every job; refused ones are tallied as skipped. Raises what stops the slice."""
        todo = deque(jobs)
        sent = 0
        try:
            while todo or self._retries or self._in_flight:
                self._raise_fatal()
                if len(self._in_flight) >= self._work.concurrency or not (todo or self._retries):
                    self._collect(block=True)
                    continue
                job = self._next(todo)
                if sent % CHECK_EVERY == 0:
                    self._work.check()
                sent += 1
                self._post(job, len(todo) + len(self._retries) + 1)
                self._collect(block=False)
            self._join()
            self._raise_fatal()
        except BaseException:
            self._join()
            self._hold_suspects()
            self._save()
            raise
        self._distrust_refusals()
        self._hold_suspects()
        self._save()

    def _raise_fatal(self) -> None:
        if self._fatal is not None:
            raise self._fatal

    def _next(self, todo: deque[Job]) -> Job:
        if todo:
            return todo.popleft()
        job = self._retries.popleft()
        if job.not_before is not None:
            self._work.stores.clock.sleep((job.not_before - self._work.now()).total_seconds())
        return job

    def _post(self, job: Job, still_to_send: int) -> None:
        # Reading the exclusions may take long: before the slot, which is for now. Waiting for one may, too.
        exclusions = self._work.fresh_exclusions()
        self._work.wait_for_slot(still_to_send)
        while exclusions.stale(self._work.now()):
            exclusions = self._work.fresh_exclusions()
            self._work.wait_for_slot(still_to_send)
        reason = exclusions.reason(job.decision.email_digest)
        if reason is not None:
            self._tally.skip(job.candidate, reason)
            return
        settings = self._work.sync.settings
        job.tries += 1
        call = self._work.executor.submit(
            self._work.zoho.campaigns.subscribe,
            settings.list_key,
            settings.posted_topic_ids,
            job.decision.info or {},
        )
        self._in_flight[call] = job

    def _collect(self, *, block: bool) -> None:
        if block and self._in_flight:
            wait(self._in_flight, return_when=FIRST_COMPLETED)
        for call in [call for call in self._in_flight if call.done()]:
            self._judge(self._in_flight.pop(call), call)
        if len(self._unsaved) >= self._flush_at:
            self._save()
            self._tally.checkpoint()

    def _judge(self, job: Job, call: Future[None]) -> None:
        try:
            call.result()
        except ContactRefused as refused:
            self._work.refused += 1
            self._suspects.append((job, refused))
        except RetryLater as fault:
            self._try_again(job, fault)
        except SyncError as fatal:
            self._fatal = self._fatal or fatal
        else:
            self._accept(job)

    def _accept(self, job: Job) -> None:
        """Count an accepted contact; it proves that the refusals before it were about the contacts."""
        self._work.accepted += 1
        self._work.outages = self._faults = 0
        self._unsaved.append(self._entry(job, EntryStatus.SYNCED))
        self._tally.count(job.candidate, job.decision)
        self._hold_suspects()
        self._unsaved.extend(self._work.unsettled)
        self._work.unsettled = []

    def _hold_suspects(self) -> None:
        """Count the refused as skipped; the ledger has them once an acceptance or the slice's end says so."""
        while self._suspects:
            job, refused = self._suspects.pop(0)
            reason = SkipReason(refused.reason)
            detail = f"{refused.upstream_code}: {refused.upstream_message}".strip(": ")
            self._work.unsettled.append(self._entry(job, EntryStatus.REFUSED, reason, detail))
            self._tally.skip(job.candidate, reason, detail)

    def _try_again(self, job: Job, fault: RetryLater) -> None:
        if job.tries == 1:
            job.accepted_before, job.faults_before = self._work.accepted, self._work.faults
            self._faults += 1
        self._work.faults += 1
        if self._faults >= REFUSALS_TO_DISTRUST:
            self._fatal = self._fatal or fault
        elif job.tries < TRIES:
            job.not_before = self._work.now() + timedelta(seconds=BACKOFF_SECONDS[job.tries - 1])
            self._retries.append(job)
        elif self._is_poison(job, fault):
            detail = f"{fault.upstream_code} {fault.upstream_message or fault.message}".strip()
            self._tally.skip(
                job.candidate,
                SkipReason.REFUSED_BY_CAMPAIGNS,
                f"{detail} (tried {TRIES} times; the next run tries again)",
            )
            self._work.try_next_time(job.candidate.customer.contact_id)
        else:
            self._fatal = self._fatal or fault

    def _is_poison(self, job: Job, fault: RetryLater) -> bool:
        """Return whether the fault is this contact's own, not an outage that the run should wait out.

        It is when others fared much better meanwhile; else only waiting tells the two apart.
        """
        work = self._work
        if job.candidate.customer.contact_id in work.sync.retry:
            return True
        accepted = work.accepted - job.accepted_before
        faults = work.faults - job.faults_before - job.tries
        if accepted > ACCEPTED_FOR_A_FAULT * faults:
            return True
        work.outages += 1
        most = REFUSALS_TO_DISTRUST if fault.upstream_code else FAILURES_TO_SUSPECT_AN_OUTAGE
        return work.run.stalled >= STALLS_BEFORE_POISON and work.outages < most

    def _entry(
        self, job: Job, status: EntryStatus, reason: SkipReason | None = None, detail: str = ""
    ) -> LedgerEntry:
        customer = job.candidate.customer
        return LedgerEntry(
            contact_id=customer.contact_id,
            status=status,
            email_digest=job.decision.email_digest,
            fingerprint=job.decision.fingerprint,
            active=customer.active,
            created_at=customer.created_at,
            run_id=self._work.run.id,
            outcome=job.decision.outcome if status is EntryStatus.SYNCED else Outcome.SKIP,
            attempted_at=self._work.now(),
            reason=reason,
            detail=detail,
        )

    def _distrust_refusals(self) -> None:
        """Raise where many were refused and nobody accepted: then the contacts are not what is wrong."""
        if self._suspects and not self._work.accepted and self._work.refused >= REFUSALS_TO_DISTRUST:
            last = self._suspects[-1][1]
            raise RequestRejected(
                "Zoho Campaigns refused every contact, so something other than the contacts is wrong.",
                code="every_contact_refused",
                upstream_code=last.upstream_code,
                upstream_message=last.upstream_message,
            )

    def _join(self) -> None:
        """Wait for every call in flight and save what was accepted: a slice leaves no thread behind."""
        while self._in_flight:
            self._collect(block=True)
        self._save()

    def _save(self) -> None:
        if self._unsaved:
            run = self._work.run
            self._work.stores.ledger.put_many(run.tenant, run.sync_id, self._unsaved)
            self._unsaved = []
