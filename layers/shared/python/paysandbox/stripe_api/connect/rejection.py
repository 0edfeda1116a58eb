"""The rejection of a connected account by its platform, for ever. Pure.

Source: Stripe, "Reject an account" (API reference), and its changelog of 2026-09-30.endive: "Replaces the generic fraud
rejection reason with specific fraud reasons". That an account whose losses Stripe bears cannot be rejected is in the
reference; the words of that refusal are ours.
"""

from typing import Final, get_args

from paysandbox.core.errors import Code, Refused
from paysandbox.stripe_api.connect.connected_account import REJECTED
from paysandbox.stripe_api.errors import StripeRefused
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.requests import RejectReason
from paysandbox.stripe_api.version_rows import PLATFORM_REJECTIONS

_FRAUD: Final = "fraud"
_BEFORE: Final = frozenset({_FRAUD, "other", "terms_of_service"})
_SINCE: Final = frozenset(get_args(RejectReason)) - {_FRAUD}
_OF_STRIPE: Final = "Only an account whose losses the platform bears can be rejected, such as an Express or Custom one."


def check_reason(reason: str, version: str) -> None:
    """Refuse (parameter_invalid) a reason that this version does not have."""
    known = _BEFORE if PLATFORM_REJECTIONS.is_before(version) else _SINCE
    if reason not in known:
        raise Refused(Code.PARAMETER_INVALID, f"Invalid reason: must be one of {', '.join(sorted(known))}", "reason")


def rejected(account: StoredObject, reason: str) -> Attributes:
    """Return the attributes of an account that its platform rejects.

    Refuses (request_invalid) an account whose losses Stripe bears.
    """
    if account.attributes["controller"]["losses"]["payments"] != "application":
        raise StripeRefused(Code.REQUEST_INVALID, _OF_STRIPE)
    kind = _FRAUD if reason.startswith(_FRAUD) else reason if reason == "terms_of_service" else "other"
    return {**account.attributes, REJECTED: kind}
