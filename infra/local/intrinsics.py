"""CloudFormation's intrinsic functions, as far as templates use them for values and conditions."""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from infra.local.template import Template, TemplateError

REGION = "us-east-1"
ACCOUNT_ID = "000000000000"  # MiniStack's own default account

_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]*)\}")
_NO_VALUE = object()


class Resources(Protocol):
    """What `Ref` and `Fn::GetAtt` ask about a resource."""

    def ref(self, logical_id: str) -> str: ...

    def attribute(self, logical_id: str, name: str) -> str: ...


class Resolver:
    """Turns template values into plain ones; a resource is looked up only when something refers to it."""

    def __init__(
        self, template: Template, parameters: Mapping[str, str], resources: Resources, stack_name: str
    ) -> None:
        unknown = set(parameters) - set(template.parameters)
        if unknown:
            raise TemplateError(f"the template has no parameter {', '.join(sorted(unknown))}")
        self._template = template
        self._parameters = parameters
        self._resources = resources
        self._pseudo_parameters: Mapping[str, Any] = {
            "AWS::AccountId": ACCOUNT_ID,
            "AWS::NoValue": _NO_VALUE,
            "AWS::Partition": "aws",
            "AWS::Region": REGION,
            "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT_ID}:stack/{stack_name}/local",
            "AWS::StackName": stack_name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        self._functions: Mapping[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::If": self._if,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::FindInMap": self._find_in_map,
            "Fn::Base64": lambda value: base64.b64encode(str(self.resolve(value)).encode()).decode(),
            "Fn::Equals": lambda sides: self.resolve(sides[0]) == self.resolve(sides[1]),
            "Fn::And": lambda parts: all(self.resolve(part) for part in parts),
            "Fn::Or": lambda parts: any(self.resolve(part) for part in parts),
            "Fn::Not": lambda parts: not self.resolve(parts[0]),
            "Condition": self.condition,
        }

    def resolve(self, value: Any) -> Any:
        """Return `value` with every intrinsic replaced; keys and items set to AWS::NoValue are left out."""
        if isinstance(value, dict):
            intrinsic = self._intrinsic_of(value)
            if intrinsic is not None:
                return self._functions[intrinsic](value[intrinsic])
            resolved = {key: self.resolve(item) for key, item in value.items()}
            return {key: item for key, item in resolved.items() if item is not _NO_VALUE}
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not _NO_VALUE]
        return value

    def condition(self, name: str) -> bool:
        """Whether a condition of the template holds."""
        if name not in self._template.conditions:
            raise TemplateError(f"the template has no condition {name}")
        return bool(self.resolve(self._template.conditions[name]))

    def _intrinsic_of(self, value: Mapping[str, Any]) -> str | None:
        if len(value) != 1:
            return None
        key = next(iter(value))
        if key == "Condition" and not isinstance(value[key], str):
            return None  # the `Condition` block of a policy statement
        if key.startswith("Fn::") and key not in self._functions:
            raise TemplateError(f"the local stack does not know the function {key}")
        return key if key in self._functions else None

    def _ref(self, name: str) -> Any:
        if name in self._pseudo_parameters:
            return self._pseudo_parameters[name]
        if name in self._template.parameters:
            return self._parameter(name)
        return self._resources.ref(name)

    def _parameter(self, name: str) -> Any:
        declared = self._template.parameters[name]
        value = self._parameters.get(name, declared.get("Default"))
        if value is None:
            raise TemplateError(f"parameter {name} has no default and was given no value")
        if declared["Type"] == "CommaDelimitedList":
            return [part.strip() for part in str(value).split(",")]
        return str(value)

    def _get_att(self, path: Any) -> str:
        logical_id, name = path.split(".", 1) if isinstance(path, str) else (path[0], ".".join(path[1:]))
        return self._resources.attribute(logical_id, name)

    def _sub(self, argument: Any) -> str:
        text, variables = argument if isinstance(argument, list) else (argument, {})

        def replacement(match: re.Match[str]) -> str:
            literal, name = match[1], match[2].strip()
            if literal:
                return f"${{{name}}}"
            if name in variables:
                return str(self.resolve(variables[name]))
            if "." in name:
                return self._get_att(name)
            return str(self._ref(name))

        return _PLACEHOLDER.sub(replacement, text)

    def _if(self, argument: Any) -> Any:
        name, then, otherwise = argument
        return self.resolve(then if self.condition(name) else otherwise)

    def _join(self, argument: Any) -> str:
        separator, parts = argument
        return str(separator).join(str(part) for part in self.resolve(parts))

    def _select(self, argument: Any) -> Any:
        index, parts = argument
        return self.resolve(parts)[int(self.resolve(index))]

    def _split(self, argument: Any) -> list[str]:
        separator, text = argument
        return str(self.resolve(text)).split(separator)

    def _find_in_map(self, argument: Any) -> Any:
        name, first, second = (self.resolve(part) for part in argument)
        try:
            return self._template.mappings[name][first][second]
        except KeyError as error:
            raise TemplateError(f"mapping {name} has no entry {first}.{second}") from error
