"""The whole build, with `sam`: minutes the first time, so only on request."""

import os
import subprocess

import pytest

from tests.build.sam_template import ROOT, of_type


@pytest.mark.slow
@pytest.mark.skipif(
    os.environ.get("RUN_BUILD") != "1",
    reason="needs the runtime's own Python; run it with RUN_BUILD=1 or call infra/build",
)
def test_every_handler_imports_from_the_built_artifacts_alone() -> None:
    answer = subprocess.run([ROOT / "infra/build"], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    for function in of_type("AWS::Lambda::Function").values():
        assert function["Handler"] in answer.stdout
