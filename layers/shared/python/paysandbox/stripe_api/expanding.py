# pyright: standard
"""What is expanded of other items than the object's own: customers, payment intents of what is no payment, and the
balance transactions of other payments.

An object has only their IDs. They are shown as of now, and read for the requests that expand one.
"""

from collections.abc import Collection, Sequence
from typing import Final

from paysandbox.http.answer import Body
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.objects.expand import holders

CUSTOMER: Final = "customer"
PAYMENT_INTENT: Final = "payment_intent"
_BALANCE_TRANSACTIONS: Final = ("balance_transaction", "failure_balance_transaction")
_READ_FROM_LEDGER: Final = (PAYMENT_INTENT, *_BALANCE_TRANSACTIONS)


def names_others(paths: Collection[str]) -> bool:
    """Whether a path may lead to such an object."""
    return any(name in path for path in paths for name in (CUSTOMER, PAYMENT_INTENT, *_BALANCE_TRANSACTIONS))


def with_others(call: AnyStripeCall, bodies: Sequence[Body], paths: Collection[str]) -> Sequence[Body]:
    """Return these objects with such objects expanded. One read for all of a kind, none if no path leads to any.

    Paths are relative to an object. Objects are changed in place.
    """
    if not names_others(paths):
        return bodies
    from paysandbox.stripe_api.balance_transactions import expand_balance_transactions
    from paysandbox.stripe_api.customers import with_customers
    from paysandbox.stripe_api.payment_intents.expanding import expand_payment_intents

    within: dict[tuple[str, ...], list[str]] = {}
    for path in paths:
        names = path.split(".")
        places = (place for place, name in enumerate(names) if name in _READ_FROM_LEDGER)
        place = next((place for place in places if any(holders(bodies, names[:place], names[place]))), None)
        if place is not None:
            within.setdefault(tuple(names[: place + 1]), []).append(".".join(names[place + 1 :]))
    for (*before, name), inside in within.items():
        found, paths_within = [*holders(bodies, before, name)], [*filter(None, inside)]
        if name == PAYMENT_INTENT:
            expand_payment_intents(call, found, paths_within)
        else:
            expand_balance_transactions(call, found, name, paths_within)
        with_others(call, [holder[name] for holder in found], paths_within)
    return with_customers(call, bodies, paths)
