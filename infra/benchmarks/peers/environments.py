"""The loaders' environments: .local/peers/NAME, made when they are first wanted."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from infra.benchmarks.report import ROOT

INSTALL_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Peer:
    """A loader: what it is called, what has to be installed, and the script that runs it."""

    name: str
    package: str
    script: str

    @property
    def python(self) -> Path:
        return ROOT / ".local" / "peers" / self.package.partition("==")[0] / "bin" / "python"

    def command(self) -> list[str]:
        return [str(self.python), str(Path(__file__).with_name(self.script))]

    def install(self) -> bool:
        """Make the environment unless it is there; return whether it is there now."""
        if not self.python.exists():
            folder = self.python.parents[1]
            make = (
                f". infra/uv-settings && .local/uv/bin/uv venv -q {folder} && .local/uv/bin/uv pip install -q"
            )
            command = f"{make} --python {self.python} {self.package} requests"
            subprocess.run(["bash", "-c", command], cwd=ROOT, timeout=INSTALL_SECONDS, check=False)
        return self.python.exists()


PEERS = (
    Peer("dlt", "dlt==1.31.0", "dlt_target.py"),
    Peer("Singer SDK", "singer-sdk==0.54.9", "singer_target.py"),
    Peer("Airbyte CDK", "airbyte-cdk==7.39.1", "airbyte_target.py"),
)
