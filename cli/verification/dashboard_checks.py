"""The checks of the dashboard on AWS: its files behind CloudFront, and the origins whose pages may call the API.

Locally, the sandbox's own port serves the dashboard, and any origin may call.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from cli.verification.client import Client
from cli.verification.response import ABSENT, PRESENT, NotRun, Response
from cli.verification.suite import Suite
from paysandbox.payments import routes as payments

# A site that no environment lists (RFC 6761).
_ANOTHER_SITE: Final = "https://verify.invalid"


class Browser(Client):
    """A browser without a key."""

    def get(self, path: str) -> Response:
        """Get a path below the dashboard's URL."""
        return self.response(self.http.build_request("GET", self._url + path))

    def preflight_from(self, origin: str) -> Response:
        """Ask, as a browser does, whether a page of this origin may send a key."""
        sent = {
            "Origin": origin,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "x-api-key",
        }
        return self.response(self.http.build_request("OPTIONS", payments.LIST_PAYMENTS.path, headers=sent))

    @property
    def origin(self) -> str:
        """The dashboard's origin."""
        url = urlsplit(self._url)
        return f"{url.scheme}://{url.netloc}"

    @property
    def _url(self) -> str:
        if not self.run.dashboard_url:
            raise NotRun("this environment has no dashboard")
        return self.run.dashboard_url


def dashboard(browser: Browser) -> None:
    """The dashboard is served with a Content-Security-Policy, and has the address of this API."""
    secured = {"Content-Security-Policy": PRESENT, "Strict-Transport-Security": PRESENT}
    page = browser.get("")
    assert page.has(headers=secured, contains=["Content-Security-Policy", "connect-src 'self'"]), (
        "the page has a Content-Security-Policy"
    )
    config = browser.get("config.json")
    assert config.has({"api_base": str(browser.http.base_url).rstrip("/")}), "the dashboard has this API's address"


def dashboard_paths(browser: Browser) -> None:
    """Every path of the dashboard is the page, and a missing file is not found."""
    assert browser.get("payments/verify").has(contains=["connect-src 'self'"]), "every path is the page"
    assert browser.get("assets/verify.js").has(status=404), "a missing file is not found"


def own_origin(browser: Browser) -> None:
    """The dashboard's page may call the API."""
    allowed = {"Access-Control-Allow-Origin": browser.origin}
    assert browser.preflight_from(browser.origin).has(status=204, headers=allowed), "its origin is allowed"


def other_origins(browser: Browser) -> None:
    """A page of another site may not call the API."""
    refused = {"Access-Control-Allow-Origin": ABSENT, "Access-Control-Allow-Headers": ABSENT}
    assert browser.preflight_from(_ANOTHER_SITE).has(status=204, headers=refused), "no other origin is allowed"


DASHBOARD_SUITE: Final = Suite("dashboard", Browser, (dashboard, dashboard_paths, own_origin, other_origins))
