"""The grammar of outcomes that a caller may request from the simulated bank: one or several, separated by commas.

At most one is the bank's answer to the authorization:

    approve | decline:<decline_code> | iso:<response code> | partial:<amount>
    pending:<seconds>:<answer>      no answer yet; after that time, `approve`, `decline:<code>` or `iso:<code>`
    late:<seconds>                  no answer in time, so declined; approved after all, later
    action:3ds[:<answer>]           the cardholder must authenticate first

`iso:00` approves and `iso:10` approves half. The others say what happens after an approval, with the words of
`POST /sandbox/simulate/{id}/{action}`: see `plan`. `payout=…` is an outcome of a disbursement, and of no payment.
"""

import re
from typing import Final

from paysandbox.core.break_type import BREAK_OF_ITEM
from paysandbox.core.errors import Code, Refused
from paysandbox.core.suggestion import did_you_mean, nearest
from paysandbox.payments.bank.decline_codes import BY_DECLINE_CODE
from paysandbox.payments.bank.outcome import (
    AnswerLater,
    Approve,
    ApproveLate,
    ApprovePartially,
    Challenge,
    DeclineFor,
    Outcome,
    Outcomes,
    decline_for,
    outcome_for_response_code,
)
from paysandbox.payments.bank.plan import plan_of, seconds_in

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
    "increment=decline:<decline_code>",
    "capture=decline:<decline_code>",
    "capture=fail[:<seconds>]",
    "capture=fail_once[:<seconds>]",
    "capture=late:<days>",
    "refund=pending[:<seconds>[:<result>]]",
    "refund=fail[:<reason>]",
    "dispute=<reason>[:<seconds>]",
    "dispute=<kind>[:<seconds>]",
    "funds=available",
    "settle=<break>",
)
"""The forms of what happens after an approval."""

FORMS: Final = (*ANSWERS, *AFTERWARDS)
GRAMMAR: Final = f"{', '.join(FORMS[:-1])} or {FORMS[-1]}; several separated by commas"
"""The forms in one phrase, for error messages and the command line."""
INCREMENT_GRAMMAR: Final = "approve, decline:<decline_code> or iso:<response code>"
"""The forms that an increment itself may request."""
REFUND_FORMS: Final = tuple(form for form in AFTERWARDS if form.startswith("refund="))
"""The forms that a refund itself may request."""
REFUND_GRAMMAR: Final = " or ".join(REFUND_FORMS)

_PART: Final = re.compile(r"0*[1-9][0-9]{0,7}")
_OF_DISBURSEMENTS: Final = "payout="


def read_outcomes(text: str, param: str, *, amount: int) -> Outcomes:
    """Parse the outcomes in the parameter `param`, for a payment of `amount` minor units.

    Raises Refused(outcome_invalid), also for outcomes that contradict each other. No message repeats the caller's text.
    """
    answers, later = list[Outcome](), list[str]()
    for form in text.replace(", ", ",").split(","):
        if form.startswith(_OF_DISBURSEMENTS):
            raise Refused(Code.OUTCOME_INVALID, "This is an outcome of a disbursement, not of a payment.", param)
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
    if form.startswith("settle="):
        return did_you_mean(form, [f"settle={known}" for known in BREAK_OF_ITEM])
    if kind in ("decline", "increment=decline", "capture=decline"):
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


def _never_approves(outcome: Outcome) -> bool:
    final = outcome.then if isinstance(outcome, (AnswerLater, Challenge)) else outcome
    return isinstance(final, DeclineFor) and not final.asks_for_challenge
