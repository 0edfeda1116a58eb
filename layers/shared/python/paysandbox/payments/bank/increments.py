"""The simulated bank's response to an increment of an authorization: whether it holds more. Pure.

The card's number is not known any more, so the response is the one that the caller requested, else that of the
payment's plan. Everything else is approved.
"""

from collections.abc import Mapping
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.payments.bank.decline_codes import BY_DECLINE_CODE, Reason
from paysandbox.payments.bank.outcome import OUTCOME_ENTRY, Approve, DeclineFor
from paysandbox.payments.bank.response import Decline, Response

_NOTHING: Final[Mapping[str, str]] = {}


def requested_response(header: str | None, entries: Mapping[str, str] = _NOTHING) -> Response | None:
    """Return the response that a caller requested for an increment: by the header, else by the metadata.

    Raises Refused(outcome_invalid) for what a bank cannot answer to an increment.
    """
    text = entries.get(OUTCOME_ENTRY) if header is None else header
    if text is None:
        return None
    from paysandbox.payments.bank.grammar import INCREMENT_GRAMMAR, read_outcomes  # few callers request an outcome

    param = OUTCOME_HEADER if header is not None else f"metadata.{OUTCOME_ENTRY}"
    outcomes = read_outcomes(text, param, amount=0)
    if outcomes.plan is None:
        match outcomes.authorization:
            case Approve():
                return Response()
            case DeclineFor(reason):
                return _declined(reason)
            case _:
                pass
    raise Refused(
        Code.OUTCOME_INVALID, f"Of an increment, use {INCREMENT_GRAMMAR}. Codes are in the documentation.", param
    )


def planned_response(plan: str | None) -> Response:
    """Return the response by a payment's plan: an approval, unless it declines increments."""
    if plan is None:
        return Response()
    from paysandbox.payments.bank.plan import read_plan  # few payments have a plan

    increment = read_plan(plan).increment
    return Response() if increment is None else _declined(BY_DECLINE_CODE[increment.decline_code])


def _declined(reason: Reason) -> Response:
    decline = Decline(decline_code=reason.decline_code, advice_code=reason.advice_code)
    return Response(reason.response_code, decline)
