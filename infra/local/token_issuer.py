"""The local issuer of tokens: an RSA key kept with the state, and JWTs signed with it."""

import hashlib
import json
import time
import uuid
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

TOKEN_SECONDS = 12 * 3600


class TokenIssuer:
    """Signs tokens that the local authorizer accepts; anyone on this machine may ask for one."""

    def __init__(self, key_file: Path, *, issuer: str, client_id: str) -> None:
        self.issuer = issuer
        self.client_id = client_id
        self._key = _load_or_make(key_file)
        self._jwk: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        self._key_id = hashlib.sha256(self._jwk["n"].encode()).hexdigest()[:16]

    def id_token(self, subject: str, nonce: str | None = None) -> str:
        """A token for the console and the API behind it: the user is its `sub`."""
        claims = {"aud": self.client_id, "email": f"{subject}@example.com", "name": subject}
        return self._sign(subject, claims if nonce is None else {**claims, "nonce": nonce})

    def access_token(self, subject: str) -> str:
        """A token for an API of the issuer's own, as many issuers give out: not for the product's."""
        claims = {"aud": f"{self.issuer}/userinfo", "client_id": self.client_id, "scope": "openid"}
        return self._sign(subject, claims)

    def public_key_of(self, key_id: str) -> rsa.RSAPublicKey | None:
        """The key for a `kid`, None for one this issuer never had."""
        return self._key.public_key() if key_id == self._key_id else None

    def key_set(self) -> dict[str, Any]:
        """The JSON Web Key Set of this issuer."""
        return {"keys": [{**self._jwk, "kid": self._key_id, "use": "sig", "alg": "RS256"}]}

    def configuration(self) -> dict[str, Any]:
        """The OpenID Connect discovery document."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/local/authorize",
            "token_endpoint": f"{self.issuer}/local/oauth/token",
            "end_session_endpoint": f"{self.issuer}/local/logout",
            "jwks_uri": f"{self.issuer}/.well-known/jwks.json",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "scopes_supported": ["openid", "email", "profile"],
        }

    def _sign(self, subject: str, claims: dict[str, Any]) -> str:
        now = int(time.time())
        return jwt.encode(
            {
                "iss": self.issuer,
                "sub": subject,
                "iat": now,
                "exp": now + TOKEN_SECONDS,
                "jti": str(uuid.uuid4()),
                **claims,
            },
            self._key,
            algorithm="RS256",
            headers={"kid": self._key_id},
        )


def _load_or_make(key_file: Path) -> rsa.RSAPrivateKey:
    if key_file.exists():
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(f"{key_file} does not hold an RSA key")
        return key
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key_file.parent.mkdir(parents=True, exist_ok=True)
    key_file.touch(mode=0o600)
    key_file.write_bytes(pem)
    return key
