"""A call of the Stripe-compatible API."""

from typing import TYPE_CHECKING, Any

from paysandbox.core.record import record
from paysandbox.http.request import BodyT, Call, QueryT

if TYPE_CHECKING:
    from paysandbox.stripe_api.objects.stored_object import StoredObject


@record(kw_only=True)
class StripeCall(Call[BodyT, QueryT]):
    """A call of the Stripe-compatible API.

    One that is `publishable` is authorized by a client secret. One of an ephemeral key is `of_customer`, and shows and
    changes nothing else; it is None for every other key. `stripe_version` is the version of Stripe's API that it names,
    or the merchants' default. `caller_key` is its idempotency key as a route may store and show it: without anything
    that looks like a card number, and None if the caller chose none.

    `account` is the connected account that it is for (`Stripe-Account`), which is its merchant then, or None.
    """

    publishable: bool
    of_customer: str | None = None
    stripe_version: str
    caller_key: str | None
    account: "StoredObject | None" = None

    @property
    def platform(self) -> str | None:
        """The merchant whose key made it, if that is another one: the platform of the account."""
        return self.account.merchant if self.account else None


AnyStripeCall = StripeCall[Any, Any]
"""A call of any route of the Stripe-compatible API."""
