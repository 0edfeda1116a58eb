"""Outcomes triggered by an amount. They apply to one card only, so that ordinary prices do not trigger them.

On 4111 1111 1111 1111, in minor units of any currency: 200000 + nn returns response code nn (200005, 200051 …), 200110
approves half, and some amounts above choose what happens later. Response codes with letters require the header.
"""

from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.payments.bank.outcome import (
    NO_OUTCOMES,
    ApprovePartially,
    Outcomes,
    outcome_for_response_code,
)
from paysandbox.payments.bank.test_cards import TRIGGERS

FIRST: Final = 200_000
HALF: Final = 200_110

LATER_FORMS: Final = {
    200_201: "capture=fail",
    200_202: "capture=fail_once",
    200_301: "refund=pending",
    200_302: "refund=fail",
    200_401: "settle=missing_in_file",
    200_402: "settle=missing_in_ledger",
    200_403: "settle=amount_mismatch",
    200_404: "settle=duplicate",
    200_405: "settle=late_presentment",
    200_406: "settle=fee_mismatch",
    200_407: "settle=currency_mismatch",
    200_408: "settle=declined",
    200_501: "dispute=fraudulent",
    200_502: "dispute=product_not_received",
    200_503: "dispute=inquiry",
    200_504: "fraud_warning",
    200_601: "pending:3600:approve",
    200_602: "pending:3600:decline:issuer_not_available",
    200_701: "expire:3600",
    200_702: "reverse:3600",
}
"""Amounts that choose what happens after the request, in minor units, and the outcome that says the same."""


def outcomes_for_amount(number: str, amount: int) -> Outcomes:
    """Return the outcomes that an amount (minor units) triggers on a card, if any.

    Raises Refused(outcome_invalid) for an unknown response code. Approving it would mislead a caller who expects a
    trigger.
    """
    if number != TRIGGERS:
        return NO_OUTCOMES
    if amount == HALF:
        return Outcomes(authorization=ApprovePartially())
    if not FIRST <= amount <= FIRST + 99:
        return _later(LATER_FORMS[amount], amount) if amount in LATER_FORMS else NO_OUTCOMES
    outcome = outcome_for_response_code(f"{amount - FIRST:02}")
    if outcome is None:
        raise Refused(
            Code.OUTCOME_INVALID,
            f"With this card, {amount} triggers response code {amount - FIRST:02}, which is not supported.",
            "amount",
        )
    return Outcomes(authorization=outcome)


def _later(form: str, amount: int) -> Outcomes:
    from paysandbox.payments.bank.grammar import read_outcomes  # few amounts choose what happens later

    return read_outcomes(form, "amount", amount=amount)
