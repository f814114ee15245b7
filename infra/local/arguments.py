"""Numbers on the command line, refused with their range."""

from argparse import ArgumentTypeError
from collections.abc import Callable

MOST_PORT = 65_535
MOST_CUSTOMERS = 1_000_000


def whole_number(most: int) -> Callable[[str], int]:
    """Return what reads a number from 0 to `most`; raises `ArgumentTypeError`."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or int(text) > most:
            raise ArgumentTypeError(f"{text!r} is not a whole number from 0 to {most}")
        return int(text)

    return read
