"""Somebody hears of it when something stops, and finds out what to do."""

import re

from shared.observability import ATTENTION, LATENESS
from shared.usecases.run_sync.ending import LONGEST_DELAY
from tests.build.sam_template import ROOT, of_type, source, transformed

ALARM = "AWS::CloudWatch::Alarm"
EVENT_SOURCE = "AWS::Lambda::EventSourceMapping"
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


def test_metrics_and_alarms_of_one_stack_are_strangers_to_those_of_another() -> None:
    own = {"Fn::Sub": "ContactSync-${AWS::StackName}"}
    for name, function in of_type("AWS::Lambda::Function").items():
        assert function["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"] == own, name
    (declared,) = of_type("AWS::Logs::MetricFilter").values()
    assert [each["MetricNamespace"] for each in declared["MetricTransformations"]] == [own]
    for name, alarm in of_type(ALARM).items():
        assert alarm["Namespace"] == own or str(alarm["Namespace"]).startswith("AWS/"), name


def test_every_alarm_reaches_the_topic() -> None:
    for name, alarm in of_type(ALARM).items():
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}], name
        assert alarm["AlarmDescription"], name


def test_only_the_sweepers_falling_silent_is_told_without_data_and_not_on_a_stack_that_is_new() -> None:
    told = {name for name, alarm in of_type(ALARM).items() if alarm["TreatMissingData"] != "notBreaching"}
    assert told == {"SweeperSilentAlarm"}
    # Missing data is the state that an alarm is made in; only leaving it and coming back to it is a change.
    silence = of_type(ALARM)["SweeperSilentAlarm"]
    assert silence["TreatMissingData"] == "missing"
    assert silence["InsufficientDataActions"] == [{"Ref": "AlarmTopic"}]


def test_a_queue_that_nobody_works_on_is_noticed_by_the_age_of_its_messages() -> None:
    ages = {
        alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0]: alarm["Threshold"]
        for alarm in of_type(ALARM).values()
        if alarm["MetricName"] == "ApproximateAgeOfOldestMessage"
    }
    fed = {each["EventSourceArn"]["Fn::GetAtt"][0] for each in of_type(EVENT_SOURCE).values()}
    assert set(ages) == fed
    for queue, seconds in ages.items():
        # Waiting as long as it was asked to, or hidden after one crash, is no standstill.
        hidden = of_type("AWS::SQS::Queue")[queue]["VisibilityTimeout"]
        assert seconds > max(LONGEST_DELAY.total_seconds(), hidden)


def test_one_bad_period_is_enough_for_every_alarm_that_has_data() -> None:
    for name in set(of_type(ALARM)) - {"SweeperSilentAlarm"}:
        alarm = of_type(ALARM)[name]
        assert alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]) == 1, name


def test_a_bad_version_of_any_function_is_rolled_back_by_the_alarm_that_notices_it() -> None:
    functions = {
        name: resource["Properties"]
        for name, resource in source()["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    for name, function in functions.items():
        preference = function["DeploymentPreference"]
        assert preference["Type"].startswith(("Canary", "Linear")), name
        (alarm,) = (of_type(ALARM)[each["Ref"]] for each in preference["Alarms"])
        if any(event["Type"] == "HttpApi" for event in function["Events"].values()):
            assert alarm["MetricName"] == "ServerErrors", name
        else:
            dimensions = [{"Name": "FunctionName", "Value": {"Ref": name}}]
            assert (alarm["MetricName"], alarm["Dimensions"]) == ("Errors", dimensions), name
    aliases = {
        name.removesuffix("Aliaslive")
        for name, resource in transformed()["Resources"].items()
        if "CodeDeployLambdaAliasUpdate" in resource.get("UpdatePolicy", {})
    }
    assert aliases == set(functions)


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
