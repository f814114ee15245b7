"""Queues, table, bucket, schedules, functions and logs are set up so that nothing is lost or left open."""

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest

from shared.config import Config
from shared.usecases.history import SKIPPED_KEPT
from shared.usecases.run_sync.worker import LONGEST_RUN
from tests.build.sam_template import TEMPLATE, as_list, of_type, refers_to, statements, transformed

QUEUES = {"InteractiveQueue": "InteractiveDlq", "BulkQueue": "BulkDlq"}
DEAD_LETTER_QUEUES = {*QUEUES.values(), "ScheduleDlq"}
# Only the local stack sets these; on AWS the table of data centres decides.
LOCAL_ONLY = {"ZOHO_ACCOUNTS_URL", "ZOHO_BOOKS_URL", "ZOHO_CAMPAIGNS_URL"}
EVERYWHERE = {
    "ENVIRONMENT",
    "POWERTOOLS_LOG_LEVEL",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_SERVICE_NAME",
}
CONSOLE_ENVIRONMENT = {"OIDC_CLIENT_ID", "OIDC_ISSUER", "OIDC_ORIGINS"}


def test_a_message_stays_hidden_six_times_as_long_as_the_worker_may_run() -> None:
    worker = of_type("AWS::Lambda::Function")["WorkerFunction"]
    for queue in QUEUES:
        assert of_type("AWS::SQS::Queue")[queue]["VisibilityTimeout"] >= 6 * worker["Timeout"]


def test_each_working_queue_has_a_dead_letter_queue_of_its_own_that_keeps_longer() -> None:
    queues = of_type("AWS::SQS::Queue")
    assert set(queues) == set(QUEUES) | DEAD_LETTER_QUEUES
    for queue, dead_letters in QUEUES.items():
        redrive = queues[queue]["RedrivePolicy"]
        assert refers_to(redrive["deadLetterTargetArn"], dead_letters)
        # Below five, throttled invocations alone would send messages there.
        assert redrive["maxReceiveCount"] >= 5
        assert queues[dead_letters]["MessageRetentionPeriod"] > queues[queue]["MessageRetentionPeriod"]


def test_every_queue_is_encrypted_and_answers_over_tls_only() -> None:
    policies = of_type("AWS::SQS::QueuePolicy").values()
    for name, queue in of_type("AWS::SQS::Queue").items():
        assert queue["SqsManagedSseEnabled"] is True
        (policy,) = [policy for policy in policies if policy["Queues"] == [{"Ref": name}]]
        (statement,) = statements(policy["PolicyDocument"])
        assert denies_plain_http(statement)
        assert refers_to(statement["Resource"], name)


def test_both_queues_feed_the_worker_one_message_at_a_time_with_a_ceiling_each() -> None:
    sources = of_type("AWS::Lambda::EventSourceMapping").values()
    ceilings = {"InteractiveQueue": "InteractiveConcurrency", "BulkQueue": "BulkConcurrency"}
    assert len(sources) == len(QUEUES)
    for queue in QUEUES:
        (source,) = [source for source in sources if refers_to(source["EventSourceArn"], queue)]
        assert source["FunctionName"] == {"Ref": "WorkerFunctionAliaslive"}
        assert source["BatchSize"] == 1
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["ScalingConfig"] == {"MaximumConcurrency": {"Ref": ceilings[queue]}}


def test_only_the_worker_may_send_to_the_queue_that_invokes_it() -> None:
    functions = of_type("AWS::Lambda::Function")
    assert [name for name in functions if functions[name].get("RecursiveLoop") == "Allow"] == [
        "WorkerFunction"
    ]


def test_no_function_behind_the_api_outlives_the_gateways_patience() -> None:
    permissions = of_type("AWS::Lambda::Permission").values()
    behind = {permission["FunctionName"]["Ref"].removesuffix("Aliaslive") for permission in permissions}
    functions = of_type("AWS::Lambda::Function")
    assert len(behind) == 5
    assert all(functions[name]["Timeout"] < 30 for name in behind)


def test_every_function_logs_to_a_group_that_forgets() -> None:
    groups = of_type("AWS::Logs::LogGroup")
    for name, function in of_type("AWS::Lambda::Function").items():
        logging = function["LoggingConfig"]
        assert logging["LogGroup"]["Ref"] in groups, name
        assert logging["LogFormat"] == "JSON", name
    assert {group["RetentionInDays"] for group in groups.values()} == {30}


def test_the_table_can_be_restored_and_forgets_what_expired() -> None:
    table = of_type("AWS::DynamoDB::Table")["Table"]
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "due"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["due_pk", "due_at"]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_the_bucket_is_private_encrypted_and_forgets() -> None:
    bucket = of_type("AWS::S3::Bucket")["Bucket"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    rules = bucket["LifecycleConfiguration"]["Rules"]
    kept_days = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "Prefix" in rule}
    # A run writes some of its sets once, at its beginning.
    assert kept_days == {"skipped/": SKIPPED_KEPT.days, "snapshots/": LONGEST_RUN.days + 2}
    assert any("AbortIncompleteMultipartUpload" in rule for rule in rules)


def test_the_bucket_answers_over_tls_only() -> None:
    (policy,) = of_type("AWS::S3::BucketPolicy").values()
    (statement,) = statements(policy["PolicyDocument"])
    assert denies_plain_http(statement)
    assert statement["Resource"] == [{"Fn::GetAtt": ["Bucket", "Arn"]}, {"Fn::Sub": "${Bucket.Arn}/*"}]


@pytest.mark.parametrize("name", ["Table", "Bucket", "TokenKey", "UserPool"])
def test_what_cannot_be_made_again_survives_the_stack(name: str) -> None:
    resource = transformed()["Resources"][name]
    assert resource["UpdateReplacePolicy"] == "Retain"
    # Of a first deployment that failed nothing stays but what could not be deleted anyway.
    properties = resource["Properties"]
    protected = properties.get("DeletionProtectionEnabled") or properties.get("DeletionProtection") == "ACTIVE"
    assert resource["DeletionPolicy"] == ("Retain" if protected else "RetainExceptOnCreate")


def test_the_sign_in_page_has_a_valid_name_whatever_the_stack_is_called() -> None:
    domain = of_type("AWS::Cognito::UserPoolDomain")["UserPoolDomain"]["Domain"]
    assert "AWS::StackName" not in str(domain)
    text, names = domain["Fn::Sub"]
    assert names == {"Id": {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}}
    stack = "arn:aws:cloudformation:eu-central-1:123456789012:stack/Contacts/51af3dc0-da77-11e4-872e-1234567db123"
    name = text.replace("${Id}", stack.split("/")[2])
    assert re.fullmatch("[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", name)
    assert not {word for word in ("aws", "amazon", "cognito") if word in name}


def test_the_sweepers_schedule_has_a_dead_letter_queue_and_does_not_pile_up() -> None:
    (schedule,) = of_type("AWS::Scheduler::Schedule").values()
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    target = schedule["Target"]
    assert target["Arn"] == {"Ref": "SweeperFunctionAliaslive"}
    assert refers_to(target["DeadLetterConfig"]["Arn"], "ScheduleDlq")
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 60
    assert refers_to(target["RoleArn"], "SweeperScheduleRole")


def test_functions_get_exactly_the_environment_they_are_written_for() -> None:
    read_by_shared = {field.name.upper() for field in fields(Config)} - LOCAL_ONLY
    for name, function in of_type("AWS::Lambda::Function").items():
        own = CONSOLE_ENVIRONMENT if name == "ConsoleFunction" else read_by_shared
        assert set(function["Environment"]["Variables"]) == EVERYWHERE | own, name


def test_no_environment_variable_holds_a_secret() -> None:
    names_of_things = {"KMS_KEY_ID", "ZOHO_CLIENT_SECRET_ID"}
    for function in of_type("AWS::Lambda::Function").values():
        for name, value in function["Environment"]["Variables"].items():
            if re.search("SECRET|TOKEN|PASSWORD|KEY|CREDENTIAL", name):
                assert name in names_of_things
                assert isinstance(value, dict)
    assert "{{resolve:" not in TEMPLATE.read_text(encoding="utf-8")


def test_the_key_turns_over_every_year_and_has_a_name() -> None:
    key = of_type("AWS::KMS::Key")["TokenKey"]
    assert key["EnableKeyRotation"] is True
    (alias,) = of_type("AWS::KMS::Alias").values()
    assert refers_to(alias["TargetKeyId"], "TokenKey")


def test_nobody_signs_up_uninvited_and_the_browser_holds_no_client_secret() -> None:
    pool = of_type("AWS::Cognito::UserPool")["UserPool"]
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    client = of_type("AWS::Cognito::UserPoolClient")["UserPoolClient"]
    assert client["GenerateSecret"] is False
    assert client["AllowedOAuthFlows"] == ["code"]


def test_a_user_pool_is_made_only_without_an_issuer_of_ones_own() -> None:
    resources = transformed()["Resources"]
    conditional = {name for name, item in resources.items() if item.get("Condition") == "OwnUserPool"}
    assert conditional == {"UserPool", "UserPoolClient", "UserPoolDomain"}


def denies_plain_http(statement: Mapping[str, Any]) -> bool:
    return bool(
        statement["Effect"] == "Deny"
        and statement["Principal"] == "*"
        and as_list(statement["Action"])[0] in {"sqs:*", "s3:*"}
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    )
