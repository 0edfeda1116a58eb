# pyright: standard
"""Code common to the setup intent routes: the card that a request names, its bank's answer, and what is stored."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.headers import OUTCOME_HEADER
from paysandbox.http.answer import Body
from paysandbox.payments.bank.acquirer import Answered, AwaitsBank, AwaitsCardholder
from paysandbox.payments.bank.response import Response
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.customers import check_customer
from paysandbox.stripe_api.errors import SETUP_UNEXPECTED_STATE, StripeRefused
from paysandbox.stripe_api.ids import setup_attempt_id
from paysandbox.stripe_api.objects.decline import decline_error
from paysandbox.stripe_api.objects.expand import Expansion
from paysandbox.stripe_api.objects.intent import intent_for_page
from paysandbox.stripe_api.objects.method_types import CARD
from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, StoredObject
from paysandbox.stripe_api.payment_intents.intent_terms import check_url, stored_return_url
from paysandbox.stripe_api.payment_methods.bank import bank_answer
from paysandbox.stripe_api.protocol import StripeAnswer
from paysandbox.stripe_api.resource_kit.declaration import Stored
from paysandbox.stripe_api.resource_kit.operations import Request, Written
from paysandbox.stripe_api.resource_kit.rendering import render
from paysandbox.stripe_api.setup_intents.rules import (
    Challenge,
    SetupAttempt,
    SetupStatus,
    attempted,
    check_can_be_confirmed,
    status_of,
)
from paysandbox.stripe_api.setup_intents.setup_card import SetupCard
from paysandbox.stripe_api.setup_intents.setup_intent_resource import SETUP_INTENT, setup_method_types
from paysandbox.stripe_api.setup_intents.setup_secrets import challenge_url

_ONLY_WITH_CONFIRM: Final = ("confirmation_token", "return_url", "mandate_data")
_OUTCOME_IN_METADATA: Final = "metadata[sandbox_outcome]"


def check_new(call: AnyStripeCall) -> None:
    """Refuse parameters of a new setup intent that exclude each other (parameter_invalid)."""
    body = call.body
    automatic = body.automatic_payment_methods is not None and body.automatic_payment_methods.enabled
    if body.payment_method_types is not None and automatic:
        raise Refused(
            Code.PARAMETER_INVALID,
            "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.",
        )
    if body.confirm:
        return
    if call.outcome is not None:
        detail = "The bank is asked when the setup intent is confirmed. Send the header with the confirmation."
        raise Refused(Code.OUTCOME_INVALID, detail, OUTCOME_HEADER)
    for name in _ONLY_WITH_CONFIRM:
        if getattr(body, name) is not None:
            raise Refused(
                Code.PARAMETER_INVALID,
                f"The parameter {name} cannot be passed when creating a SetupIntent unless confirm is set to true. You "
                f"can pass {name} when confirming the SetupIntent.",
                name,
            )


def check_named_customer(call: AnyStripeCall) -> None:
    """Refuse (resource_not_found) a customer that a request names and that does not exist. One read, if any."""
    if call.body.customer is not None:
        check_customer(call, call.body.customer)


def confirmed(
    call: AnyStripeCall, setup_intent: str, attributes: Attributes, card: SetupCard | None, cause: Cause
) -> Attributes:
    """Return a setup intent after it was confirmed with a card.

    Raises Refused: intent_state_unexpected, as `check_takes_cards`, `check_return_url` and `verified` do.
    """
    check_can_be_confirmed(attributes, card is not None)
    if card is None:
        raise AssertionError("a setup intent without a card can be confirmed")
    check_takes_cards(attributes)
    check_return_url(attributes, call.body.return_url)
    answer = verified(call, attributes, card)
    attempt = setup_attempt_id(setup_intent, cause.operation_id)
    challenge = None
    if isinstance(answer, AwaitsCardholder):
        url = challenge_url(call.request.base_url, call.merchant, attempt)
        back = stored_return_url(call.body.return_url)
        challenge = Challenge(url=url, return_url=back, payment_method=card.shown())
    made = SetupAttempt(
        id=attempt,
        payment_method=card.id,
        at=cause.at,
        shown=card.shown(answer.response.checks),
        error=setup_error(card, answer.response),
        challenge=challenge,
        frictionless=isinstance(answer, Answered) and answer.frictionless,
    )
    return attempted(attributes, made)


def used_token(call: AnyStripeCall, token: StoredObject | None, attributes: Attributes) -> Stored:
    """Return the confirmation token as the latest attempt uses it, to be stored with it, or nothing without one.

    Raises Refused(parameter_invalid) if it was used, or has expired.
    """
    if token is None:
        return ()
    from paysandbox.stripe_api.payment_methods.confirmation_tokens import used_by  # few requests name one

    return (used_by(call, token, attributes["latest_attempt"]),)


def verified(call: AnyStripeCall, attributes: Attributes, card: SetupCard) -> Answered | AwaitsCardholder:
    """Return the bank's answer to the verification of a card: an authorization of nothing.

    Raises Refused as `bank_answer` does, and outcome_invalid for a bank that is to answer later.
    """
    metadata = attributes.get("metadata")
    options = attributes.get("payment_method_options", {}).get(CARD, {})
    answer = bank_answer(
        card.method,
        call.merchant,
        0,
        outcome=call.outcome,
        metadata=json.dumps(metadata) if metadata else None,
        authenticate=options.get("request_three_d_secure") in ("any", "challenge"),
    )
    if isinstance(answer, AwaitsBank) or (isinstance(answer, Answered) and answer.due):
        param = _OUTCOME_IN_METADATA if call.outcome is None else OUTCOME_HEADER
        raise Refused(Code.OUTCOME_INVALID, "A bank answers the verification of a card at once.", param)
    return answer


def setup_error(card: SetupCard, response: Response) -> Body | None:
    """Return the error of a declined verification, with the payment method and the bank's checks, or None."""
    if response.decline is None:
        return None
    return decline_error(response, response.decline) | {"payment_method": card.shown(response.checks)}


def check_takes_cards(attributes: Attributes) -> None:
    """Refuse (parameter_invalid) to confirm by card a setup intent that takes none."""
    types = setup_method_types(attributes)
    if CARD not in types:
        raise Refused(
            Code.PARAMETER_INVALID,
            "The PaymentMethod provided (card) is not allowed for this SetupIntent. Please attach a PaymentMethod of "
            f"one of the following types: {', '.join(types)}. This sandbox simulates no other type.",
            "payment_method",
        )


def check_return_url(attributes: Attributes, return_url: str | None) -> None:
    """Refuse a confirmation whose payment methods may redirect the payer, without an address to return to.

    Also refuses (url_not_allowed) an address that is none.
    """
    if return_url:
        check_url(return_url)
        return
    automatic: dict[str, Any] = attributes.get("automatic_payment_methods") or {}
    if automatic.get("enabled") and automatic.get("allow_redirects") != "never":
        raise Refused(
            Code.PARAMETER_MISSING,
            "This SetupIntent is configured to accept payment methods enabled in your Dashboard. Because some of these "
            "payment methods might redirect your customer off of your page, you must provide a `return_url`. If you "
            "don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` "
            "and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment "
            "Intents.",
            "return_url",
        )


@contextmanager
def intent_in_refusals(call: AnyStripeCall, current: StoredObject | None) -> Generator[None]:
    """Put a refusal by the status into Stripe's format, with the setup intent as of now, or without a new one."""
    try:
        yield
    except Refused as refused:
        if refused.code is not Code.INTENT_STATE_UNEXPECTED:
            raise
        shown = render(SETUP_INTENT, current, call.stripe_version) if current else None
        raise StripeRefused(
            refused.code,
            refused.detail,
            refused.param,
            stripe_code=SETUP_UNEXPECTED_STATE,
            intent=intent_for_page(shown) if shown and call.publishable else shown,
        ) from None


def answered(request: Request, written: Written, tree: Expansion, *, outcome: str) -> StripeAnswer:
    """Return the setup intent as an operation has left it. If that was a decline, the answer is a card error."""
    attributes = written.stored.attributes
    declined = outcome == "confirmed" and status_of(attributes) is SetupStatus.NEEDS_METHOD
    return written.answer(request, tree, outcome="declined" if declined else outcome, declined=declined)
