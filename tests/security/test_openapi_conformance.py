"""Generated requests against the served OpenAPI document: no fault of ours, no answer it does not name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, cast
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from infra import openapi
from infra.local.environments import FunctionRunner
from infra.local.gateway import Gateway
from infra.local.http_events import Request
from infra.local.intrinsics import Resolver
from infra.local.routes import RouteTable
from infra.local.stack import CLIENT_ID
from infra.local.template import Function, Template
from infra.local.token_issuer import TokenIssuer
from shared import bootstrap
from tests.application import FakeApplication
from tests.functions.conftest import SYNC_BODY, tenant_of
from tests.security.product import ORIGIN, ROOT, InProcessRunner

CHECKS: list[Callable[..., Any]] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    ignored_auth,
]
SUB = "alice"
TENANT = tenant_of(SUB)
Wsgi = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]


class Names:
    """Stands in for resources, of which the gateway needs nothing but names."""

    def ref(self, logical_id: str) -> str:
        return logical_id

    def attribute(self, logical_id: str, name: str) -> str:
        return f"{logical_id}.{name}"


def texts(resolver: Resolver, function: Function) -> dict[str, str]:
    return {name: str(value) for name, value in resolver.resolve(dict(function.environment)).items()}


def gateway(issuer: TokenIssuer) -> Gateway:
    template = Template.load(ROOT / "template.yaml")
    parameters = {"OidcIssuer": ORIGIN, "OidcAudience": CLIENT_ID, "ConsoleUrl": ORIGIN}
    resolver = Resolver(template, parameters, Names(), "contact-sync")
    functions = template.functions(resolver.condition)
    resolved = [replace(each, environment=texts(resolver, each)) for each in functions]
    runners = {each.name: InProcessRunner(each) for each in resolved}
    routes = RouteTable.of(template, functions, resolver)
    return Gateway(routes, cast("Mapping[str, FunctionRunner]", runners), issuer)


def wsgi(served: Gateway) -> Wsgi:
    """The gateway as an application that the generator can call."""

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        headers = [
            (name[5:].replace("_", "-"), value) for name, value in environ.items() if name[:5] == "HTTP_"
        ]
        if environ.get("CONTENT_TYPE"):
            headers.append(("Content-Type", environ["CONTENT_TYPE"]))
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        path = str(environ.get("RAW_URI", "")).partition("?")[0] or environ["PATH_INFO"]
        request = Request(
            environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), headers, body, "127.0.0.1"
        )
        answer = served.handle(request)
        start_response(f"{answer.status} -", list(answer.headers))
        return [answer.body]

    return application


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> TokenIssuer:
    return TokenIssuer(tmp_path_factory.mktemp("key") / "key.pem", issuer=ORIGIN, client_id=CLIENT_ID)


@pytest.fixture(scope="module")
def served(issuer: TokenIssuer) -> Gateway:
    return gateway(issuer)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch, served: Gateway, issuer: TokenIssuer) -> dict[str, str]:
    """A tenant with one of everything, made anew for each operation; returns the ids."""
    application = FakeApplication()
    monkeypatch.setattr(bootstrap, "application", lambda: application)
    application.world.add("customer@example.org")
    application.world.add("")
    application.connected(TENANT)
    token = issuer.id_token(SUB)

    def ask(method: str, path: str, body: bytes = b"") -> Any:
        headers = [("Authorization", f"Bearer {token}"), ("Content-Type", "application/json")]
        return json.loads(served.handle(Request(method, path, "", headers, body, "127.0.0.1")).body)

    sync_id = ask("POST", "/syncs", json.dumps(SYNC_BODY).encode())["id"]
    application.work_off()
    run_id = ask("GET", f"/syncs/{sync_id}/runs")["items"][0]["id"]
    note_id = ask("GET", "/notifications")["items"][0]["id"]
    return {"sync_id": sync_id, "run_id": run_id, "notification_id": note_id}


@pytest.fixture(scope="module")
def schema(served: Gateway) -> Any:
    return schemathesis.openapi.from_wsgi("/openapi.json", wsgi(served))


OPERATIONS = [(method, path) for path, item in openapi.document()["paths"].items() for method in item]
NAMES = [f"{method.upper()} {path}" for method, path in OPERATIONS]


def hold_to_the_document(operation: Any, known: Mapping[str, str], token: str, examples: int) -> None:
    """Send `examples` good requests and as many bad ones, about half of them with ids that exist."""

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=st.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        ),
        real=st.booleans(),
    )
    def check(case: Case[Any], real: bool) -> None:  # noqa: FBT001 - drawn, not passed by anybody
        # Parameters that a route does not know are ignored, in the address and in the headers; a body is
        # held to every word of its schema.
        strict = [negative_data_rejection] if not real and operation.body else []
        if real:
            case.path_parameters.update({name: known[name] for name in case.path_parameters if name in known})
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=[*CHECKS, *strict])

    check()


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=NAMES)
def test_an_answer_is_one_that_the_document_names(
    schema: Any, known: dict[str, str], issuer: TokenIssuer, method: str, path: str
) -> None:
    hold_to_the_document(schema[path][method], known, issuer.id_token(SUB), 20)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=NAMES)
def test_many_answers_are_ones_that_the_document_names(
    schema: Any, known: dict[str, str], issuer: TokenIssuer, method: str, path: str
) -> None:
    hold_to_the_document(schema[path][method], known, issuer.id_token(SUB), 60)
