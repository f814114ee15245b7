"""What the code counts and what the alarms and the runbook go by can be seen on one page."""

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

from shared import observability
from tests.build.sam_template import ROOT, of_type
from tests.build.test_alarms import ALARM, RUNBOOK

Metric = tuple[str, str, frozenset[str]]
"""Namespace, name, and dimensions: `name=value`, or `name` where every value is shown."""
NAMESPACE = "ContactSync-${AWS::StackName}"
SEARCH = re.compile(r"""SEARCH\('\{"([^"]+)",([\w,]+)\} MetricName="(\w+)"', 'Sum', 300\)""")


def shown() -> Iterator[Metric]:
    (dashboard,) = of_type("AWS::CloudWatch::Dashboard").values()
    for widget in json.loads(dashboard["DashboardBody"]["Fn::Sub"])["widgets"]:
        for entry in widget["properties"]["metrics"]:
            if isinstance(entry[0], dict):
                found = SEARCH.fullmatch(entry[0]["expression"])
                assert found, entry
                yield found[1], found[3], frozenset(found[2].split(","))
            else:
                namespace, name, *rest = (each for each in entry if isinstance(each, str))
                pairs = zip(rest[::2], rest[1::2], strict=True)
                yield namespace, name, frozenset(f"{dimension}={value}" for dimension, value in pairs)


def emitted() -> Iterator[Metric]:
    """Read every `_publish(NAME, unit, value, dimension=…)` of the code."""
    for node in ast.walk(ast.parse((ROOT / "shared/observability.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "_publish":
            own = {str(keyword.arg) for keyword in node.keywords}
            service = "service" if own else "service=contact-sync"
            yield (
                NAMESPACE,
                getattr(observability, ast.unparse(node.args[0])),
                frozenset({service, *own}),
            )


def text_of(value: Any) -> str:
    """Spell a reference as `Fn::Sub` does."""
    match value:
        case {"Ref": name}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"${{{name}.{attribute}}}"
        case {"Fn::Sub": text}:
            return str(text)
    return str(value)


def watched() -> Iterator[Metric]:
    for alarm in of_type(ALARM).values():
        dimensions = (f"{each['Name']}={text_of(each['Value'])}" for each in alarm.get("Dimensions", ()))
        yield text_of(alarm["Namespace"]), alarm["MetricName"], frozenset(dimensions)


def test_every_metric_that_the_code_emits_is_shown_with_every_value_of_its_dimensions() -> None:
    names = {
        value for name, value in vars(observability).items() if name.isupper() and isinstance(value, str)
    }
    assert {name for _, name, _ in emitted()} == names
    assert set(emitted()) <= set(shown())


def test_every_metric_that_an_alarm_watches_is_shown() -> None:
    assert set(watched()) <= set(shown())


def test_nothing_of_our_own_is_shown_that_nobody_counts() -> None:
    counted = {*emitted(), *watched()}
    assert {metric for metric in shown() if metric[0] == NAMESPACE} <= counted


def test_every_metric_that_the_runbook_names_is_shown() -> None:
    names = {"ApproximateAgeOfOldestMessage", "Throttles"}
    text = RUNBOOK.read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in names)
    assert "concurrent executions" in text
    assert {*names, "ConcurrentExecutions"} <= {name for _, name, _ in shown()}


def test_no_widget_lies_upon_another() -> None:
    (dashboard,) = of_type("AWS::CloudWatch::Dashboard").values()
    widgets = json.loads(dashboard["DashboardBody"]["Fn::Sub"])["widgets"]
    squares = [
        (widget["x"] + column, widget["y"] + row)
        for widget in widgets
        for column in range(widget["width"])
        for row in range(widget["height"])
    ]
    assert len(squares) == len(set(squares))
