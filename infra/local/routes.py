"""The HTTP API's routes as the template declares them, and the choice of one for a request."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from infra.local.intrinsics import Resolver
from infra.local.template import IMPLICIT_HTTP_API, Function, Template, TemplateError

DEFAULT = "$default"
_VARIABLE = re.compile(r"\{([^{}+]+)(\+?)\}")


@dataclass(frozen=True, slots=True)
class JwtRule:
    """What a JWT authorizer demands of a token."""

    issuer: str
    audience: tuple[str, ...]
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """One `METHOD /path` of the template, or `$default`, and the function that answers it."""

    method: str
    path: str
    function: str
    jwt: JwtRule | None

    @property
    def key(self) -> str:
        return DEFAULT if self.path == DEFAULT else f"{self.method} {self.path}"

    @property
    def specificity(self) -> tuple[Sequence[int], bool]:
        """Sorts the more specific route first: plain segments, variables, a greedy variable, `$default`."""
        if self.path == DEFAULT:
            return [4], True
        return [_looseness(segment) for segment in self.path.split("/")[1:]] + [0], self.method == "ANY"

    def match(self, method: str, raw_path: str) -> Mapping[str, str] | None:
        """Return the path parameters, decoded, or None when the request is another route's.

        Segments are told apart before they are decoded: `%2F` stays within its segment.
        """
        if self.path == DEFAULT:
            return {}
        if self.method not in {"ANY", method}:
            return None
        found = _pattern(self.path).fullmatch(raw_path)
        if found is None:
            return None
        names = [variable[1] for variable in _VARIABLE.finditer(self.path)]
        return {name: unquote(value) for name, value in zip(names, found.groups(), strict=True)}


def _looseness(segment: str) -> int:
    variable = _VARIABLE.fullmatch(segment)
    if variable is None:
        return 1
    return 3 if variable[2] else 2


def _pattern(path: str) -> re.Pattern[str]:
    parts = []
    end = 0
    for variable in _VARIABLE.finditer(path):
        parts += [re.escape(path[end : variable.start()]), "(.+)" if variable[2] else "([^/]+)"]
        end = variable.end()
    return re.compile("".join(parts) + re.escape(path[end:]))


class RouteTable:
    """Every route of the template, most specific first."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = sorted(routes, key=lambda route: route.specificity)
        keys = [route.key for route in self.routes]
        doubled = sorted({key for key in keys if keys.count(key) > 1})
        if doubled:
            raise TemplateError(f"declared twice: {', '.join(doubled)}")

    @classmethod
    def of(cls, template: Template, functions: Iterable[Function], resolver: Resolver) -> "RouteTable":
        """Read the `HttpApi` events of all functions."""
        return cls(
            _route(template, function.name, event.properties, resolver)
            for function in functions
            for event in function.events
            if event.type == "HttpApi"
        )

    def find(self, method: str, raw_path: str) -> tuple[Route, Mapping[str, str]] | None:
        """The most specific route for a request, with its path parameters."""
        for route in self.routes:
            parameters = route.match(method, raw_path)
            if parameters is not None:
                return route, parameters
        return None


def _route(template: Template, function: str, properties: Mapping[str, Any], resolver: Resolver) -> Route:
    api = properties.get("ApiId", {"Ref": IMPLICIT_HTTP_API})
    api_name = api["Ref"] if isinstance(api, dict) and "Ref" in api else IMPLICIT_HTTP_API
    path = properties.get("Path", DEFAULT)
    return Route(
        method=properties.get("Method", "ANY").upper(),
        path=path,
        function=function,
        jwt=_jwt_rule(template.http_api(api_name).get("Auth") or {}, properties.get("Auth") or {}, resolver),
    )


def _jwt_rule(of_api: Mapping[str, Any], of_route: Mapping[str, Any], resolver: Resolver) -> JwtRule | None:
    name = of_route.get("Authorizer", of_api.get("DefaultAuthorizer"))
    if name is None or name == "NONE":
        return None
    authorizer = (of_api.get("Authorizers") or {}).get(name)
    if authorizer is None or "JwtConfiguration" not in authorizer:
        raise TemplateError(f"authorizer {name} is not declared as a JWT authorizer of the HTTP API")
    source = authorizer.get("IdentitySource", "$request.header.Authorization")
    if source.lower() != "$request.header.authorization":
        raise TemplateError(
            f"authorizer {name} reads {source}; the local stack reads the Authorization header"
        )
    configuration = resolver.resolve(authorizer["JwtConfiguration"])
    audience = configuration["audience"]
    return JwtRule(
        issuer=configuration["issuer"],
        audience=tuple([audience] if isinstance(audience, str) else audience),
        scopes=tuple(of_route.get("AuthorizationScopes", authorizer.get("AuthorizationScopes") or ())),
    )
