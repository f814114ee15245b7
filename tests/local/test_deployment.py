import json
from typing import Any

import pytest

from infra.local.data_resources import put_secret
from infra.local.deployment import Deployment
from infra.local.stack import LocalStack
from infra.local.template import Template, TemplateError


def deployment(stack: LocalStack, **resources: Any) -> Deployment:
    return Deployment(Template({"Resources": resources}), {}, stack.clients, api_origin="http://127.0.0.1:1")


def table(*keys: str) -> dict[str, Any]:
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
            "KeySchema": [
                {"AttributeName": key, "KeyType": kind}
                for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
        },
    }


def test_creating_everything_again_changes_nothing(stack: LocalStack) -> None:
    resources = {
        "Again": table("pk"),
        "AgainKey": {"Type": "AWS::KMS::Key"},
        "AgainQueue": {"Type": "AWS::SQS::Queue"},
    }
    first, second = deployment(stack, **resources), deployment(stack, **resources)
    first.create_all()
    second.create_all()

    assert [first.ref(name) for name in resources] == [second.ref(name) for name in resources]


def test_a_table_whose_keys_changed_asks_for_a_fresh_start(stack: LocalStack) -> None:
    deployment(stack, Changed=table("pk")).create_all()

    with pytest.raises(TemplateError, match="--fresh"):
        deployment(stack, Changed=table("pk", "sk")).create_all()


def test_a_changed_queue_gets_its_new_attributes(stack: LocalStack) -> None:
    def queue(seconds: int) -> str:
        declared = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": seconds}}
        return deployment(stack, ChangedQueue=declared).ref("ChangedQueue")

    queue(30)
    found = stack.clients.sqs.get_queue_attributes(QueueUrl=queue(60), AttributeNames=["VisibilityTimeout"])
    assert found["Attributes"]["VisibilityTimeout"] == "60"


def test_resources_that_refer_to_one_another_in_a_circle_are_refused(stack: LocalStack) -> None:
    def queue(other: str) -> dict[str, Any]:
        policy = {"deadLetterTargetArn": {"Fn::GetAtt": [other, "Arn"]}, "maxReceiveCount": 1}
        return {"Type": "AWS::SQS::Queue", "Properties": {"RedrivePolicy": policy}}

    with pytest.raises(TemplateError, match="circle"):
        deployment(stack, One=queue("Two"), Two=queue("One")).create_all()


def test_what_runs_nowhere_here_still_has_a_name(stack: LocalStack) -> None:
    made = deployment(stack, Role={"Type": "AWS::IAM::Role"}, Function={"Type": "AWS::Serverless::Function"})

    assert made.attribute("Role", "Arn") == "arn:aws:iam::000000000000:role/contact-sync-local-Role"
    assert made.attribute("Function", "Arn").endswith(":function:contact-sync-local-Function")
    with pytest.raises(TemplateError, match="Missing"):
        made.ref("Missing")
    with pytest.raises(TemplateError, match="Colour"):
        made.attribute("Role", "Colour")


def test_a_secret_is_made_changed_and_left_alone(stack: LocalStack) -> None:
    def value() -> Any:
        return json.loads(stack.clients.secrets.get_secret_value(SecretId="example/secret")["SecretString"])

    arn = put_secret(stack.clients, "example/secret", '{"a": 1}')
    assert value() == {"a": 1}
    assert put_secret(stack.clients, "example/secret", '{"a": 2}') == arn
    assert put_secret(stack.clients, "example/secret", None) == arn
    assert value() == {"a": 2}
