"""The grammar of outcomes that a caller may request from the simulated bank.

    approve | decline:<decline_code> | iso:<response code> | partial:<amount>

`iso:00` approves and `iso:10` approves half. Reserved, and refused until they are implemented: `action:3ds`,
`pending:<seconds>:<then>`, and outcomes of later operations (`capture=…`, `refund=…`, `settle=…`, `dispute=…`,
`payout=…`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.payments.decline_codes import BY_DECLINE_CODE, BY_RESPONSE_CODE, Reason
from paysandbox.payments.response import APPROVED, PARTIALLY_APPROVED

OUTCOME_ENTRY: Final = "sandbox_outcome"
"""The metadata key that requests an outcome, for callers that cannot send a header."""

FORMS: Final = ("approve", "decline:<decline_code>", "iso:<response code>", "partial:<less than the amount>")
GRAMMAR: Final = f"{', '.join(FORMS[:-1])} or {FORMS[-1]}"
"""The forms in one phrase, for error messages and the command line."""

_PART: Final = re.compile(r"0*[1-9][0-9]{0,7}")
_LATER: Final = re.compile(r"action:3ds|pending:[0-9]+:.+|(capture|refund|settle|dispute|payout)=.+")


@dataclass(frozen=True, slots=True)
class Approve:
    """Approve the full amount."""


@dataclass(frozen=True, slots=True)
class ApprovePartially:
    """Approve `amount` minor units, or half of the requested amount (rounded down)."""

    amount: int | None = None


@dataclass(frozen=True, slots=True)
class DeclineFor:
    """Decline for a reason."""

    reason: Reason


Outcome = Approve | ApprovePartially | DeclineFor


def decline_for(decline_code: str) -> DeclineFor:
    """Return the decline with this decline code."""
    return DeclineFor(BY_DECLINE_CODE[decline_code])


def outcome_for_response_code(code: str) -> Outcome | None:
    """Return the outcome for a response code (ISO 8583, field 39), or None if the code is unknown."""
    if code == APPROVED:
        return Approve()
    if code == PARTIALLY_APPROVED:
        return ApprovePartially()
    reason = BY_RESPONSE_CODE.get(code)
    return DeclineFor(reason) if reason else None


def requested_outcome(header: str | None, entries: Mapping[str, str], *, amount: int) -> Outcome | None:
    """Return the outcome that a caller requested for `amount` minor units: from the header, else from the metadata.

    None if neither requests one. Raises Refused as `read_outcome` does.
    """
    if header is not None:
        return read_outcome(header, OUTCOME_HEADER, amount=amount)
    if OUTCOME_ENTRY in entries:
        return read_outcome(entries[OUTCOME_ENTRY], f"metadata.{OUTCOME_ENTRY}", amount=amount)
    return None


def read_outcome(text: str, param: str, *, amount: int) -> Outcome:
    """Parse the outcome in the parameter `param`, for a payment of `amount` minor units.

    Raises Refused: not_yet_simulated for reserved outcomes, outcome_invalid for others. Neither message repeats the
    caller's text.
    """
    kind, _, value = text.partition(":")
    outcome: Outcome | None = None
    if text == "approve":
        outcome = Approve()
    elif kind == "decline" and value in BY_DECLINE_CODE:
        outcome = decline_for(value)
    elif kind == "iso":
        outcome = outcome_for_response_code(value)
    elif kind == "partial" and _PART.fullmatch(value) and int(value) < amount:
        outcome = ApprovePartially(int(value))
    elif _LATER.fullmatch(text):
        raise Refused(Code.NOT_YET_SIMULATED, "This outcome is not simulated yet.", param)
    if outcome is None:
        raise Refused(Code.OUTCOME_INVALID, f"Use {GRAMMAR}, with a code from the documentation.", param)
    return outcome
