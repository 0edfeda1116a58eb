"""Outcomes triggered by an amount. They apply to one card only, so that ordinary prices do not trigger them.

On 4111 1111 1111 1111, in minor units of any currency: 200000 + nn returns response code nn (200005, 200051 …), 200110
approves half, and some amounts above choose what happens later. Response codes with letters require the header.
"""

from collections.abc import Mapping
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.payments.outcome import (
    NO_OUTCOMES,
    AnswerLater,
    Approve,
    ApprovePartially,
    Outcomes,
    decline_for,
    outcome_for_response_code,
)
from paysandbox.payments.test_cards import TRIGGERS

FIRST: Final = 200_000
HALF: Final = 200_110
HOUR: Final = 3_600

LATER: Final[Mapping[int, Outcomes]] = {
    200_201: Outcomes(plan="capture=fail"),
    200_202: Outcomes(plan="capture=fail_once"),
    200_301: Outcomes(plan="refund=pending"),
    200_302: Outcomes(plan="refund=fail"),
    200_504: Outcomes(plan="fraud_warning"),
    200_601: Outcomes(authorization=AnswerLater(HOUR, Approve())),
    200_602: Outcomes(authorization=AnswerLater(HOUR, decline_for("issuer_not_available"))),
    200_701: Outcomes(plan=f"expire:{HOUR}"),
    200_702: Outcomes(plan=f"reverse:{HOUR}"),
}
"""Amounts that choose what happens after the request, in minor units."""

# Reserved for breaks in the settlement file, and for disputes.
_RESERVED: Final = frozenset({*range(200_401, 200_409), *range(200_501, 200_504)})


def outcomes_for_amount(number: str, amount: int) -> Outcomes:
    """Return the outcomes that an amount (minor units) triggers on a card, if any.

    Raises Refused: not_yet_simulated for reserved amounts, outcome_invalid for an unknown response code. Approving
    these would mislead a caller who expects a trigger.
    """
    if number != TRIGGERS:
        return NO_OUTCOMES
    if amount == HALF:
        return Outcomes(authorization=ApprovePartially())
    if amount in _RESERVED:
        raise Refused(Code.NOT_YET_SIMULATED, "The outcome that this amount triggers is not simulated yet.", "amount")
    if not FIRST <= amount <= FIRST + 99:
        return LATER.get(amount, NO_OUTCOMES)
    outcome = outcome_for_response_code(f"{amount - FIRST:02}")
    if outcome is None:
        raise Refused(
            Code.OUTCOME_INVALID,
            f"With this card, {amount} triggers response code {amount - FIRST:02}, which is not supported.",
            "amount",
        )
    return Outcomes(authorization=outcome)
