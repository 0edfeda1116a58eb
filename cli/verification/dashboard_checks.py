"""The checks of the dashboard on AWS: its files behind CloudFront, and the origins whose pages may call the API.

Locally, the sandbox's own port serves the dashboard, and any origin may call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from cli.verification.checks import ABSENT, PRESENT, NotTried, Suite, Visit
from paysandbox.payments import routes as payments

if TYPE_CHECKING:
    import httpx

# A site that no environment lists (RFC 6761).
_ANOTHER: Final = "https://verify.invalid"


class Viewer(Visit):
    """A browser without a key."""

    def gets(self, path: str) -> httpx.Request:
        """Return a request for a path below the dashboard's URL."""
        return self.http.build_request("GET", self._url + path)

    def preflight_from(self, origin: str) -> httpx.Request:
        """Return the request with which a browser asks whether a page of this origin may send a key."""
        sent = {
            "Origin": origin,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "x-api-key",
        }
        return self.http.build_request("OPTIONS", payments.LIST_PAYMENTS.path, headers=sent)

    @property
    def origin(self) -> str:
        """The dashboard's origin."""
        url = urlsplit(self._url)
        return f"{url.scheme}://{url.netloc}"

    @property
    def _url(self) -> str:
        if not self.place.dashboard_url:
            raise NotTried("this environment has no dashboard")
        return self.place.dashboard_url


def _files(viewer: Viewer) -> None:
    with viewer.check("the dashboard is served with a Content-Security-Policy"):
        secured = {"Content-Security-Policy": PRESENT, "Strict-Transport-Security": PRESENT}
        viewer.expect(viewer.gets(""), headers=secured, contains=["Content-Security-Policy", "connect-src 'self'"])
    with viewer.check("every path of the dashboard is the page"):
        viewer.expect(viewer.gets("payments/verify"), contains=["connect-src 'self'"])
    with viewer.check("a missing file of the dashboard is not found"):
        viewer.expect(viewer.gets("assets/verify.js"), status=404)
    with viewer.check("the dashboard has the address of this API"):
        viewer.expect(viewer.gets("config.json"), {"api_base": str(viewer.http.base_url).rstrip("/")})


def _origins(viewer: Viewer) -> None:
    with viewer.check("the dashboard's page may call the API"):
        allowed = {"Access-Control-Allow-Origin": viewer.origin}
        viewer.expect(viewer.preflight_from(viewer.origin), status=204, headers=allowed)
    with viewer.check("a page of another site may not call the API"):
        refused = {"Access-Control-Allow-Origin": ABSENT, "Access-Control-Allow-Headers": ABSENT}
        viewer.expect(viewer.preflight_from(_ANOTHER), status=204, headers=refused)


DASHBOARD_SUITE: Final = Suite("dashboard", Viewer, {"dashboard files": _files, "allowed origins": _origins})
