"""Requests as API Gateway hands them to a function: payload format 2.0 of an HTTP API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

REQUEST_ID = "req-1"
HOST = "abc123.execute-api.eu-west-1.amazonaws.com"


class Context:
    """Lambda's context, as far as it is looked at."""

    function_name = "test"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:test"
    aws_request_id = "aws-1"

    def __init__(self, remaining_ms: int = 180_000) -> None:
        self._remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self) -> int:
        return self._remaining_ms


def request(
    method: str,
    path: str,
    *,
    sub: str | None = "alice",
    body: Any = None,
    text: str | None = None,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return an event; `body` is sent as JSON, `text` as it is, with the headers of a browser."""
    sent = {"accept": "*/*", "host": HOST, "user-agent": "Mozilla/5.0", "x-forwarded-proto": "https"}
    if body is not None:
        text = json.dumps(body)
    if text is not None:
        sent |= {"content-type": "application/json", "content-length": str(len(text))}
    context: dict[str, Any] = {
        "accountId": "123456789012",
        "apiId": "abc123",
        "domainName": HOST,
        "domainPrefix": "abc123",
        "http": {
            "method": method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": "203.0.113.9",
            "userAgent": "Mozilla/5.0",
        },
        "requestId": REQUEST_ID,
        "routeKey": f"{method} {path}",
        "stage": "$default",
        "time": "23/Nov/2026:09:00:00 +0000",
        "timeEpoch": 1795424400000,
    }
    if sub is not None:
        claims = {"iss": "https://issuer.test", "sub": sub, "client_id": "console", "exp": "1795428000"}
        context["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": urlencode(query or {}),
        "headers": {**sent, **{name.lower(): value for name, value in (headers or {}).items()}},
        "requestContext": context,
        "isBase64Encoded": False,
    }
    if query:
        event["queryStringParameters"] = dict(query)
    if text is not None:
        event["body"] = text
    return event


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> Answer:
        headers = {name.lower(): value for name, value in result["headers"].items()}
        return cls(int(result["statusCode"]), headers, result.get("body") or "")

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def error(self) -> Any:
        """The one error shape, checked for being nothing else."""
        assert set(self.json) == {"error"}, self.text
        error = self.json["error"]
        assert set(error) == {"code", "message", "details", "request_id"}
        assert error["request_id"] == REQUEST_ID
        assert error["message"]
        return error


def message(body: str, message_id: str = "m-1") -> dict[str, Any]:
    """Return the event of one message from SQS."""
    return {
        "Records": [
            {
                "messageId": message_id,
                "receiptHandle": "r-1",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:interactive",
                "awsRegion": "eu-west-1",
            }
        ]
    }
