"""The schedules there are: those of the template, and those the service made at run time."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infra.local.data_resources import Clients
from infra.local.deployment import STACK_NAME, function_arn
from infra.local.intrinsics import ACCOUNT_ID, REGION, Resolver
from infra.local.template import Event, Function, Template

ONE_PAGE = 100  # all that MiniStack lists, whatever is asked for


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule that is switched on."""

    name: str
    arn: str
    expression: str
    zone_name: str
    anchor: datetime
    target_arn: str
    text: str | None
    message_group_id: str | None = None
    dead_letter_arn: str | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    stored_in_group: str | None = None
    deletes_itself: bool = False


def of_template(
    template: Template, functions: Iterable[Function], resolver: Resolver, started_at: datetime
) -> Iterator[Schedule]:
    """Schedules of functions' events and of `AWS::Scheduler::Schedule`; rates count from `started_at`."""
    for function in functions:
        for event in function.events:
            if event.type in {"Schedule", "ScheduleV2"}:
                yield from _of_event(function, event, resolver, started_at)
    for name, raw in template.of_type("AWS::Scheduler::Schedule"):
        properties = resolver.resolve(dict(raw))
        if properties.get("State", "ENABLED") == "ENABLED":
            yield _of_properties(properties, properties["Target"], name=name, anchor=started_at)


def _of_event(
    function: Function, event: Event, resolver: Resolver, started_at: datetime
) -> Iterator[Schedule]:
    properties = resolver.resolve(dict(event.properties))
    if properties.get("State", "ENABLED") != "ENABLED" or properties.get("Enabled") is False:
        return
    expression = properties.get("ScheduleExpression", properties.get("Schedule"))
    target = {"Arn": function_arn(function.name), "Input": properties.get("Input")}
    yield _of_properties(
        {**properties, "ScheduleExpression": expression},
        target,
        name=f"{function.name}{event.name}",
        anchor=started_at,
    )


def _of_properties(
    properties: Mapping[str, Any], target: Mapping[str, Any], *, name: str, anchor: datetime
) -> Schedule:
    return Schedule(
        name=name,
        arn=f"arn:aws:scheduler:{REGION}:{ACCOUNT_ID}:schedule/default/{STACK_NAME}-{name}",
        expression=properties["ScheduleExpression"],
        zone_name=properties.get("ScheduleExpressionTimezone", "UTC"),
        anchor=anchor,
        target_arn=target["Arn"],
        text=target.get("Input"),
        message_group_id=(target.get("SqsParameters") or {}).get("MessageGroupId"),
        dead_letter_arn=_dead_letter_arn(target) or _dead_letter_arn(properties),
        not_before=_moment(properties.get("StartDate")),
        not_after=_moment(properties.get("EndDate")),
    )


def stored(clients: Clients) -> Iterator[Schedule]:
    """Schedules in EventBridge Scheduler's store, as far as they are switched on."""
    for summary in clients.scheduler.list_schedules(MaxResults=ONE_PAGE)["Schedules"]:
        if summary["State"] != "ENABLED":
            continue
        name, group = summary["Name"], summary["GroupName"]
        try:
            found: Mapping[str, Any] = clients.scheduler.get_schedule(Name=name, GroupName=group)
        except clients.scheduler.exceptions.ResourceNotFoundException:
            continue  # deleted since it was listed
        target = found["Target"]
        yield Schedule(
            name=name,
            arn=found["Arn"],
            expression=found["ScheduleExpression"],
            zone_name=found.get("ScheduleExpressionTimezone", "UTC"),
            anchor=_moment(found.get("StartDate")) or found["CreationDate"],
            target_arn=target["Arn"],
            text=target.get("Input"),
            message_group_id=(target.get("SqsParameters") or {}).get("MessageGroupId"),
            dead_letter_arn=_dead_letter_arn(target),
            not_before=_moment(found.get("StartDate")),
            not_after=_moment(found.get("EndDate")),
            stored_in_group=group,
            deletes_itself=found.get("ActionAfterCompletion") == "DELETE",
        )


def _dead_letter_arn(declared: Mapping[str, Any]) -> str | None:
    arn: str | None = (declared.get("DeadLetterConfig") or {}).get("Arn")
    return arn


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def input_of(schedule: Schedule, scheduled: datetime, execution_id: str) -> str:
    """What the target receives: the input with its keywords filled in, or Scheduler's own event."""
    time = scheduled.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if schedule.text is None:
        return json.dumps(
            {
                "version": "0",
                "id": execution_id,
                "detail-type": "Scheduled Event",
                "source": "aws.scheduler",
                "account": ACCOUNT_ID,
                "time": time,
                "region": REGION,
                "resources": [schedule.arn],
                "detail": "{}",
            }
        )
    keywords = {
        "<aws.scheduler.scheduled-time>": time,
        "<aws.scheduler.execution-id>": execution_id,
        "<aws.scheduler.attempt-number>": "1",
        "<aws.scheduler.schedule-arn>": schedule.arn,
    }
    text = schedule.text
    for keyword, value in keywords.items():
        text = text.replace(keyword, value)
    return text
