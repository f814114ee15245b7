"""Fires schedules when they are due: MiniStack only stores them (see data_services_process)."""

import json
import sys
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from infra.local.data_resources import Clients
from infra.local.deployment import function_arn
from infra.local.environments import FunctionFailed, FunctionRunner, FunctionTimedOut
from infra.local.schedule_expressions import BadExpression, next_firing
from infra.local.schedules import Schedule, input_of, stored

_TICK_SECONDS = 0.5
_REFRESH = timedelta(seconds=3)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Planned:
    schedule: Schedule
    due: datetime | None


class ScheduleRunner:
    """Keeps for each schedule its next firing; what was due before it was first seen is not made up for."""

    def __init__(
        self,
        fixed: Iterable[Schedule],
        clients: Clients,
        runners: Mapping[str, FunctionRunner],
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._fixed = tuple(fixed)
        self._clients = clients
        self._runners = {function_arn(name): runner for name, runner in runners.items()}
        self._clock = clock
        self._planned: dict[str, _Planned] = {}
        self._refreshed_at: datetime | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def tick(self) -> None:
        """Fire what is due now; one schedule that cannot be read or delivered leaves the others alone."""
        now = self._clock()
        if self._refreshed_at is None or now - self._refreshed_at >= _REFRESH:
            self._refresh(now)
            self._refreshed_at = now
        for arn, planned in list(self._planned.items()):
            if planned.due is None or planned.due > now:
                continue
            self._planned[arn] = _Planned(planned.schedule, self._next(planned.schedule, now))
            self._fire(planned.schedule, planned.due)

    def _run(self) -> None:
        while not self._stopping.wait(_TICK_SECONDS):
            try:
                self.tick()
            except (BotoCoreError, ClientError) as error:
                if not self._stopping.is_set():
                    _report(f"schedules could not be read: {error}")

    def _refresh(self, now: datetime) -> None:
        current = {schedule.arn: schedule for schedule in (*self._fixed, *stored(self._clients))}
        for arn in set(self._planned) - set(current):
            del self._planned[arn]
        for arn, schedule in current.items():
            known = self._planned.get(arn)
            if known is None or known.schedule != schedule:
                self._planned[arn] = _Planned(schedule, self._next(schedule, now))

    def _next(self, schedule: Schedule, now: datetime) -> datetime | None:
        after = now if schedule.not_before is None else max(now, schedule.not_before - timedelta(seconds=1))
        try:
            due = next_firing(
                schedule.expression, after, zone_name=schedule.zone_name, anchor=schedule.anchor
            )
        except BadExpression as error:
            _report(f"schedule {schedule.name} never fires: {error}")
            return None
        if due is not None and schedule.not_after is not None and due > schedule.not_after:
            return None
        return due

    def _fire(self, schedule: Schedule, scheduled: datetime) -> None:
        text = input_of(schedule, scheduled, uuid.uuid4().hex)
        if schedule.target_arn in self._runners:
            runner = self._runners[schedule.target_arn]
            threading.Thread(target=_invoke, args=(schedule, runner, text), daemon=True).start()
        elif schedule.target_arn.startswith("arn:aws:sqs:"):
            self._send(schedule, text)
        else:
            _report(f"schedule {schedule.name}: no such target here: {schedule.target_arn}")
        if schedule.deletes_itself and schedule.stored_in_group and self._planned[schedule.arn].due is None:
            self._clients.scheduler.delete_schedule(Name=schedule.name, GroupName=schedule.stored_in_group)

    def _send(self, schedule: Schedule, text: str) -> None:
        try:
            self._send_to(schedule.target_arn, schedule, text)
        except (BotoCoreError, ClientError) as error:
            _report(f"schedule {schedule.name} could not be delivered: {error}")
            if schedule.dead_letter_arn:
                self._send_to(schedule.dead_letter_arn, schedule, text)

    def _send_to(self, queue_arn: str, schedule: Schedule, text: str) -> None:
        sqs = self._clients.sqs
        url = sqs.get_queue_url(QueueName=queue_arn.rpartition(":")[2])["QueueUrl"]
        if schedule.message_group_id:
            sqs.send_message(QueueUrl=url, MessageBody=text, MessageGroupId=schedule.message_group_id)
        else:
            sqs.send_message(QueueUrl=url, MessageBody=text)


def _invoke(schedule: Schedule, runner: FunctionRunner, text: str) -> None:
    try:
        runner.invoke(json.loads(text))
    except FunctionFailed as failure:
        if failure.kind != "Stopped":
            _report(f"schedule {schedule.name}: {failure.trace or failure}")
    except (FunctionTimedOut, ValueError) as error:
        _report(f"schedule {schedule.name}: {error}")


def _report(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
