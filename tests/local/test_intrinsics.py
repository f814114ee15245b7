from collections.abc import Mapping
from typing import Any

import pytest

from infra.local.intrinsics import Resolver
from infra.local.template import Template, TemplateError


class OneQueue:
    def ref(self, logical_id: str) -> str:
        return f"url-of-{logical_id}"

    def attribute(self, logical_id: str, name: str) -> str:
        return f"{name}-of-{logical_id}"


def resolver(parameters: Mapping[str, str] | None = None, **sections: Any) -> Resolver:
    document = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}, **sections}
    return Resolver(Template(document), parameters or {}, OneQueue(), "stack")


PARAMETERS = {"Stage": {"Type": "String", "Default": "prod"}, "Given": {"Type": "String"}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Queue"}, "url-of-Queue"),
        ({"Ref": "Stage"}, "prod"),
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "Arn-of-Queue"),
        ({"Fn::GetAtt": "Queue.Arn"}, "Arn-of-Queue"),
        (
            {"Fn::Sub": "${AWS::StackName}/${Queue.Arn}/${Stage}/${!Literal}"},
            "stack/Arn-of-Queue/prod/${Literal}",
        ),
        ({"Fn::Sub": ["${One}-${Stage}", {"One": {"Ref": "Queue"}}]}, "url-of-Queue-prod"),
        ({"Fn::If": ["IsProd", "yes", "no"]}, "yes"),
        ({"Fn::If": ["IsTest", "yes", "no"]}, "no"),
        ({"Fn::Join": [",", ["a", {"Ref": "Stage"}]]}, "a,prod"),
        ({"Fn::Select": [1, {"Fn::Split": ["-", "x-y"]}]}, "y"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "memory"]}, 512),
        ({"Fn::Base64": "a"}, "YQ=="),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [1, {"Ref": "AWS::NoValue"}]}, {"b": [1]}),
        (
            {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
            {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        ),
    ],
)
def test_an_intrinsic_becomes_the_value_cloudformation_would_give(value: Any, expected: Any) -> None:
    found = resolver(
        Parameters=PARAMETERS,
        Conditions={
            "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
            "IsTest": {"Fn::And": [{"Fn::Not": [{"Condition": "IsProd"}]}, {"Condition": "IsProd"}]},
        },
        Mappings={"Sizes": {"prod": {"memory": 512}}},
    ).resolve(value)

    assert found == expected


def test_a_given_parameter_wins_over_its_default() -> None:
    assert resolver({"Stage": "dev"}, Parameters=PARAMETERS).resolve({"Ref": "Stage"}) == "dev"


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"Ref": "Given"}, "Given"),
        ({"Fn::ImportValue": "x"}, "Fn::ImportValue"),
        ({"Fn::If": ["Missing", 1, 2]}, "Missing"),
    ],
)
def test_what_cannot_be_resolved_is_named(value: Any, named: str) -> None:
    with pytest.raises(TemplateError, match=named):
        resolver(Parameters=PARAMETERS).resolve(value)


def test_a_parameter_the_template_does_not_have_is_refused() -> None:
    with pytest.raises(TemplateError, match="Sage"):
        resolver({"Sage": "dev"}, Parameters=PARAMETERS)
