"""HTML for browsers: content negotiation, and problems as pages.

Standard library only: every handler imports it, and so does the local engine.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from paysandbox import TITLE

HTML: Final = "text/html; charset=utf-8"
CSS: Final = "text/css; charset=utf-8"
JAVASCRIPT: Final = "text/javascript; charset=utf-8"
MARKDOWN: Final = "text/markdown; charset=utf-8"
"""RFC 7763."""

PAGE_HEADERS: Final = {
    # Everything that a page loads or calls is of its own host.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

MARK_SVG: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="8" fill="#5145d6"/>'
    '<path d="M6 11a3.5 3.5 0 0 1 3.5-3.5h13A3.5 3.5 0 0 1 26 11v6H6z" fill="#fff"/>'
    '<path d="M6 12.8h20" stroke="#5145d6" stroke-width="2.6"/>'
    '<path d="M8 20.4h0m5.3 0h0m5.4 0h0m5.3 0h0M10.7 24.9h0m5.3 0h0m5.3 0h0"'
    ' stroke="#fff" stroke-width="3" stroke-linecap="round"/>'
    "</svg>"
)
"""The sandbox's mark: a card that becomes sand. The dashboard's icon.svg is the same."""

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{status} {title} · {service}</title>
<link rel="icon" href="{mark}">
<link rel="stylesheet" href="{prefix}/docs/pages.css">
</head>
<body>
<header class="top"><a class="brand" href="{prefix}/">{service}</a></header>
<main class="problem">
<p class="status">{status}</p>
<h1>{title}</h1>
{detail}<dl>
{facts}
</dl>
{nearby}<p><a href="{doc_url}">What <code>{code}</code> means and how to fix it</a></p>
<p><a href="{prefix}/docs">Documentation</a> · <a href="{prefix}/docs/explorer">API explorer</a></p>
</main>
</body>
</html>
"""

_WEIGHT: Final = re.compile(r"([01])(?:\.([0-9]{0,3}))?")
_FACTS: Final = {"code": "Code", "param": "Parameter", "request_id": "Request ID"}


def prefers_html(accept: Sequence[str]) -> bool:
    """Whether these `Accept` headers prefer HTML to JSON (RFC 9110, section 12.5.1). A tie is JSON: `*/*` gets that."""
    return prefers(accept, "text/html", "application/json", "application/problem+json")


def prefers(accept: Sequence[str], media_type: str, *others: str) -> bool:
    """Whether `Accept` headers prefer a media type to all others. A tie is theirs."""
    ranges = [_range(part) for value in accept for part in value.split(",")]
    return _quality(ranges, media_type) > max(_quality(ranges, other) for other in others)


def mark_url() -> str:
    """The mark as a URL, so that a page need not request it. The policy of pages allows it."""
    from urllib.parse import quote  # JSON responses do not need it

    return f"data:image/svg+xml,{quote(MARK_SVG)}"


def problem_page(problem: Mapping[str, Any], *, prefix: str = "", nearby: Sequence[str] = ()) -> str:
    """A problem as a page. `nearby` are routes with similar paths; `prefix` is what paths of this host begin with."""
    from html import escape  # it loads a table of 2,000 entities, which JSON responses do not need

    facts = [
        f"<dt>{label}</dt><dd><code>{escape(str(problem[name]))}</code></dd>"
        for name, label in _FACTS.items()
        if problem.get(name)
    ]
    title, detail = (escape(str(problem.get(name, ""))) for name in ("title", "detail"))
    listed = "".join(f"<li><code>{escape(route)}</code></li>\n" for route in nearby)
    return _PAGE.format(
        service=TITLE,
        mark=mark_url(),
        prefix=escape(prefix),
        status=escape(str(problem.get("status", ""))),
        title=title,
        detail=f"<p>{detail}</p>\n" if detail.rstrip(".") != title else "",
        code=escape(str(problem.get("code", ""))),
        doc_url=escape(str(problem.get("doc_url", f"{prefix}/docs/errors"))),
        facts="\n".join(facts),
        nearby=f"<h2>Did you mean</h2>\n<ul>\n{listed}</ul>\n" if listed else "",
    )


def _range(part: str) -> tuple[str, int]:
    """A media range and its weight in thousandths. One whose weight cannot be read counts for nothing."""
    media_range, *parameters = (word.strip().lower() for word in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            weight = _WEIGHT.fullmatch(value.strip())
            return media_range, int(weight[1]) * 1000 + int((weight[2] or "").ljust(3, "0")) if weight else 0
    return media_range, 1000


def _quality(ranges: Sequence[tuple[str, int]], media_type: str) -> int:
    """The weight of a media type: that of the most specific range which covers it."""
    for covering in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
        weights = [weight for media_range, weight in ranges if media_range == covering]
        if weights:
            return max(weights)
    return 0
