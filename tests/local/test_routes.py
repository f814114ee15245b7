import pytest

from infra.local.routes import Route, RouteTable
from infra.local.template import TemplateError

TABLE = RouteTable(
    Route(method, path, "Function", None)
    for method, path in [
        ("ANY", "/{proxy+}"),
        ("GET", "/pets/{id}"),
        ("GET", "/pets/dog"),
        ("GET", "/pets/dog/{tail+}"),
        ("ANY", "/pets/{id}/owners"),
        ("POST", "/pets/{id}/owners"),
        ("GET", "/pets/{id}/owners/{owner}"),
        ("ANY", "$default"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/pets/dog", "GET /pets/dog", {}),
        ("GET", "/pets/cat", "GET /pets/{id}", {"id": "cat"}),
        ("POST", "/pets/cat", "ANY /{proxy+}", {"proxy": "pets/cat"}),
        ("POST", "/pets/1/owners", "POST /pets/{id}/owners", {"id": "1"}),
        ("PUT", "/pets/1/owners", "ANY /pets/{id}/owners", {"id": "1"}),
        ("GET", "/pets/1/owners/2", "GET /pets/{id}/owners/{owner}", {"id": "1", "owner": "2"}),
        ("GET", "/pets/dog/a/b", "GET /pets/dog/{tail+}", {"tail": "a/b"}),
        ("GET", "/pets/a%2Fb%20c", "GET /pets/{id}", {"id": "a/b c"}),
        ("GET", "/", "$default", {}),
    ],
)
def test_the_most_specific_route_answers(
    method: str, path: str, key: str, parameters: dict[str, str]
) -> None:
    found = TABLE.find(method, path)

    assert found is not None
    assert (found[0].key, found[1]) == (key, parameters)


def test_without_a_default_route_an_unknown_path_has_none() -> None:
    assert RouteTable([Route("GET", "/only", "Function", None)]).find("GET", "/other") is None


def test_a_dot_in_a_path_is_no_wildcard() -> None:
    assert RouteTable([Route("GET", "/a.json", "Function", None)]).find("GET", "/axjson") is None


def test_one_route_declared_twice_is_refused() -> None:
    with pytest.raises(TemplateError, match="GET /a"):
        RouteTable([Route("GET", "/a", "One", None), Route("GET", "/a", "Two", None)])
