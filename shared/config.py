"""The environment variables of the functions, read in one place; `template.yaml` states them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields


class ConfigurationError(Exception):
    """A variable that the template has to set is missing."""


@dataclass(frozen=True, slots=True)
class Config:
    """Each field is the variable of the same name in capitals; those with a default may be absent.

    `console_url` is the origin people open the console at, "" where it is the one the request came to.
    The three Zoho addresses, when given, stand for every data centre.
    """

    table_name: str
    bucket_name: str
    interactive_queue_url: str
    interactive_queue_arn: str
    bulk_queue_url: str
    schedule_group_name: str
    schedule_role_arn: str
    schedule_dlq_arn: str
    kms_key_id: str
    zoho_client_secret_id: str
    environment: str = "prod"
    console_url: str = ""
    zoho_accounts_url: str = ""
    zoho_books_url: str = ""
    zoho_campaigns_url: str = ""

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Config:
        """Raises `ConfigurationError` that names every missing variable."""
        given = {field.name: environ.get(field.name.upper(), "").strip() for field in fields(cls)}
        optional = {field.name: field.default for field in fields(cls) if isinstance(field.default, str)}
        missing = sorted(name.upper() for name, value in given.items() if not value and name not in optional)
        if missing:
            raise ConfigurationError(f"missing from the environment: {', '.join(missing)}")
        return cls(**{name: value or optional.get(name, "") for name, value in given.items()})
