# pyright: standard
"""What an ephemeral key opens: one customer, and that customer's payment methods, until it expires.

The authorizer's policy names the routes, but not what a query or a body names, and it is cached beyond the key's end.
So each request is checked here too. A route that is not listed is refused.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from paysandbox.core.errors import Code, Refused
from paysandbox.http.route import Route
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.errors import StripeRefused

_EXPIRED: Final = "api_key_expired"
"""Stripe's code ("Error codes")."""

_OWN: Final = "It opens its own customer and that customer's payment methods alone."

_NAMED: Final[Mapping[str, Callable[[AnyStripeCall], Any]]] = {
    "get_stripe_customer": lambda call: call.path["id"],
    "list_customer_payment_methods": lambda call: call.path["id"],
    "list_payment_methods": lambda call: call.query.customer,
    "attach_payment_method": lambda call: call.body.customer,
    # It names none: `detach` compares the customer of the payment method.
    "detach_payment_method": lambda call: call.of_customer,
}
"""By the name of its route, the customer that a request names."""


def check_ephemeral_key(route: Route, expires: int, now: datetime) -> None:
    """Refuse an ephemeral key that has expired (api_key_invalid), and one at a route that it does not open (forbidden).

    `expires` is in Unix seconds.
    """
    if now.timestamp() >= expires:
        raise StripeRefused(
            Code.API_KEY_INVALID, "Expired API Key provided. Create another ephemeral key.", stripe_code=_EXPIRED
        )
    if route.name not in _NAMED:
        raise Refused(Code.FORBIDDEN, f"This API call cannot be made with an ephemeral key. {_OWN}")


def check_customer_of_key(call: AnyStripeCall) -> None:
    """Refuse (forbidden) a request of an ephemeral key that names another customer, or none."""
    if call.of_customer is not None and _NAMED[call.route.name](call) != call.of_customer:
        raise of_another_customer()


def of_another_customer() -> Refused:
    """Return the refusal of an ephemeral key at what is another customer's, whether that exists or not."""
    return Refused(Code.FORBIDDEN, f"The ephemeral key that you provided is of another customer. {_OWN}")
