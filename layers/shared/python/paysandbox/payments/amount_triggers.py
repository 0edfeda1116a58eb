"""Outcomes outcome_for_amount by an amount. They apply to one card only, so that ordinary prices do not trigger them.

On 4111 1111 1111 1111, in minor units of any currency: 200000 + nn returns response code nn (200005, 200051 …), and
200110 approves half. Response codes with letters require the header.
"""

from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.payments.outcome import ApprovePartially, Outcome, outcome_for_response_code
from paysandbox.payments.test_cards import TRIGGERS

FIRST: Final = 200_000
HALF: Final = 200_110

# Reserved for outcomes after the authorization: failed captures, delayed refunds, breaks in the settlement file,
# disputes, pending responses, reversals.
_LATER: Final = frozenset(
    {200201, 200202, 200301, 200302, *range(200401, 200409), *range(200501, 200505), 200601, 200602, 200701, 200702}
)


def outcome_for_amount(number: str, amount: int) -> Outcome | None:
    """Return the outcome that an amount (minor units) triggers on a card, or None.

    Raises Refused: not_yet_simulated for reserved amounts, outcome_invalid for an unknown response code. Approving
    these would mislead a caller who expects a trigger.
    """
    if number != TRIGGERS:
        return None
    if amount == HALF:
        return ApprovePartially()
    if amount in _LATER:
        raise Refused(Code.NOT_YET_SIMULATED, "The outcome that this amount triggers is not simulated yet.", "amount")
    if not FIRST <= amount <= FIRST + 99:
        return None
    outcome = outcome_for_response_code(f"{amount - FIRST:02}")
    if outcome is None:
        raise Refused(
            Code.OUTCOME_INVALID,
            f"With this card, {amount} triggers response code {amount - FIRST:02}, which is not supported.",
            "amount",
        )
    return outcome
