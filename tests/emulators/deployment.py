"""The template as it is, deployed by CloudFormation into an emulated account that enforces its roles.

Functions run as processes of their own under their roles' credentials. What differs from a deployment is the
interpreter: the emulator runs them with the Python and the libraries of this environment, so the layer holds
the package `shared` alone.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.config import Config

from infra.local.ports import LOOPBACK, accepts, free_port
from tests.emulators.dynamodb_local import ROOT

STACK = "contact-sync"
ARTIFACTS = "artifacts"
SECRET = "contact-sync/zoho-client"
START_SECONDS = 60
ONLY_TLS = '{Bool: {"aws:SecureTransport": "false"}}'
NEVER = '{StringEquals: {"aws:PrincipalTag/none": "none"}}'


class Account:
    """One emulated account, and the names of the stack's resources in it once it is deployed."""

    def __init__(self, url: str) -> None:
        self.url = url
        config = Config(retries={"total_max_attempts": 1}, read_timeout=120)

        def client(name: str) -> Any:
            return boto3.client(name, endpoint_url=url, config=config, region_name="us-east-1")  # type: ignore[call-overload]

        self.cloudformation, self.s3, self.iam = client("cloudformation"), client("s3"), client("iam")
        self.functions, self.sqs = client("lambda"), client("sqs")
        self.logs, self.scheduler, self.secrets = (
            client("logs"),
            client("scheduler"),
            client("secretsmanager"),
        )
        self.physical: dict[str, str] = {}

    def deploy(self, console_url: str) -> None:
        """Upload the code, create the stack and wait for it; raises AssertionError with its reasons."""
        self.s3.create_bucket(Bucket=ARTIFACTS)
        for name, content in archives().items():
            self.s3.put_object(Bucket=ARTIFACTS, Key=name, Body=content)
        # By way of S3, as `sam deploy` does: it is larger than a request may be.
        self.s3.put_object(Bucket=ARTIFACTS, Key="template.yaml", Body=packaged_template().encode())
        parameters = {
            "ConsoleUrl": console_url,
            "ZohoClientSecretName": SECRET,
            # The emulator's user pools do not know their issuer's address.
            "OidcIssuer": "https://issuer.example",
            "OidcAudience": "console",
        }
        self.cloudformation.create_stack(
            StackName=STACK,
            TemplateURL=f"{self.url}/{ARTIFACTS}/template.yaml",
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
            ],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        status = ""
        for _ in range(120):
            status = self.cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]
            if not status.endswith("IN_PROGRESS"):
                break
            time.sleep(0.5)
        events = self.cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
        reasons = [
            (event["LogicalResourceId"], event.get("ResourceStatusReason"))
            for event in events
            if "FAILED" in event["ResourceStatus"]
        ]
        assert status == "CREATE_COMPLETE", (status, reasons)
        resources = self.cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
        self.physical = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}

    def crashes(self) -> list[str]:
        """What AWS or the functions' own faults were logged as: which call was refused, and why."""
        found: list[str] = []
        for group in self.logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]:
            name = group["logGroupName"]
            for event in self.logs.filter_log_events(logGroupName=name)["events"]:
                lines = event["message"].splitlines()
                found += [json.loads(line)["exception"] for line in lines if '"message":"crashed"' in line]
        return found

    def without_conditions(self, policy: str) -> None:
        """Take the conditions of a managed policy away, where the emulator knows no value to compare."""
        name = self.physical[policy]
        held = self.iam.get_policy_version(PolicyArn=name, VersionId="v1")["PolicyVersion"]["Document"]
        document = json.loads(held) if isinstance(held, str) else held
        for statement in document["Statement"]:
            statement.pop("Condition", None)
        self._replace(name, document)

    def _replace(self, policy_arn: str, document: Any) -> None:
        """Make `document` the policy's default and only version."""
        text = document if isinstance(document, str) else json.dumps(document)
        self.iam.create_policy_version(PolicyArn=policy_arn, PolicyDocument=text, SetAsDefault=True)
        for version in self.iam.list_policy_versions(PolicyArn=policy_arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                self.iam.delete_policy_version(PolicyArn=policy_arn, VersionId=version["VersionId"])

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """Return what the function behind the alias `live` answers; raises AssertionError when it fails."""
        answer = self.functions.invoke(
            FunctionName=self.physical[function], Qualifier="live", Payload=json.dumps(event).encode()
        )
        payload = json.loads(answer["Payload"].read() or b"null")
        assert "FunctionError" not in answer, payload
        return payload

    @contextmanager
    def without_action(self, policy: str, action: str) -> Iterator[None]:
        """Take one action out of a managed policy, or out of a role's own, and give it back afterwards."""
        name = self.physical[policy]
        if name.startswith("arn:"):
            managed = self.iam.get_policy(PolicyArn=name)["Policy"]["DefaultVersionId"]
            held = self.iam.get_policy_version(PolicyArn=name, VersionId=managed)["PolicyVersion"]["Document"]
            self._replace(name, without(held, action))
            yield
            self._replace(name, held)
            return
        (inline,) = self.iam.list_role_policies(RoleName=name)["PolicyNames"]
        held = self.iam.get_role_policy(RoleName=name, PolicyName=inline)["PolicyDocument"]
        for document in (without(held, action), held):
            text = document if isinstance(document, str) else json.dumps(document)
            self.iam.put_role_policy(RoleName=name, PolicyName=inline, PolicyDocument=text)
            if document is not held:
                yield


def without(document: Any, action: str) -> dict[str, Any]:
    """Return the policy without `action`; raises AssertionError when it never granted it."""
    held = json.loads(document) if isinstance(document, str) else document
    changed = json.loads(json.dumps(held))
    found = False
    for statement in changed["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        found = found or action in actions
        statement["Action"] = [each for each in actions if each != action] or ["none:Nothing"]
    assert found, (action, held)
    return dict(changed)


def archives() -> dict[str, bytes]:
    """The layer and every function's folder as zips, under the import paths that the build gives them."""
    found = {"shared.zip": _zipped(ROOT / "shared", "python/shared")}
    for folder in sorted((ROOT / "functions").iterdir()):
        if (folder / "__init__.py").is_file():
            found[f"functions-{folder.name}.zip"] = _zipped(folder, f"functions/{folder.name}")
    return found


def _zipped(folder: Path, prefix: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        if prefix.startswith("functions/"):
            archive.writestr("functions/__init__.py", "")
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, f"{prefix}/{path.relative_to(folder)}")
    return buffer.getvalue()


def packaged_template() -> str:
    """The template with its code's folders replaced by where they were uploaded, as `sam deploy` does.

    The emulator knows no CodeDeploy, so versions go live at once, it takes every schedule for one of the
    group `default` when it looks at permissions, and it takes a number that is a parameter for text. It is
    spoken to over plain HTTP, which the policies of the queues and of the bucket would refuse.
    """
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    text = text.replace("schedule/${ScheduleGroup}/*", "schedule/default/*").replace(ONLY_TLS, NEVER)
    text = re.sub(r"MaximumConcurrency: !Ref \w+", "MaximumConcurrency: 4", text)
    lines = []
    left_out = 0
    for line in text.splitlines():
        name, _, value = line.strip().partition(": ")
        indentation = len(line) - len(line.lstrip())
        if name == "DeploymentPreference:":
            left_out = indentation
            continue
        if left_out and indentation > left_out:
            continue
        left_out = 0
        if name in {"CodeUri", "ContentUri"}:
            uploaded = value.strip("/").replace("/", "-")
            lines.append(f"{line[: line.index(name)]}{name}: s3://{ARTIFACTS}/{uploaded}.zip")
        else:
            lines.append(line)
    packaged = "\n".join(lines)
    assert yaml.compose(packaged) is not None
    return packaged


@dataclass(frozen=True, slots=True)
class Emulator:
    url: str
    log: Path


@contextmanager
def enforcing(folder: Path, variables: Mapping[str, str]) -> Iterator[Emulator]:
    """Run MiniStack with its policies enforced; functions inherit `variables`, as they do there."""
    port, log = free_port(), folder / "ministack.log"
    (folder / "tmp").mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "AUTH": "true",
        "BIND_HOST": LOOPBACK,
        "MINISTACK_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": "us-east-1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "TMPDIR": str(folder / "tmp"),
        "LOG_LEVEL": "INFO",
        **variables,
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ministack"],
            env=environment,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            cwd=folder,
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not accepts(port):
            assert process.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.1)
        url = f"http://{LOOPBACK}:{port}"
        with urllib.request.urlopen(f"{url}/_ministack/health", timeout=10) as health:
            assert json.load(health)["auth"] == "enabled"
        yield Emulator(url, log)
    finally:
        process.terminate()
        process.wait(30)
