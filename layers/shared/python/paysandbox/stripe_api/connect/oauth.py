"""Connect's OAuth: authorization codes, what a code is exchanged for, and the refusals. Pure.

Source: Stripe, "Connect OAuth reference"; RFC 6749, sections 4.1 and 5.2. The words of the refusals are Stripe's, as
public programs have recorded them (omniauth-stripe-connect#23, stripe-ruby's tests).

A code says all that is known of it, so nothing is stored when it is issued: when that was, something random, and a
check of both, the application and the scope. It opens nothing without the platform's secret key. The account that it
is exchanged for has an ID derived from it, so it works once.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from paysandbox.core.errors import Code
from paysandbox.core.ids import derive
from paysandbox.core.record import record
from paysandbox.http.answer import Body
from paysandbox.http.reading import parameter_name
from paysandbox.stripe_api.errors import OAuthError, StripeRefused

PREFIX: Final = "ac"
LIFETIME: Final = timedelta(minutes=5)
"""Of an authorization code, from its issue on."""

Scope = Literal["read_only", "read_write"]
SCOPES: Final[tuple[Scope, ...]] = ("read_only", "read_write")
"""Both may do the same here. The first is the default (Stripe, "Connect OAuth reference")."""

_NONCE_LENGTH: Final = 10
_CHECK_LENGTH: Final = 12
_CODE: Final = re.compile(rf"{PREFIX}_([0-9]{{10}})([a-z2-7]{{{_NONCE_LENGTH}}})([a-z2-7]{{{_CHECK_LENGTH}}})")
_MAX_SHOWN: Final = 64


@record(kw_only=True)
class AuthorizationCode:
    """A code that an application was given, for which scope, and when (UTC)."""

    text: str
    scope: Scope
    issued_at: datetime


def new_code(application: str, scope: Scope, at: datetime, nonce: str) -> str:
    """Return a new code for an application (`ca_…`): `nonce` is at least ten characters of base32, in lower case."""
    issued, nonce = f"{int(at.timestamp()):010}", nonce[:_NONCE_LENGTH]
    return f"{PREFIX}_{issued}{nonce}{_check(application, scope, issued, nonce)}"


def read_code(text: str, application: str) -> AuthorizationCode:
    """Return the code that an application sends. Raises Refused(request_invalid), as all of these."""
    match = _CODE.fullmatch(text)
    if match is not None:
        issued, nonce, check = match.groups()
        for scope in SCOPES:
            if check == _check(application, scope, issued, nonce):
                return AuthorizationCode(text=text, scope=scope, issued_at=datetime.fromtimestamp(int(issued), UTC))
    raise _invalid_grant(f"Authorization code does not exist: {_shown(text)}")


def check_lifetime(code: AuthorizationCode, at: datetime) -> None:
    """Refuse a code that has expired by then."""
    if at > code.issued_at + LIFETIME:
        raise _invalid_grant(f"Authorization code expired: {code.text}")


def token_of(code: AuthorizationCode, account: str) -> Body:
    """Return what a code is exchanged for.

    Stripe's tokens and keys of the account are left out: a platform acts for it with its own key and `Stripe-Account`.
    """
    return {"livemode": False, "scope": code.scope, "stripe_user_id": account, "token_type": "bearer"}


def check_application(named: str | None, own: str) -> None:
    """Refuse another application than the key's."""
    if named is not None and named != own:
        raise _invalid_client(f"No such application: '{_shown(named)}'")


def already_used() -> StripeRefused:
    """Return the refusal of a code that was exchanged before. Here, the account stays connected."""
    return _invalid_grant(
        "This authorization code has already been used. All tokens issued with this code have been revoked."
    )


def not_connected(account: str) -> StripeRefused:
    """Return the refusal to disconnect an account that is not connected."""
    return _invalid_client(
        f"This application is not connected to stripe account {_shown(account)}, or that account does not exist."
    )


def _invalid_grant(detail: str) -> StripeRefused:
    return StripeRefused(Code.REQUEST_INVALID, detail, oauth=OAuthError(400, "invalid_grant"))


def _invalid_client(detail: str) -> StripeRefused:
    return StripeRefused(Code.REQUEST_INVALID, detail, oauth=OAuthError(401, "invalid_client"))


def _shown(text: str) -> str:
    return parameter_name(text)[:_MAX_SHOWN]


def _check(application: str, scope: Scope, issued: str, nonce: str) -> str:
    return derive("authorization code", application, scope, issued, nonce, length=_CHECK_LENGTH)
