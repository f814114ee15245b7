from pathlib import Path

import boto3
import pytest
import requests
from botocore.config import Config

from infra.local.ports import is_free
from infra.local.stack import LocalStack, StackError
from infra.local.template import Template, TemplateError
from tests.local.conftest import EXAMPLE, start_example

TABLE = "contact-sync-local-Table"
BUCKET = "contact-sync-local-bucket"
DEAD = "contact-sync-local-Dead"
KEY = "alias/contact-sync-local-Key"


def write(stack: LocalStack) -> bytes:
    """Leave something in every data service; the text that its key encrypted."""
    clients = stack.clients
    clients.dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": "kept"}})
    clients.s3.put_object(Bucket=BUCKET, Key="kept.csv", Body=b"kept")
    clients.sqs.send_message(
        QueueUrl=clients.sqs.get_queue_url(QueueName=DEAD)["QueueUrl"], MessageBody="kept"
    )
    clients.scheduler.create_schedule(
        Name="kept",
        GroupName="contact-sync-local-group",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:sqs:us-east-1:000000000000:x", "RoleArn": "arn:aws:iam::000000000000:role/x"},
    )
    return clients.kms.encrypt(KeyId=KEY, Plaintext=b"kept")["CiphertextBlob"]


def test_a_restart_finds_everything_and_a_fresh_start_nothing(tmp_path: Path) -> None:
    with start_example(tmp_path) as first:
        secret = write(first)
        token = requests.post(f"{first.origin}/local/token", json={"sub": "alice"}).json()["access_token"]
        port = int(first.origin.rpartition(":")[2])
        endpoint = first.clients.endpoint_url
        left_behind = tmp_path / "tmp" / "left-behind"
        left_behind.touch()

    with start_example(tmp_path, port=port) as second:
        clients = second.clients
        assert clients.endpoint_url == endpoint
        assert "Item" in clients.dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": "kept"}})
        assert clients.s3.get_object(Bucket=BUCKET, Key="kept.csv")["Body"].read() == b"kept"
        queue = clients.sqs.get_queue_url(QueueName=DEAD)["QueueUrl"]
        assert clients.sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "kept"
        assert [one["Name"] for one in clients.scheduler.list_schedules()["Schedules"]] == ["kept"]
        assert clients.kms.decrypt(CiphertextBlob=secret)["Plaintext"] == b"kept"
        private = requests.get(f"{second.origin}/private", headers={"Authorization": f"Bearer {token}"})
        assert private.status_code == 200
        assert not left_behind.exists()

    with start_example(tmp_path, fresh=True) as third:
        assert "Item" not in third.clients.dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": "kept"}})
        assert third.clients.scheduler.list_schedules()["Schedules"] == []


def test_a_presigned_link_works_from_any_client_and_a_changed_one_does_not(stack: LocalStack) -> None:
    stack.clients.s3.put_object(Bucket=BUCKET, Key="skipped/a.csv", Body=b"a,b")
    s3 = boto3.client("s3", endpoint_url=stack.clients.endpoint_url, config=Config(signature_version="s3v4"))
    link = s3.generate_presigned_url(
        "get_object", Params={"Bucket": BUCKET, "Key": "skipped/a.csv"}, ExpiresIn=60
    )

    assert requests.get(link).content == b"a,b"
    assert requests.get(link.replace("Signature=", "Signature=0")).status_code == 403


def test_one_folder_serves_one_stack_at_a_time(tmp_path: Path) -> None:
    with (
        LocalStack(tmp_path, template=Template.load(EXAMPLE)),
        pytest.raises(StackError, match="stop it first"),
    ):
        LocalStack(tmp_path, template=Template.load(EXAMPLE))


def test_a_taken_port_is_said_so(stack: LocalStack, tmp_path: Path) -> None:
    port = int(stack.origin.rpartition(":")[2])

    assert not is_free(port)
    with pytest.raises(StackError, match=f"port {port} is taken"):
        LocalStack(tmp_path, template=Template.load(EXAMPLE), port=port)


def test_a_template_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"nowhere\.yaml"):
        Template.load(tmp_path / "nowhere.yaml")
