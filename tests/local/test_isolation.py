import os
import socket

import pytest
from pytest_socket import SocketConnectBlockedError


def test_a_test_cannot_reach_another_machine() -> None:
    # The plugin warns before it refuses, and a warning is an error here: either way nothing leaves.
    with (
        socket.socket() as outside,
        pytest.raises((SocketConnectBlockedError, UserWarning), match=r"192\.0\.2\.1"),
    ):
        outside.connect(("192.0.2.1", 80))


def test_a_test_has_no_credentials_of_an_account() -> None:
    assert os.environ["AWS_ACCESS_KEY_ID"] == "test"
    assert os.environ["AWS_CONFIG_FILE"] == os.devnull
    assert "AWS_PROFILE" not in os.environ
