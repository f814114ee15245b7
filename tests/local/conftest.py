"""One example stack for all tests that only talk to it over HTTP or through its queues."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from infra.local.stack import LocalStack
from infra.local.template import Template

EXAMPLE = Path(__file__).parent / "example" / "template.yaml"
AUDIENCE = "contact-sync-local"


def start_example(folder: Path, *, port: int = 0, fresh: bool = False) -> LocalStack:
    """A running example stack; the caller stops it."""
    stack = LocalStack(folder, template=Template.load(EXAMPLE), port=port, fresh=fresh)
    try:
        stack.start(parameters={"Issuer": stack.origin, "Audience": AUDIENCE})
    except BaseException:
        stack.stop()
        raise
    return stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    with start_example(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="session")
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session
