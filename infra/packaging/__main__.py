"""infra/build: validate, build, compile, hold to the lock, import, report."""

import os
import sys
import time
from pathlib import Path

from infra.local.template import Template
from infra.packaging.artifacts import LAYER, Build, compile_bytecode
from infra.packaging.errors import BuildFailed
from infra.packaging.interpreters import find_interpreter
from infra.packaging.lock_check import hold_layer_to_lock
from infra.packaging.smoke import import_handler, native_stand_ins
from infra.packaging.toolchain import Toolchain, run

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    try:
        _build(ROOT)
    except BuildFailed as failure:
        print(f"build: {failure}", file=sys.stderr)
        return 1
    return 0


def _build(root: Path) -> None:
    minor_version = _runtime_of(root / "template.yaml").removeprefix("python")
    interpreter = find_interpreter(minor_version)
    _say(f"interpreter of the runtime: {interpreter}")
    toolchain = Toolchain(root, interpreter, minor_version)
    toolchain.prepare()
    _sam(toolchain, "validate", "--lint")
    _sam(toolchain, "build", "--cached")
    build = Build.read(root / ".aws-sam/build")
    for artifact in build.artifacts():
        compile_bytecode(artifact, toolchain.lambda_python)
    for layer in build.layers:
        _say(f"{layer.name}: {hold_layer_to_lock(layer, toolchain)} files agree with shared/requirements.txt")
    stand_ins = native_stand_ins(build, toolchain)
    times = [import_handler(function, stand_ins, toolchain) for function in build.functions]
    _say("sizes, unzipped and zipped")
    for artifact in build.artifacts():
        unzipped_kb, zipped_kb = artifact.unzipped_bytes() / 1024, artifact.zipped_bytes() / 1024
        print(f"  {artifact.name:<20}{unzipped_kb:>10.0f} KB{zipped_kb:>10.0f} KB")
    _say("imports from the artifacts alone, fastest of five fresh processes")
    for took in times:
        print(f"  {took.handler:<38}{took.fastest_ms:>7.0f} ms{took.modules:>6} modules")
    _say("ready in .aws-sam/build; ship it with: sam deploy")


def _runtime_of(path: Path) -> str:
    template = Template.load(path)
    for name, _ in template.of_type(LAYER):
        return str(template.resources[name]["Metadata"]["BuildMethod"])
    raise BuildFailed(f"{path.name} has no layer")


def _sam(toolchain: Toolchain, *arguments: str) -> None:
    started = time.monotonic()
    environment = {
        "PATH": f"{toolchain.lambda_bin}{os.pathsep}{os.environ['PATH']}",
        "SAM_CLI_TELEMETRY": "0",
        # SAM's settings stay inside the checkout's ignored folder.
        "__SAM_CLI_APP_DIR": str(toolchain.root / ".local/build-sam"),
    }
    run([str(toolchain.sam), *arguments], environment)
    _say(f"sam {' '.join(arguments)}: passed in {time.monotonic() - started:.0f} s")


def _say(sentence: str) -> None:
    print(f"build: {sentence}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
