"""What `sam build` left behind: folders, handlers, sizes, compiled modules."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from infra.local.template import FUNCTION, Template
from infra.packaging.errors import BuildFailed
from infra.packaging.toolchain import run

LAYER = "AWS::Serverless::LayerVersion"
# Where the ELF header says what machine a module is for, and the value for 64-bit ARM (elf(5), EM_AARCH64).
_ELF_MACHINE_OFFSET = 18
_AARCH64 = 183


@dataclass(frozen=True, slots=True)
class Artifact:
    """One folder that is zipped and uploaded; `mounted_at` is where Lambda unpacks it."""

    name: str
    folder: Path
    mounted_at: str

    def unzipped_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.files())

    def zipped_bytes(self) -> int:
        with TemporaryFile() as buffer:
            with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
                for path in self.files():
                    archive.write(path, path.relative_to(self.folder))
            return buffer.tell()

    def files(self) -> Iterator[Path]:
        return (path for path in sorted(self.folder.rglob("*")) if path.is_file())


@dataclass(frozen=True, slots=True)
class BuiltFunction:
    """One function: its handler, its own folder, and the import folders of its layers."""

    artifact: Artifact
    handler: str
    layer_folders: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Build:
    """Everything of one finished `sam build`."""

    layers: tuple[Artifact, ...]
    functions: tuple[BuiltFunction, ...]

    @classmethod
    def read(cls, folder: Path) -> "Build":
        """Read the template that SAM wrote beside its artifacts."""
        template = Template.load(folder / "template.yaml")
        layers = {
            name: Artifact(name, folder / properties["ContentUri"], "/opt")
            for name, properties in template.of_type(LAYER)
        }
        functions = []
        for name, properties in template.of_type(FUNCTION):
            used = [layers[reference["Ref"]] for reference in properties.get("Layers", ())]
            functions.append(
                BuiltFunction(
                    artifact=Artifact(name, folder / properties["CodeUri"], "/var/task"),
                    handler=properties["Handler"],
                    layer_folders=tuple(layer.folder / "python" for layer in used),
                )
            )
        return cls(tuple(layers.values()), tuple(functions))

    def artifacts(self) -> tuple[Artifact, ...]:
        return (*self.layers, *(function.artifact for function in self.functions))


def compile_bytecode(artifact: Artifact, python: Path) -> None:
    """Add the bytecode that SAM leaves out and Lambda's read-only folders could never keep.

    Unchecked, because a zip does not keep the times that the checked kind compares.
    """
    options = ["-q", "-f", "--invalidation-mode", "unchecked-hash"]
    options += ["-s", str(artifact.folder), "-p", artifact.mounted_at]
    run([str(python), "-m", "compileall", *options, str(artifact.folder)], {})


def native_modules(artifact: Artifact) -> tuple[Path, ...]:
    """Compiled modules, relative to the folder; raise BuildFailed when one is not for Lambda's processor."""
    modules = tuple(path for path in artifact.files() if path.suffix == ".so")
    for path in modules:
        header = path.read_bytes()[: _ELF_MACHINE_OFFSET + 2]
        if int.from_bytes(header[_ELF_MACHINE_OFFSET:], "little") != _AARCH64:
            raise BuildFailed(f"{path.relative_to(artifact.folder)} is not built for arm64")
    return tuple(path.relative_to(artifact.folder) for path in modules)
