"""The terms of an intent, as a request that creates, updates, confirms or captures it states them."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, cast

from pydantic import BaseModel

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import replace
from paysandbox.core.stripe_amounts import StripeAmount, to_ledger
from paysandbox.payments.limits import metadata_text
from paysandbox.payments.terms import IntentTerms, Method
from paysandbox.stripe_api.connect.charge_terms import SHARED, shared_as_stated
from paysandbox.stripe_api.objects.method_types import CARD, method_types
from paysandbox.stripe_api.payment_intents.checkout_rules import check_is_not_of_checkout
from paysandbox.stripe_api.requests import (
    MAX_METADATA_KEYS,
    CaptureCharge,
    CapturePaymentIntent,
    ConfirmPaymentIntent,
    CreateCharge,
    CreatePaymentIntent,
    IncrementAuthorization,
    UpdatePaymentIntent,
)

_ONLY_WITH_CONFIRM: Final = (
    "confirmation_token",
    "return_url",
    "off_session",
    "error_on_requires_action",
    "mandate_data",
)
_WEB: Final = ("http://", "https://")

_ANOTHER_CUSTOMER: Final = (
    "You cannot modify `customer` on a PaymentIntent once it already has been set. To fulfill a payment with a "
    "different Customer, cancel this PaymentIntent and create a new one."
)
"""Stripe's words (woocommerce-gateway-stripe#1068)."""

_OF_CHARGE: Final = (
    "description",
    "receipt_email",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)
_LETTER: Final = re.compile("[A-Za-z]")
_canonical: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def first_terms(body: CreatePaymentIntent, method: Method | None, platform: str | None = None) -> IntentTerms:
    """Return the terms of a new intent. `platform` is that of the account that the request is for.

    Refuses: parameter_invalid for parameters that exclude each other, parameter_missing as `check_return_url` does.
    """
    if body.payment_method_types is not None and is_automatic(body):
        raise Refused(
            Code.PARAMETER_INVALID,
            "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.",
        )
    if not body.confirm:
        _refuse_without_confirm(body)
    terms = IntentTerms(
        amount=to_ledger(body.amount, body.currency),
        confirmation_method=None if body.confirmation_method == "automatic" else body.confirmation_method,
        capture_method=None if body.capture_method == _plain_capture(body) else body.capture_method,
        automatic_payment_methods=_stored(body.automatic_payment_methods) if is_automatic(body) else None,
    )
    if body.confirm:
        check_return_url(terms, body.return_url, off_session=bool(body.off_session))
    return next_terms(terms, body, method, body.currency, platform)


def captures_at_once(body: CreatePaymentIntent) -> bool:
    """Whether a new intent captures what the bank approves. An option of the card can hold it instead."""
    return _plain_capture(body) == "automatic"


def next_terms(
    before: IntentTerms,
    body: CreatePaymentIntent | UpdatePaymentIntent,
    method: Method | None,
    currency: str,
    platform: str | None = None,
) -> IntentTerms:
    """Return the terms after an update of an intent in `currency`. `platform` is as in `first_terms`.

    Omitted fields are unchanged, an empty value clears one.

    Refuses (parameter_invalid): too much metadata, another transfer group, a statement descriptor for cards, a suffix
    of it without a letter; and as `shared_as_stated` does. Refuses another customer (intent_state_unexpected).
    """
    if before.customer and body.customer not in (None, before.customer):
        raise Refused(Code.INTENT_STATE_UNEXPECTED, _ANOTHER_CUSTOMER, "customer")
    if before.transfer_group and body.transfer_group not in (None, before.transfer_group):
        raise Refused(
            Code.PARAMETER_INVALID,
            f"The transfer_group of this PaymentIntent is set to {before.transfer_group} and cannot be changed.",
            "transfer_group",
        )
    terms = replace(
        before,
        amount=before.amount if body.amount is None else to_ledger(body.amount, currency),
        **_confirmed(before, body, method),
        metadata=merged_metadata(before.metadata, body.metadata),
        **_texts(
            body, "customer", "description", "statement_descriptor", "statement_descriptor_suffix", "transfer_group"
        ),
    )
    _check_descriptor(terms)
    _check_suffix(terms)
    if before.connect is None and not body.model_fields_set & {*SHARED}:
        return terms
    shared = shared_as_stated(before.connect, body, amount=terms.amount, currency=currency, platform=platform)
    return replace(terms, connect=shared)


def confirmed_terms(
    before: IntentTerms, body: CreatePaymentIntent | UpdatePaymentIntent | ConfirmPaymentIntent, method: Method | None
) -> IntentTerms:
    """Return the terms after a confirmation, which can change some of them, as `next_terms` does."""
    return replace(before, **_confirmed(before, body, method))


def _confirmed(
    before: IntentTerms, body: CreatePaymentIntent | UpdatePaymentIntent | ConfirmPaymentIntent, method: Method | None
) -> dict[str, Any]:
    """Return the fields of the terms that a confirmation can change."""
    return {
        "method": method or before.method,
        "payment_method_options": _merged_options(before.payment_method_options, body.payment_method_options),
        **_texts(
            body,
            "receipt_email",
            "setup_future_usage",
            "shipping",
            "payment_method_types",
            "allowed_payment_method_types",
            "excluded_payment_method_types",
        ),
    }


def restated_terms(before: IntentTerms, body: ConfirmPaymentIntent) -> IntentTerms | None:
    """Return the terms after a confirmation without regard to its payment method, or None if it changes none."""
    after = confirmed_terms(before, body, None)
    return None if after == before else after


def restates(body: CapturePaymentIntent) -> bool:
    """Whether a capture changes the intent's terms. Refuses (parameter_invalid) a statement descriptor for cards."""
    if body.statement_descriptor:
        raise _descriptor_of_card()
    return bool({"metadata", "statement_descriptor_suffix", *SHARED} & body.model_fields_set)


def captured_amount(body: CapturePaymentIntent) -> tuple[StripeAmount | None, str]:
    """Return the amount that a capture is for, None for all that is left, and the parameter that states it.

    Refuses (parameter_invalid) both parameters at once.
    """
    if body.amount is None:
        return body.amount_to_capture, "amount_to_capture"
    if body.amount_to_capture is not None:
        detail = "You may only specify one of these parameters: amount, amount_to_capture."
        raise Refused(Code.PARAMETER_INVALID, detail, "amount")
    return body.amount, "amount"


def captured_terms(
    before: IntentTerms, currency: str, *, body: CapturePaymentIntent, platform: str | None = None
) -> IntentTerms:
    """Return the terms after a capture in `currency`, which can change the metadata, the suffix of the statement
    descriptor, and what is shared. `platform` is as in `first_terms`.

    Refuses (parameter_invalid) too much metadata, and a suffix without a letter, and as `shared_as_stated` does.
    """
    terms = replace(
        before, metadata=merged_metadata(before.metadata, body.metadata), **_texts(body, "statement_descriptor_suffix")
    )
    _check_suffix(terms)
    if not body.model_fields_set & {*SHARED}:
        return terms
    captured, _ = captured_amount(body)
    amount = terms.amount if captured is None else to_ledger(captured, currency)
    shared = shared_as_stated(
        before.connect, body, amount=amount, currency=currency, platform=platform, at_capture=True
    )
    return replace(terms, connect=shared)


def restates_with_increment(body: IncrementAuthorization) -> bool:
    """Whether an increment changes other terms than the amount. Refuses as `restates` does."""
    if body.statement_descriptor:
        raise _descriptor_of_card()
    return bool({"description", "metadata"} & body.model_fields_set)


def incremented_terms(before: IntentTerms, body: IncrementAuthorization) -> IntentTerms:
    """Return the terms after an increment, without its amount. Refuses (parameter_invalid) too much metadata."""
    return replace(before, metadata=merged_metadata(before.metadata, body.metadata), **_texts(body, "description"))


def first_terms_of_charge(body: CreateCharge, platform: str | None = None) -> IntentTerms:
    """Return the terms of a new charge without an intent. `platform` is as in `first_terms`.

    Raises Refused as `captured_terms_of_charge` does.
    """
    terms = IntentTerms(
        amount=to_ledger(body.amount, body.currency),
        customer=body.customer,
        metadata=merged_metadata(None, body.metadata),
    )
    return captured_terms_of_charge(terms, body.currency, body=body, platform=platform)


def captured_terms_of_charge(
    before: IntentTerms, currency: str, *, body: CreateCharge | CaptureCharge, platform: str | None = None
) -> IntentTerms:
    """Return the terms of a charge without an intent after its capture. `platform` is as in `first_terms`.

    Refuses (parameter_invalid) a suffix of the statement descriptor without a letter, and as `shared_as_stated` does.
    """
    terms = replace(before, **_texts(body, *_OF_CHARGE))
    _check_suffix(terms)
    if not body.model_fields_set & {*SHARED}:
        return terms
    amount = before.amount if body.amount is None else to_ledger(body.amount, currency)
    at_capture = isinstance(body, CaptureCharge)
    shared = shared_as_stated(
        before.connect, body, amount=amount, currency=currency, platform=platform, at_capture=at_capture
    )
    return replace(terms, connect=shared)


def check_takes_cards(terms: IntentTerms) -> None:
    """Refuse (parameter_invalid) to confirm by card an intent that takes none, or that has a statement descriptor."""
    types = method_types(terms)
    if CARD not in types:
        raise Refused(
            Code.PARAMETER_INVALID,
            "The PaymentMethod provided (card) is not allowed for this PaymentIntent. Please attach a PaymentMethod of "
            f"one of the following types: {', '.join(types)}. Alternatively, update the allowed payment_method_types "
            'for this PaymentIntent to include "card". This sandbox simulates no other type.',
            "payment_method",
        )
    _check_descriptor(terms)


def check_confirmation(terms: IntentTerms, intent: str, body: ConfirmPaymentIntent, *, publishable: bool) -> None:
    """Refuse (intent_state_unexpected) an intent that only the page of a Checkout session confirms, and
    (parameter_invalid) a publishable key for one that is confirmed manually (stripe-php#1109).

    Raises Refused as `check_return_url` does.
    """
    check_is_not_of_checkout(terms)
    if publishable and terms.confirmation_method:
        raise Refused(
            Code.PARAMETER_INVALID,
            f"This PaymentIntent {intent} cannot be confirmed using your publishable key because its "
            "`confirmation_method` is set to `manual`. Please use your secret key instead, or create a PaymentIntent "
            "with `confirmation_method` set to `automatic`.",
        )
    check_return_url(terms, body.return_url, off_session=bool(body.off_session))


def check_return_url(terms: IntentTerms, return_url: str | None, *, off_session: bool = False) -> None:
    """Refuse a confirmation whose payment methods may redirect the payer, without an address to return to.

    A payer who is not there is not redirected (Tryton's scenarios of account_payment_stripe). Also refuses
    (url_not_allowed) an address that is none.
    """
    if return_url:
        check_url(return_url)
    if terms.automatic_payment_methods is None or return_url or off_session:
        return
    methods = json.loads(terms.automatic_payment_methods)
    if methods.get("enabled") and methods.get("allow_redirects") != "never":
        raise Refused(
            Code.PARAMETER_MISSING,
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of "
            "these payment methods might redirect your customer off of your page, you must provide a `return_url`. If "
            "you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to "
            "`true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and "
            "Payment Intents.",
            "return_url",
        )


def stored_return_url(return_url: str | None) -> str | None:
    """Return the address to which the page of a challenge leads afterwards. It leads to no application's own scheme."""
    return return_url if return_url and return_url.lower().startswith(_WEB) else None


def check_url(return_url: str) -> None:
    """Refuse what the native API refuses, except the address of a mobile application, which Stripe takes too."""
    from paysandbox.payments.attempts.return_url import fault_of, is_of_application  # loaded for who sends one

    if fault_of(return_url) and not is_of_application(return_url):
        raise Refused(Code.URL_NOT_ALLOWED, "Not a valid URL", "return_url")


def requests_authentication(terms: IntentTerms) -> bool:
    """Whether the intent asks for 3-D Secure where a card supports it."""
    if terms.payment_method_options is None:
        return False
    options: Mapping[str, Mapping[str, str]] = json.loads(terms.payment_method_options)
    return options.get(CARD, {}).get("request_three_d_secure") in ("any", "challenge")


def is_automatic(body: CreatePaymentIntent) -> bool:
    """Whether a new intent takes the payment methods of the account's settings."""
    return body.automatic_payment_methods is not None and body.automatic_payment_methods.enabled


def merged_metadata(stored: str | None, given: Mapping[str, str] | str | None) -> str | None:
    """Merge metadata: entries are added or replaced, an empty value removes one, an empty string removes all."""
    if given is None:
        return stored
    if isinstance(given, str):
        return None
    entries: dict[str, str] = {**(json.loads(stored) if stored else {}), **given}
    left = {name: value for name, value in entries.items() if value != ""}
    if len(left) > MAX_METADATA_KEYS:
        raise Refused(Code.PARAMETER_INVALID, f"Metadata can have at most {MAX_METADATA_KEYS} entries.", "metadata")
    return metadata_text(left) if left else None


def _plain_capture(body: CreatePaymentIntent) -> str:
    """Return how a new intent captures, in the two words that a payment has for it."""
    card = body.payment_method_options.card if body.payment_method_options else None
    return "manual" if body.capture_method == "manual" or (card and card.capture_method) else "automatic"


def _check_descriptor(terms: IntentTerms) -> None:
    if terms.statement_descriptor and CARD in method_types(terms):
        raise _descriptor_of_card()


def _check_suffix(terms: IntentTerms) -> None:
    """Refuse a suffix without a letter (Stripe, "Statement descriptors": prefix and suffix each need one).

    The text is that of an answer that two public programs quote. That `param` is set is ours.
    """
    suffix = terms.statement_descriptor_suffix
    if suffix and not _LETTER.search(suffix):
        raise Refused(
            Code.PARAMETER_INVALID,
            "The statement descriptor must contain at least one Latin character.",
            "statement_descriptor_suffix",
        )


def _descriptor_of_card() -> Refused:
    """Return the error for a statement descriptor of a payment by card. Source: Stripe, "Statement descriptors"."""
    return Refused(
        Code.PARAMETER_INVALID,
        "The statement_descriptor parameter is not supported for the payment_method_type `card`. To continue "
        "supporting payment_method_type `card`, please pass in `statement_descriptor_suffix` or remove the "
        "`statement_descriptor` parameter altogether.",
        "statement_descriptor",
    )


def _refuse_without_confirm(body: CreatePaymentIntent) -> None:
    """Refuse what says how to confirm. `off_session=false` is what a confirmation assumes anyway, and is taken.

    Source of the latter: the scenarios of trytond-account-payment-stripe 8.2.0, which run against Stripe's own API.
    """
    for name in _ONLY_WITH_CONFIRM:
        value = getattr(body, name)
        if value is not None and (name, value) != ("off_session", False):
            raise Refused(
                Code.PARAMETER_INVALID,
                f"The parameter {name} cannot be passed when creating a PaymentIntent unless confirm is set to true. "
                f"You can pass {name} when confirming the PaymentIntent.",
                name,
            )


def _texts(body: BaseModel, *names: str) -> dict[str, str | None]:
    """Return the parameters of these names that were sent, as they are stored. An empty one is None."""
    sent = body.model_fields_set
    return {name: _stored(getattr(body, name)) for name in names if name in sent}


def _stored(value: Any) -> str | None:
    if isinstance(value, BaseModel):
        value = _filled(value.model_dump())
    return value if isinstance(value, str) and value else _canonical(value) if value else None


def _filled(entries: Mapping[str, Any]) -> dict[str, Any]:
    """Return a map without its empty entries, at any depth. An empty map below it is left out too."""
    inner = {
        name: _filled(cast("dict[str, Any]", value)) if isinstance(value, dict) else value
        for name, value in entries.items()
    }
    return {name: value for name, value in inner.items() if value not in (None, "", {})}


def _merged_options(stored: str | None, given: BaseModel | None) -> str | None:
    """Merge options: those of each type of payment method are added or replaced, an empty value removes one."""
    if given is None:
        return stored
    before: dict[str, dict[str, str]] = json.loads(stored) if stored else {}
    sent: dict[str, dict[str, str]] = given.model_dump(
        include={"card", "link"}, exclude={"card": {"cvc_token"}}, exclude_unset=True, exclude_none=True
    )
    merged = _filled({kind: {**before.get(kind, {}), **sent.get(kind, {})} for kind in {**before, **sent}})
    return _canonical(merged) if merged else None
