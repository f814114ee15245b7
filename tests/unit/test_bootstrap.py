"""Configuration and composition."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from functools import cached_property

import pytest

from shared import bootstrap
from shared.bootstrap import Application
from shared.config import Config, ConfigurationError

REQUIRED = (
    *("TABLE_NAME", "BUCKET_NAME", "INTERACTIVE_QUEUE_URL", "INTERACTIVE_QUEUE_ARN", "BULK_QUEUE_URL"),
    *("SCHEDULE_GROUP_NAME", "SCHEDULE_ROLE_ARN", "SCHEDULE_DLQ_ARN", "KMS_KEY_ID", "ZOHO_CLIENT_SECRET_ID"),
)
HANDLERS = (
    *("functions.connect.app", "functions.configure.app", "functions.history.app", "functions.console.app"),
    *("functions.run_sync.api", "functions.run_sync.worker", "functions.run_sync.sweeper"),
)


def test_every_missing_variable_is_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as refused:
        Config.read({"TABLE_NAME": "t", "BUCKET_NAME": " "})
    for name in REQUIRED[1:]:
        assert name in str(refused.value)
    assert "TABLE_NAME" not in str(refused.value)


def test_what_may_be_absent_has_its_default() -> None:
    config = Config.read(dict.fromkeys(REQUIRED, "x"))
    assert (config.environment, config.console_url, config.zoho_books_url) == ("prod", "", "")
    given = Config.read(dict.fromkeys(REQUIRED, "x") | {"ENVIRONMENT": "local", "ZOHO_BOOKS_URL": "http://b"})
    assert (given.environment, given.zoho_books_url) == ("local", "http://b")


def test_each_field_is_a_variable() -> None:
    names = {field.name.upper() for field in fields(Config)}
    assert set(REQUIRED) < names


def test_every_port_and_use_case_can_be_made() -> None:
    application = Application(Config.read(dict.fromkeys(REQUIRED, "x")))
    made = [name for name, value in vars(Application).items() if isinstance(value, cached_property)]
    assert len(made) > 20
    for name in made:
        assert getattr(application, name) is getattr(application, name)


def test_the_application_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in REQUIRED:
        monkeypatch.setenv(name, "x")
    bootstrap.application.cache_clear()
    assert bootstrap.application() is bootstrap.application()
    bootstrap.application.cache_clear()


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_handler_can_be_imported_without_an_environment(handler: str) -> None:
    bare = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    code = f"import {handler} as module; assert callable(module.handler)"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, env=bare)
