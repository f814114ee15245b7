"""Whatever is installed has its line in the record of dependencies."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from infra.benchmarks.peers.environments import PEERS
from tests.build.sam_template import ROOT

RECORD = ROOT / "infra/decisions/0006-dependencies.md"


def required() -> Iterator[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    yield from project["project"]["dependencies"]
    for group in project["dependency-groups"].values():
        yield from group
    for peer in PEERS:
        yield peer.package


def test_every_dependency_says_why_it_is_there() -> None:
    said = set(re.findall(r"[a-z0-9-]+", RECORD.read_text(encoding="utf-8")))
    names = {re.split(r"[^a-z0-9-]", requirement)[0] for requirement in required()}
    assert len(names) > 30
    assert names - said == set()
