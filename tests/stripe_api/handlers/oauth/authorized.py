"""Authorization codes, and what a platform sends with them."""

from typing import Any, Final

from paysandbox.aws import runtime
from paysandbox.http.dispatch import load_handler
from paysandbox.http.route import Route
from paysandbox.stripe_api.connect.oauth import new_code
from paysandbox.stripe_api.ids import application_id
from paysandbox.stripe_api.routes import CREATE_OAUTH_TOKEN, DEAUTHORIZE_ACCOUNT
from tests.support.builders.build import MERCHANT
from tests.support.clients.stripe_call import StripeReply, stripe_send

APPLICATION: Final = application_id(MERCHANT)


def code(application: str = APPLICATION) -> str:
    """Return a new authorization code."""
    return new_code(application, "read_write", runtime.now(), runtime.random_suffix())


def exchange(text: str, **parts: Any) -> StripeReply:
    """Exchange a code."""
    return _send(CREATE_OAUTH_TOKEN, {"grant_type": "authorization_code", "code": text}, **parts)


def disconnect(account: str, *, client_id: str | None = APPLICATION, **parts: Any) -> StripeReply:
    """Disconnect an account."""
    named = {} if client_id is None else {"client_id": client_id}
    return _send(DEAUTHORIZE_ACCOUNT, {"stripe_user_id": account, **named}, **parts)


def refused(reply: StripeReply) -> tuple[int, str, str]:
    """Return an error of OAuth: status, error, description."""
    return reply.status, reply.json["error"], reply.json["error_description"]


def _send(route: Route, params: dict[str, Any], **parts: Any) -> StripeReply:
    return stripe_send(load_handler(route), route, params, **parts)
