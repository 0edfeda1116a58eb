"""Operations on a payment: an ordered, append-only list, from which events are derived."""

from datetime import datetime
from typing import Final

from paysandbox.core.record import record
from paysandbox.payments.bank.card import Card
from paysandbox.payments.bank.response import Response
from paysandbox.payments.terms import IntentTerms

CONTRACT: Final = 1
"""Version of the response format. Each operation stores its own, so that replays stay byte-identical after a change."""


BY_TIMER: Final = "timer"
"""Stands in for the request ID of an operation that a timer made."""

SIMULATED: Final = "simulated"
"""The source of an operation that a caller simulated, instead of a bank or a timer."""


@record(kw_only=True)
class Timer:
    """A step that falls due at `at` (UTC): an action of the simulation table (`payments/simulation/simulation.py`).

    `of` is the ID of the object that it happens to (None: the operation that starts the timer), and `value` the
    action's parameter, such as a decline code.
    """

    step: str
    at: datetime
    of: str | None = None
    value: str | None = None


@record(kw_only=True)
class Operation:
    """Fields that all operations have: ID, ID of the request, time (UTC), contract version.

    `trace` is the ID of the X-Ray trace in which a request made it. Only environments with `tracing=full` store it.
    `idempotency_key` is the caller's, masked. Only the Stripe-compatible API stores it, whose events show it.
    `source` is SIMULATED or None. `timers` are the steps that fall due because of it, at most one of each name.
    """

    id: str
    request_id: str
    at: datetime
    contract: int
    trace: str | None = None
    idempotency_key: str | None = None
    source: str | None = None
    timers: tuple[Timer, ...] = ()


@record(kw_only=True)
class AuthorizationBegun(Operation):
    """An attempt that the bank has not answered yet, with what the simulated bank will answer.

    The answer is decided when the attempt begins, because it depends on the card's number, which is never stored.
    `amount` is the requested amount and `approved` the amount that the bank will approve (minor units). The first
    operation of a payment has the payment's ID; other attempts have their own. `method_id` and `terms` are as in an
    authorization.
    """

    card: Card
    response: Response
    amount: int
    approved: int
    method_id: str | None = None
    terms: IntentTerms | None = None


@record(kw_only=True)
class DisputeStep(Operation):
    """A step of a dispute. The steps are in `payments/disputes/dispute.py`, because few payments have a dispute."""

    dispute_id: str
