"""Who donates: the claims of an identity token that the gateway's authorizer has verified.

Looked at once more here: an authorizer takes any token of its pool, and some an access token, which says nothing of a
person (Amazon Cognito, "Verifying JSON web tokens").
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
"""Characters of a name that are kept: a pool takes 2,048, and everybody may see it."""

_DATE: Final = "%a %b %d %H:%M:%S UTC %Y"
# Control characters, and those that turn the direction of the text around them.
_UNSEEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def donor_of(event: Mapping[str, Any]) -> Donor:
    """The donor who calls. Raises Refused: token_invalid, forbidden where the e-mail was never confirmed."""
    authorizer = (event.get("requestContext") or {}).get("authorizer") or {}
    claims: Mapping[str, Any] = authorizer.get("claims") or {}
    pool = runtime.settings_of(DonorPoolSettings)
    region = pool.cognito_user_pool_id.partition("_")[0]
    wanted = {
        "token_use": "id",
        "iss": f"https://cognito-idp.{region}.amazonaws.com/{pool.cognito_user_pool_id}",
        "aud": pool.cognito_user_pool_client_id,
    }
    if any(claims.get(name) != value for name, value in wanted.items()) or _has_expired(claims):
        raise Refused(Code.TOKEN_INVALID, "Send Authorization: Bearer … with an identity token that has not expired.")
    user_id, email, name = (str(claims.get(name) or "") for name in ("sub", "email", "name"))
    name = shown_name(name)
    if not (user_id and email and name):
        raise Refused(Code.TOKEN_INVALID, "The token names nobody: it has no sub, email and name.")
    if str(claims.get("email_verified")).lower() != "true":
        raise Refused(Code.FORBIDDEN, "Confirm the e-mail address first.")
    return Donor(user_id=user_id, email=email.lower(), name=name)


def shown_name(name: str) -> str:
    """A name as it may be shown, in one line: a pool takes whatever a donor writes."""
    return " ".join(_UNSEEN.sub(" ", name).split())[:MAX_NAME].strip()


def _has_expired(claims: Mapping[str, Any]) -> bool:
    """By wall time, which tokens are made by. API Gateway writes the claim as a date, the local engine as a number."""
    given = str(claims.get("exp") or "")
    try:
        ends = datetime.fromtimestamp(int(given), UTC) if given.isdigit() else _date_of(given)
    except (ValueError, OverflowError, OSError):
        return True
    return ends <= runtime.wall_now()


def _date_of(text: str) -> datetime:
    return datetime.strptime(text, _DATE).replace(tzinfo=UTC)
