from __future__ import annotations

import pytest

from shared.adapters.zoho.data_centers import DataCenters, ZohoUrls, origin_of
from shared.domain.errors import BadRequest

WHOLE_ROWS = {
    "us": ("accounts.zoho.com", "www.zohoapis.com", "campaigns.zoho.com"),
    "eu": ("accounts.zoho.eu", "www.zohoapis.eu", "campaigns.zoho.eu"),
    "in": ("accounts.zoho.in", "www.zohoapis.in", "campaigns.zoho.in"),
    "au": ("accounts.zoho.com.au", "www.zohoapis.com.au", "campaigns.zoho.com.au"),
    "jp": ("accounts.zoho.jp", "www.zohoapis.jp", "campaigns.zoho.jp"),
    "ca": ("accounts.zohocloud.ca", "www.zohoapis.ca", "campaigns.zohocloud.ca"),
    "cn": ("accounts.zoho.com.cn", "www.zohoapis.com.cn", "campaigns.zoho.com.cn"),
    "sa": ("accounts.zoho.sa", "www.zohoapis.sa", "campaigns.zoho.sa"),
}
STAND_IN = ZohoUrls("http://127.0.0.1:9/", "http://127.0.0.1:10", "http://127.0.0.1:11")


@pytest.mark.parametrize("location", WHOLE_ROWS)
def test_each_data_centre_has_its_three_hosts(location: str) -> None:
    accounts, books, campaigns = WHOLE_ROWS[location]
    found = DataCenters().of_grant(location, f"https://{accounts}")
    assert (found.location, found.accounts) == (location, f"https://{accounts}")
    assert (found.books, found.campaigns) == (f"https://{books}", f"https://{campaigns}")


def test_the_server_alone_tells_the_data_centre() -> None:
    assert DataCenters().of_grant("", "https://accounts.zoho.eu/").location == "eu"


def test_spelling_of_host_port_and_location_does_not_matter() -> None:
    assert DataCenters().of_grant(" EU ", "https://Accounts.Zoho.EU:443").location == "eu"


@pytest.mark.parametrize(
    "server",
    [
        "https://accounts.zoho.evil.example",
        "https://accounts.zoho.com.evil.example",
        "http://accounts.zoho.com",
        "https://accounts.zoho.com:8443",
        "https://accounts.zoho.com@evil.example",
        "https://user:word@accounts.zoho.com",
        "https://accounts.zoho.com/path",
        "https://accounts.zoho.com?x=1",
        "https://accounts.zoho.com#x",
        "https://accounts.zoho.ca",
        "https://accounts.zoho.com:notaport",
        "https://[::1",
        "//accounts.zoho.com",
        "accounts.zoho.com",
        "",
        "javascript:alert(1)",
    ],
)
def test_a_server_outside_the_table_is_refused(server: str) -> None:
    with pytest.raises(BadRequest) as refused:
        DataCenters().of_grant("us", server)
    assert refused.value.code == "data_center_unknown"


def test_a_location_that_contradicts_the_server_is_refused() -> None:
    with pytest.raises(BadRequest, match="known data centre") as refused:
        DataCenters().of_grant("us", "https://accounts.zoho.eu")
    assert refused.value.code == "data_center_unknown"


@pytest.mark.parametrize(
    ("server", "named"),
    [("https://accounts.zoho.uk", "Campaigns has"), ("https://accounts.zoho.ae", "Books and Campaigns have")],
)
def test_a_data_centre_without_one_of_the_products_is_refused_by_name(server: str, named: str) -> None:
    with pytest.raises(BadRequest, match=named) as refused:
        DataCenters().of_grant("", server)
    assert refused.value.code == "data_center_unknown"


def test_consent_begins_at_the_first_accounts_server() -> None:
    assert DataCenters().sign_in_origin == "https://accounts.zoho.com"
    assert DataCenters(STAND_IN).sign_in_origin == "http://127.0.0.1:9"


@pytest.mark.parametrize("location", ["us", "eu", "uk", "ae"])
def test_given_addresses_serve_every_data_centre(location: str) -> None:
    found = DataCenters(STAND_IN).of_grant(location, "http://127.0.0.1:9")
    assert found.location == location
    assert [found.accounts, found.books, found.campaigns] == [
        "http://127.0.0.1:9",
        "http://127.0.0.1:10",
        "http://127.0.0.1:11",
    ]


@pytest.mark.parametrize(
    ("location", "server"),
    [
        ("us", "http://127.0.0.1:10"),
        ("us", "https://accounts.zoho.com"),
        ("us", "https://127.0.0.1:9"),
        ("us", "http://127.0.0.1:9/oauth"),
        ("mars", "http://127.0.0.1:9"),
    ],
)
def test_with_given_addresses_only_their_first_is_an_accounts_server(location: str, server: str) -> None:
    with pytest.raises(BadRequest) as refused:
        DataCenters(STAND_IN).of_grant(location, server)
    assert refused.value.code == "data_center_unknown"


@pytest.mark.parametrize(
    "urls",
    [
        ZohoUrls(accounts="http://127.0.0.1:9"),
        ZohoUrls("http://127.0.0.1:9", "http://127.0.0.1:9", ""),
        ZohoUrls("http://127.0.0.1:9", "http://127.0.0.1:9/api", "http://127.0.0.1:9"),
        ZohoUrls("ftp://127.0.0.1", "http://127.0.0.1:9", "http://127.0.0.1:9"),
    ],
)
def test_incomplete_or_crooked_addresses_stop_the_service_from_starting(urls: ZohoUrls) -> None:
    with pytest.raises(ValueError, match=r"origin|all three"):
        DataCenters(urls)


def test_an_origin_keeps_an_unusual_port_and_the_brackets_of_an_address() -> None:
    assert origin_of("HTTPS://[::1]:8443/") == "https://[::1]:8443"
    assert origin_of("http://localhost:80") == "http://localhost"
