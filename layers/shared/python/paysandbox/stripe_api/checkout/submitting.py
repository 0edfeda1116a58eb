# pyright: standard
"""What a payer sends from a session's page: the card and their details are read, and the session is paid or changed."""

import re
from collections.abc import Mapping
from typing import Final

from paysandbox.core.cards.brand import CARD_FORMATS, brand_of
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import replace
from paysandbox.http.native import Page
from paysandbox.http.request import Call
from paysandbox.payments.terms import Method
from paysandbox.stripe_api.call import AnyStripeCall, StripeCall
from paysandbox.stripe_api.checkout.choices import chosen
from paysandbox.stripe_api.checkout.discounts import ENTERED_CODE, RESOURCES, with_entered_code
from paysandbox.stripe_api.checkout.form import CheckoutForm
from paysandbox.stripe_api.checkout.limits import check_total
from paysandbox.stripe_api.checkout.line_item import DISCOUNT, SHIPPING_RATE, items_of, session_totals
from paysandbox.stripe_api.checkout.payer import EMAIL, INVALID, REQUIRED, Payer, expiry_in, read_payer
from paysandbox.stripe_api.checkout.paying import CARD_NUMBER, Choose, Paid, change, pay, set_up, too_late
from paysandbox.stripe_api.checkout.rules import MODE, SETUP, always_takes_card, can_be_paid
from paysandbox.stripe_api.checkout.serving import result_page, shown_page
from paysandbox.stripe_api.checkout.shown import PAGE
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.payment_methods.bank import published_method, typed_method
from paysandbox.stripe_api.payment_methods.cards import number_of_method
from paysandbox.stripe_api.requests import Address, BillingDetails, CardTyped, ConfirmSetupIntent, MethodData
from paysandbox.stripe_api.resource_kit.reading import Reader
from paysandbox.stripe_api.version import STRIPE_VERSION

PROGRAMS_EMAIL: Final = "payer@example.com"
"""The address of a payer who is a program and sends none: a session that is complete always has one."""

PROMOTION_CODE: Final = "promotionCode"
SHIPPING: Final = "shippingRate"
_EXPIRY: Final = "cardExpiry"
_CVC: Final = "cardCvc"
_FIELDS: Final[Mapping[str, str]] = {
    "card[number]": CARD_NUMBER,
    "card[exp_month]": _EXPIRY,
    "card[exp_year]": _EXPIRY,
    "card[cvc]": _CVC,
    "amount": CARD_NUMBER,  # one card has outcomes by amounts
}
_OF_SETUP: Final = re.compile(r"payment_method_data\[card\](?=\[)")
"""What a card is below in the request that saves it. A card that pays is not below anything."""
_OF_FORM: Final = (Code.PARAMETER_INVALID, Code.PARAMETER_MISSING)


class FormFaultsError(Exception):
    """What the payer has entered is incomplete or wrong: the faults, by field."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(", ".join(faults))
        self.faults = faults


def submitted(call: Call[CheckoutForm, None], session: StoredObject) -> Page:
    """Pay or change a session as its payer has asked, and return the page that follows.

    A browser gets the faults in the page; a program gets a refusal with the first.
    """
    sent = call.body.texts()
    try:
        if call.body.action == "update":
            return shown_page(call, change(session, _choice(call, session), call), sent=sent)
        return result_page(call, _paid(call, session), sent)
    except FormFaultsError as error:
        faults = error.faults
    except Refused as refused:
        field = _field(refused.param, call.body)
        if not call.request.prefers_html or field is None:
            raise Refused(refused.code, refused.detail, field, refused.possible) from refused
        faults = {field: refused.detail}
    if not call.request.prefers_html:
        field, fault = next(iter(faults.items()))
        code = Code.PARAMETER_MISSING if fault == REQUIRED else Code.PARAMETER_INVALID
        raise Refused(code, "This is required." if fault == REQUIRED else "This is invalid.", field)
    return shown_page(call, Paid(session=session), sent=sent, faults=faults, status=400)


def _field(param: str | None, form: CheckoutForm) -> str | None:
    """Return the field of the page that a refusal is about."""
    param = param and _OF_SETUP.sub("card", param)
    field = _FIELDS.get(param or "", param)
    return "card" if field in _FIELDS.values() and form.card is not None else field


def _paid(call: Call[CheckoutForm, None], session: StoredObject) -> Paid:
    form, choose = call.body, _choice(call, session)
    if not can_be_paid(session, call.now):
        return too_late(session)
    by_program = form.card is not None
    payer = _payer(session, form, by_program=by_program)
    faults = dict(payer.faults)
    due = session_totals(choose(session.attributes)).total if session.attributes[MODE] != SETUP else 0
    if not due and always_takes_card(session.attributes):
        typed = _typed(form, faults)
        if faults:
            raise FormFaultsError(faults)
        return set_up(_call_with_card(call, session, form, typed, payer), session, payer.collected, choose)
    typed = _typed(form, faults) if due else None
    if faults:
        raise FormFaultsError(faults)
    stripe_call = _call(call, session, None)
    method = _method(stripe_call, form, typed, payer) if due else None
    return pay(stripe_call, session, method, payer.collected, choose)


def _choice(call: Call[CheckoutForm, None], session: StoredObject) -> Choose:
    """Return what applies the payer's choices to a session: quantities, shipping, and a promotion code."""
    form, reader = call.body, Reader(RESOURCES, session.merchant, call.now)

    def choose(attributes: Attributes) -> Attributes:
        after = chosen(attributes, form.quantity, form.shipping_rate)
        if form.promotion_code is not None and form.promotion_code != attributes.get(ENTERED_CODE, ""):
            after = with_entered_code(reader.read, after, form.promotion_code, PROMOTION_CODE)
        if after != attributes:
            check_total(after, _changed_by(attributes, after))
        return after

    return choose


def _changed_by(before: Attributes, after: Attributes) -> str:
    """Return the field of the page by which a payer has changed a session: of several, the last that was filled in."""
    if before.get(DISCOUNT) != after.get(DISCOUNT):
        return PROMOTION_CODE
    if before.get(SHIPPING_RATE) != after.get(SHIPPING_RATE):
        return SHIPPING
    pairs = zip(items_of(before), items_of(after), strict=True)
    return next((f"quantity[{now['id']}]" for was, now in pairs if was != now), PROMOTION_CODE)


def _payer(session: StoredObject, form: CheckoutForm, *, by_program: bool) -> Payer:
    payer = read_payer(session.attributes, form.texts(), form.custom_fields, by_program=by_program)
    if by_program and EMAIL not in payer.collected:
        return replace(payer, collected={**payer.collected, EMAIL: PROGRAMS_EMAIL})
    return payer


def _typed(form: CheckoutForm, faults: dict[str, str]) -> CardTyped | None:
    """Return the card that was typed, or None for one of Stripe's names. Adds the faults of its fields."""
    named = (form.card or "").strip()
    if number_of_method(named) is not None:
        return None
    if named:
        # Valid until the end of next year, with a security code, as a published card is.
        return CardTyped.model_construct(number=_digits(named))
    number, expiry, cvc = _digits(form.card_number or ""), expiry_in(form.card_expiry or ""), form.card_cvc or ""
    for field, value in ((CARD_NUMBER, number), (_EXPIRY, form.card_expiry), (_CVC, cvc)):
        if not value:
            faults[field] = REQUIRED
    if expiry is None:
        faults.setdefault(_EXPIRY, INVALID)
    if number and not (number.isascii() and number.isdigit() and 12 <= len(number) <= 19):
        faults[CARD_NUMBER] = INVALID
    if cvc and not (cvc.strip().isascii() and cvc.strip().isdigit() and len(cvc.strip()) in (3, 4)):
        faults[_CVC] = INVALID
    month, year = expiry or (None, None)
    return CardTyped.model_construct(number=number, exp_month=month, exp_year=year, cvc=cvc.strip() or None)


def _method(call: AnyStripeCall, form: CheckoutForm, typed: CardTyped | None, payer: Payer) -> Method:
    """Return the card, without its number. Raises Refused as `typed_method` does."""
    if typed is None:
        return published_method(number_of_method((form.card or "").strip()) or "", call.merchant, call.now)
    return typed_method(call, _complete(call, typed), _billing(payer))


def _billing(payer: Payer) -> BillingDetails:
    """Return the billing details of the card, of which the bank checks the postal code and the first line."""
    collected = payer.collected
    details = {name: collected[name] for name in ("email", "name", "phone") if name in collected}
    if "address" in collected:
        details["address"] = Address.model_construct(**collected["address"])
    return BillingDetails.model_construct(**details)


def _complete(call: AnyStripeCall, typed: CardTyped) -> CardTyped:
    if typed.exp_month is not None:
        return typed
    cvc = "1234"[: CARD_FORMATS[brand_of(typed.number or "")].cvc_digits]
    return CardTyped.model_construct(number=typed.number, exp_month=12, exp_year=call.now.year + 1, cvc=cvc)


def _call_with_card(
    call: Call[CheckoutForm, None], session: StoredObject, form: CheckoutForm, typed: CardTyped | None, payer: Payer
) -> AnyStripeCall:
    """Return a call that confirms the session's setup intent with a card."""
    stripe_call = _call(call, session, None)
    named = (form.card or "").strip() if typed is None else None
    data = typed and MethodData.model_construct(
        type="card", card=_complete(stripe_call, typed), billing_details=_billing(payer)
    )
    body = ConfirmSetupIntent.model_construct(
        payment_method=named, payment_method_data=data, return_url=session.attributes[PAGE]
    )
    return _call(call, session, body)


def _call(call: Call[CheckoutForm, None], session: StoredObject, body: ConfirmSetupIntent | None) -> AnyStripeCall:
    """Return a call of the session's merchant by its page."""
    return StripeCall(
        route=call.route,
        request=call.request,
        request_id=call.request_id,
        now=call.now,
        merchant=session.merchant,
        body=body,
        query=None,
        path=call.path,
        sent={},
        key="",
        outcome=None,
        publishable=True,
        stripe_version=STRIPE_VERSION,
        caller_key=None,
    )


def _digits(number: str) -> str:
    return number.replace(" ", "").replace("-", "")
