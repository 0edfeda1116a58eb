"""The amounts of requests, in the ledger's units. `core/stripe_amounts` has the table."""

from collections.abc import Callable
from typing import Final

from paysandbox.core.amount_text import amount_with_code
from paysandbox.core.errors import Code, Refused
from paysandbox.core.guard import Guard
from paysandbox.core.record import replace
from paysandbox.core.stripe_amounts import UNITS, StripeAmount, to_ledger, units_of
from paysandbox.payments.change import CURRENCY, Change
from paysandbox.payments.payment import Payment

_SAME_UNITS: Final = Guard(CURRENCY, "not_in", tuple(UNITS), None)


def check_amount(amount: StripeAmount, currency: str, minimum: int) -> None:
    """Refuse what cannot be charged in a currency (ISO 4217, upper case).

    Raises Refused: amount_too_small below the environment's `minimum`, which is in Stripe's units here; and as
    `to_ledger` does.
    """
    if amount.units < minimum:
        step = units_of(currency).step
        least = to_ledger(StripeAmount(-(-minimum // step) * step), currency)
        raise Refused(
            Code.AMOUNT_TOO_SMALL, f"The amount must be at least {amount_with_code(least, currency)}.", "amount"
        )
    to_ledger(amount, currency)


def change_by(
    amount: StripeAmount | None, current: Payment | None, rule: Callable[[int | None], Change], param: str = "amount"
) -> Change:
    """Return the change that a rule makes for an amount of a payment in the ledger's units; None is all of it.

    The currency of a payment that was not read is unknown. Its change applies if Stripe's units are the ledger's, and
    otherwise the rule runs again with the payment. Refuses, for `param`, as `to_ledger` does.
    """
    if amount is None:
        return rule(None)
    if current is not None:
        return rule(to_ledger(amount, current.currency, param))
    change = rule(amount.units)
    # First, since the other guards compare the amount.
    return replace(change, guards=(_SAME_UNITS, *change.guards))
