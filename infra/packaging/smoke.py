"""Imports every handler from the built files alone, as Lambda would."""

import json
import platform
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.packaging.artifacts import Build, BuiltFunction, native_modules
from infra.packaging.errors import BuildFailed
from infra.packaging.toolchain import Toolchain

PROBE = Path(__file__).with_name("import_probe.py")
REPEATS = 5


@dataclass(frozen=True, slots=True)
class ImportTime:
    """`fastest_ms` of several fresh processes on this machine: compare it with itself, not with Lambda."""

    handler: str
    fastest_ms: float
    modules: int


def native_stand_ins(build: Build, toolchain: Toolchain) -> Path | None:
    """Install this machine's builds of the layer's compiled packages, same versions; None when it runs arm64.

    Python modules still come from the layer's folder wherever a package has no compiled ones.
    """
    packages: set[str] = set()
    for layer in build.layers:
        packages |= _packages_with(native_modules(layer), layer.folder / "python")
    if platform.machine() in {"aarch64", "arm64"} or not packages:
        return None
    target = toolchain.root / ".local/build-native"
    lock = toolchain.root / "shared/requirements.txt"
    toolchain.install(
        target, ["--no-deps", "--compile-bytecode", *sorted(packages), "--constraint", str(lock)]
    )
    return target


def import_handler(function: BuiltFunction, stand_ins: Path | None, toolchain: Toolchain) -> ImportTime:
    """Raise BuildFailed with the traceback when the handler does not import or is not callable."""
    folders = [function.artifact.folder]
    if function.layer_folders:
        folders += [stand_ins] if stand_ins else []
        folders += function.layer_folders
    folders.append(toolchain.aws_sdk)
    answers = [_probe(function, folders, toolchain.lambda_python) for _ in range(REPEATS)]
    fastest = min(answers, key=lambda answer: answer["ms"])
    return ImportTime(function.handler, fastest["ms"], fastest["modules"])


def _probe(function: BuiltFunction, folders: list[Path], python: Path) -> dict[str, Any]:
    # -I and -S: no PYTHONPATH, no site-packages, no current folder; nothing is found but what is shipped.
    command = [str(python), "-I", "-S", "-B", str(PROBE), function.handler, *map(str, folders)]
    answer = subprocess.run(command, cwd="/", env={}, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise BuildFailed(f"{function.handler} does not import from its artifact:\n{answer.stderr}")
    result: dict[str, Any] = json.loads(answer.stdout)
    if not result["callable"] or not Path(result["file"]).is_relative_to(function.artifact.folder):
        raise BuildFailed(f"{function.handler} is not a function of {function.artifact.folder}")
    return result


def _packages_with(modules: tuple[Path, ...], folder: Path) -> set[str]:
    inside = {path.relative_to("python").as_posix() for path in modules}
    owners = set()
    for record in folder.glob("*.dist-info/RECORD"):
        recorded = {line.partition(",")[0] for line in record.read_text(encoding="utf-8").splitlines()}
        if recorded & inside:
            metadata = (record.parent / "METADATA").read_text(encoding="utf-8")
            name = re.search(r"^Name: (\S+)$", metadata, re.MULTILINE)
            if name is None:
                raise BuildFailed(f"{record.parent.name} names no package")
            owners.add(name[1])
            inside -= recorded
    if inside:
        raise BuildFailed(f"compiled modules of no known package: {', '.join(sorted(inside))}")
    return owners
