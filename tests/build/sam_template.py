"""template.yaml as CloudFormation sees it, transformed offline, for the tests of this folder."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"
REGION = "eu-central-1"


@cache
def source() -> dict[str, Any]:
    """The template as written, with short tags in their long form."""
    document: dict[str, Any] = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    return document


@cache
def transformed() -> dict[str, Any]:
    """The template after the SAM transform."""
    document = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    for resource in document["Resources"].values():
        for location in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
            resource["Properties"][location] = "s3://bucket/key"
    # The transform asks boto3 for the region, more than once. The template uses none of AWS's policies by
    # name, so the map that it would fetch from IAM stays empty.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        result: dict[str, Any] = Translator({}, Parser()).translate(document, {})
    return result


def of_type(kind: str) -> dict[str, Mapping[str, Any]]:
    """Properties of every transformed resource of one type, by logical id."""
    return {
        name: resource.get("Properties", {})
        for name, resource in transformed()["Resources"].items()
        if resource["Type"] == kind
    }


def refers_to(value: Any, logical_id: str) -> bool:
    """Whether `value` is exactly a Ref to, or an attribute of, one resource."""
    return value in ({"Ref": logical_id}, {"Fn::GetAtt": [logical_id, "Arn"]})


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The statements of one policy document."""
    yield from as_list(document["Statement"])
