"""Finds an interpreter of the minor version that Lambda runs."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from infra.packaging.errors import BuildFailed


def find_interpreter(minor_version: str) -> Path:
    """Return the real executable of e.g. "3.13"; a version manager's shim answers only inside its set-up."""
    for candidate in _candidates(minor_version):
        executable = _executable_of(candidate, minor_version)
        if executable is not None:
            return executable
    raise BuildFailed(
        f"Python {minor_version}, the runtime in template.yaml, is needed for the build, and neither PATH "
        f"nor pyenv's versions have it. Install it (pyenv install {minor_version}, or the system's package) "
        f"or name it: PYTHON_LAMBDA=/path/to/python{minor_version} infra/build"
    )


def _candidates(minor_version: str) -> Iterator[str]:
    named = os.environ.get("PYTHON_LAMBDA")
    if named:
        yield named
        return
    name = f"python{minor_version}"
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        found = shutil.which(name, path=folder) if folder else None
        if found:
            yield found
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for found_path in sorted(pyenv.glob(f"versions/{minor_version}*/bin/{name}"), reverse=True):
        yield str(found_path)


def _executable_of(candidate: str, minor_version: str) -> Path | None:
    question = "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)"
    command = [candidate, "-I", "-c", question]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return None
    version, _, executable = answer.stdout.strip().partition(" ")
    return Path(executable) if answer.returncode == 0 and version == minor_version and executable else None
