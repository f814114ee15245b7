"""What ends a build."""


class BuildFailed(Exception):
    """The build cannot go on; the message says what is wrong and what to do about it."""
