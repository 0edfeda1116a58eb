"""Outcomes that an amount asks for, on one card only, so that no ordinary price trips over one.

With 4111 1111 1111 1111, in minor units of any currency: 200000 + nn is answered with response code nn (200005,
200051 …), and 200110 approves half. Codes with letters need the header.
"""

from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.payments.outcome import ApprovePartially, Outcome, of_response_code
from paysandbox.payments.test_cards import TRIGGERS

FIRST: Final = 200_000
HALF: Final = 200_110

# Reserved for what happens later than the authorization: captures that fail, refunds that take their time, breaks of
# the settlement file, disputes, pending answers, reversals.
_LATER: Final = frozenset(
    {200201, 200202, 200301, 200302, *range(200401, 200409), *range(200501, 200505), 200601, 200602, 200701, 200702}
)


def triggered(number: str, amount: int) -> Outcome | None:
    """The outcome that this amount (minor units) asks for on this card, or None.

    Raises Refused: not_yet_simulated for amounts that are reserved, outcome_invalid for a response code that no bank
    here answers. An approval instead would mislead whoever looked the amount up.
    """
    if number != TRIGGERS:
        return None
    if amount == HALF:
        return ApprovePartially()
    if amount in _LATER:
        raise Refused(Code.NOT_YET_SIMULATED, "What this amount asks of this card is not simulated yet.", "amount")
    if not FIRST <= amount <= FIRST + 99:
        return None
    outcome = of_response_code(f"{amount - FIRST:02}")
    if outcome is None:
        raise Refused(
            Code.OUTCOME_INVALID,
            f"On this card {amount} asks for response code {amount - FIRST:02}, which no bank here answers.",
            "amount",
        )
    return outcome
