"""The card that a request names, and the simulated bank's response to an authorization on it.

A card is named by one of Stripe's names (`pm_card_visa`), by the ID of a payment method, or by its number. The number
is used and dropped. To authorize later, it is looked up again among the published test numbers.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final

from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.aws.runtime import ledger, settings_of
from paysandbox.aws.settings import AcceptanceSettings
from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.json_text import json_text
from paysandbox.core.record import record, replace
from paysandbox.http.reading import parameter_name
from paysandbox.payments.bank import acquirer, card
from paysandbox.payments.bank.card import card_id_of
from paysandbox.payments.bank.decline_codes import AUTHENTICATION_REQUIRED, BY_DECLINE_CODE
from paysandbox.payments.bank.outcome import OUTCOME_ENTRY
from paysandbox.payments.bank.response import Check, Decline
from paysandbox.payments.bank.test_cards import TEST_CARDS
from paysandbox.payments.ledger.store import is_id_free
from paysandbox.payments.operations.authorization import Authorization
from paysandbox.payments.operations.intent_created import IntentCreated
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.payment import AuthorizationBegun, Payment
from paysandbox.payments.terms import IntentTerms, Method
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.errors import missing, no_such
from paysandbox.stripe_api.ids import SOURCE, SOURCE_OBJECT
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.payment_methods.authorization_attempt import AuthorizationAttempt
from paysandbox.stripe_api.payment_methods.cards import (
    SET_UP,
    SET_UP_BY_PAYER,
    TOKEN,
    number_of_method,
    number_of_token,
)
from paysandbox.stripe_api.payment_methods.refusals import not_theirs, used_before
from paysandbox.stripe_api.requests import BillingDetails, CardTyped

OWN_OF_OPENING: Final = "a" * ids.SUFFIX_LENGTH
"""The suffix in the ID of the payment method that an intent was created with: its operation has none of its own."""

GIVEN: Final = ("cvc", "zip", "line1")
"""The data that may accompany a card for the bank to check, as in `Method.given`."""

OF_A_CUSTOMER: Final = (
    "The payment method you provided is attached to a customer so for security purposes you must provide the customer "
    "in the request."
)
"""Stripe's words."""

_NO_METHOD: Final = (
    "A token may not be passed in as a PaymentMethod. Instead, create a PaymentMethod or convert your token to a "
    "PaymentMethod by setting the `card[token]` parameter to {}."
)
"""Stripe's words (stripe-android#2146, solidus_stripe#53)."""

_LIVE_CARD: Final = (
    "Your card was declined. Your request was in test mode, but used a non test card. For a list of valid test cards, "
    "visit: https://stripe.com/docs/testing."
)
"""Stripe's words ("Decline codes", test_mode_live_card)."""

_CENTURY: Final = 2000
_NAMED: Final = "payment_method"
_TYPED: Final = "payment_method_data"
_SHARED: Final = "shared_payment_granted_token"
_CODE: Final = "payment_method_options[card][cvc_token]"
_CALLED_HERE: Final = {"card.number": _NAMED, f"metadata.{OUTCOME_ENTRY}": f"metadata[{OUTCOME_ENTRY}]"}


@record
class NamedCard:
    """The card that a request names, None if it names none, and why its payment is refused, if it is.

    A repeated request gets the first answer, whatever has become of the card since. So it is refused when it is known
    that the request is not a repeated one. `token` is the confirmation token of the request, if it has one.
    `granted` is the shared payment token with this card, and the parameter that names it.
    """

    method: Method | None
    refused: Refused | None = None
    token: StoredObject | None = None
    granted: tuple[StoredObject, str] | None = None

    def check(self) -> None:
        """Raise the refusal, if there is one."""
        if self.refused is not None:
            raise self.refused


def with_token(call: AnyStripeCall) -> tuple[AnyStripeCall, StoredObject | None]:
    """Return a call as if it had named what its confirmation token has, and the token. One read, none without a token.

    Raises Refused(resource_not_found).
    """
    name: str | None = call.body.confirmation_token
    if not name:
        return call, None
    from paysandbox.stripe_api.payment_methods.confirmation_tokens import with_stored_token  # few requests name one

    return with_stored_token(call, name)


def method_of(
    call: AnyStripeCall, payment: Payment | None = None, *, customer: str | None, token: StoredObject | None = None
) -> NamedCard:
    """Return the card that a request about an intent names, or its confirmation token if the request does not.

    `payment` is the intent as of now, whose own cards may be named again, and `customer` the intent's. It refuses
    (parameter_invalid) a card that was detached, or that is attached to another customer. Raises Refused:
    parameter_missing, parameter_invalid (both parameters at once, or another intent's card), resource_not_found,
    live_card_in_sandbox, and as `typed_method` does.
    """
    named: str | None = call.body.payment_method
    typed = call.body.payment_method_data
    if shared := _shared_token(call, token):
        from paysandbox.stripe_api.payment_methods.granted_tokens import (
            card_of_token,
            granted_token,
        )  # few requests name one

        granted = granted_token(call, *shared)
        return _with_security_code(call, NamedCard(card_of_token(granted), granted=(granted, shared[1])))
    if named and typed is not None:
        raise Refused(
            Code.PARAMETER_INVALID, f"You may only specify one of these parameters: {_NAMED}, {_TYPED}.", _TYPED
        )
    if typed is not None:
        method = typed_method(call, typed.card, typed.billing_details, within=f"{_TYPED}[card]")
        card = NamedCard(replace(method, allow_redisplay=typed.allow_redisplay))
    elif named:
        card = named_method(call, named, payment, customer=customer)
    else:
        card = NamedCard(_card_of(token) if token else None)
    return replace(_with_security_code(call, card), token=token)


def _shared_token(call: AnyStripeCall, token: StoredObject | None) -> tuple[str, str] | None:
    """Return the shared payment token that a request names, and its parameter. Refuses another card beside it."""
    body, typed = call.body, call.body.payment_method_data
    outer: str | None = getattr(body, _SHARED, None)
    inner: str | None = getattr(typed, _SHARED, None)
    if not (outer or inner):
        return None
    beside = (typed.model_fields_set if typed is not None else set[str]()) - {"type", *(() if outer else (_SHARED,))}
    others = [f"{_TYPED}[{each}]" for each in sorted(beside)]
    others += [_NAMED] if body.payment_method else []
    others += ["confirmation_token"] if token else []
    param = _SHARED if outer else f"{_TYPED}[{_SHARED}]"
    if others:
        detail = f"You may only specify one of these parameters: {', '.join([*others, param])}."
        raise Refused(Code.PARAMETER_INVALID, detail, param)
    return outer or inner or "", param


def _with_security_code(call: AnyStripeCall, named: NamedCard) -> NamedCard:
    """Return a card with the security code of which the request names a token. It uses the token up.

    Without a card, the token is not used. Raises Refused(parameter_invalid) if the request confirms nothing, and as
    `use_security_code` does.
    """
    options = call.body.payment_method_options
    code: str | None = getattr(options.card, "cvc_token", None) if options and options.card else None
    if not code or named.method is None:
        return named
    if not getattr(call.body, "confirm", True):
        detail = f"The parameter {_CODE} can only be provided during confirmation."
        raise Refused(Code.PARAMETER_INVALID, detail, _CODE)
    from paysandbox.stripe_api.payment_methods.tokens import use_security_code  # few requests name one

    use_security_code(call, code, _CODE)
    given = tuple(name for name in GIVEN if name == "cvc" or name in named.method.given)
    return replace(named, method=replace(named.method, given=given))


def _card_of(token: StoredObject) -> Method:
    from paysandbox.stripe_api.objects.stored_method import method_in

    return replace(method_in(token), id=None)


def named_method(
    call: AnyStripeCall, name: str, payment: Payment | None = None, *, customer: str | None = None
) -> NamedCard:
    """Return the card of one of Stripe's names, or of a payment method's ID. Refuses and raises as `method_of` does."""
    if name.startswith(TOKEN):
        raise Refused(Code.PARAMETER_INVALID, _NO_METHOD.format(parameter_name(name)), _NAMED)
    if (number := number_of_method(name)) is not None:
        return NamedCard(published_method(number, call.merchant, call.now))
    of = _of_an_intent(name)
    if of is not None and payment is not None and payment.id == of[0]:
        card_of_intent = _card_of_intent(payment, of[1])
        if card_of_intent is not None:
            return NamedCard(card_of_intent)
    if of is not None or any(ids.has_form(prefix, name) for prefix in (ids.METHOD, SOURCE, SOURCE_OBJECT)):
        stored = _stored_card(call.merchant, name, customer)
        if stored is not None:
            return stored
    if of is not None:
        raise used_before()
    raise no_such("PaymentMethod", name, _NAMED)


def _stored_card(merchant: str, name: str, customer: str | None) -> NamedCard | None:
    """Return a stored card, for a payment of a customer, or None if there is none."""
    from paysandbox.stripe_api.objects.stored_method import is_spent, method_in
    from paysandbox.stripe_api.payment_methods.lookup import stored_method  # loaded for who names one

    stored = stored_method(merchant, name)
    if stored is None:
        return None
    method, refused = method_in(stored), None
    if is_spent(stored):
        refused = used_before()
    elif method.customer is not None and customer is None:
        refused = Refused(Code.PARAMETER_INVALID, OF_A_CUSTOMER)
    elif method.customer not in (None, customer):
        refused = not_theirs(name)
    return NamedCard(method, refused)


def typed_method(
    call: AnyStripeCall, typed: CardTyped | None, billing: BillingDetails | None = None, *, within: str = "card"
) -> Method:
    """Return the card that was sent by number or token, without its number. `within` is the enclosing parameter.

    Raises Refused: parameter_missing, live_card_in_sandbox, and what `storable_card` and `card_of` do, of the parameter
    as it was sent.
    """
    details = json_text(sent) if billing and (sent := billing.model_dump(exclude_unset=True)) else None
    if typed is not None and typed.token:
        of_token = card_of(call, typed.token, f"{within}[token]")
        return replace(of_token, billing_details=details or of_token.billing_details)
    if typed is None or typed.number is None:
        raise missing(f"{within}[number]")
    for name in ("exp_month", "exp_year"):
        if getattr(typed, name) is None:
            raise missing(f"{within}[{name}]")
    try:
        stored = _storable(
            call.merchant, call.now, typed.number, typed.exp_month or 0, _year(typed.exp_year or 0), typed.cvc
        )
    except Refused as refused:
        name = (refused.param or "").removeprefix("card.")
        raise Refused(refused.code, _detail(refused), f"{within}[{name}]") from None
    address = billing.address if billing else None
    sent = (typed.cvc, address.postal_code, address.line1) if address else (typed.cvc,)
    given = tuple(name for name, value in zip(GIVEN, sent, strict=False) if value)
    return Method(stored, given, billing_details=details)


def card_of(call: AnyStripeCall, token: str, param: str) -> Method:
    """Return the card of a token: of a published name, or of one that was created, which the request then uses up.

    Raises Refused as `card_of_token` does.
    """
    if (number := number_of_token(token)) is not None:
        return published_method(number, call.merchant, call.now)
    from paysandbox.stripe_api.payment_methods.tokens import card_of_token  # few requests name one

    return card_of_token(call, token, param)


def use_method(
    method: Method | None,
    merchant: str,
    payment_id: str,
    customer: str | None,
    *,
    refusal: Callable[[], Refused] = used_before,
) -> None:
    """Let a payment of a customer use a payment method: one without a customer can be used by no other afterwards.

    Call it when nothing but the payment's write is left to do: an attempt that is not recorded uses the method too.
    Other cards have no ID, and need no write, nor do those that were attached when the request named them. Raises
    Refused(parameter_invalid) if another payment used it: `refusal`.
    """
    if method is None or method.id is None or method.customer is not None:
        return
    from paysandbox.stripe_api.objects.stored_method import PAYMENT_METHOD, is_source_object
    from paysandbox.stripe_api.resource_kit.objects_table import use_object
    from paysandbox.stripe_api.resource_kit.tables import objects_table

    used = use_object(objects_table(), PAYMENT_METHOD, merchant, method.id, payment_id)
    while used is not None and used.used_by is None and is_source_object(used.id) and not _is_or_was_attached(used):
        # A source can be updated before it is used.
        used = use_object(objects_table(), PAYMENT_METHOD, merchant, method.id, payment_id, version=used.version)
    if used is not None and used.used_by == payment_id:
        return
    # It may have been attached since it was named.
    current = _stored_card(merchant, method.id, customer)
    if current is None or current.method is None or current.method.customer is None:
        raise refusal()
    current.check()


def _is_or_was_attached(stored: StoredObject) -> bool:
    from paysandbox.stripe_api.objects.stored_method import CUSTOMER, is_spent

    return is_spent(stored) or stored.attributes.get(CUSTOMER) is not None


def use_card(call: AnyStripeCall, named: NamedCard, attempt: AuthorizationAttempt, payment: Payment) -> None:
    """Let an attempt of a payment use the card that a request names, and its confirmation token or shared payment
    token.

    Raises Refused as `use_method`, `use_token` and `use_granted_token` do.
    """
    if named.token is not None:
        from paysandbox.stripe_api.payment_methods.confirmation_tokens import use_token  # few requests name one

        use_token(call, named.token, attempt.operation_id)
    if named.granted is not None:
        from paysandbox.stripe_api.payment_methods.granted_tokens import use_granted_token  # few requests name one

        use_granted_token(call, *named.granted, attempt, payment)
    use_method(named.method, call.merchant, payment.id, attempt.terms.customer)


def use_card_of_new(
    call: AnyStripeCall, named: NamedCard, payment: Payment, attempt: AuthorizationAttempt | None
) -> None:
    """Do the same for a payment that is about to be created with an attempt, unless its ID is taken.
    The request is then a replay, is refused, or comes back with the ID that its key, free again, is bound to next.
    """
    if named.refused is None and (attempt is None or not _is_used_by_paying(named)):
        return
    if is_id_free(ledger(), payment.id, call.now):
        named.check()
        if attempt is not None:
            use_card(call, named, attempt, payment)


def method_to_confirm(
    call: AnyStripeCall, payment: Payment, terms: IntentTerms, token: StoredObject | None
) -> NamedCard:
    """Return the card that a confirmation or its token names, or the one that the intent has named before, as of now.

    An attached one may have been detached or set up since. Refuses and raises as `method_of` does.
    """
    named, before = method_of(call, payment, customer=terms.customer, token=token), terms.method
    if named.method is not None:
        return named
    own = NamedCard(before)
    if before is not None and before.id is not None and before.customer is not None:
        own = named_method(call, before.id, customer=terms.customer)
    return _with_security_code(call, own)


def _is_used_by_paying(named: NamedCard) -> bool:
    method = named.method
    is_for_once = method is not None and method.id is not None and method.customer is None
    return is_for_once or named.token is not None or named.granted is not None


def bank_answer(
    method: Method,
    merchant: str,
    amount: int,
    *,
    outcome: str | None = None,
    metadata: str | None = None,
    authenticate: bool = False,
    unattended: str | None = None,
) -> acquirer.Answer:
    """Return the bank's response to an authorization of an amount (minor units) on a stored card.

    `outcome` is the outcome that a header forces, `metadata` the caller's map as JSON, which may force one too.
    `authenticate` asks for 3-D Secure where the card supports it. Without a cardholder who could authenticate,
    `unattended` is the decline code of a card that requires it. Raises Refused as `acquirer.answer` and
    `grammar.read_outcomes` do, with this API's parameter names.
    """
    entries: Mapping[str, str] = json.loads(metadata) if metadata else {}
    # A number that is not published is as unknown to the bank as no number.
    number = number_of(method.card.card_id, merchant, hashing_keys().card) or ""
    given = {f"with_{name}": name in method.given for name in GIVEN}
    try:
        request = acquirer.AuthorizationRequest(
            number=number,
            amount=amount,
            requested=acquirer.requested_outcomes(outcome, entries, amount=amount),
            authenticate=authenticate,
            **given,
        )
        answer = acquirer.answer(request, accept_any_card=settings_of(AcceptanceSettings).accept_any_card)
    except Refused as refused:
        param = _CALLED_HERE.get(refused.param or "", refused.param)
        raise Refused(refused.code, _detail(refused), param) from None
    if unattended is None or not isinstance(answer, acquirer.AwaitsCardholder):
        return answer
    is_set_up = number in SET_UP or (method.set_up and number in SET_UP_BY_PAYER)
    if unattended == AUTHENTICATION_REQUIRED and is_set_up and answer.soft_decline is None:
        return acquirer.Answered(answer.response, answer.amount, plan=answer.plan)
    reason = BY_DECLINE_CODE[AUTHENTICATION_REQUIRED]
    response = answer.soft_decline or replace(answer.response, code=reason.response_code)
    decline = Decline(decline_code=unattended, advice_code=reason.advice_code)
    return acquirer.Answered(replace(response, decline=decline), amount)


def _detail(refused: Refused) -> str:
    return _LIVE_CARD if refused.code is Code.LIVE_CARD_IN_SANDBOX else refused.detail


def published_method(number: str, merchant: str, now: datetime) -> Method:
    """Return a card by its name: valid until the end of next year, with its security code and any data whose check
    fails on it."""
    checks = TEST_CARDS[number].checks
    faulty = (name for name in ("zip", "line1") if getattr(checks, name) is not Check.PASS)
    return Method(_storable(merchant, now, number, 12, now.year + 1, None), ("cvc", *faulty))


def _storable(merchant: str, now: datetime, number: str, exp_month: int, exp_year: int, cvc: str | None) -> card.Card:
    stored = card.storable_card(
        number=number,
        exp_month=exp_month,
        exp_year=exp_year,
        cvc=cvc,
        merchant=merchant,
        key=hashing_keys().card,
        now=now,
    )
    acquirer.refuse_live_card(number, accept_any_card=settings_of(AcceptanceSettings).accept_any_card)
    return stored


def _year(typed: int) -> int:
    """A two-digit year is in this century, as printed on a card."""
    return typed if typed > 99 else _CENTURY + typed


def _of_an_intent(name: str) -> tuple[str, str] | None:
    """Return the payment, and the suffix of its operation, that the ID of an intent's card names."""
    prefix = f"{ids.METHOD}_"
    if not name.startswith(prefix):
        return None
    rest = name.removeprefix(prefix)
    payment = f"{ids.AUTHORIZATION}_{rest[: ids.BODY_LENGTH]}"
    form = ids.operation_id(ids.REVISION, payment, rest[ids.BODY_LENGTH :])
    return (payment, rest[ids.BODY_LENGTH :]) if ids.payment_of(form) == payment else None


def _card_of_intent(payment: Payment, own: str) -> Method | None:
    """Return the card that an operation of this intent named, or that an attempt used."""
    for operation in payment.operations:
        if (OWN_OF_OPENING if operation.id == payment.id else operation.id[-ids.SUFFIX_LENGTH :]) != own:
            continue
        if isinstance(operation, (IntentCreated, IntentUpdated)):
            return operation.terms.method
        if isinstance(operation, (Authorization, AuthorizationBegun)):
            given, details = operation.response.checks.given, operation.billing_details
            redisplay = operation.allow_redisplay
            return Method(operation.card, given, billing_details=details, allow_redisplay=redisplay)
    return None


def number_of(card_id: str, merchant: str, key: bytes) -> str | None:
    """Return the published number of this merchant's card, or None if its number is not published.

    A stored card has only a hash of its number. The hashes of the few published numbers can be computed again. `key` is
    the key for hashing card numbers.
    """
    return _numbers(merchant, key).get(card_id)


@lru_cache(maxsize=16)
def _numbers(merchant: str, key: bytes) -> Mapping[str, str]:
    return {card_id_of(number, merchant, key): number for number in TEST_CARDS}
