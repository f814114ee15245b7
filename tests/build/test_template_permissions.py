"""Each function may do what its use cases need, on the resources they need, and nothing else."""

import ast
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.build.sam_template import ROOT, as_list, of_type, statements

ARN = "arn:${{AWS::Partition}}:{}:${{AWS::Region}}:${{AWS::AccountId}}:{}"
# Every wildcard that is granted, and why AWS or the data leaves no choice.
REASONED_WILDCARDS = {
    "kms:* on *": "a key policy that hands the decision to the account's IAM policies",
    ARN.format(
        "secretsmanager", "secret:${ZohoClientSecretName}-??????"
    ): "Secrets Manager adds six characters",
    ARN.format("scheduler", "schedule/${ScheduleGroup}/*"): "one schedule per sync, named when it is created",
    "${Bucket.Arn}/skipped/*": "one object per run",
    "${Bucket.Arn}/snapshots/*": "objects per run",
}
TABLE = json.dumps({"Fn::GetAtt": ["Table", "Arn"]})
# The action that each call of the SDK is checked against.
ACTIONS_OF_CALLS = {
    "abort_multipart_upload": "s3:AbortMultipartUpload",
    "batch_get_item": "dynamodb:BatchGetItem",
    "batch_write_item": "dynamodb:BatchWriteItem",
    "complete_multipart_upload": "s3:PutObject",
    "create_multipart_upload": "s3:PutObject",
    "create_schedule": "scheduler:CreateSchedule",
    "decrypt": "kms:Decrypt",
    "delete_item": "dynamodb:DeleteItem",
    "delete_objects": "s3:DeleteObject",
    "delete_schedule": "scheduler:DeleteSchedule",
    "encrypt": "kms:Encrypt",
    "get_item": "dynamodb:GetItem",
    "get_object": "s3:GetObject",
    "get_secret_value": "secretsmanager:GetSecretValue",
    "head_object": "s3:GetObject",
    "list_objects_v2": "s3:ListBucket",
    "put_item": "dynamodb:PutItem",
    "put_object": "s3:PutObject",
    "query": "dynamodb:Query",
    "send_message": "sqs:SendMessage",
    "update_item": "dynamodb:UpdateItem",
    "update_schedule": "scheduler:UpdateSchedule",
    "upload_part": "s3:PutObject",
}
# Granted to Lambda's poller, to Lambda's logging, and for handing the schedules' role on.
NEEDED_BY_AWS_ITSELF = {
    "iam:PassRole",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
}


def role_of(function: str) -> str:
    return str(of_type("AWS::Lambda::Function")[function]["Role"]["Fn::GetAtt"][0])


def grants(function: str) -> list[tuple[str, str]]:
    """Every (action, resource) that a function's role allows; resources as JSON or as the Sub's text."""
    role = of_type("AWS::IAM::Role")[role_of(function)]
    documents = [policy["PolicyDocument"] for policy in role["Policies"]]
    managed = of_type("AWS::IAM::ManagedPolicy")
    documents += [managed[policy["Ref"]]["PolicyDocument"] for policy in role.get("ManagedPolicyArns", ())]
    return [
        (action, text_of(resource))
        for document in documents
        for statement in statements(document)
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    ]


def text_of(resource: Any) -> str:
    if isinstance(resource, dict) and isinstance(resource.get("Fn::Sub"), str):
        return str(resource["Fn::Sub"])
    return resource if isinstance(resource, str) else json.dumps(resource)


def actions(function: str, service: str) -> set[str]:
    return {action for action, _ in grants(function) if action.startswith(f"{service}:")}


def allowing_statements() -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::KMS::Key"):
        for name, properties in of_type(kind).items():
            documents = [policy["PolicyDocument"] for policy in properties.get("Policies", ())]
            documents += [properties[key] for key in ("PolicyDocument", "KeyPolicy") if key in properties]
            for document in documents:
                for statement in statements(document):
                    if statement["Effect"] == "Allow":
                        yield name, dict(statement)


def test_every_wildcard_has_a_reason_and_every_reason_a_wildcard() -> None:
    wildcards = set()
    for _, statement in allowing_statements():
        for action in as_list(statement["Action"]):
            for resource in map(text_of, as_list(statement["Resource"])):
                if "*" in action or resource == "*":
                    wildcards.add(f"{action} on {resource}")
                elif "*" in resource or "?" in resource:
                    wildcards.add(resource)
    assert wildcards == set(REASONED_WILDCARDS)


def test_policies_made_by_aws_are_used_only_by_the_role_that_sam_makes_for_deployments() -> None:
    roles = of_type("AWS::IAM::Role")
    used = {
        name: policy.rpartition("/")[2]
        for name, role in roles.items()
        for policy in role.get("ManagedPolicyArns", ())
        if isinstance(policy, str)
    }
    assert used == {"CodeDeployServiceRole": "AWSCodeDeployRoleForLambda"}


def test_every_function_has_a_role_of_its_own() -> None:
    functions = of_type("AWS::Lambda::Function")
    assert len({role_of(name) for name in functions}) == len(functions)


def test_a_function_writes_only_to_its_own_log_group() -> None:
    for name, function in of_type("AWS::Lambda::Function").items():
        group = function["LoggingConfig"]["LogGroup"]["Ref"]
        logs = {resource for action, resource in grants(name) if action.startswith("logs:")}
        assert logs == {json.dumps({"Fn::GetAtt": [group, "Arn"]})}


def test_the_console_may_do_nothing_but_log() -> None:
    assert {action.partition(":")[0] for action, _ in grants("ConsoleFunction")} == {"logs"}


def test_the_history_reads_and_marks_as_read_and_sees_only_skipped_files() -> None:
    assert {grant for grant in grants("HistoryFunction") if not grant[0].startswith("logs:")} == {
        ("dynamodb:GetItem", TABLE),
        ("dynamodb:Query", TABLE),
        ("dynamodb:UpdateItem", TABLE),
        ("s3:GetObject", "${Bucket.Arn}/skipped/*"),
    }


def test_the_sweeper_reads_what_is_due_and_sends_wake_ups() -> None:
    assert {grant for grant in grants("SweeperFunction") if not grant[0].startswith(("logs:", "sqs:"))} == {
        ("dynamodb:Query", "${Table.Arn}/index/due"),
        ("dynamodb:BatchGetItem", TABLE),
    }
    assert actions("SweeperFunction", "sqs") == {"sqs:SendMessage"}


def test_starting_a_run_needs_neither_tokens_nor_files_nor_deletions() -> None:
    granted = {action for action, _ in grants("RunApiFunction") if not action.startswith("logs:")}
    assert granted == {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "sqs:SendMessage"}


def test_only_configuring_makes_schedules() -> None:
    making = {"scheduler:CreateSchedule", "scheduler:UpdateSchedule"}
    for name in of_type("AWS::Lambda::Function"):
        assert bool(actions(name, "scheduler") & making) == (name == "ConfigureFunction")


def test_a_file_that_is_not_there_is_told_apart_from_one_that_must_not_be_read() -> None:
    """S3 answers 404 only to those who may list, and asks without a prefix then."""
    role = of_type("AWS::IAM::Role")[role_of("WorkerFunction")]
    (listing,) = [
        statement
        for statement in statements(role["Policies"][0]["PolicyDocument"])
        if "s3:ListBucket" in as_list(statement["Action"])
    ]
    assert listing["Condition"] == {"StringLikeIfExists": {"s3:prefix": ["skipped/*", "snapshots/*"]}}


def test_what_is_granted_is_what_the_adapters_call() -> None:
    granted = {action for name in of_type("AWS::Lambda::Function") for action, _ in grants(name)}
    called = {ACTIONS_OF_CALLS[call] for call in calls_of_the_adapters()}
    assert granted - NEEDED_BY_AWS_ITSELF == called


def calls_of_the_adapters() -> Iterator[str]:
    """The calls of the SDK: `client.call(…)`, `client.get_paginator("call")`, presigned ones."""
    for path in (ROOT / "shared/adapters").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = ast.unparse(node.func.value).rpartition(".")[2]
                if owner not in {"client", "_client"}:
                    continue
                if node.func.attr in {"get_paginator", "generate_presigned_url"}:
                    yield ast.literal_eval(node.args[0])
                else:
                    yield node.func.attr


def test_only_configuring_hands_the_schedules_role_on_and_only_to_the_scheduler() -> None:
    passing = [
        (name, statement)
        for name, statement in allowing_statements()
        if "iam:PassRole" in as_list(statement["Action"])
    ]
    ((name, statement),) = passing
    assert name == role_of("ConfigureFunction")
    assert statement["Resource"] == {"Fn::GetAtt": ["ScheduleRole", "Arn"]}
    assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}


def test_the_key_is_used_only_inside_a_full_encryption_context() -> None:
    using = [
        statement
        for name, statement in allowing_statements()
        if name != "TokenKey" and any(action.startswith("kms:") for action in as_list(statement["Action"]))
    ]
    (statement,) = using
    condition = statement["Condition"]
    keys = condition["ForAllValues:StringEquals"]["kms:EncryptionContextKeys"]
    assert keys == ["tenant", "connection", "kind"]
    # ForAllValues holds for an empty context too; Null closes that door.
    assert condition["Null"] == {f"kms:EncryptionContext:{key}": "false" for key in keys}


def test_schedules_can_only_put_messages_on_the_interactive_queue_and_their_dead_letters() -> None:
    role = of_type("AWS::IAM::Role")["ScheduleRole"]
    (policy,) = role["Policies"]
    (statement,) = statements(policy["PolicyDocument"])
    assert statement["Action"] == "sqs:SendMessage"
    assert statement["Resource"] == [
        {"Fn::GetAtt": ["InteractiveQueue", "Arn"]},
        {"Fn::GetAtt": ["ScheduleDlq", "Arn"]},
    ]


@pytest.mark.parametrize("name", ["ScheduleRole", "SweeperScheduleRole"])
def test_a_schedulers_role_is_assumed_for_this_accounts_own_group_only(name: str) -> None:
    (statement,) = statements(of_type("AWS::IAM::Role")[name]["AssumeRolePolicyDocument"])
    condition = statement["Condition"]["StringEquals"]
    assert condition["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}
    assert "aws:SourceArn" in condition
