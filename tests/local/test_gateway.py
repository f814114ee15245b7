import http.client
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from infra.local.http_events import Response
from infra.local.http_server import LocalHttpServer
from infra.local.stack import LocalStack


def token(stack: LocalStack, http: requests.Session, user: str = "alice") -> str:
    answer: str = http.post(f"{stack.origin}/local/token", json={"sub": user}).json()["access_token"]
    return answer


def test_a_request_reaches_its_handler_and_the_answer_comes_back(
    stack: LocalStack, http: requests.Session
) -> None:
    answer = http.get(f"{stack.origin}/things/a%2Fb?x=1&x=2")

    event = answer.json()["event"]
    assert answer.status_code == 200
    assert answer.headers["x-route"] == "GET /things/{id}"
    assert event["pathParameters"] == {"id": "a/b"}
    assert event["queryStringParameters"] == {"x": "1,2"}
    assert answer.raw.headers.getlist("set-cookie") == ["a=1; HttpOnly", "b=2"]


def test_a_function_sees_its_own_environment_and_no_other_ones(
    stack: LocalStack, http: requests.Session
) -> None:
    echo = http.get(f"{stack.origin}/").json()
    behave = http.post(f"{stack.origin}/behave", json={"do": "environment"}).json()

    assert echo["environment"] == {
        "SHARED": "from-globals",
        "OVERRIDDEN": "from-function",
        "ONLY_FOR_ECHO": "yes",
    }
    assert behave["only_for_echo"] is None
    assert echo["pid"] != behave["pid"]
    assert 0 < echo["remaining_ms"] <= 5000


def test_requests_at_once_do_not_see_each_other(stack: LocalStack, http: requests.Session) -> None:
    def ask(number: int) -> str:
        path: str = http.get(f"{stack.origin}/things/{number}").json()["event"]["pathParameters"]["id"]
        return path

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(40))) == [str(number) for number in range(40)]


@pytest.mark.parametrize(
    ("wanted", "status", "body"),
    [
        ({"do": "plain"}, 200, b'{"only": "json"}'),
        ({"do": "binary"}, 201, b"\x00\x01\x02\xff"),
        ({"do": "empty"}, 204, b""),
        ({"do": "unreadable"}, 500, b'{"message": "Internal Server Error"}'),
        ({"do": "large"}, 500, b'{"message": "Internal Server Error"}'),
        ({"do": "raise"}, 500, b'{"message": "Internal Server Error"}'),
        ({"do": "exit"}, 500, b'{"message": "Internal Server Error"}'),
        ({"do": "sleep", "seconds": 30}, 500, b'{"message": "Internal Server Error"}'),
    ],
    ids=lambda value: value["do"] if isinstance(value, dict) else "",
)
def test_a_handler_ends_as_it_would_on_lambda(
    stack: LocalStack, http: requests.Session, wanted: dict[str, object], status: int, body: bytes
) -> None:
    answer = http.post(f"{stack.origin}/behave", json=wanted)

    assert (answer.status_code, answer.content) == (status, body)
    assert http.post(f"{stack.origin}/behave", json={"do": "plain"}).status_code == 200


def test_a_crash_puts_the_traceback_on_stderr_and_not_in_the_answer(
    stack: LocalStack, http: requests.Session, capfd: pytest.CaptureFixture[str]
) -> None:
    answer = http.post(f"{stack.origin}/behave", json={"do": "raise"})

    assert "on purpose" not in answer.text
    assert "RuntimeError: on purpose" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nowhere"), ("DELETE", "/behave"), ("HEAD", "/nowhere")]
)
def test_an_unknown_route_is_404_in_the_one_error_shape(
    stack: LocalStack, http: requests.Session, method: str, path: str
) -> None:
    answer = http.request(method, stack.origin + path)

    assert answer.status_code == 404
    if method == "HEAD":
        assert answer.content == b""
    else:
        error = answer.json()["error"]
        assert (error["code"], error["details"]) == ("not_found", {})
        assert error["message"]
        assert error["request_id"]


def test_a_protected_route_wants_a_token_of_the_local_issuer(
    stack: LocalStack, http: requests.Session
) -> None:
    accepted = http.get(
        f"{stack.origin}/private", headers={"Authorization": f"Bearer {token(stack, http, 'bob')}"}
    )
    refused = http.get(f"{stack.origin}/private")
    garbage = http.get(f"{stack.origin}/private", headers={"Authorization": "Bearer x.y.z"})

    assert accepted.json()["event"]["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] == "bob"
    assert (refused.status_code, refused.json()) == (401, {"message": "Unauthorized"})
    assert garbage.status_code == 401


def test_any_method_serves_head_without_a_body(stack: LocalStack, http: requests.Session) -> None:
    answer = http.head(f"{stack.origin}/echo")

    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


def test_a_chunked_body_arrives_whole(stack: LocalStack, http: requests.Session) -> None:
    parts = iter([b'{"a":', b" 1}"])
    answer = http.post(f"{stack.origin}/echo", data=parts, headers={"content-type": "application/json"})

    assert answer.json()["event"]["body"] == '{"a": 1}'


def test_a_connection_stays_open_for_the_next_request(stack: LocalStack) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(stack.origin.rpartition(":")[2]))
    statuses = []
    for _ in range(2):
        connection.request("GET", "/echo")
        first_socket = connection.sock
        answer = connection.getresponse()
        answer.read()
        statuses.append((answer.status, connection.sock is first_socket))
    connection.close()

    assert statuses == [(200, True), (200, True)]


def test_a_body_over_ten_megabytes_is_413(stack: LocalStack) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(stack.origin.rpartition(":")[2]))
    connection.putrequest("POST", "/echo")
    connection.putheader("content-length", str(10 * 1024 * 1024 + 1))
    connection.endheaders()

    assert connection.getresponse().status == 413
    connection.close()


def test_a_name_that_is_not_this_machines_gets_no_answer(stack: LocalStack, http: requests.Session) -> None:
    answer = http.post(
        f"{stack.origin}/local/token", json={"sub": "alice"}, headers={"Host": "evil.example:80"}
    )

    assert answer.status_code == 421


def test_a_browser_on_localhost_is_brought_to_the_issuers_origin(
    stack: LocalStack, http: requests.Session
) -> None:
    port = stack.origin.rpartition(":")[2]
    answer = http.get(
        f"{stack.origin}/things/1?x=2",
        headers={"Host": f"localhost:{port}", "Accept": "text/html"},
        allow_redirects=False,
    )

    assert (answer.status_code, answer.headers["location"]) == (307, f"{stack.origin}/things/1?x=2")


def test_the_server_listens_on_loopback_only() -> None:
    server = LocalHttpServer(0, max_request_bytes=10)
    assert server.server_address[0] == "127.0.0.1"
    server.answer = lambda _request: Response(200, [], b"")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    started = time.monotonic()
    server.shutdown()
    thread.join()
    server.server_close()
    assert time.monotonic() - started < 5
