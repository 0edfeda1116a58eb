"""The signed-in donor, from the claims of an ID token that the gateway's authorizer has verified.

The claims are checked again here: an authorizer accepts any token of its pool, and some accept an access token, which
does not identify a person (Amazon Cognito, "Verifying JSON web tokens").
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from paysandbox.aws import runtime
from paysandbox.aws.settings import DonorPoolSettings
from paysandbox.core.donor import Donor
from paysandbox.core.errors import Code, Refused

MAX_NAME: Final = 100
"""Longer names are truncated to this many characters: a pool accepts 2,048, and names are public."""

_DATE: Final = "%a %b %d %H:%M:%S UTC %Y"
# Control characters, and characters that change the direction of the surrounding text.
_INVISIBLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def donor_of(event: Mapping[str, Any]) -> Donor:
    """Return the donor of a request. Raises Refused: token_invalid, or forbidden if the e-mail is unconfirmed."""
    authorizer = (event.get("requestContext") or {}).get("authorizer") or {}
    claims: Mapping[str, Any] = authorizer.get("claims") or {}
    pool = runtime.settings_of(DonorPoolSettings)
    region = pool.cognito_user_pool_id.partition("_")[0]
    expected = {
        "token_use": "id",
        "iss": f"https://cognito-idp.{region}.amazonaws.com/{pool.cognito_user_pool_id}",
        "aud": pool.cognito_user_pool_client_id,
    }
    if any(claims.get(name) != value for name, value in expected.items()) or _has_expired(claims):
        raise Refused(Code.TOKEN_INVALID, "Send Authorization: Bearer … with an identity token that has not expired.")
    user_id, email, name = (str(claims.get(name) or "") for name in ("sub", "email", "name"))
    name = shown_name(name)
    if not (user_id and email and name):
        raise Refused(Code.TOKEN_INVALID, "The token does not identify a donor: sub, email or name is missing.")
    if str(claims.get("email_verified")).lower() != "true":
        raise Refused(Code.FORBIDDEN, "Confirm your e-mail address first.")
    return Donor(user_id=user_id, email=email.lower(), name=name)


def shown_name(name: str) -> str:
    """Return a name that is safe to display on one line: a pool accepts whatever a donor enters."""
    return " ".join(_INVISIBLE.sub(" ", name).split())[:MAX_NAME].strip()


def _has_expired(claims: Mapping[str, Any]) -> bool:
    """Compare with wall time, as tokens do. API Gateway passes the claim as a date, the local engine as a number."""
    given = str(claims.get("exp") or "")
    try:
        ends = datetime.fromtimestamp(int(given), UTC) if given.isdigit() else _date_of(given)
    except (ValueError, OverflowError, OSError):
        return True
    return ends <= runtime.wall_now()


def _date_of(text: str) -> datetime:
    return datetime.strptime(text, _DATE).replace(tzinfo=UTC)
