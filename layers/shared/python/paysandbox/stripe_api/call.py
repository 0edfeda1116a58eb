"""A call of the Stripe-compatible API."""

from typing import Any

from paysandbox.core.record import record
from paysandbox.http.request import BodyT, Call, QueryT


@record(kw_only=True)
class StripeCall(Call[BodyT, QueryT]):
    """A call of the Stripe-compatible API.

    One that is `publishable` is authorized by a client secret. One of an ephemeral key is `of_customer`, and shows and
    changes nothing else; it is None for every other key. `stripe_version` is the version of Stripe's API that it names,
    or the merchants' default. `caller_key` is its idempotency key as a route may store and show it: without anything
    that looks like a card number, and None if the caller chose none.
    """

    publishable: bool
    of_customer: str | None = None
    stripe_version: str
    caller_key: str | None


AnyStripeCall = StripeCall[Any, Any]
"""A call of any route of the Stripe-compatible API."""
