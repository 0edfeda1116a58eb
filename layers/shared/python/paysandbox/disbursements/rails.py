"""The rails by their payment method."""

from collections.abc import Callable
from typing import Final

from paysandbox.disbursements.methods import Method
from paysandbox.disbursements.rail import Rail


def _paypal() -> Rail:
    # Imported when it is used: it brings an HTTP client.
    from paysandbox.disbursements.paypal.rail import rail

    return rail()


def _ach() -> Rail:
    # The same: it seals bank accounts.
    from paysandbox.disbursements.ach.rail import rail

    return rail()


def _stripe() -> Rail:
    # The same: it brings an HTTP client.
    from paysandbox.disbursements.stripe.rail import rail

    return rail()


RAILS: Final[dict[str, Callable[[], Rail]]] = {
    Method.PAYPAL: _paypal,
    Method.ACH: _ach,
    Method.STRIPE: _stripe,
}
"""Makes each rail, by the `payment_method` of its disbursements: those of `methods.AVAILABLE`."""


def rail_of(method: str) -> Rail:
    """Return the rail that pays disbursements of a method. Raises KeyError for an unknown one."""
    return RAILS[method]()
