"""The Zoho client's credentials in Secrets Manager."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.ports import Clock

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

LIFETIME = timedelta(minutes=5)


class ZohoClientSecret:
    """Reads the secret {"client_id", "client_secret"}, again after five minutes to notice a rotation.

    Safe from several threads.
    """

    def __init__(self, client: SecretsManagerClient, secret_id: str, clock: Clock) -> None:
        self._client = client
        self._secret_id = secret_id
        self._clock = clock
        self._lock = threading.Lock()
        self._known: Mapping[str, str] = {}
        self._read_at: datetime | None = None

    def read(self) -> Mapping[str, str]:
        """Return `client_id` and `client_secret`; raises ValueError when the secret holds anything else."""
        with self._lock:
            now = self._clock.now()
            if self._read_at is None or now - self._read_at >= LIFETIME:
                answer = self._client.get_secret_value(SecretId=self._secret_id)
                self._known, self._read_at = self._parse(answer.get("SecretString", "")), now
            return self._known

    def _parse(self, text: str) -> Mapping[str, str]:
        # `from None`: the parser's own error would quote the secret.
        try:
            values = json.loads(text)
        except ValueError:
            raise self._malformed() from None
        wanted = ("client_id", "client_secret")
        if not isinstance(values, dict) or not all(values.get(name) for name in wanted):
            raise self._malformed()
        return {name: str(values[name]) for name in wanted}

    def _malformed(self) -> ValueError:
        return ValueError(f"secret {self._secret_id} is not JSON with client_id and client_secret")
