"""The routes of the template are the HTTP contract, no more and no less."""

import pytest

from tests.build.sam_template import of_type

CONTRACT = {
    "POST /connection/authorization": "ConnectFunction",
    "POST /connection": "ConnectFunction",
    "GET /connection": "ConnectFunction",
    "GET /connection/organizations": "ConnectFunction",
    "PUT /connection/organization": "ConnectFunction",
    "GET /connection/disable-effects": "ConnectFunction",
    "DELETE /connection": "ConnectFunction",
    "GET /sync-options": "ConfigureFunction",
    "PUT /connection/gdpr": "ConfigureFunction",
    "POST /syncs": "ConfigureFunction",
    "GET /syncs": "ConfigureFunction",
    "GET /syncs/{sync_id}": "ConfigureFunction",
    "PUT /syncs/{sync_id}": "ConfigureFunction",
    "POST /syncs/{sync_id}/pause": "ConfigureFunction",
    "POST /syncs/{sync_id}/resume": "ConfigureFunction",
    "POST /syncs/preview": "ConfigureFunction",
    "POST /syncs/{sync_id}/preview": "ConfigureFunction",
    "POST /syncs/{sync_id}/runs": "RunApiFunction",
    "POST /syncs/{sync_id}/runs/{run_id}/cancel": "RunApiFunction",
    "GET /syncs/{sync_id}/runs": "HistoryFunction",
    "GET /syncs/{sync_id}/runs/{run_id}": "HistoryFunction",
    "GET /syncs/{sync_id}/runs/{run_id}/skipped": "HistoryFunction",
    "GET /notifications": "HistoryFunction",
    "POST /notifications/{notification_id}/read": "HistoryFunction",
    "GET /": "ConsoleFunction",
    "GET /oauth/callback": "ConsoleFunction",
    "GET /assets/{path+}": "ConsoleFunction",
    "GET /health": "ConsoleFunction",
    "GET /openapi.json": "ConsoleFunction",
    "ANY $default": "ConsoleFunction",
}
ANY_METHOD = "x-amazon-apigateway-any-method"
WITHOUT_SIGNING_IN = {
    "GET /",
    "GET /oauth/callback",
    "GET /assets/{path+}",
    "GET /health",
    "GET /openapi.json",
    "ANY $default",
}


@pytest.fixture(scope="module")
def routes() -> dict[str, dict[str, object]]:
    paths = of_type("AWS::ApiGatewayV2::Api")["HttpApi"]["Body"]["paths"]
    named = {(method, path): item[method] for path, item in paths.items() for method in item}
    return {
        f"{'ANY' if method == ANY_METHOD else method.upper()} {path}": route
        for (method, path), route in named.items()
    }


def test_the_routes_are_those_of_the_contract(routes: dict[str, dict[str, object]]) -> None:
    assert set(routes) == set(CONTRACT)


def test_each_route_reaches_its_function(routes: dict[str, dict[str, object]]) -> None:
    for route, function in CONTRACT.items():
        assert f"${{{function}Aliaslive}}" in str(routes[route]["x-amazon-apigateway-integration"]), route


def test_every_route_but_the_public_ones_asks_for_a_token(routes: dict[str, dict[str, object]]) -> None:
    public = {route for route, item in routes.items() if item["security"] != [{"SignedIn": []}]}
    assert public == WITHOUT_SIGNING_IN


def test_the_authorizer_checks_issuer_and_audience() -> None:
    schemes = of_type("AWS::ApiGatewayV2::Api")["HttpApi"]["Body"]["components"]["securitySchemes"]
    authorizer = schemes["SignedIn"]["x-amazon-apigateway-authorizer"]
    assert authorizer["type"] == "jwt"
    assert authorizer["identitySource"] == "$request.header.Authorization"
    assert authorizer["jwtConfiguration"]["issuer"]
    assert authorizer["jwtConfiguration"]["audience"]


def test_no_other_origin_is_let_in() -> None:
    api = of_type("AWS::ApiGatewayV2::Api")["HttpApi"]
    assert "CorsConfiguration" not in api
    assert "x-amazon-apigateway-cors" not in api["Body"]


def test_posts_are_throttled_more_tightly_than_the_rest() -> None:
    (stage,) = of_type("AWS::ApiGatewayV2::Stage").values()
    usual = stage["DefaultRouteSettings"]
    assert set(stage["RouteSettings"]) == {route for route in CONTRACT if route.startswith("POST ")}
    for route, settings in stage["RouteSettings"].items():
        assert settings["ThrottlingRateLimit"] < usual["ThrottlingRateLimit"], route
        assert settings["ThrottlingBurstLimit"] < usual["ThrottlingBurstLimit"], route


def test_the_access_log_keeps_no_address_and_no_caller() -> None:
    (stage,) = of_type("AWS::ApiGatewayV2::Stage").values()
    line = stage["AccessLogSettings"]["Format"]
    for field in ("$context.path", "sourceIp", "claims", "userAgent", "querystring"):
        assert field not in line
    assert "$context.routeKey" in line
