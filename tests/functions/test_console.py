"""The console's files, as a browser gets them."""

from __future__ import annotations

import base64
import gzip
import json
import posixpath
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from functions.console import app
from tests.build.sam_template import source
from tests.events import Answer, Context, request


def asset(name: str) -> str:
    """Return the address under which the page asks for an asset."""
    return f"/assets/v-{app.version()}/{name}"


@pytest.fixture(autouse=True)
def _read_anew() -> Iterator[None]:
    yield
    app.assets.cache_clear()
    app.version.cache_clear()
    app.routes.cache_clear()
    app.content_security_policy.cache_clear()


def get(path: str, method: str = "GET", **headers: str) -> Answer:
    return Answer.of(app.handler(request(method, path, sub=None, headers=headers), Context()))


def test_the_page_answers_at_both_of_its_addresses() -> None:
    page, callback = get("/"), get("/oauth/callback")
    assert page.status == callback.status == 200
    assert page.text == callback.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"


def test_everything_the_page_refers_to_is_served() -> None:
    referred = set(re.findall(r'(?:src|href)="(/[^"]+)"', get("/").text))
    assert {asset("app.js"), asset("style/base.css"), asset("favicon.svg")} <= referred
    for path in referred:
        assert get(path).status == 200, path


def test_the_page_names_every_module_that_another_one_imports() -> None:
    named = set(re.findall(r'rel="modulepreload" href="([^"]+)"', get("/").text))
    for path in named:
        imported = re.findall(r'from "([^"]+)"', get(path).text)
        assert {
            posixpath.normpath(posixpath.join(posixpath.dirname(path), each)) for each in imported
        } <= named


def test_the_policy_allows_this_origin_and_the_issuer_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIDC_ISSUER", "https://issuer.test/pool")
    policy = get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "connect-src 'self' https://issuer.test;" in policy
    assert "unsafe" not in policy


def test_the_policy_lets_cognito_hand_out_tokens_at_its_own_domain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIDC_ISSUER", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc")
    policy = get("/").headers["content-security-policy"]
    assert (
        "connect-src 'self' https://cognito-idp.eu-west-1.amazonaws.com "
        "https://*.auth.eu-west-1.amazoncognito.com;" in policy
    )


def allowed_origins() -> str:
    """Return what the template lets a deployment pass on."""
    return str(source()["Parameters"]["OidcOrigins"]["AllowedPattern"])


def test_the_policy_lets_an_issuer_hand_out_tokens_at_another_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIDC_ISSUER", "https://accounts.google.com")
    origins = "https://oauth2.googleapis.com https://id.example:8443"
    policy = f"connect-src 'self' https://accounts.google.com {origins}; "
    monkeypatch.setenv("OIDC_ORIGINS", origins)
    assert re.fullmatch(allowed_origins(), origins)
    assert policy in get("/").headers["content-security-policy"]


@pytest.mark.parametrize(
    "origins",
    [
        *("http://plain.example", "https:", "*", "https://*", "https://a.example/path", "'unsafe-inline'"),
        *("https://a.example; script-src *", "https://a.example,https://b.example", "https://A.example"),
    ],
)
def test_nothing_but_https_origins_gets_into_the_policy(
    monkeypatch: pytest.MonkeyPatch, origins: str
) -> None:
    monkeypatch.setenv("OIDC_ISSUER", "https://issuer.test")
    monkeypatch.setenv("OIDC_ORIGINS", origins)
    assert not re.fullmatch(allowed_origins(), origins)
    with pytest.raises(ValueError, match="OIDC_ORIGINS"):
        get("/")


def test_the_page_keeps_to_its_own_policy() -> None:
    text = get("/").text
    assert "style=" not in text
    assert not re.search(r"<script(?![^>]*src=)", text)
    assert not re.search(r"\son\w+=", text)


def test_every_answer_has_the_security_headers() -> None:
    for path in ("/", "/health", "/openapi.json", "/nowhere"):
        headers = get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"


def test_a_known_file_is_not_sent_again() -> None:
    first = get("/")
    assert first.headers["cache-control"] == "no-cache"
    again = get("/", **{"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert (again.status, again.text) == (304, "")
    assert get("/", **{"If-None-Match": '"other"'}).status == 200


def test_an_asset_of_this_version_is_kept_for_ever_and_of_another_one_not_at_all() -> None:
    kept = get(asset("app.js"))
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    other = get("/assets/v-0123456789ab/app.js")
    assert (other.status, other.headers["cache-control"]) == (200, "no-store")
    assert other.text == kept.text


def test_a_browser_that_can_unpack_gets_the_file_compressed() -> None:
    plain = get(asset("style/base.css"))
    answer = app.handler(
        request("GET", asset("style/base.css"), sub=None, headers={"Accept-Encoding": "gzip, br"}), Context()
    )
    assert answer["isBase64Encoded"] is True
    assert answer["headers"]["Content-Encoding"] == "gzip"
    assert answer["headers"]["Vary"] == "Accept-Encoding"
    assert answer["headers"]["ETag"] != plain.headers["etag"]
    assert gzip.decompress(base64.b64decode(answer["body"])).decode() == plain.text


def test_health_and_the_document() -> None:
    assert get("/health").json == {"status": "ok"}
    assert get("/openapi.json").json["openapi"] == "3.1.0"


def test_the_configuration_tells_where_to_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "local")
    monkeypatch.setenv("OIDC_ISSUER", "http://127.0.0.1:8080")
    monkeypatch.setenv("OIDC_CLIENT_ID", "console")
    assert get("/assets/config.json").json == {
        "environment": "local",
        "oidc_issuer": "http://127.0.0.1:8080",
        "oidc_client_id": "console",
    }


@pytest.mark.parametrize(
    "path",
    [
        *("/nowhere", "/assets/", "/assets/../app.py", "/assets/%2e%2e/app.py", "/assets//etc/passwd", ""),
        *("/assets/index.html/", "/index.html", "/assets/openapi.json", "/assets/app.js"),
        *("/assets/v-0123456789ab/../app.py", "/assets/v-0123456789ab/index.html", "/assets/v-0123456789ab/"),
    ],
)
def test_no_other_file_is_within_reach(path: str) -> None:
    answer = get(path)
    assert (answer.status, answer.error["code"]) == (404, "route_not_found")


def test_nothing_but_get_is_answered() -> None:
    assert get("/", "POST").status == 404


def test_it_needs_nothing_but_the_standard_library() -> None:
    """Its artifact holds no layer, so an import of one would only fail on Lambda."""
    code = (
        "import sys, json; import functions.console.app; "
        "print(json.dumps([name for name in sys.modules if name.split('.')[0] in "
        "('shared', 'boto3', 'botocore', 'pydantic', 'aws_lambda_powertools', 'requests')]))"
    )
    found: Any = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    assert json.loads(found) == []
