"""Where Zoho answers: one row for each data centre, and the rule that nothing outside the table is called."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.domain.errors import BadRequest

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class ZohoUrls:
    """Origins that replace the table's for every data centre: all three, or none of them ("")."""

    accounts: str = ""
    books: str = ""
    campaigns: str = ""


@dataclass(frozen=True, slots=True)
class DataCenter:
    """The three origins of one data centre; `location` is Zoho's name for it."""

    location: str
    accounts: str
    books: str
    campaigns: str


# Accounts, Books and Campaigns hosts. Canada breaks the pattern; the United Kingdom and the Emirates have no
# known Campaigns host (Zoho's "Data Centers" page and the "multi-dc" page of Zoho Accounts).
_HOSTS: dict[str, tuple[str, str, str]] = {
    "us": ("accounts.zoho.com", "www.zohoapis.com", "campaigns.zoho.com"),
    "eu": ("accounts.zoho.eu", "www.zohoapis.eu", "campaigns.zoho.eu"),
    "in": ("accounts.zoho.in", "www.zohoapis.in", "campaigns.zoho.in"),
    "au": ("accounts.zoho.com.au", "www.zohoapis.com.au", "campaigns.zoho.com.au"),
    "jp": ("accounts.zoho.jp", "www.zohoapis.jp", "campaigns.zoho.jp"),
    "ca": ("accounts.zohocloud.ca", "www.zohoapis.ca", "campaigns.zohocloud.ca"),
    "cn": ("accounts.zoho.com.cn", "www.zohoapis.com.cn", "campaigns.zoho.com.cn"),
    "sa": ("accounts.zoho.sa", "www.zohoapis.sa", "campaigns.zoho.sa"),
    "uk": ("accounts.zoho.uk", "www.zohoapis.uk", ""),
    "ae": ("accounts.zoho.ae", "", ""),
}
# Consent begins here wherever the user lives; Zoho forwards to the user's own data centre.
_SIGN_IN = "us"


class DataCenters:
    """The table, or the three origins that stand in for it."""

    def __init__(self, urls: ZohoUrls | None = None) -> None:
        """Raise ValueError for overrides that are incomplete or are not origins."""
        given = urls or ZohoUrls()
        set_ones = [url for url in (given.accounts, given.books, given.campaigns) if url]
        if len(set_ones) not in {0, 3}:
            raise ValueError("set all three Zoho addresses (accounts, books, campaigns) or none of them")
        self._override: tuple[str, str, str] | None = None
        if set_ones:
            self._override = (origin_of(given.accounts), origin_of(given.books), origin_of(given.campaigns))

    @property
    def sign_in_origin(self) -> str:
        """The origin of the consent page."""
        return self._override[0] if self._override else f"https://{_HOSTS[_SIGN_IN][0]}"

    def at(self, location: str) -> DataCenter:
        """Return the data centre Zoho calls `location`.

        Raises `BadRequest` (`data_center_unknown`) when it is not in the table or lacks one of the products.
        """
        hosts = _HOSTS.get(location)
        if hosts is None:
            raise _unknown("Zoho named a data centre this service does not know.")
        if self._override:
            return DataCenter(location, *self._override)
        accounts, books, campaigns = hosts
        missing = [name for name, host in (("Books", books), ("Campaigns", campaigns)) if not host]
        if missing:
            raise _unknown(
                f"Zoho {' and '.join(missing)} {'has' if len(missing) == 1 else 'have'} no known address in "
                f"the data centre {location!r}, so accounts there cannot be connected."
            )
        return DataCenter(location, f"https://{accounts}", f"https://{books}", f"https://{campaigns}")

    def of_grant(self, location: str, accounts_server: str) -> DataCenter:
        """Return the data centre a consent came back from.

        Both values travel through the user's browser, so the server must be in the table and match `location`
        ("" is taken as unsaid). Raises `BadRequest` (`data_center_unknown`).
        """
        try:
            origin = origin_of(accounts_server)
        except ValueError:
            raise _unknown("The accounts server Zoho named is not a web address.") from None
        named = location.strip().lower()
        if self._override:
            if origin != self._override[0]:
                raise _unknown("The accounts server Zoho named is not the one this service is set up for.")
            return self.at(named or _SIGN_IN)
        row = next((key for key, hosts in _HOSTS.items() if origin == f"https://{hosts[0]}"), None)
        if row is None or (named and named != row):
            raise _unknown("The accounts server Zoho named does not belong to a known data centre.")
        return self.at(row)

    def accounts_origin(self, accounts_server: str) -> str:
        """Return the origin of the server that issued a grant, checked like one that a browser brought."""
        return self.of_grant("", accounts_server).accounts


def origin_of(url: str) -> str:
    """Return scheme, host and port of `url`; raises ValueError when it is not a web address or says more."""
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").lower()
    if parts.scheme not in _DEFAULT_PORTS or not host or "@" in parts.netloc:
        raise ValueError("an origin is scheme://host or scheme://host:port")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError("an origin has no path, query or fragment")
    name = f"[{host}]" if ":" in host else host
    port = "" if parts.port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{name}{port}"


def _unknown(message: str) -> BadRequest:
    return BadRequest(message, code="data_center_unknown")
