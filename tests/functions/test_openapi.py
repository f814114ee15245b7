"""The OpenAPI document: made from the handlers, kept beside the console, in step with the template."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from infra import openapi
from tests.build.test_template_routes import CONTRACT
from tests.functions.conftest import Client
from tests.functions.test_refusals import ROUTES


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.document()


def test_the_kept_document_is_the_one_the_handlers_make() -> None:
    assert openapi.TARGET.read_text("utf-8") == openapi.text(), "run: python -m infra.openapi"


def test_it_names_the_routes_of_the_template(document: dict[str, Any]) -> None:
    described = {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}
    assert described == {route for route, function in CONTRACT.items() if function != "ConsoleFunction"}


def test_every_route_is_in_the_table_of_refusals(document: dict[str, Any]) -> None:
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert len(ROUTES) == len(described)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    text = json.dumps(document)
    for reference in set(text.split('"#/components/schemas/')[1:]):
        assert reference.partition('"')[0] in schemas


def test_every_refusal_has_the_one_shape(document: dict[str, Any]) -> None:
    for item in document["paths"].values():
        for operation in item.values():
            assert {"401", "422", "500"} <= set(operation["responses"])
            for status, response in operation["responses"].items():
                if int(status) >= 400 and status not in openapi.OF_THE_GATEWAY:
                    assert response["content"]["application/json"]["schema"] == openapi.ERROR


def test_what_the_gateway_says_by_itself_is_documented_as_it_says_it(document: dict[str, Any]) -> None:
    for item in document["paths"].values():
        for operation in item.values():
            told = {status for status in openapi.OF_THE_GATEWAY if status in operation["responses"]}
            assert ("413" in told) == ("requestBody" in operation)
            assert told >= {"401", "429", "500"}
            for status in told:
                schema = operation["responses"][status]["content"]["application/json"]["schema"]
                assert openapi.MESSAGE in schema.get("anyOf", [schema])


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert len(names) == len(set(names))
    assert document["openapi"].startswith("3.1")
    assert document["security"] == [{"bearer": []}]


def test_what_is_answered_is_documented(client: Client, document: dict[str, Any]) -> None:
    for method, path, body in ROUTES:
        template = (
            path.replace("/s1", "/{sync_id}").replace("/r1", "/{run_id}").replace("/n1", "/{notification_id}")
        )
        documented = document["paths"][template][method.lower()]["responses"]
        answer = client.call(method, path, body=body)
        assert str(answer.status) in documented, (method, path, answer.status)
        if answer.status >= 400:
            TypeAdapter(dict[str, dict[str, Any]]).validate_json(answer.text)
            assert f"`{answer.error['code']}`" in documented[str(answer.status)]["description"], (
                path,
                answer.text,
            )
