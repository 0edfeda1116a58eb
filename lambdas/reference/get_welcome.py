"""GET /: what this is, and where to read on. A page for browsers, JSON for everybody else."""

from html import escape
from pathlib import Path
from typing import Final

from paysandbox import TITLE, VERSION
from paysandbox.http.html import mark_url
from paysandbox.http.native import Answer, Page, endpoint
from paysandbox.http.request import Call
from paysandbox.reference.routes import GET_WELCOME
from reference.built import below, html

_TEMPLATE: Final = Path(__file__).parent / "pages" / "welcome.html"
_DASHBOARD: Final = '<li><a href="{url}">Dashboard</a>: payments, events and webhooks as they happen.</li>\n'
_VARY: Final = {"Vary": "Accept"}
_LINKS: Final = {
    "docs": "/docs",
    "openapi": "/openapi.json",
    "health": "/health",
    "recent": "/donations/recent",
    "total": "/donations/total",
}


@endpoint(GET_WELCOME)
def handler(call: Call[None, None]) -> Answer | Page:
    """The same for everybody, but for the stage in front of the paths."""
    if call.request.prefers_html:
        return html(_page(call.request.prefix, call.request.dashboard_url), headers=_VARY)
    links = {name: call.request.prefix + path for name, path in _LINKS.items()}
    return Answer({"service": TITLE, "version": VERSION, "links": links}, outcome="shown", headers=_VARY)


def _page(prefix: str, dashboard: str | None) -> str:
    """Its address may lack the slash behind the stage, so its links begin with the stage."""
    text = (
        _TEMPLATE.read_text(encoding="utf-8")
        .replace("{service}", TITLE)
        .replace("{version}", VERSION)
        .replace("{mark}", mark_url())
    )
    return below(
        text.replace("{dashboard}", _DASHBOARD.format(url=escape(dashboard)) if dashboard else ""), f"{prefix}/"
    )
