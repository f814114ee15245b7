"""Holds the layer against its lock, file by file.

SAM lets pip fetch the wheels for Lambda's processor a second time by name and version, without their hashes.
"""

from pathlib import Path

from infra.packaging.artifacts import Artifact
from infra.packaging.errors import BuildFailed
from infra.packaging.toolchain import LAMBDA_PLATFORM, Toolchain

OWN_PACKAGE = "shared"
# Written by the installers themselves, or by the compiler afterwards.
_NOT_FROM_A_WHEEL = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", ".lock"}


def hold_layer_to_lock(layer: Artifact, toolchain: Toolchain) -> int:
    """Return how many files agree; raise BuildFailed naming the first ones that do not."""
    expected_folder = toolchain.root / ".local/build-expected-layer"
    lock = toolchain.root / OWN_PACKAGE / "requirements.txt"
    toolchain.install(expected_folder, ["--require-hashes", "-r", str(lock)], LAMBDA_PLATFORM)
    built, expected = _files(layer.folder / "python"), _files(expected_folder)
    wrong = sorted(
        name for name in built.keys() | expected.keys() if not _same(built.get(name), expected.get(name))
    )
    if wrong:
        raise BuildFailed(f"the layer is not what its lock says, {len(wrong)} files: {', '.join(wrong[:5])}")
    return len(built)


def _files(folder: Path) -> dict[str, Path]:
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        top = name.parts[0]
        generated = path.name in _NOT_FROM_A_WHEEL or path.suffix == ".pyc"
        # A wheel's command-line scripts: SAM leaves them where the wheel has them, uv moves them to bin.
        script = top == "bin" or top.endswith(".data")
        if path.is_file() and not generated and not script and top != OWN_PACKAGE:
            found[name.as_posix()] = path
    return found


def _same(built: Path | None, expected: Path | None) -> bool:
    return built is not None and expected is not None and built.read_bytes() == expected.read_bytes()
