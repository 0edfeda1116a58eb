"""The page on which an account is connected to a platform: what Stripe's page of OAuth is in production. Pure.

Two links and no script: `curl "$url"` shows the code. Nobody is asked for data, and nothing is stored. The page never
redirects by itself, since it cannot know which addresses a platform has registered: it shows where each link leads.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Final

from paysandbox import TITLE
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.http.html import PAGE_HEADERS
from paysandbox.payments.attempts.return_url import fault_of, with_parameters
from paysandbox.stripe_api.connect.oauth import SCOPES, Scope, new_code
from paysandbox.stripe_api.ids import APPLICATION

STANDS_IN: Final = (
    "This test page stands in for Stripe's. Connecting gives the platform a code for a new test account. "
    "Nobody is asked for data, and no money moves."
)

_APPLICATION: Final = re.compile(rf"{APPLICATION}_[A-Za-z0-9]{{1,60}}")
_MAX_STATE: Final = 500
_DENIED: Final[Mapping[str, str]] = {"error": "access_denied", "error_description": "The user denied your request"}
"""RFC 6749, section 4.1.2.1. The description is Stripe's ("Connect OAuth reference")."""

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Connect an account · {service}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{prefix}/docs/pages.css">
</head>
<body>
<header class="top"><span class="brand">{service}</span></header>
<main class="challenge">
<h1>Connect an account</h1>
<p>{text}</p>
<dl>
<dt>Application</dt><dd>{application}</dd>
<dt>Scope</dt><dd>{scope}</dd>
<dt>Returns to</dt><dd>{address}</dd>
</dl>
<p><a href="{connect}">Connect a new test account</a></p>
<p><a href="{deny}">Deny access</a></p>
</main>
</body>
</html>
"""


@record(kw_only=True)
class Authorization:
    """What an application requests of an account's owner. `state` comes back with the answer."""

    application: str
    redirect_uri: str
    scope: Scope
    state: str | None


def read_authorization(sent: Mapping[str, Sequence[str]]) -> Authorization:
    """Read the query of the page. Parameters that fill in Stripe's form have no effect, as all others.

    Raises Refused: parameter_missing, parameter_invalid, url_not_allowed.
    """
    application, redirect_uri = _required(sent, "client_id"), _required(sent, "redirect_uri")
    requested, state = _one(sent, "scope") or SCOPES[0], _one(sent, "state")
    scope: Scope | None = next((each for each in SCOPES if each == requested), None)
    if _one(sent, "response_type") not in (None, "code"):
        raise Refused(Code.PARAMETER_INVALID, "The only response type is code.", "response_type")
    if not _APPLICATION.fullmatch(application):
        raise Refused(Code.PARAMETER_INVALID, "An application is ca_ with letters and digits.", "client_id")
    if scope is None:
        raise Refused(Code.PARAMETER_INVALID, f"Use {' or '.join(SCOPES)}.", "scope")
    if state is not None and len(state) > _MAX_STATE:
        raise Refused(Code.PARAMETER_INVALID, f"The state can have at most {_MAX_STATE} characters.", "state")
    fault = fault_of(redirect_uri)
    if fault is not None:
        raise Refused(Code.URL_NOT_ALLOWED, fault, "redirect_uri")
    return Authorization(application=application, redirect_uri=redirect_uri, scope=scope, state=state)


def oauth_page(authorization: Authorization, at: datetime, nonce: str, *, prefix: str) -> str:
    """Return the page as HTML, with a code for the application. Paths of this host begin with `prefix`."""
    code = new_code(authorization.application, authorization.scope, at, nonce)
    state = {} if authorization.state is None else {"state": authorization.state}
    return _PAGE.format(
        service=TITLE,
        prefix=escape(prefix),
        text=STANDS_IN,
        application=escape(authorization.application),
        scope=authorization.scope,
        address=escape(authorization.redirect_uri),
        connect=escape(
            with_parameters(authorization.redirect_uri, {"scope": authorization.scope, "code": code, **state})
        ),
        deny=escape(with_parameters(authorization.redirect_uri, {**_DENIED, **state})),
    )


OAUTH_PAGE_HEADERS: Final = {
    **PAGE_HEADERS,
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
}


def _required(sent: Mapping[str, Sequence[str]], name: str) -> str:
    value = _one(sent, name)
    if not value:
        raise Refused(Code.PARAMETER_MISSING, "This parameter is required.", name)
    return value


def _one(sent: Mapping[str, Sequence[str]], name: str) -> str | None:
    values = sent.get(name, ())
    if len(values) > 1:
        raise Refused(Code.PARAMETER_INVALID, "This parameter is repeated.", name)
    return values[0] if values else None
