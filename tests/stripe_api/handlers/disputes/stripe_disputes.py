"""Disputes of payments on the Stripe-compatible API, opened over the native one."""

from typing import Any, Final

from paysandbox.core import ids
from paysandbox.disputes.evidence import FIELDS
from paysandbox.stripe_api.routes import (
    CLOSE_STRIPE_DISPUTE,
    GET_STRIPE_DISPUTE,
    LIST_STRIPE_DISPUTES,
    LIST_STRIPE_EVENTS,
    UPDATE_STRIPE_DISPUTE,
)
from tests.stripe_api.handlers.pages import listed
from tests.support.clients.disputed import payment_of, store
from tests.support.clients.simulated_steps import simulate
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import StripeMerchant, done, told

SHOP: Final = StripeMerchant()
INVALID: Final = (400, "invalid_request_error", None, None)
NO_EVIDENCE: Final = dict.fromkeys(FIELDS) | {"enhanced_evidence": {}}
UNKNOWN: Final = f"du_{'u' * ids.BODY_LENGTH}{'n' * ids.SUFFIX_LENGTH}"
NOT_THERE: Final = (UNKNOWN, "du_x", f"dop_{UNKNOWN[3:]}")
"""IDs of no dispute: unknown, malformed, and of an operation."""


def disputed(**terms: Any) -> dict[str, Any]:
    """Return a dispute of a new payment of 10.00 USD. `terms` are those of the simulated step."""
    intent = SHOP.paid()["id"]
    assert simulate(intent, "dispute", **terms).status == 200
    (dispute,) = listed(LIST_STRIPE_DISPUTES, payment_intent=intent)
    store(payment_of(dispute["id"]))
    return dispute


def update(dispute: str, *, key: str | None = None, **params: Any) -> StripeReply:
    """Send evidence or metadata."""
    return SHOP.post(UPDATE_STRIPE_DISPUTE, dispute, key=key, **params)


def close(dispute: str, *, key: str | None = None, **params: Any) -> StripeReply:
    """Accept a dispute."""
    return SHOP.post(CLOSE_STRIPE_DISPUTE, dispute, key=key, **params)


def shown(dispute: str, **params: Any) -> dict[str, Any]:
    """Retrieve a dispute."""
    return done(SHOP.get(GET_STRIPE_DISPUTE, dispute, **params))


def given(dispute: dict[str, Any]) -> dict[str, Any]:
    """Return the evidence that is not null."""
    return {name: text for name, text in dispute["evidence"].items() if text}


def events() -> list[str]:
    """Return the types of the events of disputes, oldest first."""
    told()
    return [one["type"] for one in listed(LIST_STRIPE_EVENTS, type="charge.dispute.*", limit=100)][::-1]
