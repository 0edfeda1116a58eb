"""The page of a 3-D Secure challenge: what the page of the cardholder's bank is in production. Pure.

Two plain forms and no script, so that it works in every browser, by keyboard, and without a browser:
`curl -X POST "$url" -d result=succeeded`.
"""

from collections.abc import Mapping
from html import escape
from typing import Final

from paysandbox import TITLE
from paysandbox.core.amount_text import amount_with_code
from paysandbox.http.html import PAGE_HEADERS
from paysandbox.payments.attempts.authentication import open_challenge
from paysandbox.payments.attempts.return_url import policy_source
from paysandbox.payments.bank.authentication_result import AuthenticationResult
from paysandbox.payments.operations.authentication import Authentication
from paysandbox.payments.operations.challenge_requested import ChallengeRequested
from paysandbox.payments.payment import Payment, state_of

STANDS_IN: Final = (
    "This test page stands in for the page of the cardholder's bank. Choose how the authentication (3-D Secure) ends. "
    "No money moves."
)

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


def challenge_page(payment: Payment, challenge: ChallengeRequested, *, back: str | None, prefix: str) -> str:
    """Return the page of a challenge as HTML: the forms while the payment waits for it, else what became of it.

    `back` is the merchant's page, to which an ended challenge links. Paths of this host begin with `prefix`.
    """
    is_open = open_challenge(payment) == challenge
    title, text = _words(payment, challenge, is_open=is_open)
    facts = {
        "Merchant": payment.merchant,
        "Amount": amount_with_code(challenge.amount, payment.currency),
        "Card": f"{challenge.card.brand}, ending in {challenge.card.last4}",
        "Payment": str(state_of(payment).status).replace("_", " "),
    }
    return page_of(title, text, facts, is_open=is_open, back=back, prefix=prefix)


def page_of(title: str, text: str, facts: Mapping[str, str], *, is_open: bool, back: str | None, prefix: str) -> str:
    """Return a page as HTML: what the cardholder confirms, and the forms if it `is_open`, else the link `back`."""
    link = f'<p><a href="{escape(back)}">Return to the merchant</a></p>\n' if back else ""
    return _PAGE.format(
        service=TITLE,
        prefix=escape(prefix),
        title=title,
        text=text,
        facts="\n".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts.items()),
        actions=_FORMS if is_open else link,
    )


def page_headers(return_url: str | None) -> dict[str, str]:
    """Return the headers of the page, whose form leads to `return_url`.

    Chromium applies `form-action` to the redirect that follows a form. The page may be framed by the sandbox's own
    pages only, so that no other site can make a visitor click through it.
    """
    source = f" {policy_source(return_url)}" if return_url else ""
    return {**PAGE_HEADERS, "Content-Security-Policy": _POLICY.format(source=source), "Vary": "Accept"}


def _words(payment: Payment, challenge: ChallengeRequested, *, is_open: bool) -> tuple[str, str]:
    """Return the title and the text of the page."""
    authentications = (
        authentication for authentication in payment.operations if isinstance(authentication, Authentication)
    )
    last = next(
        (
            authentication
            for authentication in reversed([*authentications])
            if authentication.challenge_id == challenge.id
        ),
        None,
    )
    if is_open and last is not None and last.result is AuthenticationResult.DECOUPLED:
        return "Confirm in your bank's app", f"The bank authenticates you elsewhere (result D). {STANDS_IN}"
    if is_open:
        return "Confirm your payment", STANDS_IN
    if last is None:
        return "This payment has ended", "The merchant ended the payment before you confirmed it."
    if last.result is AuthenticationResult.ABANDONED:
        return (
            "The time to confirm is over",
            "You did not confirm the payment within an hour. Start again at the merchant.",
        )
    title = "Authentication failed" if last.failed else "Authentication complete"
    return title, f"It ended with the result {last.result}. You can close this page."
