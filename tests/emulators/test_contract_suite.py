"""The whole contract suite against implementations of AWS that share no code with moto."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.emulators.dynamodb_local import ROOT

pytestmark = pytest.mark.slow


def contract_suite(only: str, **environment: str) -> int:
    """Run the suite of one backend in a process of its own; return how many tests passed."""
    command = [sys.executable, "-m", "pytest", "-q", "tests/contract"]
    command += ["--ignore=tests/contract/zoho", "-k", only]
    environ = {**os.environ, **environment}
    answer = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout[-8000:]
    found = re.search(r"(\d+) passed", answer.stdout)
    assert found is not None, answer.stdout
    return int(found[1])


def test_every_port_keeps_its_contract_on_amazons_own_dynamodb(dynamodb_local_url: str) -> None:
    assert contract_suite("dynamodb", CONTRACT_DYNAMODB_URL=dynamodb_local_url) > 150


def test_every_port_keeps_its_contract_on_ministack(ministack_url: str) -> None:
    assert contract_suite("endpoint", CONTRACT_ENDPOINT_URL=ministack_url) > 150
