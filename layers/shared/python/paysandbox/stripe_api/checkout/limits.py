# pyright: standard
"""What a Checkout session can cost: the same for what its merchant sets as for what its payer chooses."""

from decimal import Decimal

from paysandbox.aws.runtime import settings_of
from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.core.amount_text import sign_of
from paysandbox.core.currency import MINOR_DIGITS
from paysandbox.core.errors import Code, Refused
from paysandbox.core.stripe_amounts import MAX_STRIPE_AMOUNT, StripeAmount, units_of
from paysandbox.stripe_api.amounts import check_amount
from paysandbox.stripe_api.checkout.line_item import session_totals
from paysandbox.stripe_api.checkout.rules import MODE, PAYMENT
from paysandbox.stripe_api.objects.stored_object import Attributes
from paysandbox.stripe_api.resource_kit.declaration import refused


def check_total(attributes: Attributes, param: str) -> None:
    """Refuse what cannot be charged for a session, for the parameter that made it so. Nothing may be due.

    Raises Refused: amount_too_small, amount_too_large, and as `to_ledger` does.
    """
    if attributes[MODE] != PAYMENT:
        return
    total = session_totals(attributes).total
    if total > MAX_STRIPE_AMOUNT:
        raise Refused(Code.AMOUNT_TOO_LARGE, "The Checkout Session's total amount is too large.", param)
    if total:
        try:
            check_amount(
                StripeAmount(total), attributes["currency"].upper(), settings_of(AcceptanceSettings).minimum_amount
            )
        except Refused as fault:
            raise Refused(fault.code, fault.detail, param) from None


def check_decimals(unit: str, currency: str, within: str) -> None:
    """Refuse the price of an item (`unit`, in Stripe's units) with more decimal places than its currency has.

    A price can have them. In Stripe's words (stripe-node#1135); whether that has `param` is not published.
    """
    whole, _, fraction = unit.partition(".")
    if not fraction.strip("0"):
        return
    code, least = currency.upper(), int(whole)
    units = units_of(code)
    places = MINOR_DIGITS[code] + len(str(units.stripe)) - len(str(units.ledger))
    shown = f"{sign_of(code)}{Decimal(unit).normalize().scaleb(-places):f}"
    raise refused(
        f"Checkout does not currently support {currency} prices with more than {places} decimal places in `{within}`. "
        f"You passed `{unit}` corresponding to `{shown}`, which is not supported. You can round your price and pass in "
        f"`unit_amount: {least}` or `unit_amount: {least + 1}` instead.",
        within,
    )
