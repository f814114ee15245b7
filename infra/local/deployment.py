"""Gives every resource of the template its name and attributes, creating those that hold data."""

from collections.abc import Mapping

from infra.local.data_resources import CREATORS, Clients, Physical
from infra.local.intrinsics import ACCOUNT_ID, REGION, Resolver
from infra.local.template import FUNCTION, HTTP_API, IMPLICIT_HTTP_API, Function, Template, TemplateError

STACK_NAME = "contact-sync-local"


class Deployment:
    """A template's resources on this machine: a data resource exists once something referred to it."""

    def __init__(
        self, template: Template, parameters: Mapping[str, str], clients: Clients, *, api_origin: str
    ) -> None:
        self._template = template
        self._clients = clients
        self._api_origin = api_origin
        self._physical: dict[str, Physical] = {}
        self._under_way: list[str] = []
        self.resolver = Resolver(template, parameters, self, STACK_NAME)

    def create_all(self) -> None:
        """Create or bring up to date every data resource of the template; safe to repeat."""
        for logical_id, resource in self._template.resources.items():
            condition = resource.get("Condition")
            if resource["Type"] in CREATORS and (condition is None or self.resolver.condition(condition)):
                self._resource(logical_id)

    def ref(self, logical_id: str) -> str:
        return self._resource(logical_id).ref

    def attribute(self, logical_id: str, name: str) -> str:
        attributes = self._resource(logical_id).attributes
        if name not in attributes:
            raise TemplateError(f"the local stack knows no attribute {name} of {logical_id}")
        return attributes[name]

    def functions(self) -> tuple[Function, ...]:
        """Every function of the template, its environment resolved to text."""
        return tuple(
            Function(
                name=function.name,
                handler=function.handler,
                timeout_seconds=function.timeout_seconds,
                memory_mb=function.memory_mb,
                environment={
                    name: str(value)
                    for name, value in self.resolver.resolve(dict(function.environment)).items()
                },
                events=function.events,
            )
            for function in self._template.functions(self.resolver.condition)
        )

    def _resource(self, logical_id: str) -> Physical:
        if logical_id in self._physical:
            return self._physical[logical_id]
        if logical_id in self._under_way:
            raise TemplateError(f"resources refer to one another in a circle: {', '.join(self._under_way)}")
        self._under_way.append(logical_id)
        try:
            physical = self._make(logical_id)
        finally:
            self._under_way.pop()
        self._physical[logical_id] = physical
        return physical

    def _make(self, logical_id: str) -> Physical:
        if logical_id == IMPLICIT_HTTP_API and logical_id not in self._template.resources:
            return Physical(logical_id, {"ApiEndpoint": self._api_origin, "ApiId": logical_id})
        if logical_id not in self._template.resources:
            raise TemplateError(f"the template refers to {logical_id}, which it does not declare")
        resource = self._template.resources[logical_id]
        kind, properties = resource["Type"], resource.get("Properties") or {}
        name = f"{STACK_NAME}-{logical_id}"
        if kind in CREATORS:
            return CREATORS[kind](self._clients, name, self.resolver.resolve(dict(properties)))
        if kind == HTTP_API:
            return Physical(logical_id, {"ApiEndpoint": self._api_origin, "ApiId": logical_id})
        if kind == FUNCTION:
            return Physical(name, {"Arn": function_arn(logical_id)})
        # Roles, log groups, alarms: nothing runs behind them here, but others carry their names around.
        service, resource_type = (part.lower() for part in kind.split("::")[1:3])
        region = "" if service == "iam" else REGION
        arn = f"arn:aws:{service}:{region}:{ACCOUNT_ID}:{resource_type}/{name}"
        return Physical(name, {"Arn": arn})


def function_arn(logical_id: str) -> str:
    """The name under which a function of the local stack is a target."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{STACK_NAME}-{logical_id}"
