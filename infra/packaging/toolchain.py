"""The environments a build needs, each made once from its lock and renewed when the lock changes."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.packaging.errors import BuildFailed

# The oldest platform that SAM has pip look for; Lambda's Amazon Linux 2023 runs everything built for it.
LAMBDA_PLATFORM = "aarch64-manylinux2014"


@dataclass(frozen=True, slots=True)
class Toolchain:
    """`root` is the checkout; everything is made below its ignored folder `.local`."""

    root: Path
    interpreter: Path
    minor_version: str

    @property
    def sam(self) -> Path:
        return self._home / "build-venv/bin/sam"

    @property
    def lambda_bin(self) -> Path:
        """Folder with `pythonX.Y` and a pip of its own, as SAM needs them first on PATH."""
        return self._home / f"build-python{self.minor_version}/bin"

    @property
    def lambda_python(self) -> Path:
        return self.lambda_bin / f"python{self.minor_version}"

    @property
    def aws_sdk(self) -> Path:
        """Folder with boto3, which Lambda provides and the layer leaves out."""
        return self._home / "build-aws-sdk"

    @property
    def _home(self) -> Path:
        return self.root / ".local"

    def prepare(self) -> None:
        """Make whatever is missing or older than its lock."""
        build_lock = self.root / "infra/requirements-build.lock"
        dev_lock = self.root / "infra/requirements-dev.lock"
        self._make(self._home / "build-venv", build_lock, self._make_venv_with_sam)
        self._make(self.lambda_bin.parent, build_lock, self._make_python_with_pip)
        self._make(self.aws_sdk, dev_lock, self._install_aws_sdk)

    def _make_venv_with_sam(self, venv: Path, lock: Path) -> None:
        self.uv("venv", "--clear", "--python", sys.executable, str(venv))
        self.uv("pip", "sync", "--require-hashes", "--python", str(venv / "bin/python"), str(lock))

    def _make_python_with_pip(self, venv: Path, lock: Path) -> None:
        self.uv("venv", "--clear", "--python", str(self.interpreter), str(venv))
        self.uv("pip", "install", "--python", str(venv / "bin/python"), "pip", "--constraint", str(lock))

    def _install_aws_sdk(self, target: Path, lock: Path) -> None:
        self.install(target, ["boto3", "--constraint", str(lock), "--compile-bytecode"])

    def install(self, target: Path, requirements: Sequence[str], platform: str | None = None) -> None:
        """Fill the folder `target` anew, for this machine or for `platform`; a lock's hashes are checked."""
        shutil.rmtree(target, ignore_errors=True)
        options = ["--target", str(target), "--only-binary", ":all:", "--link-mode", "copy"]
        options += ["--python", str(self.lambda_python)]
        if platform:
            options += ["--python-platform", platform]
        self.uv("pip", "install", *options, *requirements)

    def uv(self, *arguments: str) -> None:
        """Run the checkout's own uv; raise BuildFailed with its words when it fails."""
        run([str(self.root / ".local/uv/bin/uv"), "--quiet", *arguments], {})

    def _make(self, place: Path, lock: Path, how: Callable[[Path, Path], None]) -> None:
        # Scripts in an environment hold its address, so a checkout that was moved makes it again.
        source = "\0".join([str(place), str(self.interpreter), lock.read_text(encoding="utf-8")])
        digest = hashlib.sha256(source.encode()).hexdigest()
        stamp = place / ".made-from"
        if not stamp.is_file() or stamp.read_text(encoding="utf-8") != digest:
            how(place, lock)
            stamp.write_text(digest, encoding="utf-8")


def run(command: Sequence[str], environment: dict[str, str]) -> None:
    """Run a tool quietly; raise BuildFailed with everything it printed when it fails."""
    answer = subprocess.run(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise BuildFailed(f"{' '.join(command)} ended with {answer.returncode}:\n{answer.stdout}")
