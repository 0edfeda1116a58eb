"""`paysandbox requests explain`: what became of a request, why, and what to do, from its record in the log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.connection.api_session import api_of, refusals
from cli.connection.caller import Caller, over_the_api
from cli.terminal.output import print_json

if TYPE_CHECKING:
    from cli.connection.api import Answer, Api

EXAMPLES: Final = """[bold]Example[/bold]
  paysandbox requests explain req_…      the Request-Id header of a response
"""

_APPEARS_S: Final = 10
_DECLINE: Final = re.compile(r'"decline_code":\s*"([a-z_]+)"')
_FIRST_REFUSED: Final = 400
_NOT_FOUND: Final = 404

_DONE: Final = (
    "The request was done, and the client got another answer, or none. Send it again with the same idempotency key: it "
    "returns this answer. With a new key it is done a second time."
)
_NOT_DONE: Final = "Nothing was done. Send the request again with the same idempotency key."


@over_the_api
def explain(
    request_id: Annotated[
        str, typer.Argument(metavar="REQUEST_ID", help="The Request-Id header of a response: a UUID, or req_… of /v1.")
    ],
    *,
    caller: Caller,
) -> None:
    """Explain a request: whether a fault was injected, why it was refused or declined, and what to do.

    A request appears in the log a few seconds after its response, and this
    waits up to ten seconds for it.
    """
    with refusals(caller.as_json):
        facts = explained(_logged(api_of(caller), request_id).body)
    if caller.as_json:
        print_json(facts)
        return
    from cli.terminal.console import Text, answers
    from cli.terminal.refusal import line

    request = facts["request"]
    lines = [Text(f"{request['status']}  {request['method']} {request['route']}", style="bold")]
    lines += [Text(line("", reason)) for reason in facts["reasons"]]
    lines += [Text(line("what to do", facts["what_to_do"]))] if facts["what_to_do"] else []
    answers().print(Text.lines(lines), soft_wrap=True)


def explained(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reasons for what became of a logged request, what to do, and the request itself.

    What to do follows from the last of: an error, a decline, an injected fault, since the client saw the fault.
    """
    reasons: list[str] = []
    what_to_do = ""
    if request.get("code") is not None:
        reason, what_to_do = _of_error(request)
        reasons.append(reason)
    elif request["status"] >= _FIRST_REFUSED and _declined(request) is None:
        reasons.append(request.get("detail") or f"The status was {request['status']}.")
    if (code := _declined(request)) is not None:
        reason, what_to_do = _of_decline(code)
        reasons.append(reason)
    if request["replayed"]:
        reasons.append("It repeats the answer to an earlier request with the same idempotency key. Nothing was done.")
    if request.get("fault") is not None:
        reason, what_to_do = _of_fault(request["fault"])
        reasons.append(reason)
    if not reasons:
        reasons.append(f"It succeeded: {request['outcome']}.")
    return {"request_id": request["request_id"], "reasons": reasons, "what_to_do": what_to_do, "request": {**request}}


def _declined(request: Mapping[str, Any]) -> str | None:
    found = _DECLINE.search(request.get("answer") or "")
    return None if found is None else found[1]


def _of_error(request: Mapping[str, Any]) -> tuple[str, str]:
    from paysandbox.core.errors import Code
    from paysandbox.reference.error_docs import ERROR_DOCS, again

    code, detail = request["code"], request.get("detail") or ""
    named = f" ({request['param']})" if request.get("param") else ""
    if code not in set(Code):
        return f"{code}{named}: {detail}", ""
    doc = ERROR_DOCS[Code(code)]
    return f"{code}{named}: {detail} {doc.means}", f"{doc.do} Retry: {again(Code(code))}"


def _of_decline(code: str) -> tuple[str, str]:
    from paysandbox.payments.bank.decline_codes import BY_DECLINE_CODE

    advice: Final = {
        "do_not_try_again": "Do not try this card again. Ask the customer for another one.",
        "try_again_later": "Try again later with a new idempotency key, or ask for another card.",
        "confirm_card_data": "Ask the customer to correct the card's data or to authenticate, then try again.",
    }
    reason = BY_DECLINE_CODE.get(code)
    if reason is None:
        return f"The card was declined: {code}.", ""
    says = f"The card was declined: {code}, {reason.says}. It is a valid answer, not an error."
    return says, advice[reason.advice_code]


def _of_fault(text: str) -> tuple[str, str]:
    from paysandbox.http.faults.kinds import BY_NAME, SLOW, SLOW_AFTER_COMMIT, Moment

    kind = BY_NAME.get(text.partition(";")[0])
    if kind is None:
        return f"A fault was injected: {text}.", ""
    reason = f"A fault was injected: {text}. {kind.does}"
    if kind.name in {SLOW, SLOW_AFTER_COMMIT}:
        return reason, ""
    return reason, _DONE if kind.moment is Moment.AFTER else _NOT_DONE


def _logged(api: Api, request_id: str) -> Answer:
    """Return a request's record, once it is in the log. Raises Refusal if it is not there in time."""
    import time

    from cli.connection.api_paths import GET_REQUEST
    from cli.terminal.refusal import Refusal

    deadline = time.monotonic() + _APPEARS_S
    while True:
        try:
            return api.get(GET_REQUEST, path={"request_id": request_id})
        except Refusal as refusal:
            if refusal.problem.get("status") != _NOT_FOUND or time.monotonic() > deadline:
                raise
        api.pause(1.0)
