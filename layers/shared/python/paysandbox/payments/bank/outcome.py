"""The grammar of outcomes that a caller may request from the simulated bank: one or several, separated by commas.

At most one is the bank's answer to the authorization:

    approve | decline:<decline_code> | iso:<response code> | partial:<amount>
    pending:<seconds>:<answer>      no answer yet; after that time, `approve`, `decline:<code>` or `iso:<code>`
    late:<seconds>                  no answer in time, so declined; approved after all, later
    action:3ds[:<answer>]           the cardholder must authenticate first

`iso:00` approves and `iso:10` approves half. The others say what happens after an approval, with the words of
`POST /sandbox/simulate/{id}/{action}`: see `plan`. Reserved, and refused until they are implemented: `settle=…` and
`payout=…`.
"""

import re
from collections.abc import Mapping
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.core.record import record
from paysandbox.core.suggestion import did_you_mean, nearest
from paysandbox.payments.bank.decline_codes import AUTHENTICATION_REQUIRED, BY_DECLINE_CODE, BY_RESPONSE_CODE, Reason
from paysandbox.payments.bank.response import APPROVED, PARTIALLY_APPROVED

OUTCOME_ENTRY: Final = "sandbox_outcome"
"""The metadata key that requests an outcome, for callers that cannot send a header."""

ANSWERS: Final = (
    "approve",
    "decline:<decline_code>",
    "iso:<response code>",
    "partial:<less than the amount>",
    "pending:<seconds>:<answer>",
    "late:<seconds>",
    "action:3ds[:<answer>]",
)
"""The forms of the bank's answer."""

AFTERWARDS: Final = (
    "expire:<seconds>",
    "reverse:<seconds>",
    "fraud_warning",
    "capture=decline:<decline_code>",
    "capture=fail[:<seconds>]",
    "capture=fail_once[:<seconds>]",
    "capture=late:<days>",
    "refund=pending[:<seconds>[:<result>]]",
    "refund=fail[:<reason>]",
    "dispute=<reason>[:<seconds>]",
    "dispute=inquiry[:<seconds>]",
)
"""The forms of what happens after an approval."""

FORMS: Final = (*ANSWERS, *AFTERWARDS)
GRAMMAR: Final = f"{', '.join(FORMS[:-1])} or {FORMS[-1]}; several separated by commas"
"""The forms in one phrase, for error messages and the command line."""
REFUND_FORMS: Final = tuple(form for form in AFTERWARDS if form.startswith("refund="))
"""The forms that a refund itself may request."""
REFUND_GRAMMAR: Final = " or ".join(REFUND_FORMS)

MAX_SECONDS: Final = 30 * 24 * 60 * 60
"""The longest time until a simulated step, so that no payment is kept for long."""

_PART: Final = re.compile(r"0*[1-9][0-9]{0,7}")
_SECONDS: Final = re.compile(r"0*[1-9][0-9]{0,6}")
_RESERVED: Final = ("settle=", "payout=")


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


def requested_outcomes(header: str | None, entries: Mapping[str, str], *, amount: int) -> Outcomes:
    """Return the outcomes that a caller requested for `amount` minor units: from the header, else from the metadata.

    Raises Refused as `read_outcomes` does.
    """
    if header is not None:
        return read_outcomes(header, OUTCOME_HEADER, amount=amount)
    if OUTCOME_ENTRY in entries:
        return read_outcomes(entries[OUTCOME_ENTRY], f"metadata.{OUTCOME_ENTRY}", amount=amount)
    return NO_OUTCOMES


def read_outcomes(text: str, param: str, *, amount: int) -> Outcomes:
    """Parse the outcomes in the parameter `param`, for a payment of `amount` minor units.

    Raises Refused: not_yet_simulated for reserved outcomes, outcome_invalid for others and for outcomes that contradict
    each other. No message repeats the caller's text.
    """
    answers, later = list[Outcome](), list[str]()
    for form in text.replace(", ", ",").split(","):
        if form.startswith(_RESERVED):
            raise Refused(Code.NOT_YET_SIMULATED, "This outcome is not simulated yet.", param)
        outcome = _outcome(form, amount)
        if outcome is None:
            later.append(form)
        else:
            answers.append(outcome)
    if len(answers) > 1:
        raise Refused(Code.OUTCOME_INVALID, "Send one outcome of the authorization.", param)
    authorization = answers[0] if answers else None
    if not later:
        return Outcomes(authorization=authorization)
    from paysandbox.payments.bank.plan import plan_of  # only for those who plan ahead

    plan = plan_of(later)
    if plan is None:
        hint = _nearest_form(later[0])
        raise Refused(Code.OUTCOME_INVALID, f"{hint}Use {GRAMMAR}. Codes and reasons are in the documentation.", param)
    if authorization is not None and _never_approves(authorization):
        raise Refused(Code.OUTCOME_INVALID, "A decline cannot be combined with later outcomes.", param)
    return Outcomes(authorization=authorization, plan=plan)


def _nearest_form(form: str) -> str:
    """Return a suggestion for a form that is none: the nearest decline code, or the form that begins most alike."""
    kind, _, value = form.partition(":")
    if kind in ("decline", "capture=decline"):
        return did_you_mean(f"{kind}:{value}", [f"{kind}:{code}" for code in BY_DECLINE_CODE])
    by_kind = {re.split(r"[:\[]", known)[0]: known for known in FORMS}
    near = nearest(kind, by_kind) if kind not in by_kind else None
    return f"Did you mean {by_kind[near]}? " if near is not None else ""


def _outcome(form: str, amount: int) -> Outcome | None:
    """Return the bank's answer of this form, or None if it is none."""
    kind, _, value = form.partition(":")
    match kind:
        case "partial" if _PART.fullmatch(value) and int(value) < amount:
            return ApprovePartially(int(value))
        case "iso":
            return outcome_for_response_code(value)
        case "pending":
            seconds, _, answer = value.partition(":")
            then, after = _full_answer(answer), seconds_in(seconds)
            return AnswerLater(after, then) if then and after else None
        case "late":
            after = seconds_in(value)
            return ApproveLate(after) if after else None
        case "action":
            if value == "3ds":
                return Challenge()
            then = _full_answer(value.removeprefix("3ds:")) if value.startswith("3ds:") else None
            return Challenge(then) if then else None
        case _:
            return _full_answer(form)


def _full_answer(form: str) -> Approve | DeclineFor | None:
    """Return the bank's answer for the full amount of this form, or None if it is none."""
    kind, _, value = form.partition(":")
    if form == "approve":
        return Approve()
    if kind == "decline" and value in BY_DECLINE_CODE:
        return decline_for(value)
    outcome = outcome_for_response_code(value) if kind == "iso" else None
    return None if isinstance(outcome, ApprovePartially) else outcome


def seconds_in(text: str) -> int | None:
    """Return the number of seconds in a text, or None if it is none, 0, or more than MAX_SECONDS."""
    seconds = int(text) if _SECONDS.fullmatch(text) else 0
    return seconds if 0 < seconds <= MAX_SECONDS else None


def _never_approves(outcome: Outcome) -> bool:
    final = outcome.then if isinstance(outcome, (AnswerLater, Challenge)) else outcome
    return isinstance(final, DeclineFor) and not final.asks_for_challenge
