"""Ids as Stripe's objects have them, and ours: both ways, without a look-up.

    auth_<body>        pi_<body>, and of a payment that is no intent also ch_<body>
    att_<body><own>    ch_<body><own>
    ref_<body><own>    re_<body><own>
    evt_<body>         evt_<body><one letter for each of Stripe's types>

A payment method that was made by itself is `pm_<body>`. The card of a payment is `pm_<body><own>`, where `own` is that
of the operation that named it, or `NO_OWN` for the one that the payment begins with. What does not parse is None.
"""

import re
from typing import Final

from paysandbox.core import ids

INTENT: Final = "pi"
CHARGE: Final = "ch"
REFUND: Final = "re"

NO_OWN: Final = "a" * ids.SUFFIX_LENGTH
"""Stands for the own part of an operation that has none: the payment's first."""

_BODY: Final = f"[a-z2-7]{{{ids.BODY_LENGTH}}}"
_OWN: Final = f"[a-z2-7]{{{ids.SUFFIX_LENGTH}}}"
_INTENT: Final = re.compile(rf"{INTENT}_({_BODY})")
_CHARGE: Final = re.compile(rf"{CHARGE}_({_BODY})({_OWN})?")
_REFUND: Final = re.compile(rf"{REFUND}_({_BODY})({_OWN})")
_METHOD: Final = re.compile(rf"{ids.METHOD}_({_BODY})({_OWN})")
_EVENT: Final = re.compile(rf"({ids.EVENT}_{_BODY})[a-z]")


def intent_id(payment_id: str) -> str:
    """The intent that a payment is (`auth_…` to `pi_…`)."""
    return f"{INTENT}_{_rest(payment_id)}"


def payment_of_intent(text: str) -> str | None:
    """The payment that an intent is (`pi_…` to `auth_…`)."""
    match = _INTENT.fullmatch(text)
    return f"{ids.AUTHORIZATION}_{match[1]}" if match else None


def charge_id(attempt_id: str) -> str:
    """The charge that an attempt is (`auth_…` or `att_…` to `ch_…`)."""
    return f"{CHARGE}_{_rest(attempt_id)}"


def attempt_of_charge(text: str) -> str | None:
    """The attempt that a charge is (`ch_…` to `auth_…` or `att_…`)."""
    match = _CHARGE.fullmatch(text)
    if match is None:
        return None
    return f"{ids.ATTEMPT}_{match[1]}{match[2]}" if match[2] else f"{ids.AUTHORIZATION}_{match[1]}"


def payment_of_charge(text: str) -> str | None:
    """The payment whose attempt a charge is."""
    match = _CHARGE.fullmatch(text)
    return f"{ids.AUTHORIZATION}_{match[1]}" if match else None


def refund_id(operation_id: str) -> str:
    """The refund's id (`ref_…` to `re_…`)."""
    return f"{REFUND}_{_rest(operation_id)}"


def operation_of_refund(text: str) -> str | None:
    """The operation that a refund is (`re_…` to `ref_…`)."""
    match = _REFUND.fullmatch(text)
    return f"{ids.REFUND}_{match[1]}{match[2]}" if match else None


def method_id(operation_id: str) -> str:
    """The payment method that is the card which this operation on a payment named."""
    rest = _rest(operation_id)
    return f"{ids.METHOD}_{rest if len(rest) > ids.BODY_LENGTH else rest + NO_OWN}"


def payment_of_method(text: str) -> str | None:
    """The payment whose card a payment method is. None too for one that was made by itself."""
    match = _METHOD.fullmatch(text)
    return f"{ids.AUTHORIZATION}_{match[1]}" if match else None


def stripe_event_id(event_id: str, letter: str) -> str:
    """The id of one of the events of Stripe's that an event of ours is."""
    return f"{event_id}{letter}"


def event_of_stripe_event(text: str) -> str | None:
    """Our event that one of Stripe's is of."""
    match = _EVENT.fullmatch(text)
    return match[1] if match else None


def _rest(text: str) -> str:
    return text.partition("_")[2]
