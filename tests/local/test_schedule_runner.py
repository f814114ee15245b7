import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.local.schedule_runner import ScheduleRunner
from infra.local.schedules import of_template
from infra.local.stack import LocalStack
from infra.local.template import Event, Function, Template
from tests.local.test_queues import received

GROUP = "contact-sync-local-group"


class Clock:
    def __init__(self, text: str) -> None:
        self.now = datetime.fromisoformat(text).replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def to(self, text: str) -> None:
        self.now = datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def schedule(stack: LocalStack, request: pytest.FixtureRequest) -> Any:
    """Creates a schedule to the queue Done, as the service does; it is deleted afterwards."""
    created = []

    def create(name: str, expression: str, **changes: Any) -> None:
        target = {
            "Arn": "arn:aws:sqs:us-east-1:000000000000:contact-sync-local-Done",
            "RoleArn": "arn:aws:iam::000000000000:role/any",
            "Input": json.dumps({"name": name, "at": "<aws.scheduler.scheduled-time>"}),
        }
        stack.clients.scheduler.create_schedule(
            **{
                "Name": name,
                "GroupName": GROUP,
                "ScheduleExpression": expression,
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": target,
                **changes,
            }
        )
        created.append(name)

    yield create
    existing = {found["Name"] for found in stack.clients.scheduler.list_schedules()["Schedules"]}
    for name in existing & set(created):
        stack.clients.scheduler.delete_schedule(Name=name, GroupName=GROUP)


def test_a_schedule_fires_in_its_own_zone_with_the_time_it_was_due(stack: LocalStack, schedule: Any) -> None:
    schedule("kolkata", "cron(30 9 ? * MON *)", ScheduleExpressionTimezone="Asia/Kolkata")
    clock = Clock("2026-11-23 03:59:59")
    runner = ScheduleRunner((), stack.clients, {}, clock)
    runner.tick()
    assert received(stack, "Done", 1, within_seconds=1) == []

    clock.to("2026-11-23 04:00:02")
    runner.tick()
    runner.tick()

    assert [json.loads(text) for text in received(stack, "Done", 2, within_seconds=2)] == [
        {"name": "kolkata", "at": "2026-11-23T04:00:00Z"}
    ]


def test_an_expression_that_cannot_be_read_stops_no_other_schedule(
    stack: LocalStack, schedule: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    schedule("bad", "cron(99 9 * * ? *)")
    schedule("lost", "rate(1 minute)", ScheduleExpressionTimezone="Mars/Olympus")
    schedule("good", "cron(0 12 * * ? *)")
    clock = Clock("2026-11-22 11:59:58")
    runner = ScheduleRunner((), stack.clients, {}, clock)
    runner.tick()
    clock.to("2026-11-22 12:00:00")
    runner.tick()

    assert [json.loads(text)["name"] for text in received(stack, "Done", 1)] == ["good"]
    assert "bad never fires" in capfd.readouterr().err


def test_what_was_missed_while_the_stack_was_down_is_not_made_up_for(
    stack: LocalStack, schedule: Any
) -> None:
    schedule("daily", "cron(0 12 * * ? *)")
    clock = Clock("2026-11-22 18:00:00")
    runner = ScheduleRunner((), stack.clients, {}, clock)
    runner.tick()
    clock.to("2026-11-23 11:59:00")
    runner.tick()

    assert received(stack, "Done", 1, within_seconds=1) == []


def test_a_schedule_that_was_changed_switched_off_or_deleted_is_followed(
    stack: LocalStack, schedule: Any
) -> None:
    schedule("moved", "cron(0 12 * * ? *)")
    schedule("off", "cron(0 12 * * ? *)", State="DISABLED")
    schedule("gone", "cron(0 12 * * ? *)")
    clock = Clock("2026-11-22 11:00:00")
    runner = ScheduleRunner((), stack.clients, {}, clock)
    runner.tick()
    found = stack.clients.scheduler.get_schedule(Name="moved", GroupName=GROUP)
    stack.clients.scheduler.update_schedule(
        Name="moved",
        GroupName=GROUP,
        ScheduleExpression="cron(0 13 * * ? *)",
        FlexibleTimeWindow=found["FlexibleTimeWindow"],
        Target=found["Target"],
    )
    stack.clients.scheduler.delete_schedule(Name="gone", GroupName=GROUP)
    clock.to("2026-11-22 11:59:59")
    runner.tick()
    clock.to("2026-11-22 12:00:05")
    runner.tick()
    assert received(stack, "Done", 1, within_seconds=1) == []

    clock.to("2026-11-22 13:00:05")
    runner.tick()
    assert [json.loads(text)["name"] for text in received(stack, "Done", 1)] == ["moved"]


def test_a_one_time_schedule_fires_once_and_deletes_itself(stack: LocalStack, schedule: Any) -> None:
    schedule("once", "at(2026-11-22T12:00:00)", ActionAfterCompletion="DELETE")
    clock = Clock("2026-11-22 11:59:59")
    runner = ScheduleRunner((), stack.clients, {}, clock)
    for second in range(3):
        clock.now += timedelta(seconds=second)
        runner.tick()

    assert len(received(stack, "Done", 2, within_seconds=2)) == 1
    assert "once" not in [found["Name"] for found in stack.clients.scheduler.list_schedules()["Schedules"]]


def test_a_delivery_that_fails_goes_to_the_schedules_dead_letter_queue(
    stack: LocalStack, schedule: Any
) -> None:
    prefix = "arn:aws:sqs:us-east-1:000000000000:contact-sync-local-"
    target = {
        "Arn": f"{prefix}NotThere",
        "RoleArn": "arn:aws:iam::000000000000:role/any",
        "Input": "undelivered",
        "DeadLetterConfig": {"Arn": f"{prefix}Done"},
    }
    schedule("lost", "rate(1 minute)", Target=target)
    clock = Clock(datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"))
    runner = ScheduleRunner((), stack.clients, {}, clock)
    runner.tick()
    clock.now += timedelta(seconds=61)
    runner.tick()

    assert received(stack, "Done", 1) == ["undelivered"]


def test_the_store_itself_fires_nothing(stack: LocalStack, schedule: Any) -> None:
    """MiniStack's own sweep, were it running, would deliver this within its ten seconds."""
    past = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S")
    schedule("past", f"at({past})")

    assert received(stack, "Done", 1, within_seconds=12) == []


def test_a_functions_own_schedule_is_read_from_the_template(stack: LocalStack) -> None:
    template = Template({"Resources": {"Function": {"Type": "AWS::Serverless::Function"}}})
    event = Event("Minute", "ScheduleV2", {"ScheduleExpression": "rate(1 minute)"})
    off = Event("Off", "ScheduleV2", {"ScheduleExpression": "rate(1 minute)", "State": "DISABLED"})
    function = Function("Sweeper", "module.handler", 3, 128, {}, (event, off))
    started = datetime(2026, 11, 22, tzinfo=UTC)

    class Plain:
        def resolve(self, value: Any) -> Any:
            return value

    resolver: Any = Plain()
    (found,) = of_template(template, [function], resolver, started)
    assert (found.expression, found.anchor) == ("rate(1 minute)", started)
    assert found.target_arn == "arn:aws:lambda:us-east-1:000000000000:function:contact-sync-local-Sweeper"
