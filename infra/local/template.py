"""Reads a SAM template: short tags expanded, conditions applied, `Globals` merged into the functions."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FUNCTION = "AWS::Serverless::Function"
HTTP_API = "AWS::Serverless::HttpApi"
IMPLICIT_HTTP_API = "ServerlessHttpApi"


class TemplateError(Exception):
    """The template uses something the local stack does not understand; the message names it."""


class _Loader(yaml.SafeLoader):
    pass


def _intrinsic(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise TemplateError(f"unexpected YAML under !{suffix}")
    return {name: value}


def _date_as_text(_loader: yaml.SafeLoader, node: yaml.Node) -> str:
    return str(node.value)


_Loader.add_multi_constructor("!", _intrinsic)
# A date such as 2012-10-17 in a policy stays the text that CloudFormation sees.
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _date_as_text)


@dataclass(frozen=True, slots=True)
class Event:
    """One trigger of a function; `properties` are unresolved."""

    name: str
    type: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Function:
    """One `AWS::Serverless::Function`; the values of `environment` are unresolved."""

    name: str
    handler: str
    timeout_seconds: int
    memory_mb: int
    environment: Mapping[str, Any]
    events: tuple[Event, ...]


class Template:
    """One parsed template."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        if not document.get("Resources"):
            raise TemplateError("the template declares no Resources")
        self.parameters: Mapping[str, Any] = document.get("Parameters") or {}
        self.conditions: Mapping[str, Any] = document.get("Conditions") or {}
        self.mappings: Mapping[str, Any] = document.get("Mappings") or {}
        self.resources: Mapping[str, Any] = document["Resources"]
        self._globals: Mapping[str, Any] = document.get("Globals") or {}

    @classmethod
    def load(cls, path: Path) -> "Template":
        """Raise TemplateError when the file is not there or is not a template."""
        try:
            document = _Loader(path.read_text(encoding="utf-8")).get_single_data()
        except FileNotFoundError:
            raise TemplateError(f"no template at {path}") from None
        except yaml.YAMLError as error:
            raise TemplateError(f"{path} is not YAML: {error}") from error
        if not isinstance(document, dict):
            raise TemplateError(f"{path} is not a template")
        return cls(document)

    def of_type(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Logical id and properties of every resource of one type."""
        for name, resource in self.resources.items():
            if resource["Type"] == kind:
                yield name, resource.get("Properties") or {}

    def functions(self, holds: Callable[[str], bool]) -> tuple[Function, ...]:
        """Every function whose condition holds, with `Globals` merged in."""
        return tuple(
            self._function(name, properties)
            for name, properties in self.of_type(FUNCTION)
            if "Condition" not in self.resources[name] or holds(self.resources[name]["Condition"])
        )

    def http_api(self, name: str) -> Mapping[str, Any]:
        """Properties of one HTTP API, those of `Globals` underneath."""
        declared = (self.resources.get(name) or {}).get("Properties") or {}
        return {**(self._globals.get("HttpApi") or {}), **declared}

    def _function(self, name: str, properties: Mapping[str, Any]) -> Function:
        defaults = self._globals.get("Function") or {}
        merged = {**defaults, **properties}
        if "Handler" not in merged:
            raise TemplateError(f"function {name} has no Handler")
        return Function(
            name=name,
            handler=str(merged["Handler"]),
            timeout_seconds=int(merged.get("Timeout", 3)),
            memory_mb=int(merged.get("MemorySize", 128)),
            environment={**_variables(defaults), **_variables(properties)},
            events=tuple(
                Event(event, declared["Type"], declared.get("Properties") or {})
                for event, declared in (properties.get("Events") or {}).items()
            ),
        )


def _variables(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    environment: Mapping[str, Any] = properties.get("Environment") or {}
    variables: Mapping[str, Any] = environment.get("Variables") or {}
    return variables
