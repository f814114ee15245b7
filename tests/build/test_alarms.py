"""Somebody hears of it when something stops, and finds out what to do."""

import re

from shared.observability import ATTENTION, LATENESS
from tests.build.sam_template import ROOT, of_type, source

ALARM = "AWS::CloudWatch::Alarm"
RUNBOOK = ROOT / "infra/runbook.md"


def test_every_dead_letter_queue_has_an_alarm_on_its_first_message() -> None:
    watched = {
        dimension["Value"]["Fn::GetAtt"][0]
        for alarm in of_type(ALARM).values()
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible" and alarm["Threshold"] == 1
        for dimension in alarm["Dimensions"]
    }
    assert watched == {name for name in of_type("AWS::SQS::Queue") if name.endswith("Dlq")}


def test_the_alarms_on_runs_watch_the_metrics_that_the_code_emits() -> None:
    variables = source()["Globals"]["Function"]["Environment"]["Variables"]
    dimensions = [{"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}]
    for name, metric in (("RunLatenessAlarm", LATENESS), ("RunsNeedingAttentionAlarm", ATTENTION)):
        alarm = of_type(ALARM)[name]
        assert alarm["MetricName"] == metric
        assert alarm["Namespace"] == variables["POWERTOOLS_METRICS_NAMESPACE"]
        assert alarm["Dimensions"] == dimensions


def test_every_alarm_reaches_the_topic() -> None:
    for name, alarm in of_type(ALARM).items():
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}], name
        assert alarm["AlarmDescription"], name


def test_only_the_silence_of_the_sweeper_is_an_alarm_without_data() -> None:
    quiet = {name for name, alarm in of_type(ALARM).items() if alarm["TreatMissingData"] == "notBreaching"}
    assert set(of_type(ALARM)) - quiet == {"SweeperSilentAlarm"}


def test_a_bad_version_behind_the_api_is_rolled_back() -> None:
    for name, resource in source()["Resources"].items():
        events = resource.get("Properties", {}).get("Events", {}).values()
        if any(event["Type"] == "HttpApi" for event in events):
            preference = resource["Properties"]["DeploymentPreference"]
            assert preference["Type"].startswith("Canary"), name
            assert {alarm["Ref"] for alarm in preference["Alarms"]} <= set(of_type(ALARM)), name


def test_every_alarm_has_its_section_in_the_runbook_and_no_section_lacks_its_alarm() -> None:
    sections = re.findall(r"^## (\w+Alarm)$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(sections) == sorted(of_type(ALARM))


def test_every_section_of_the_runbook_says_what_it_means_where_to_look_and_what_to_do() -> None:
    text = RUNBOOK.read_text(encoding="utf-8")
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        name = section.partition("\n")[0]
        if name.endswith("Alarm"):
            for part in ("**Means.**", "**Look.**", "**Do.**"):
                assert part in section, f"{name} lacks {part}"
