"""The HTTP API on loopback: finds the route, asks the authorizer, calls the function, answers."""

import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from infra.local.authorizer import Forbidden, Unauthorized, authorize
from infra.local.environments import FunctionFailed, FunctionRunner, FunctionTimedOut
from infra.local.http_events import BadHandlerResponse, Request, Response, event_of, response_of
from infra.local.routes import Route, RouteTable
from infra.local.sign_in import SignIn
from infra.local.token_issuer import TokenIssuer

# API Gateway's own limits for HTTP APIs, and Lambda's for one answer.
INTEGRATION_SECONDS = 30
MAX_REQUEST_BYTES = 10 * 1024 * 1024
MAX_RESPONSE_BYTES = 6 * 1024 * 1024


class Gateway:
    """Answers one request as the deployed HTTP API would."""

    def __init__(
        self, routes: RouteTable, runners: Mapping[str, FunctionRunner], issuer: TokenIssuer
    ) -> None:
        self._routes = routes
        self._runners = runners
        self._issuer = issuer
        self._sign_in = SignIn(issuer)

    def handle(self, request: Request) -> Response:
        """Return the answer; nothing a handler does makes this raise."""
        own = self._sign_in.answer(request)
        if own is not None:
            return own
        found = self._routes.find(request.method, request.raw_path)
        if found is None:
            return _no_route(request)
        route, path_parameters = found
        try:
            claims = self._claims(request, route)
        except Unauthorized:
            challenge = ("www-authenticate", 'Bearer error="invalid_token"')
            return Response.of_json(HTTPStatus.UNAUTHORIZED, {"message": "Unauthorized"}, challenge)
        except Forbidden:
            return Response.of_json(HTTPStatus.FORBIDDEN, {"message": "Forbidden"})
        event = event_of(request, route_key=route.key, path_parameters=path_parameters, claims=claims)
        return self._call(request, route, event)

    def _claims(self, request: Request, route: Route) -> Mapping[str, Any] | None:
        if route.jwt is None:
            return None
        return authorize(request.header("authorization"), route.jwt, self._issuer.public_key_of)

    def _call(self, request: Request, route: Route, event: Mapping[str, Any]) -> Response:
        runner = self._runners[route.function]
        try:
            response = response_of(runner.invoke(event, patience_seconds=INTEGRATION_SECONDS))
        except FunctionTimedOut as error:
            _report(request, route, str(error))
            return Response.of_json(HTTPStatus.SERVICE_UNAVAILABLE, {"message": "Service Unavailable"})
        except FunctionFailed as failure:
            _report(request, route, failure.trace or str(failure))
            return _internal_error()
        except (BadHandlerResponse, ValueError) as error:
            _report(request, route, f"unreadable answer: {error}")
            return _internal_error()
        if len(response.body) > MAX_RESPONSE_BYTES:
            _report(request, route, f"answer of {len(response.body)} bytes is over Lambda's limit")
            return _internal_error()
        return response


def _no_route(request: Request) -> Response:
    return Response.of_json(
        HTTPStatus.NOT_FOUND,
        {
            "error": {
                "code": "not_found",
                "message": "There is nothing at this address.",
                "details": {},
                "request_id": request.request_id,
            }
        },
    )


def _internal_error() -> Response:
    return Response.of_json(HTTPStatus.INTERNAL_SERVER_ERROR, {"message": "Internal Server Error"})


def _report(request: Request, route: Route, what: str) -> None:
    print(
        f"{route.key} ({route.function}, request {request.request_id}): {what}", file=sys.stderr, flush=True
    )
