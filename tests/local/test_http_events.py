import json
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.local.http_events import BadHandlerResponse, Request, event_of, response_of


def request(**changes: Any) -> Request:
    values: dict[str, Any] = {
        "method": "POST",
        "raw_path": "/path/to/resource",
        "raw_query": "parameter1=value1&parameter1=value2&parameter2=value&empty=",
        "headers": [
            ("Host", "127.0.0.1:8080"),
            ("Header1", "value1"),
            ("header1", "value2"),
            ("Content-Type", "application/json"),
            ("User-Agent", "agent"),
            ("Cookie", "cookie1=a; cookie2=b"),
        ],
        "body": b'{"message": "hello"}',
        "source_ip": "127.0.0.1",
        "request_id": "id",
    }
    return Request(**(values | changes))


def test_the_event_has_the_documented_shape_of_payload_format_2() -> None:
    event = event_of(
        request(),
        route_key="POST /path/to/{thing}",
        path_parameters={"thing": "resource"},
        claims={"sub": "alice", "exp": 1795000000, "admin": True, "groups": ["a", "b"]},
        now=datetime(2020, 3, 12, 19, 3, 58, 390000, tzinfo=UTC),
    )

    assert event == {
        "version": "2.0",
        "routeKey": "POST /path/to/{thing}",
        "rawPath": "/path/to/resource",
        "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=value&empty=",
        "cookies": ["cookie1=a", "cookie2=b"],
        "headers": {
            "host": "127.0.0.1:8080",
            "header1": "value1,value2",
            "content-type": "application/json",
            "user-agent": "agent",
        },
        "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "value", "empty": ""},
        "pathParameters": {"thing": "resource"},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "authorizer": {
                "jwt": {
                    "claims": {"sub": "alice", "exp": "1795000000", "admin": "true", "groups": "[a b]"},
                    "scopes": None,
                }
            },
            "domainName": "127.0.0.1",
            "domainPrefix": "127",
            "http": {
                "method": "POST",
                "path": "/path/to/resource",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "agent",
            },
            "requestId": "id",
            "routeKey": "POST /path/to/{thing}",
            "stage": "$default",
            "time": "12/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1584039838390,
        },
        "body": '{"message": "hello"}',
        "isBase64Encoded": False,
    }


def test_what_a_request_does_not_have_is_absent_from_the_event() -> None:
    event = event_of(request(raw_query="", headers=[], body=b""), route_key="$default", path_parameters={})

    assert not {"body", "cookies", "queryStringParameters", "pathParameters"} & set(event)
    assert "authorizer" not in event["requestContext"]


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("image/png", b"\x00\xff", ("AP8=", True)),
        ("", b"plain", ("cGxhaW4=", True)),
        ("text/plain; charset=utf-8", "é".encode(), ("é", False)),
        ("application/vnd.x+json", b"{}", ("{}", False)),
        ("application/json", b"\xff", ("/w==", True)),
    ],
)
def test_a_body_travels_as_text_only_when_it_is_text(
    content_type: str, body: bytes, expected: tuple[str, bool]
) -> None:
    event = event_of(
        request(headers=[("content-type", content_type)], body=body), route_key="$default", path_parameters={}
    )

    assert (event["body"], event["isBase64Encoded"]) == expected


def test_a_result_without_status_code_is_the_json_of_a_200() -> None:
    response = response_of({"a": 1})

    assert (response.status, json.loads(response.body)) == (200, {"a": 1})
    assert ("content-type", "application/json") in response.headers


def test_headers_cookies_and_bytes_of_a_result_reach_the_wire() -> None:
    response = response_of(
        {
            "statusCode": 201,
            "headers": {"X-Count": 3, "X-On": True},
            "cookies": ["a=1", "b=2"],
            "body": "AP8=",
            "isBase64Encoded": True,
        }
    )

    assert (response.status, response.body) == (201, b"\x00\xff")
    assert [header for header in response.headers if header[0] != "content-type"] == [
        ("x-count", "3"),
        ("x-on", "true"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
    ]


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "200"},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
    ],
)
def test_a_result_api_gateway_could_not_read_is_refused(result: Any) -> None:
    with pytest.raises(BadHandlerResponse):
        response_of(result)
