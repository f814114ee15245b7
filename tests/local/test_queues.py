import json
import time
from collections.abc import Sequence
from typing import Any

from infra.local.stack import LocalStack


def queue_url(stack: LocalStack, name: str) -> str:
    return stack.clients.sqs.get_queue_url(QueueName=f"contact-sync-local-{name}")["QueueUrl"]


def received(stack: LocalStack, name: str, count: int, *, within_seconds: float = 15) -> Sequence[str]:
    """Bodies taken off a queue, as many as asked for or as came in time."""
    url, bodies, deadline = queue_url(stack, name), list[str](), time.monotonic() + within_seconds
    while len(bodies) < count and time.monotonic() < deadline:
        for message in stack.clients.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1
        ).get("Messages", []):
            bodies.append(message["Body"])
            stack.clients.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies


def test_a_message_reaches_the_worker_as_lambdas_record(stack: LocalStack) -> None:
    sent = stack.clients.sqs.send_message(
        QueueUrl=queue_url(stack, "Jobs"),
        MessageBody="work",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "test"}},
    )

    (done,) = received(stack, "Done", 1)
    record: dict[str, Any] = json.loads(done)
    assert (record["messageId"], record["body"]) == (sent["MessageId"], "work")
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"].endswith(":contact-sync-local-Jobs")
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["messageAttributes"]["kind"]["stringValue"] == "test"
    assert set(record) == {
        "messageId",
        "receiptHandle",
        "body",
        "attributes",
        "messageAttributes",
        "md5OfBody",
        "eventSource",
        "eventSourceARN",
        "awsRegion",
    }


def test_of_a_batch_only_the_failed_message_is_tried_again_and_then_put_aside(stack: LocalStack) -> None:
    stack.clients.sqs.send_message_batch(
        QueueUrl=queue_url(stack, "Jobs"),
        Entries=[
            {"Id": str(number), "MessageBody": body} for number, body in enumerate(["a", "poison", "b"])
        ],
    )

    done = received(stack, "Done", 2)
    dead = received(stack, "Dead", 1)
    assert sorted(json.loads(text)["body"] for text in done) == ["a", "b"]
    assert dead == ["poison"]
    assert received(stack, "Done", 1, within_seconds=2) == []
    left = stack.clients.sqs.get_queue_attributes(
        QueueUrl=queue_url(stack, "Jobs"),
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    assert set(left.values()) == {"0"}
