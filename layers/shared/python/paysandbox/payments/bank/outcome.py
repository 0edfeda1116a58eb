"""What the simulated bank may answer to an authorization, and what a caller requests of it."""

from typing import Final

from paysandbox.core.record import record
from paysandbox.payments.bank.decline_codes import AUTHENTICATION_REQUIRED, BY_DECLINE_CODE, BY_RESPONSE_CODE, Reason
from paysandbox.payments.bank.response import APPROVED, PARTIALLY_APPROVED

OUTCOME_ENTRY: Final = "sandbox_outcome"
"""The metadata key that requests an outcome, for callers that cannot send a header."""


@record
class Approve:
    """Approve the full amount."""


@record
class ApprovePartially:
    """Approve `amount` minor units, or half of the requested amount (rounded down)."""

    amount: int | None = None


@record
class DeclineFor:
    """Decline for a reason."""

    reason: Reason

    @property
    def asks_for_challenge(self) -> bool:
        """Whether the bank declined only because the cardholder has not authenticated ("soft decline").

        Of other networks than Visa, it also depends on the card: see `acquirer`.
        """
        return self.reason.decline_code == AUTHENTICATION_REQUIRED


@record
class AnswerLater:
    """Give no answer yet. After `seconds`, approve the full amount or decline."""

    seconds: int
    then: Approve | DeclineFor


@record
class ApproveLate:
    """Decline because the bank gave no answer in time, and approve the full amount after `seconds`."""

    seconds: int


@record
class Challenge:
    """Require the cardholder to authenticate, before the bank gives its answer."""

    then: Approve | DeclineFor = Approve()


Outcome = Approve | ApprovePartially | DeclineFor | AnswerLater | ApproveLate | Challenge


@record(kw_only=True)
class Outcomes:
    """Requested outcomes: that of the authorization, and the plan for what happens after its approval (see `plan`)."""

    authorization: Outcome | None = None
    plan: str | None = None


NO_OUTCOMES: Final = Outcomes()


def decline_for(decline_code: str) -> DeclineFor:
    """Return the decline with this decline code."""
    return DeclineFor(BY_DECLINE_CODE[decline_code])


def outcome_for_response_code(code: str) -> Approve | ApprovePartially | DeclineFor | None:
    """Return the outcome for a response code (ISO 8583, field 39), or None if the code is unknown."""
    if code == APPROVED:
        return Approve()
    if code == PARTIALLY_APPROVED:
        return ApprovePartially()
    reason = BY_RESPONSE_CODE.get(code)
    return DeclineFor(reason) if reason else None
