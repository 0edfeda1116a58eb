"""Outcomes that a caller asks the simulated bank for, in a small grammar.

    approve | decline:<decline_code> | iso:<response code> | partial:<amount>

`iso:00` approves and `iso:10` approves half. Published for later, and refused until they are built: `action:3ds`,
`pending:<seconds>:<then>`, and what happens to a payment afterwards (`capture=…`, `refund=…`, `settle=…`, `dispute=…`,
`payout=…`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.payments.decline_codes import BY_DECLINE_CODE, BY_RESPONSE_CODE, Reason
from paysandbox.payments.response import APPROVED, PARTLY_APPROVED

OUTCOME_ENTRY: Final = "sandbox_outcome"
"""The entry of the metadata that asks for an outcome, for callers that cannot send a header."""

FORMS: Final = ("approve", "decline:<decline_code>", "iso:<response code>", "partial:<less than the amount>")
GRAMMAR: Final = f"{', '.join(FORMS[:-1])} or {FORMS[-1]}"
"""In words, for a terminal."""

_PART: Final = re.compile(r"0*[1-9][0-9]{0,7}")
_LATER: Final = re.compile(r"action:3ds|pending:[0-9]+:.+|(capture|refund|settle|dispute|payout)=.+")


@dataclass(frozen=True, slots=True)
class Approve:
    """The whole amount is promised."""


@dataclass(frozen=True, slots=True)
class ApprovePartially:
    """`amount` minor units are promised, or half of what was asked (rounded down)."""

    amount: int | None = None


@dataclass(frozen=True, slots=True)
class DeclineFor:
    """Nothing is promised, for a reason."""

    reason: Reason


Outcome = Approve | ApprovePartially | DeclineFor


def decline_for(decline_code: str) -> DeclineFor:
    """The decline of that code."""
    return DeclineFor(BY_DECLINE_CODE[decline_code])


def of_response_code(code: str) -> Outcome | None:
    """What a bank that answers with this code (ISO 8583, field 39) says, or None for a code that is not known here."""
    if code == APPROVED:
        return Approve()
    if code == PARTLY_APPROVED:
        return ApprovePartially()
    reason = BY_RESPONSE_CODE.get(code)
    return DeclineFor(reason) if reason else None


def requested_outcome(header: str | None, entries: Mapping[str, str], *, amount: int) -> Outcome | None:
    """The outcome that a caller asked for, of a payment of `amount` minor units: the header before the metadata.

    None where neither asks. Raises Refused as `read_outcome` does.
    """
    if header is not None:
        return read_outcome(header, OUTCOME_HEADER, amount=amount)
    if OUTCOME_ENTRY in entries:
        return read_outcome(entries[OUTCOME_ENTRY], f"metadata.{OUTCOME_ENTRY}", amount=amount)
    return None


def read_outcome(text: str, param: str, *, amount: int) -> Outcome:
    """The outcome that a caller asked for in the parameter `param`, of a payment of `amount` minor units.

    Raises Refused: not_yet_simulated for what is published and not built, else outcome_invalid. The text is not
    repeated in either.
    """
    kind, _, value = text.partition(":")
    outcome: Outcome | None = None
    if text == "approve":
        outcome = Approve()
    elif kind == "decline" and value in BY_DECLINE_CODE:
        outcome = decline_for(value)
    elif kind == "iso":
        outcome = of_response_code(value)
    elif kind == "partial" and _PART.fullmatch(value) and int(value) < amount:
        outcome = ApprovePartially(int(value))
    elif _LATER.fullmatch(text):
        raise Refused(Code.NOT_YET_SIMULATED, "This outcome is not simulated yet.", param)
    if outcome is None:
        raise Refused(Code.OUTCOME_INVALID, f"Ask for {GRAMMAR}, with codes that the documentation lists.", param)
    return outcome
