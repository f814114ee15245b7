"""Handlers of the example template."""

import json
import os
import sys
import time
from typing import Any

import boto3


def echo(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer with the event and what the process can see."""
    body = {
        "event": event,
        "environment": {name: os.environ.get(name) for name in ("SHARED", "OVERRIDDEN", "ONLY_FOR_ECHO")},
        "pid": os.getpid(),
        "remaining_ms": context.get_remaining_time_in_millis(),
    }
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json", "X-Route": event["routeKey"]},
        "cookies": ["a=1; HttpOnly", "b=2"],
        "body": json.dumps(body),
    }


def behave(event: dict[str, Any], _context: Any) -> Any:
    """Do what the body asks for."""
    wanted = json.loads(event["body"])
    if wanted["do"] == "raise":
        raise RuntimeError("on purpose")
    if wanted["do"] == "exit":
        sys.exit(3)
    if wanted["do"] == "sleep":
        time.sleep(wanted["seconds"])
    return {
        "plain": {"only": "json"},
        "environment": {"only_for_echo": os.environ.get("ONLY_FOR_ECHO"), "pid": os.getpid()},
        "binary": {"statusCode": 201, "body": "AAEC/w==", "isBase64Encoded": True},
        "empty": {"statusCode": 204},
        "unreadable": {"statusCode": "many"},
        "large": {"statusCode": 200, "body": "x" * (6 * 1024 * 1024 + 1)},
        "sleep": {"statusCode": 200, "body": "slept"},
    }[wanted["do"]]


def work(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Pass on every job but those called poison, which are reported as failed."""
    sqs = boto3.client("sqs")
    failures = []
    for record in event["Records"]:
        if record["body"] == "poison":
            failures.append({"itemIdentifier": record["messageId"]})
            continue
        sqs.send_message(QueueUrl=os.environ["DONE_QUEUE_URL"], MessageBody=json.dumps(record))
    return {"batchItemFailures": failures}
