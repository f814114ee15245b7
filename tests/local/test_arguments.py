"""Numbers on the command line."""

from argparse import ArgumentTypeError

import pytest

from infra.local.arguments import MOST_PORT, whole_number


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("8080", 8080), ("65535", 65535)])
def test_a_number_within_its_range_is_taken(text: str, number: int) -> None:
    assert whole_number(MOST_PORT)(text) == number


@pytest.mark.parametrize("text", ["65536", "-1", "abc", "", "1.5", "²"])
def test_anything_else_is_refused_with_the_range(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="from 0 to 65535"):
        whole_number(MOST_PORT)(text)
