"""The page on which an account is connected to a platform: what Stripe's page of OAuth is in production. Pure.

Two links and no script: `curl "$url"` shows the code. Nobody is asked for data, and nothing is stored. The page never
redirects by itself, since it cannot know which addresses a platform has registered: it shows where each link leads.
"""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from paysandbox import TITLE
from paysandbox.core.errors import Code, Refused
from paysandbox.http.html import PAGE_HEADERS
from paysandbox.payments.attempts.return_url import MAX_LENGTH, fault_of, with_parameters
from paysandbox.stripe_api.connect.oauth import Scope, new_code
from paysandbox.stripe_api.ids import APPLICATION, application_id, is_application

STANDS_IN: Final = (
    "This test page stands in for Stripe's. Connecting gives the platform a code for a new test account. "
    "Nobody is asked for data, and no money moves."
)

_NO_APPLICATION: Final = "No application matches the supplied client identifier"
"""Stripe's words, as public programs have recorded them. Nobody is sent back then (RFC 6749, section 4.1.2.1)."""

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


class AuthorizeAccount(BaseModel):
    """What an application requests of an account's owner. What fills in Stripe's form has no effect, as all others."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    client_id: Annotated[
        str,
        StringConstraints(pattern=rf"^{APPLICATION}_[A-Za-z0-9]{{1,60}}$"),
        Field(
            description="The platform's application, as `application` of its webhook endpoint with `connect`.",
            examples=[application_id("demo")],
        ),
    ]
    redirect_uri: Annotated[
        str,
        Field(
            max_length=MAX_LENGTH,
            description="Where both links lead: an `http` or `https` URL, to whose query the answer is added.",
            examples=["https://shop.example/connected"],
        ),
    ]
    response_type: Annotated[Literal["code"], Field(description="What the answer has.")] = "code"
    scope: Annotated[Scope, Field(description="What the platform may do. Both may do the same here.")] = "read_only"
    state: Annotated[str | None, Field(max_length=500, description="A text that comes back with the answer.")] = None


def oauth_page(authorization: AuthorizeAccount, at: datetime, nonce: str, *, prefix: str) -> str:
    """Return the page as HTML, with a code for the application. Paths of this host begin with `prefix`.

    Raises Refused: parameter_invalid for an application that no sandbox has derived, url_not_allowed.
    """
    if not is_application(authorization.client_id):
        raise Refused(Code.PARAMETER_INVALID, _NO_APPLICATION, "client_id")
    fault = fault_of(authorization.redirect_uri)
    if fault is not None:
        raise Refused(Code.URL_NOT_ALLOWED, fault, "redirect_uri")
    code = new_code(authorization.client_id, authorization.scope, at, nonce)
    state = {} if authorization.state is None else {"state": authorization.state}
    return _PAGE.format(
        service=TITLE,
        prefix=escape(prefix),
        text=STANDS_IN,
        application=escape(authorization.client_id),
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
