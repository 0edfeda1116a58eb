"""The page of a 3-D Secure challenge: what the page of the cardholder's bank is in production. Pure.

Two plain forms and no script, so that it works in every browser, by keyboard, and without a browser:
`curl -X POST "$url" -d result=succeeded`.
"""

from dataclasses import dataclass
from html import escape
from typing import Final

from paysandbox import TITLE
from paysandbox.http.html import PAGE_HEADERS
from paysandbox.payments.return_url import policy_source

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self'{source}; "
    "frame-ancestors 'self'"
)

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · {service}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{prefix}/docs/pages.css">
</head>
<body>
<header class="top"><span class="brand">{service}</span></header>
<main class="challenge">
<h1>{title}</h1>
<p>{text}</p>
<dl>
{facts}
</dl>
{actions}</main>
</body>
</html>
"""

_FORMS: Final = """<div class="actions">
<form method="post"><button class="primary" name="result" value="succeeded">Complete authentication</button></form>
<form method="post"><button name="result" value="failed">Fail authentication</button></form>
</div>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengePage:
    """What the page shows, as text. `prefix` is what paths of its host begin with.

    `is_open` is whether the challenge can still be completed. `back` is the address of the merchant's page that an
    ended challenge links to, if there is one.
    """

    title: str
    text: str
    merchant: str
    amount: str
    card: str
    status: str
    is_open: bool = False
    back: str | None = None
    prefix: str = ""

    def html(self) -> str:
        """Return the page."""
        facts = {"Merchant": self.merchant, "Amount": self.amount, "Card": self.card, "Payment status": self.status}
        link = f'<p><a href="{escape(self.back)}">Return to the merchant</a></p>\n' if self.back else ""
        return _PAGE.format(
            service=TITLE,
            prefix=escape(self.prefix),
            title=escape(self.title),
            text=escape(self.text),
            facts="\n".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts.items()),
            actions=_FORMS if self.is_open else link,
        )


def page_headers(return_url: str | None) -> dict[str, str]:
    """Return the headers of the page, whose form leads to `return_url`.

    Chromium applies `form-action` to the redirect that follows a form. The page may be framed by the sandbox's own
    pages only, so that no other site can make a visitor click through it.
    """
    source = f" {policy_source(return_url)}" if return_url else ""
    return {**PAGE_HEADERS, "Content-Security-Policy": _POLICY.format(source=source), "Vary": "Accept"}
