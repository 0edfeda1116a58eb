"""How a payment intent or a charge is shared with a connected account or its platform, as a request states it. Pure.

Source: Stripe, "Create destination charges" and "Create direct charges", and `PaymentIntents.d.ts` of stripe-node
23.1.0. The refusals of a fee without an account are Stripe's words, as public programs have recorded them
(Sylius/PayumStripe#14, stripe-dotnet#1795). Those of amounts are ours.
"""

from typing import Final

from pydantic import BaseModel

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import replace
from paysandbox.core.stripe_amounts import StripeAmount, to_ledger
from paysandbox.payments.terms import ConnectTerms
from paysandbox.stripe_api.connect.connected_account import standing_of
from paysandbox.stripe_api.errors import StripeRefused, no_such
from paysandbox.stripe_api.ids import merchant_of_account
from paysandbox.stripe_api.objects.stored_object import StoredObject

FEE: Final = "application_fee_amount"
TRANSFER_DATA: Final = "transfer_data"
_ON_BEHALF_OF: Final = "on_behalf_of"
SHARED: Final = (FEE, _ON_BEHALF_OF, TRANSFER_DATA)
"""The parameters of a payment that state how it is shared."""
DESTINATION: Final = "transfer_data[destination]"
_AMOUNT: Final = "transfer_data[amount]"

_NO_ACCOUNT: Final = (
    "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an OAuth "
    "key or Stripe-Account header) or destination payment (using `transfer_data[destination]`)."
)
_NO_ACCOUNT_AT_CAPTURE: Final = (
    "Can only apply an application_fee_amount when the PaymentIntent was made on behalf of another account (using an "
    "OAuth key or the Stripe-Account header), or when using the transfer_data[destination] parameter."
)
_NO_TRANSFER: Final = "A transfer_data[amount] needs a transfer_data[destination], which this payment does not have."
_BOTH: Final = "You may only specify one of these parameters: application_fee_amount, transfer_data[amount]."
_TOO_HIGH: Final = "The application_fee_amount must not be greater than the amount of the payment."

_RECEIVES: Final = ("transfers", "crypto_transfers", "legacy_payments")
"""The capabilities of which one has to be active. The second cannot be requested here, nor with Stripe's SDKs."""
_INCAPABLE: Final = "insufficient_capabilities_for_transfer"
_CANNOT_RECEIVE: Final = (
    f"Your destination account needs to have at least one of the following capabilities enabled: {', '.join(_RECEIVES)}"
)
"""Stripe's words, as a public program has recorded them (worknenjoy/gitpay, tests of tasks)."""

_NOTHING: Final = ConnectTerms()


def shared_as_stated(
    before: ConnectTerms | None,
    body: BaseModel,
    *,
    amount: int,
    currency: str,
    platform: str | None,
    at_capture: bool = False,
) -> ConnectTerms | None:
    """Return how a payment is shared after a request with these parameters, or None if it is not.

    `amount` is the payment's (minor units), and `platform` the platform's merchant of a request for an account.

    Refuses (parameter_invalid): a fee without an account to take it from, one with an amount of the transfer, one above
    the payment's amount; an amount of a transfer to nobody. Raises Refused(amount_not_whole) too.
    """
    after = before or _NOTHING
    sent = body.model_fields_set
    if FEE in sent:
        after = replace(after, fee=_minor_units(getattr(body, FEE), currency))
    transfer_data = getattr(body, TRANSFER_DATA, None)
    if transfer_data is not None:
        destination = getattr(transfer_data, "destination", None)
        if destination is not None:
            after = replace(after, destination=destination, other=_merchant_named(destination))
        if transfer_data.amount is not None:
            after = replace(after, transfer=_minor_units(transfer_data.amount, currency))
    if _ON_BEHALF_OF in sent:
        after = replace(after, on_behalf_of=getattr(body, _ON_BEHALF_OF))
    if after.destination is None:
        # A fee alone is that of a direct charge.
        after = replace(after, other=((before and before.other) or platform) if after.fee is not None else None)
    _check(after, amount, at_capture=at_capture)
    return None if after == _NOTHING else after


def check_receives(account: StoredObject | None, name: str, param: str = DESTINATION) -> None:
    """Refuse a destination that is no account of the platform (resource_not_found), or cannot receive transfers
    (parameter_invalid).
    """
    if account is None or account.deleted:
        raise no_such("destination", name, param)
    capabilities = standing_of(account).capabilities
    if all(capabilities.get(name) != "active" for name in _RECEIVES):
        raise StripeRefused(Code.PARAMETER_INVALID, _CANNOT_RECEIVE, param, stripe_code=_INCAPABLE)


def _check(after: ConnectTerms, amount: int, *, at_capture: bool) -> None:
    if after.transfer is not None and after.destination is None:
        raise Refused(Code.PARAMETER_INVALID, _NO_TRANSFER, _AMOUNT)
    if after.fee is None:
        return
    if after.other is None:
        raise Refused(Code.PARAMETER_INVALID, _NO_ACCOUNT_AT_CAPTURE if at_capture else _NO_ACCOUNT, FEE)
    if after.transfer is not None:
        raise Refused(Code.PARAMETER_INVALID, _BOTH, FEE)
    if after.fee > amount:
        raise Refused(Code.PARAMETER_INVALID, _TOO_HIGH, FEE)


def _minor_units(sent: StripeAmount | str | None, currency: str) -> int | None:
    """Return an amount of a parameter. An empty one clears it."""
    return to_ledger(sent, currency) if isinstance(sent, StripeAmount) else None


def _merchant_named(destination: str) -> str:
    merchant = merchant_of_account(destination)
    if merchant is None:
        raise no_such("destination", destination, DESTINATION)
    return merchant
