"""Encryption with one KMS key; the tenant and the purpose are bound in by the encryption context."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

# A tenant has one connection, so its name in the context is the same for all; the key's users are held to
# a context of exactly these three names.
_CONNECTION = "zoho"


class KmsCipher:
    """Implements `ports.Cipher` for up to 4,096 bytes, the most that KMS encrypts itself."""

    def __init__(self, client: KMSClient, key_id: str) -> None:
        self._client = client
        self._key_id = key_id

    def encrypt(self, tenant: str, kind: str, plaintext: bytes) -> bytes:
        answer = self._client.encrypt(
            KeyId=self._key_id, Plaintext=plaintext, EncryptionContext=_context(tenant, kind)
        )
        return answer["CiphertextBlob"]

    def decrypt(self, tenant: str, kind: str, ciphertext: bytes) -> bytes:
        answer = self._client.decrypt(
            KeyId=self._key_id, CiphertextBlob=ciphertext, EncryptionContext=_context(tenant, kind)
        )
        return answer["Plaintext"]


def _context(tenant: str, kind: str) -> dict[str, str]:
    return {"tenant": tenant, "connection": _CONNECTION, "kind": kind}
