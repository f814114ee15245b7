"""checkov on the transformed template: every finding that stands has its reason here, none is stale."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.build.sam_template import ROOT, transformed

# In an environment of its own: it pins what the others use in other versions.
VERSION = "3.3.30"
HOME = ROOT / f".local/checkov-{VERSION}"
INSTALL_SECONDS, CHECK_SECONDS = 300, 300
REASONS = {
    "CKV_AWS_18": "access logs of the bucket would name every tenant's files in a second place",
    "CKV_AWS_21": "disabling erases the files, and old versions would outlive that",
    "CKV_AWS_26": "alarms hold metric names and numbers",
    "CKV_AWS_27": "SqsManagedSseEnabled is set, which the check does not know; messages hold ids only",
    "CKV_AWS_115": "the queues' MaximumConcurrency bounds the worker, the routes' throttles bound the "
    "rest; a reservation fails on a fresh account, so the worker's is a parameter",
    "CKV_AWS_116": "queues and the schedule have dead-letter queues of their own, HTTP calls have none",
    "CKV_AWS_117": "it talks to Zoho and to AWS over TLS and to nothing inside a network",
    "CKV_AWS_119": "encrypted with AWS's key; tokens, the only secrets in it, have their own key",
    "CKV_AWS_158": "encrypted by CloudWatch Logs itself; no line holds a person or a secret",
    "CKV_AWS_173": "the variables are names and addresses; a test holds that no secret is among them",
}


def checkov() -> Path:
    """Return the program, installed the first time; skips the test where it cannot be."""
    program = HOME / "bin/checkov"
    if program.is_file():
        return program
    uv = str(ROOT / ".local/uv/bin/uv")
    commands = [
        [uv, "--quiet", "venv", "--clear", "--python", sys.executable, str(HOME)],
        [uv, "--quiet", "pip", "install", "--python", str(HOME / "bin/python"), f"checkov=={VERSION}"],
    ]
    for command in commands:
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS)
        if answer.returncode:
            pytest.skip(f"checkov cannot be installed here: {answer.stderr.strip()[-300:]}")
    return program


def test_every_finding_has_its_reason_and_every_reason_its_finding(tmp_path: Path) -> None:
    template = tmp_path / "template.json"
    template.write_text(json.dumps(transformed()), encoding="utf-8")
    command = [str(checkov()), "--file", str(template), "--framework", "cloudformation", "--output", "json"]
    answer = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=CHECK_SECONDS, cwd=tmp_path
    )
    results = json.loads(answer.stdout)["results"]
    assert len(results["passed_checks"]) > 100
    unexplained = {
        (found["check_id"], found["check_name"], found["resource"])
        for found in results["failed_checks"]
        if found["check_id"] not in REASONS
    }
    assert unexplained == set()
    assert {found["check_id"] for found in results["failed_checks"]} == set(REASONS)
