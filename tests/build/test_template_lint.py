"""The template is sound before and after the transform; raw SAM hides faults from linters."""

import json
import re
import tomllib

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from tests.build.sam_template import ROOT, TEMPLATE, of_type, source, transformed

REGIONS = ["eu-central-1", "us-east-1"]


def findings(text: str) -> list[str]:
    return [str(match) for match in lint(text, config=ManualArgs(regions=REGIONS))]


def test_the_template_as_written_has_no_findings() -> None:
    assert findings(TEMPLATE.read_text(encoding="utf-8")) == []


def test_the_transformed_template_has_no_findings() -> None:
    assert findings(json.dumps(transformed())) == []


def test_every_handler_exists_in_the_tree() -> None:
    for name, function in of_type("AWS::Lambda::Function").items():
        module = function["Handler"].rpartition(".")[0]
        assert (ROOT / (module.replace(".", "/") + ".py")).is_file(), name


def test_every_function_folder_is_built_under_its_own_import_path() -> None:
    for name, resource in source()["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            folder = resource["Properties"]["CodeUri"]
            build = resource["Metadata"]["BuildProperties"]
            package = folder.replace("/", ".")
            assert build == {"ParentPackageMode": "explicit", "ParentPackages": package}, name
            assert resource["Properties"]["Handler"].startswith(f"{package}."), name


def test_the_layer_is_built_as_the_package_shared_for_the_functions_runtime() -> None:
    layer = source()["Resources"]["SharedLayer"]
    defaults = source()["Globals"]["Function"]
    build = layer["Metadata"]["BuildProperties"]
    assert build == {"ParentPackageMode": "explicit", "ParentPackages": "shared"}
    assert layer["Metadata"]["BuildMethod"] == defaults["Runtime"]
    assert [layer["Metadata"]["BuildArchitecture"]] == defaults["Architectures"]


def test_a_change_of_the_layer_alone_publishes_new_versions() -> None:
    resources = source()["Resources"]
    assert resources["SharedLayer"]["Properties"]["PublishLambdaVersion"] is True
    for name, resource in resources.items():
        if resource["Type"] == "AWS::Serverless::Function":
            assert resource["Properties"]["AutoPublishAliasAllProperties"] is True, name


def test_the_layers_lock_has_hashes_for_everything_and_leaves_out_what_lambda_provides() -> None:
    requirements = (ROOT / "shared/requirements.txt").read_text(encoding="utf-8").splitlines()
    names = {line.partition("==")[0] for line in requirements if line[:1].isalnum()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split("[^A-Za-z0-9-]", dependency)[0] for dependency in project["dependencies"]}
    assert needed - names <= {"boto3"}
    assert not {"boto3", "botocore", "s3transfer"} & names
    for number, line in enumerate(requirements):
        if line[:1].isalnum():
            assert requirements[number + 1].strip().startswith("--hash=sha256:"), line


@pytest.mark.parametrize("lock", ["shared/requirements.txt", "infra/requirements-build.lock"])
def test_a_lock_names_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text


def test_what_is_tested_is_what_is_shipped() -> None:
    def pins(lock: str) -> dict[str, str]:
        lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
        return dict(line.split()[0].split("==") for line in lines if line[:1].isalnum())

    shipped, tested = pins("shared/requirements.txt"), pins("infra/requirements-dev.lock")
    assert shipped == {name: tested.get(name) for name in shipped}
