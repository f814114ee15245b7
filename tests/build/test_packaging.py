"""The steps of infra/build, each on small folders made here."""

import os
import sys
from pathlib import Path

import pytest

from infra.packaging.artifacts import Artifact, Build, BuiltFunction, compile_bytecode, native_modules
from infra.packaging.errors import BuildFailed
from infra.packaging.interpreters import find_interpreter
from infra.packaging.smoke import import_handler, native_stand_ins
from infra.packaging.toolchain import Toolchain

AARCH64, X86_64 = 183, 62


def executable(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH of two folders and an empty pyenv."""
    monkeypatch.setenv("PATH", f"{tmp_path}/first{os.pathsep}{tmp_path}/second{os.pathsep}/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.delenv("PYTHON_LAMBDA", raising=False)
    return tmp_path


def test_a_shim_that_cannot_answer_is_passed_over(search: Path) -> None:
    executable(search / "first/python3.99", "echo 'version not set' >&2; exit 127")
    executable(search / "second/python3.99", "echo 3.99 /real/python3.99")
    assert find_interpreter("3.99") == Path("/real/python3.99")


def test_pyenvs_versions_are_searched_when_path_has_none(search: Path) -> None:
    executable(search / "pyenv/versions/3.99.1/bin/python3.99", "echo 3.99 /pyenv/3.99.1/bin/python3.99")
    assert find_interpreter("3.99") == Path("/pyenv/3.99.1/bin/python3.99")


def test_an_interpreter_that_says_another_version_is_not_taken(search: Path) -> None:
    executable(search / "first/python3.99", "echo 3.98 /real/python3.98")
    with pytest.raises(BuildFailed, match=r"Python 3\.99.*PYTHON_LAMBDA="):
        find_interpreter("3.99")


def test_a_named_interpreter_is_the_only_one_asked(search: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(search / "first/python3.99", "echo 3.99 /real/python3.99")
    monkeypatch.setenv("PYTHON_LAMBDA", str(search / "nowhere"))
    with pytest.raises(BuildFailed):
        find_interpreter("3.99")


@pytest.fixture
def toolchain(tmp_path: Path) -> Toolchain:
    """Lambda's interpreter played by this one; nothing installed."""
    minor_version = "{}.{}".format(*sys.version_info)
    made = Toolchain(tmp_path, Path(sys.executable), minor_version)
    made.lambda_bin.mkdir(parents=True)
    made.lambda_python.symlink_to(Path(sys.executable).resolve())
    made.aws_sdk.mkdir()
    return made


def function_with(tmp_path: Path, source: str) -> BuiltFunction:
    folder = tmp_path / "build/Function"
    (folder / "functions/one").mkdir(parents=True)
    (folder / "functions/one/app.py").write_text(source, encoding="utf-8")
    return BuiltFunction(Artifact("Function", folder, "/var/task"), "functions.one.app.handler", ())


def test_a_handler_imports_from_its_artifact_alone(tmp_path: Path, toolchain: Toolchain) -> None:
    function = function_with(tmp_path, "def handler(event, context):\n    return event\n")
    took = import_handler(function, None, toolchain)
    assert took.handler == "functions.one.app.handler"
    assert took.fastest_ms >= 0


@pytest.mark.parametrize("module", ["pytest", "shared", "tests"])
def test_what_was_not_shipped_cannot_be_imported(module: str, tmp_path: Path, toolchain: Toolchain) -> None:
    function = function_with(tmp_path, f"import {module}\ndef handler(event, context): ...\n")
    with pytest.raises(BuildFailed, match=f"No module named '{module}'"):
        import_handler(function, None, toolchain)


def test_a_handler_that_is_no_function_is_refused(tmp_path: Path, toolchain: Toolchain) -> None:
    function = function_with(tmp_path, "handler = 1\n")
    with pytest.raises(BuildFailed, match="is not a function"):
        import_handler(function, None, toolchain)


def compiled_module(path: Path, machine: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x7fELF" + bytes(14) + machine.to_bytes(2, "little"))


def test_a_compiled_module_for_another_processor_is_refused(tmp_path: Path) -> None:
    compiled_module(tmp_path / "python/good.so", AARCH64)
    layer = Artifact("Layer", tmp_path, "/opt")
    assert native_modules(layer) == (Path("python/good.so"),)
    compiled_module(tmp_path / "python/bad.so", X86_64)
    with pytest.raises(BuildFailed, match=r"bad\.so is not built for arm64"):
        native_modules(layer)


def test_a_compiled_module_of_no_package_is_refused(tmp_path: Path, toolchain: Toolchain) -> None:
    compiled_module(tmp_path / "layer/python/stray.so", AARCH64)
    build = Build((Artifact("Layer", tmp_path / "layer", "/opt"),), ())
    with pytest.raises(BuildFailed, match=r"no known package: stray\.so"):
        native_stand_ins(build, toolchain)


def test_bytecode_names_the_place_where_lambda_unpacks_it(tmp_path: Path) -> None:
    source = tmp_path / "layer/python/one.py"
    source.parent.mkdir(parents=True)
    source.write_text("def where():\n    return 1\n", encoding="utf-8")
    compile_bytecode(Artifact("Layer", tmp_path / "layer", "/opt"), Path(sys.executable))
    (compiled,) = source.parent.glob("__pycache__/*.pyc")
    assert b"/opt/python/one.py" in compiled.read_bytes()
    # PEP 552: flags 1 stand for a hash that is not checked against the source.
    assert compiled.read_bytes()[4:8] == (1).to_bytes(4, "little")


def test_a_build_is_read_with_the_layers_each_function_uses(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(
        "Resources:\n"
        "  Layer: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: Layer}}\n"
        "  With:\n"
        "    Type: AWS::Serverless::Function\n"
        "    Properties: {CodeUri: With, Handler: a.b, Layers: [!Ref Layer]}\n"
        "  Without: {Type: AWS::Serverless::Function, Properties: {CodeUri: Without, Handler: c.d}}\n",
        encoding="utf-8",
    )
    build = Build.read(tmp_path)
    assert [layer.folder for layer in build.layers] == [tmp_path / "Layer"]
    assert {item.handler: item.layer_folders for item in build.functions} == {
        "a.b": (tmp_path / "Layer/python",),
        "c.d": (),
    }
