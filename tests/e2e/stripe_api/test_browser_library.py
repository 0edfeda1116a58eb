"""The stand-in for Stripe's browser library, on a shop's page in a real browser."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import stripe

from layers.stripe_js import trains
from paysandbox.http.keys.credential import publishable_key
from paysandbox.reference.routes import TRAINS
from tests.e2e.conftest import REBOUND, Sandbox
from tests.support.clients.api import Api
from tests.support.clients.browser import Page
from tests.support.clients.shop_page import (
    ADDRESS,
    APPROVED,
    CARD,
    CHALLENGED,
    CURRENCY,
    CVC,
    DECLINED,
    EMAIL,
    FORM,
    OVER_THE_PAGE,
    PAYMENT,
    Shop,
    bank,
    group,
    mount,
    result_of,
    served_shop,
    typed,
    typed_apart,
)
from tests.support.clients.stripe_sdk_calls import Sdk
from tests.support.fakes.wire import Reply, Request, served
from tests.support.tools.blocks import blocks

CART: dict[str, Any] = {"amount": 20_00, "currency": "usd", "automatic_payment_methods": {"enabled": True}}


@pytest.fixture(scope="module")
def key(api: Api) -> str:
    return publishable_key(api.api_key)


@pytest.fixture
def shop(sandbox: Sandbox, key: str, page: Page) -> Iterator[Shop]:
    with served_shop(sandbox.base_url, key) as served:
        page.open(served.url)
        yield served


def opened(sdk: Sdk) -> Any:
    return sdk.v1.payment_intents.create(CART)


def payment_form(page: Page, secret: str) -> None:
    """A Payment Element for an intent, and a submission of it that the page waits for in `result`."""
    group(page, {"clientSecret": secret})
    mount(page, "payment", "#one")


def confirming(shop: Shop, **more: Any) -> str:
    options = json.dumps({"confirmParams": {"return_url": shop.back}} | more)
    return f"stripe.confirmPayment({{elements, ...{options}}})"


def arrived(page: Page) -> dict[str, str]:
    """Wait for the return_url, and return what was added to it."""
    page.arrive("document.title === 'done' && document.readyState === 'complete'")
    return dict(parse_qsl(urlsplit(page.read("location.href")).query))


def test_a_payment_element_pays_and_leads_back(page: Page, sdk: Sdk, shop: Shop) -> None:
    intent = opened(sdk)
    payment_form(page, intent.client_secret)
    page.frame(PAYMENT).click("[data-value=card]")  # as the suite of Stripe's accept-a-payment chooses the method
    typed(page, PAYMENT, number=APPROVED)
    page.read(f"keep({confirming(shop)})")
    assert arrived(page) == {
        "order": "7",
        "payment_intent": intent.id,
        "payment_intent_client_secret": intent.client_secret,
        "redirect_status": "succeeded",
    }
    assert sdk.v1.payment_intents.retrieve(intent.id).status == "succeeded"


@pytest.mark.full
def test_what_is_wrong_is_said_in_place_and_the_next_try_pays(page: Page, sdk: Sdk, shop: Shop) -> None:
    intent = opened(sdk)
    payment_form(page, intent.client_secret)
    typed(page, PAYMENT, number="4242424242424241", postal=None)
    error = result_of(page, confirming(shop))["error"]
    assert (error["type"], error["code"]) == ("validation_error", "invalid_number")
    assert (
        page.frame(PAYMENT).read("document.querySelector('[data-field=number] .Error').textContent") == error["message"]
    )

    typed(page, PAYMENT, number=DECLINED)
    error = result_of(page, confirming(shop))["error"]
    assert (error["type"], error["code"], error["decline_code"]) == ("card_error", "card_declined", "generic_decline")
    assert error["payment_intent"]["id"] == intent.id

    typed(page, PAYMENT, number=APPROVED)
    paid = result_of(page, confirming(shop, redirect="if_required"))["paymentIntent"]
    assert (paid["id"], paid["status"], "metadata" in paid) == (intent.id, "succeeded", False)
    assert page.read("document.title") == "shop"


@pytest.mark.full
def test_the_cardholder_authenticates_over_the_page(page: Page, sdk: Sdk, shop: Shop) -> None:
    intent = opened(sdk)
    payment_form(page, intent.client_secret)
    typed(page, PAYMENT, number=CHALLENGED)
    page.read(f"(result = null, keep({confirming(shop)}), 0)")
    bank(page).click("#test-source-fail-3ds")
    page.wait("result !== null")
    error = page.read("result.error")
    assert (error["code"], error["payment_intent"]["id"]) == ("payment_intent_authentication_failure", intent.id)
    assert error["message"] == (
        "We are unable to authenticate your payment method. Please choose a different payment method and try again."
    )
    assert page.read("document.querySelector('iframe[title*=\"3D Secure\"]')") is None

    page.read(f"keep({confirming(shop)})")
    bank(page).click("#test-source-authorize-3ds")
    assert arrived(page)["redirect_status"] == "succeeded"
    assert sdk.v1.payment_intents.retrieve(intent.id).status == "succeeded"


@pytest.mark.full
def test_what_the_server_confirmed_is_authenticated_on_the_page(page: Page, sdk: Sdk, shop: Shop) -> None:
    how = {"payment_method": "pm_card_authenticationRequired", "confirm": True, "confirmation_method": "manual"}
    intent = sdk.v1.payment_intents.create({**CART, **how, "return_url": shop.back, "use_stripe_sdk": True})
    page.read(f"keep(stripe.handleCardAction({json.dumps(intent.client_secret)}))")
    bank(page).click("#test-source-authorize-3ds")
    page.wait("result !== null")
    assert page.read("result.paymentIntent.status") == "requires_confirmation"


def test_a_card_element_pays_and_makes_tokens(page: Page, sdk: Sdk, shop: Shop) -> None:
    group(page)
    mount(page, "card", "#one")
    typed(page, CARD, number=APPROVED)
    token = result_of(page, "stripe.createToken(card, {name: 'Jenny Rosen'})")["token"]
    charge = sdk.v1.charges.create({"amount": 5_00, "currency": "usd", "source": token["id"]})
    assert (charge.status, token["card"]["last4"]) == ("succeeded", "4242")

    intent = opened(sdk)
    confirm = f"stripe.confirmCardPayment({json.dumps(intent.client_secret)}, {{payment_method: {{card}}}})"
    assert result_of(page, confirm)["paymentIntent"]["status"] == "succeeded"

    setup = sdk.v1.setup_intents.create({})
    typed(page, CARD, number=CHALLENGED)
    confirm = f"stripe.confirmCardSetup({json.dumps(setup.client_secret)}, {{payment_method: {{card}}}})"
    page.read(f"(result = null, keep({confirm}), 0)")
    page.frame(OVER_THE_PAGE).click(".Close")
    page.wait("result?.error")
    assert page.read("result.error.code") == "setup_intent_authentication_failure"
    page.read(f"(result = null, keep({confirm}), 0)")
    bank(page).click("#test-source-authorize-3ds")
    page.wait("result?.setupIntent")
    assert sdk.v1.setup_intents.retrieve(setup.id).status == "succeeded"


@pytest.mark.full
def test_a_card_element_makes_a_source(page: Page, sdk: Sdk, shop: Shop) -> None:
    group(page)
    mount(page, "card", "#one")
    assert result_of(page, "stripe.createSource(card)")["error"]["code"] == "incomplete_number"
    typed(page, CARD, number=APPROVED)
    owner = {"owner": {"name": "Jenny Rosen", "email": "jenny@example.com"}, "metadata": {"order": "7"}}
    source = result_of(page, f"stripe.createSource(card, {json.dumps({'type': 'card', **owner})})")["source"]
    assert (source["status"], source["card"]["last4"], source["owner"]["name"]) == ("chargeable", "4242", "Jenny Rosen")
    named = {"id": source["id"], "client_secret": source["client_secret"]}
    assert result_of(page, f"stripe.retrieveSource({json.dumps(named)})")["source"] == source
    charge = sdk.v1.charges.create({"amount": 5_00, "currency": "usd", "source": source["id"]})
    assert (charge.status, charge.source.status, charge.billing_details.name) == (
        "succeeded",
        "consumed",
        "Jenny Rosen",
    )
    assert result_of(page, f"stripe.retrieveSource({json.dumps(named)})")["source"]["status"] == "consumed"
    other = result_of(page, "stripe.createSource({type: 'card', token: 'tok_visa'})")["source"]
    jenny = sdk.v1.customers.create({"source": other["id"], "expand": ["default_source"]})
    assert jenny.default_source.customer == jenny.id
    error = result_of(page, "stripe.createSource({type: 'ideal', amount: 1099, currency: 'eur'})")["error"]
    assert (error["type"], error["param"]) == ("invalid_request_error", "amount")


@pytest.mark.full
def test_the_parts_of_a_card_make_a_payment_method(page: Page, sdk: Sdk, shop: Shop) -> None:
    group(page)
    for kind, place in {"cardNumber": "#one", "cardExpiry": "#two", "cardCvc": "#three"}.items():
        mount(page, kind, place)
    create = "stripe.createPaymentMethod({type: 'card', card: cardNumber, billing_details: {name: 'Jenny Rosen'}})"
    assert result_of(page, create)["error"]["code"] == "incomplete_number"
    typed_apart(page, APPROVED)
    method = result_of(page, create)["paymentMethod"]
    assert method["billing_details"]["name"] == "Jenny Rosen"
    how = {"payment_method": method["id"], "confirm": True, "return_url": shop.back}
    assert sdk.v1.payment_intents.create({**CART, **how}).status == "succeeded"
    assert result_of(page, "stripe.createToken('cvc_update', cardCvc)")["token"]["type"] == "cvc_update"
    page.frame(CVC).fill("input", "12")
    assert result_of(page, create)["error"]["code"] == "incomplete_cvc"


def test_a_setup_intent_and_a_confirmation_token_of_all_elements(page: Page, sdk: Sdk, shop: Shop) -> None:
    setup = sdk.v1.setup_intents.create({"automatic_payment_methods": {"enabled": True}})
    group(page, {"mode": "setup", "currency": "usd"})
    mount(page, "linkAuthentication", "#one")
    mount(page, "address", "#two", {"mode": "shipping"})
    mount(page, "payment", "#three", {"fields": {"billingDetails": {"address": "never"}}})
    page.frame(EMAIL).fill("input", "jenny@example.com")
    assert result_of(page, "elements.submit()")["error"]["code"] == "incomplete_name"
    address = page.frame(ADDRESS)
    for name, text in {"name": "Jenny Rosen", "addressLine1": "510 Townsend St", "locality": "San Francisco"}.items():
        address.fill(f"[name={name}]", text)
    address.read("(() => { const it = document.querySelector('[name=administrativeArea]'); it.value = 'CA'; })()")
    address.fill("[name=postalCode]", "94103")
    typed(page, PAYMENT, number=APPROVED, postal=None)
    assert result_of(page, "elements.submit()") == {"selectedPaymentMethod": "card"}
    assert 'You specified "never"' in result_of(page, "stripe.createConfirmationToken({elements})")
    data = {"payment_method_data": {"billing_details": {"address": {"country": "US", "postal_code": "94103"}}}}
    create = f"stripe.createConfirmationToken({{elements, params: {json.dumps(data)}}})"
    token = result_of(page, create)["confirmationToken"]
    assert token["payment_method_preview"]["billing_details"]["email"] == "jenny@example.com"
    assert token["shipping"]["address"]["state"] == "CA"
    how = {"clientSecret": setup.client_secret, "redirect": "if_required", "confirmParams": data}
    done = result_of(page, f"stripe.confirmSetup({{elements, ...{json.dumps(how)}}})")
    assert done["setupIntent"]["status"] == "succeeded"


def test_a_page_pays_the_intent_that_it_declared(page: Page, sdk: Sdk, shop: Shop) -> None:
    """Currency and use of the card are compared by the API. Of the amount, the console warns (`arguments.json`)."""
    group(page, {"mode": "payment", "amount": 20_00, "currency": "usd"})
    mount(page, "payment", "#one")
    typed(page, PAYMENT, number=APPROVED)
    assert result_of(page, "elements.submit()") == {"selectedPaymentMethod": "card"}

    def paid(**params: Any) -> Any:
        secret = sdk.v1.payment_intents.create({**CART, **params}).client_secret
        return result_of(page, confirming(shop, clientSecret=secret, redirect="if_required"))

    other = paid(currency="eur")["error"]
    assert other["message"] == "The provided currency (eur) does not match the expected currency (usd)."
    saved = paid(setup_future_usage="off_session")["error"]["message"]
    assert saved.startswith("The provided setup_future_usage (off_session) does not match the expected")
    assert page.warnings == []
    assert paid(amount=30_00)["paymentIntent"]["status"] == "succeeded"
    [warning] = page.warnings
    assert warning.startswith("elements() declared amount 2000, and the intent has 3000.")


@pytest.mark.full
def test_a_server_pays_the_intent_that_its_page_declared(page: Page, sdk: Sdk, shop: Shop) -> None:
    group(page, {"mode": "payment", "amount": 20_00, "currency": "usd"})
    mount(page, "payment", "#one")
    typed(page, PAYMENT, number=APPROVED)
    result_of(page, "elements.submit()")
    token = result_of(page, "stripe.createConfirmationToken({elements})")["confirmationToken"]["id"]
    how: Any = {**CART, "confirmation_token": token, "confirm": True, "return_url": shop.back}
    with pytest.raises(stripe.InvalidRequestError, match="does not match the expected currency"):
        sdk.v1.payment_intents.create({**how, "currency": "eur"})
    assert sdk.v1.payment_intents.create(how).status == "succeeded"


@pytest.mark.full
@pytest.mark.parametrize(
    "call, said",
    [
        ("stripe.elements({clientSecret: 'nonsense'})", "Invalid value for elements(): clientSecret should be a"),
        ("stripe.elements({mode: 'payment'})", "Invalid value for elements(): amount is required in the mode"),
        ("stripe.elements().create('payment')", "In order to create a payment element, you must pass a client"),
        ("deferred.update({currency: 'EUR'})", "Invalid value for elements.update(): currency should be one of"),
        ("deferred.on('bogus', () => {})", "Invalid value for eventType of elements.on(): value should be one of"),
        ("card.on('bogus', () => {})", "Invalid value for eventType of cardElement.on(): value should be one of"),
        ("stripe.confirmPayment({})", "confirmPayment(): expected either `elements` or `clientSecret`, but got"),
        ("stripe.confirmPayment({elements: deferred})", "You must pass in a clientSecret when calling"),
        ("stripe.confirmPayment({elements: deferred, clientSecret: 'seti_1_secret_2'})",
         "Your code called confirmPayment() but you passed a client_secret associated with a SetupIntent."),
        ("stripe.createPaymentMethod({elements: deferred})", "stripe.createPaymentMethod() with elements requires"),
    ],
)  # fmt: skip
def test_what_stripe_js_refuses(call: str, said: str, page: Page, shop: Shop) -> None:
    page.read("(window.deferred = stripe.elements({mode: 'payment', amount: 1, currency: 'usd'}),"
              " window.card = deferred.create('card'), 0)")  # fmt: skip
    why = result_of(page, f"(async () => {{ await {call}; }})()")
    assert why.startswith("IntegrationError: ")
    assert said in why


@pytest.mark.full
def test_what_is_not_recognized_is_said_in_the_console(page: Page, shop: Shop) -> None:
    styled = {"appearance": {"theme": "dark", "variables": {"colorTextTerms": "red"}}, "betas": []}
    group(page, {"mode": "setup", **styled})
    mount(page, "payment", "#one", {"layout": "columns", "terms": {"kard": "never"}})
    page.wait("true")
    said = "\n".join(page.warnings)
    for begins in (
        "Using stripe.elements(): the theme should be one of stripe, night, flat. You specified: dark.",
        'Using stripe.elements(): invalid variable "colorTextTerms"; "colorTextTerms" is not a supported variable.',
        "Unrecognized elements() parameter: betas is not a recognized parameter.",
        "Using elements.create(): the layout should be one of accordion, auto, tabs. You specified: columns.",
        "Unrecognized create() parameter: terms.kard is not a recognized parameter.",
    ):
        assert begins in said


def customer_session(sdk: Sdk, **features: Any) -> tuple[str, str, str]:
    """A customer with a saved card, and the secret of a customer session: the IDs of both, and the secret."""
    jenny = sdk.v1.customers.create({"name": "Jenny Rosen"}).id
    card = sdk.v1.payment_methods.attach("pm_card_visa", {"customer": jenny}).id
    sdk.v1.payment_methods.update(card, {"allow_redisplay": "always"})
    element: Any = {"enabled": True, "features": {"payment_method_redisplay": "enabled", **features}}
    made = sdk.v1.customer_sessions.create({"customer": jenny, "components": {"payment_element": element}})
    return jenny, card, made.client_secret


def test_a_saved_card_is_shown_and_pays(page: Page, sdk: Sdk, shop: Shop) -> None:
    jenny, card, secret = customer_session(sdk)
    intent = sdk.v1.payment_intents.create({**CART, "customer": jenny})
    group(page, {"clientSecret": intent.client_secret, "customerSessionClientSecret": secret})
    mount(page, "payment", "#one")
    fields = page.frame(PAYMENT)
    fields.wait("document.querySelector('[name=savedPaymentMethod]:checked')")
    assert "Visa •••• 4242" in fields.read("document.querySelector('.SavedCards').textContent")
    assert fields.read("document.querySelector('[data-field=number]').hidden") is True
    assert fields.read("document.querySelector('[data-remove], [name=savePaymentMethod]')") is None
    paid = result_of(page, confirming(shop, redirect="if_required"))["paymentIntent"]
    assert (paid["status"], paid["payment_method"]) == ("succeeded", card)


@pytest.mark.full
def test_a_saved_card_is_removed_and_a_new_one_saved(page: Page, sdk: Sdk, shop: Shop) -> None:
    features = {"payment_method_remove": "enabled", "payment_method_save": "enabled"}
    jenny, card, secret = customer_session(sdk, **features, payment_method_save_usage="off_session")
    options = {"mode": "payment", "amount": 20_00, "currency": "usd", "customerSessionClientSecret": secret}
    group(page, options)
    mount(page, "payment", "#one")
    page.read("(window.removed = null, payment.on('savedpaymentmethodremove', (it) => { removed = it; }), 0)")
    fields = page.frame(PAYMENT)
    fields.wait("document.querySelector('[data-remove]')")
    fields.click("[data-remove]")
    page.wait("removed")
    assert page.read("[removed.success, removed.payment_method.id]") == [True, card]
    fields.wait("!document.querySelector('.SavedCards')")
    assert sdk.v1.payment_methods.list({"customer": jenny}).data == []

    typed(page, PAYMENT, number=APPROVED)
    fields.click("[name=savePaymentMethod]")
    assert result_of(page, "elements.submit()") == {"selectedPaymentMethod": "card"}
    intent = sdk.v1.payment_intents.create({**CART, "customer": jenny})
    confirm = confirming(shop, clientSecret=intent.client_secret, redirect="if_required")
    assert result_of(page, confirm)["paymentIntent"]["status"] == "succeeded"
    [saved] = sdk.v1.payment_methods.list({"customer": jenny}).data
    assert saved.allow_redisplay == "always"


@pytest.mark.full
def test_a_saved_card_is_in_a_confirmation_token(page: Page, sdk: Sdk, shop: Shop) -> None:
    jenny, card, secret = customer_session(sdk)
    group(page, {"mode": "payment", "amount": 20_00, "currency": "usd", "customerSessionClientSecret": secret})
    mount(page, "payment", "#one")
    page.frame(PAYMENT).wait("document.querySelector('[name=savedPaymentMethod]:checked')")
    result_of(page, "elements.submit()")
    token = result_of(page, "stripe.createConfirmationToken({elements})")["confirmationToken"]
    assert token["payment_method_preview"]["card"]["last4"] == "4242"
    how: Any = {**CART, "confirmation_token": token["id"], "confirm": True, "return_url": shop.back, "customer": jenny}
    paid = sdk.v1.payment_intents.create(how)
    assert (paid.status, paid.payment_method) == ("succeeded", card)

    page.read("document.querySelector('#one').focus()")
    page.frame(PAYMENT).click("[name=savedPaymentMethod][value='']")
    typed(page, PAYMENT, number=APPROVED)
    other = result_of(page, "stripe.createConfirmationToken({elements})")["confirmationToken"]
    assert other["payment_method_preview"]["customer"] is None


@pytest.mark.full
def test_a_customer_session_that_is_not_known_is_an_error(page: Page, shop: Shop) -> None:
    unknown = "cuss_secret_" + "a" * 58
    page.read(
        "(window.elements = stripe.elements({mode: 'setup', customerSessionClientSecret: '" + unknown + "'}),"
        "window.payment = elements.create('payment'), result = null,"
        "payment.on('loaderror', (it) => { result = it; }), payment.mount('#one'), 0)"
    )
    page.wait("result !== null")
    assert page.read("result.error.param") == "customer_session_client_secret"


def test_no_number_leaves_the_frame_to_the_page_or_to_strangers(
    page: Page, sdk: Sdk, api: Api, key: str, shop: Shop
) -> None:
    payment_form(page, opened(sdk).client_secret)
    page.read("(window.heard = [], window.addEventListener('message', (event) => heard.push(event.data)))")
    typed(page, PAYMENT, number="4532015112830366")
    error = result_of(page, confirming(shop))["error"]
    assert (error["type"], error["decline_code"]) == ("card_error", "test_mode_live_card")
    heard = page.read("JSON.stringify(heard)")
    assert not re.search(r"(?<![\w-])4532|\W0366", heard)
    reach = "(() => { try { return frames[%d].typedCard(); } catch (error) { return error.name; } })()"
    assert {page.read(reach % place) for place in range(page.read("frames.length"))} == {"SecurityError"}

    call = {"call": {"method": "GET", "path": "/v1/charges", "params": {}}, "sandbox": "stripe_js", "type": "call"}
    for number, settings in enumerate([{}, {"key": api.api_key}, {"key": key}]):
        message = json.dumps(call | {"id": 100 + number, "settings": settings})
        page.read(f"frames[0].postMessage({message}, '*')")
    page.wait("heard.some((each) => each.type === 'answer' && each.id === 102)")
    answers = page.read("heard.filter((each) => each.type === 'answer' && each.id >= 100)")
    assert [(each["id"], each["answer"]["body"]["error"]["code"]) for each in answers] == [(102, "secret_key_required")]


@pytest.mark.full
def test_an_element_from_its_creation_to_its_end(page: Page, shop: Shop) -> None:
    group(page, {"mode": "payment", "amount": 20_00, "currency": "usd"})
    mount(page, "card", "#one", {"style": {"base": {"color": "rgb(1, 2, 3)"}}, "classes": {"focus": "is-focused"}})
    number = "document.querySelector('[name=cardnumber]')"
    page.read("(window.told = [], ['focus', 'blur', 'escape', 'change'].forEach((event) =>"
              " card.on(event, (it) => told.push([event, it.error?.code, it.brand]))), card.focus(), 0)")  # fmt: skip
    page.wait("told.length === 1")
    assert page.read("document.querySelector('#one').className") == "StripeElement StripeElement--empty is-focused"
    page.frame(CARD).fill("[name=cardnumber]", "3782822463")
    page.press("Escape")
    page.read("elements.update({amount: 30_00})")
    assert page.frame(CARD).read(f"[{number}.value, getComputedStyle({number}).color]") == [
        "3782 822463",
        "rgb(1, 2, 3)",
    ]
    assert page.frame(CARD).read(f"document.activeElement === {number}")
    page.read("(card.update({disabled: true, hidePostalCode: true}), 0)")
    page.frame(CARD).wait(f"{number}.disabled && !document.querySelector('[name=postal]')")
    assert page.frame(CARD).read(f"{number}.value") == "3782 822463"
    page.read("(card.update({disabled: false}), card.clear(), 0)")
    page.frame(CARD).wait(f"{number}.value === '' && !{number}.disabled")
    told = page.read("told")
    assert [each for each in told if each[0] != "change"][:2] == [["focus", None, None], ["escape", None, None]]
    assert [each[2] for each in told if each[0] == "change"][:1] == ["amex"]

    page.read("document.querySelector('#two').append(document.querySelector('#one'))")
    page.frame(CARD).wait(number)
    assert page.read("(card.unmount(), document.querySelector('#one').className + frames.length)") == "1"
    page.read("(card.mount('#three'), 0)")
    page.frame(CARD).wait(number)
    again = "(() => { try { %s; } catch (error) { return error.name + ': ' + error.message; } })()"
    assert page.read(again % "elements.create('card')") == (
        "IntegrationError: Can only create one Element of type card through elements()."
    )
    page.read("(card.destroy(), 0)")
    assert page.read(again % "card.mount('#one')").startswith(
        "IntegrationError: This Element has already been destroyed"
    )
    assert page.read(again % "elements.create('iban')").startswith(
        "IntegrationError: The sandbox's Stripe.js has no iban"
    )
    assert page.read(again % "Stripe('sk_test_x')").startswith("IntegrationError: You should not use your secret key")
    assert page.read("elements.create('card').on('ready', () => {})._type") == "card"
    page.read("(window.request = stripe.paymentRequest({}), elements.create('paymentRequestButton', {request}), 0)")
    assert page.read("request.canMakePayment()") is None


@pytest.mark.full
def test_the_page_keeps_working_when_its_body_is_replaced(page: Page, sdk: Sdk, shop: Shop) -> None:
    read = f"stripe.retrievePaymentIntent({json.dumps(opened(sdk).client_secret)})"
    assert result_of(page, read)["paymentIntent"]["status"] == "requires_payment_method"
    page.read("document.body.replaceChildren()")
    assert result_of(page, read)["paymentIntent"]["status"] == "requires_payment_method"


def test_a_page_of_another_site_uses_no_key_that_anybody_can_invent(page: Page, sandbox: Sandbox) -> None:
    """A local sandbox accepts such a key from programs and from pages of this machine."""
    read = "stripe.retrievePaymentIntent('pi_none_secret_none')"
    with served_shop(sandbox.base_url, "pk_test_51InventedBySomebody") as shop:
        for url, said in {
            shop.url.replace("127.0.0.1", REBOUND): "another site",
            shop.url: "No such payment_intent",
        }.items():
            page.open(url)
            assert said in result_of(page, read)["error"]["message"]
            found = result_of(page, "stripe.redirectToCheckout({sessionId: 'cs_test_none'})")["error"]["message"]
            assert said.replace("payment_intent", "checkout.session") in found


EMBEDDED = 'iframe[name="embedded-checkout"]'
CURRENT = "/dahlia/stripe.js"


@pytest.fixture
def embedding(sandbox: Sandbox, key: str, page: Page) -> Iterator[Shop]:
    with served_shop(sandbox.base_url, key, CURRENT) as served:
        page.open(served.url)
        yield served


def session(sdk: Sdk, **params: Any) -> Any:
    price = {"currency": "usd", "unit_amount": 20_00, "product_data": {"name": "Hat"}}
    items: list[Any] = [{"price_data": price, "quantity": 1}]
    return sdk.v1.checkout.sessions.create({"mode": "payment", "line_items": items, **params})


def embedded(sdk: Sdk, **params: Any) -> Any:
    return session(sdk, ui_mode="embedded_page", **params)


def show(page: Page, secret: str) -> None:
    """Mount the page of a session, of which the page waits for the end in `result`."""
    options = f"{{fetchClientSecret: async () => {json.dumps(secret)}, onComplete: () => {{ result = 'complete'; }}}}"
    page.read(
        f"stripe.createEmbeddedCheckoutPage({options}).then((it) => {{ window.checkout = it; it.mount('#one'); }})"
    )


_FIELDS = {"email": "jenny@example.com", "cardNumber": APPROVED, "cardExpiry": "12 / 40", "cardCvc": "123"}
"""What a session's page asks for."""


def submit_card(page: Page, number: str) -> None:
    frame = page.frame(EMBEDDED)
    for name, text in (_FIELDS | {"cardNumber": number}).items():
        frame.fill(f"[name={name}]", text)
    frame.click(".SubmitButton")


@pytest.mark.full
def test_a_page_leads_to_a_hosted_session(page: Page, sdk: Sdk, shop: Shop) -> None:
    made = session(sdk, success_url=shop.back)
    page.read(f"keep(stripe.redirectToCheckout({{sessionId: {json.dumps(made.id)}}}))")
    page.arrive("document.querySelector('.SubmitButton') !== null")
    assert page.read("location.href") == made.url
    for name, text in _FIELDS.items():
        page.read(f"(document.querySelector('[name={name}]').value = {json.dumps(text)}, 0)")
    page.read("(document.querySelector('.SubmitButton').click(), 0)")
    assert arrived(page) == {"order": "7"}
    assert sdk.v1.checkout.sessions.retrieve(made.id).payment_status == "paid"


@pytest.mark.full
def test_a_page_leads_to_no_other_session(page: Page, sdk: Sdk, shop: Shop, subtests: pytest.Subtests) -> None:
    within = embedded(sdk, return_url=shop.back)
    for options, said in (
        ({"sessionId": "cs_test_none"}, "No such checkout.session"),
        ({"sessionId": within.id}, "client_secret"),
        ({"sessionId": "cs_1", "mode": "payment"}, "mode is not simulated"),
        ({"lineItems": [{"price": "price_1", "quantity": 1}], "mode": "payment"}, "lineItems is not simulated"),
    ):
        with subtests.test(str(options)):
            assert said in json.dumps(result_of(page, f"stripe.redirectToCheckout({json.dumps(options)})"))
    assert page.read("document.title") == "shop"


@pytest.mark.full
def test_a_session_is_paid_within_the_page_and_leads_on(page: Page, sdk: Sdk, embedding: Shop) -> None:
    made = embedded(sdk, return_url=f"{embedding.back}&session={{CHECKOUT_SESSION_ID}}")
    show(page, made.client_secret)
    submit_card(page, DECLINED)
    page.frame(EMBEDDED).wait("document.querySelector('#problem') !== null")
    submit_card(page, APPROVED)
    assert arrived(page) == {"order": "7", "session": made.id}
    assert sdk.v1.checkout.sessions.retrieve(made.id).payment_status == "paid"


@pytest.mark.full
def test_its_payer_authenticates_over_the_page_which_stays(page: Page, sdk: Sdk, embedding: Shop) -> None:
    made = embedded(sdk, redirect_on_completion="never")
    show(page, made.client_secret)
    submit_card(page, CHALLENGED)
    bank(page).click("#test-source-fail-3ds")
    page.frame(EMBEDDED).wait("document.querySelector('main').dataset.status === 'open'")
    submit_card(page, CHALLENGED)
    bank(page).click("#test-source-authorize-3ds")
    page.wait("result === 'complete'")
    assert page.read("document.title") == "shop"
    assert sdk.v1.checkout.sessions.retrieve(made.id).payment_status == "paid"


@pytest.mark.full
def test_a_page_has_one_embedded_checkout_at_a_time(page: Page, sdk: Sdk, embedding: Shop) -> None:
    made = embedded(sdk, redirect_on_completion="never")
    show(page, made.client_secret)
    page.frame(EMBEDDED).wait("document.querySelector('.SubmitButton') !== null")
    again = f"stripe.createEmbeddedCheckoutPage({{clientSecret: {json.dumps(made.client_secret)}}})"
    assert result_of(page, again) == "IntegrationError: You cannot have multiple Embedded Checkout objects."
    assert page.read("(checkout.unmount(), document.querySelectorAll('#one iframe').length)") == 0
    page.read("(checkout.mount(document.querySelector('#two')), 0)")
    page.frame(EMBEDDED).wait("document.querySelector('.SubmitButton') !== null")
    assert page.read("(checkout.destroy(), document.querySelectorAll('#two iframe').length)") == 0
    wrong = f"stripe.createEmbeddedCheckoutPage({{clientSecret: {json.dumps(made.id + '_secret_wrong')}}})"
    assert result_of(page, wrong) == "IntegrationError: The client_secret does not match this session."
    assert result_of(page, again) is not None


@pytest.mark.full
def test_the_older_name_of_an_embedded_checkout(page: Page, sdk: Sdk, shop: Shop) -> None:
    made = embedded(sdk, redirect_on_completion="never")
    create = f"stripe.initEmbeddedCheckout({{clientSecret: {json.dumps(made.client_secret)}}})"
    page.read(f"{create}.then((it) => it.mount('#one'))")
    page.frame(EMBEDDED).wait("document.querySelector('.SubmitButton') !== null")


def elements_of(page: Page, secret: str) -> None:
    """Load a session with its elements in the page: `checkout`, and its `actions`."""
    page.read(
        f"(window.checkout = stripe.initCheckoutElementsSdk({{clientSecret: Promise.resolve({json.dumps(secret)})}}),"
        "window.changes = [], checkout.on('change', (it) => changes.push(it)),"
        "checkout.createPaymentElement().mount('#one'), keep(checkout.loadActions()), 0)"
    )
    page.wait("result !== null")
    page.read("(window.actions = result.actions, 0)")


@pytest.mark.full
def test_a_session_is_changed_and_paid_by_elements(page: Page, sdk: Sdk, embedding: Shop) -> None:
    code = sdk.v1.coupons.create({"percent_off": 25})
    sdk.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": code.id}, "code": "ELEMENTS25"})
    rate = {"shipping_rate_data": {"display_name": "Ground", "type": "fixed_amount",
                                   "fixed_amount": {"amount": 5_00, "currency": "usd"}}}  # fmt: skip
    made = session(
        sdk, ui_mode="elements", return_url=f"{embedding.back}&session={{CHECKOUT_SESSION_ID}}",
        allow_promotion_codes=True, shipping_options=[rate],
    )  # fmt: skip
    elements_of(page, made.client_secret)
    first = page.read("actions.getSession()")
    assert (first["id"], first["total"]["total"], first["canConfirm"]) == (
        made.id,
        {"minorUnitsAmount": 25_00, "amount": "$25.00"},
        False,
    )
    assert [(item["name"], item["unitAmount"]["amount"]) for item in first["lineItems"]] == [("Hat", "$20.00")]
    assert (first["shipping"]["shippingOption"]["displayName"], first["status"]) == ("Ground", {"type": "open"})
    assert result_of(page, "actions.applyPromotionCode('NONE')")["error"]["code"] == "invalidCode"
    applied = result_of(page, "actions.applyPromotionCode('ELEMENTS25')")
    assert applied["session"]["total"]["total"]["minorUnitsAmount"] == 20_00
    assert applied["session"]["discountAmounts"][0]["promotionCode"] == "ELEMENTS25"
    removed = result_of(page, "actions.removePromotionCode()")
    assert removed["session"]["total"]["total"]["minorUnitsAmount"] == 25_00
    assert result_of(page, "actions.updateEmail('x')")["error"]["code"] == "invalidEmail"
    assert result_of(page, "actions.updateEmail('jenny@example.com')")["session"]["email"] == "jenny@example.com"

    typed(page, PAYMENT, number=DECLINED)
    page.wait("changes.at(-1).canConfirm")
    error = result_of(page, "actions.confirm()")["error"]
    assert (error["code"], error["paymentFailed"]) == ("paymentFailed", {"declineCode": "generic_decline"})
    typed(page, PAYMENT, number=APPROVED)
    page.read("keep(actions.confirm())")
    assert arrived(page) == {"order": "7", "session": made.id}
    paid = sdk.v1.checkout.sessions.retrieve(made.id)
    assert (paid.payment_status, paid.customer_details.email) == ("paid", "jenny@example.com")


@pytest.mark.full
def test_a_session_has_a_billing_address_and_a_currency(page: Page, sdk: Sdk, embedding: Shop) -> None:
    made = session(sdk, ui_mode="elements", return_url=embedding.back, adaptive_pricing={"enabled": True})
    page.open(f"{embedding.url}?locale=fr")
    elements_of(page, made.client_secret)
    page.read(
        "(checkout.createBillingAddressElement().mount('#two'),"
        "checkout.createCurrencySelectorElement().mount('#three'), 0)"
    )
    page.frame(CURRENCY).wait("document.querySelector('[name=currency]')?.value === 'usd'")
    said = page.frame(CURRENCY).read("document.body.innerText + document.querySelector('[name=currency]').length")
    assert ("Devise" in said, "USD" in said, said.endswith("1")) == (True, True, True)
    address = page.frame(ADDRESS)
    address.wait("document.querySelector('[name=country]')")
    address.read("(() => { document.querySelector('[name=country]').value = 'FR'; })()")
    for name, text in {"name": "Jenny Rosen", "addressLine1": "1 rue de Rivoli", "locality": "Paris"}.items():
        address.fill(f"[name={name}]", text)
    address.fill("[name=postalCode]", "75001")
    typed(page, PAYMENT, number=APPROVED, postal=None)
    page.read("keep(actions.confirm({email: 'jenny@example.com'}))")
    assert arrived(page) == {"order": "7"}
    details = sdk.v1.checkout.sessions.retrieve(made.id).customer_details
    assert (details.name, details.address.city, details.address.country) == ("Jenny Rosen", "Paris", "FR")


@pytest.mark.full
def test_elements_say_what_they_lack(page: Page, sdk: Sdk, embedding: Shop) -> None:
    made = session(sdk, ui_mode="elements", return_url=embedding.back)
    elements_of(page, made.client_secret)
    page.read("(checkout.createShippingAddressElement().mount('#two'), 0)")
    error = result_of(page, "actions.validateElements()")["error"]
    assert (error["code"], [each["element"] for each in error["validation_errors"]]) == (
        "validation_error",
        ["payment", "shippingAddress"],
    )
    assert error["message"] == "Your card number is incomplete."
    page.read("(checkout.getShippingAddressElement().destroy(), 0)")
    typed(page, PAYMENT, number=APPROVED)
    assert result_of(page, "actions.validateElements()")["session"]["canConfirm"] is False
    page.read("(checkout.getPaymentElement().destroy(), 0)")
    assert result_of(page, "actions.validateElements()")["error"]["code"] == "no_elements"


@pytest.mark.full
def test_what_of_a_session_is_not_simulated_is_refused_by_name(page: Page, sdk: Sdk, embedding: Shop) -> None:
    made = session(sdk, ui_mode="elements", return_url=embedding.back)
    elements_of(page, made.client_secret)
    for name in ("updateTaxIdInfo", "updateBusinessName", "addOptionalLineItem", "removeOptionalLineItem"):
        assert result_of(page, f"actions.{name}(null)").startswith(f"IntegrationError: {name}() is not simulated")
    for name in ("TaxId", "Terms", "LinkSignup", "ContactDetails", "PaymentForm"):
        assert page.read(f"checkout.get{name}Element()") is None
        why = page.read(
            f"(() => {{ try {{ checkout.create{name}Element(); }} catch (error) {{ return `${{error}}`; }} }})()"
        )
        assert why.startswith(f"IntegrationError: create{name}Element() is not simulated")


@pytest.mark.full
def test_a_session_is_paid_by_one_form(page: Page, sdk: Sdk, embedding: Shop) -> None:
    made = session(sdk, ui_mode="form", return_url=embedding.back)
    page.read(
        f"(window.checkout = stripe.initCheckoutFormSdk({{clientSecret: {json.dumps(made.client_secret)}}}),"
        "window.confirmed = [], window.form = checkout.createForm(), form.mount('#one'),"
        "checkout.createCurrencySelectorElement().mount('#two'),"
        "form.on('confirm', (formConfirmEvent) => {"
        " confirmed.push(formConfirmEvent); result = null; keep(actions.confirm({formConfirmEvent})); }),"
        "keep(checkout.loadActions()), 0)"
    )
    page.wait("result !== null")
    assert "updateEmail" not in page.read("(window.actions = result.actions, Object.keys(actions))")
    fields = page.frame(FORM)
    fields.wait("document.querySelector('.SubmitButton')?.textContent === 'Pay $20.00'")
    page.frame(CURRENCY).wait("document.querySelector('[name=currency]').value === 'usd'")
    page.wait(f"document.querySelector({json.dumps(CURRENCY)}).style.height.endsWith('px')")  # below the fold
    fields.click(".SubmitButton")
    assert fields.read("document.activeElement.name") == "email"
    for name, text in {"email": "jenny@example.com", "number": DECLINED, "expiry": "12 / 40", "cvc": "123"}.items():
        fields.fill(f"[name={name}]", text)
    fields.fill("[name=postalCode]", "94107")
    value = page.read("form.getValue()")
    assert (value["complete"], value["value"]["customerDetails"]) == (True, {"email": "jenny@example.com"})
    assert not re.search(r"(?<![\w-])4000", json.dumps(value))
    fields.click(".SubmitButton")
    page.wait("result?.error")
    assert page.read("result.error.paymentFailed") == {"declineCode": "generic_decline"}
    fields.fill("[name=number]", APPROVED)
    fields.click(".SubmitButton")
    assert arrived(page) == {"order": "7"}
    paid = sdk.v1.checkout.sessions.retrieve(made.id)
    assert (paid.payment_status, paid.customer_details.email) == ("paid", "jenny@example.com")


@pytest.mark.full
def test_a_session_of_elements_is_authenticated_on_the_page(page: Page, sdk: Sdk, embedding: Shop) -> None:
    made = session(sdk, ui_mode="elements", return_url=embedding.back)
    elements_of(page, made.client_secret)
    typed(page, PAYMENT, number=CHALLENGED)
    confirm = "actions.confirm({redirect: 'if_required', email: 'jenny@example.com'})"
    page.read(f"(result = null, keep({confirm}), 0)")
    bank(page).click("#test-source-fail-3ds")
    page.wait("result !== null")
    assert page.read("result.type") == "error"
    page.read(f"(result = null, keep({confirm}), 0)")
    bank(page).click("#test-source-authorize-3ds")
    page.wait("result !== null")
    assert page.read("result.session.status") == {"type": "complete", "paymentStatus": "paid"}


_TEXTS = {"minorUnitsAmount": 20_00, "amount": "$20.00"}
_OLDER: dict[str, tuple[str, Any]] = {
    "v3": ("{clientSecret: secret}", 20_00),
    "acacia": ("{fetchClientSecret: async () => secret}", _TEXTS),
    "basil": ("{fetchClientSecret: async () => secret}", _TEXTS),
    "clover": ("{clientSecret: secret}", _TEXTS),
}


@pytest.mark.full
@pytest.mark.parametrize("train", _OLDER)
def test_a_session_is_paid_by_the_elements_of_an_older_train(
    train: str, page: Page, sdk: Sdk, sandbox: Sandbox, key: str
) -> None:
    options, total = _OLDER[train]
    create = f"stripe.initCheckout({options})"
    [path] = [each["path"] for each in trains()["trains"] if each["name"] == train]
    with served_shop(sandbox.base_url, key, path) as shop:
        page.open(shop.url)
        made = session(sdk, ui_mode="elements", return_url=shop.back)
        page.read(f"(window.secret = {json.dumps(made.client_secret)}, window.changes = [], 0)")
        if train == "clover":
            page.read(f"(window.checkout = {create}, keep(checkout.loadActions()), 0)")
            page.wait("result !== null")
            page.read("(window.actions = result.actions, window.session = actions.getSession, 0)")
        else:
            page.read(f"(keep({create}.then((it) => {{ window.checkout = window.actions = it; }})), 0)")
            page.wait("window.actions")
            page.read("(window.session = checkout.session, 0)")
        assert page.read("[session().id, session().total.total, session().lineItems[0].name]") == [
            made.id,
            total,
            "Hat",
        ]
        create_element = "createElement('payment')" if train == "v3" else "createPaymentElement()"
        page.read(f"(checkout.on('change', (it) => changes.push(it)), checkout.{create_element}.mount('#one'), 0)")
        updated = result_of(page, "actions.updateEmail('jenny@example.com')")
        assert updated["success" if train in ("v3", "acacia") else "session"]["email"] == "jenny@example.com"
        typed(page, PAYMENT, number=DECLINED)
        page.wait("changes.at(-1).canConfirm")
        assert result_of(page, "actions.confirm()")["error"]["paymentFailed"] == {"declineCode": "generic_decline"}
        typed(page, PAYMENT, number=APPROVED)
        page.read("keep(actions.confirm())")
        assert arrived(page) == {"order": "7"}
    assert sdk.v1.checkout.sessions.retrieve(made.id).payment_status == "paid"


@pytest.mark.full
def test_an_older_train_says_what_it_takes(page: Page, sdk: Sdk, sandbox: Sandbox, key: str) -> None:
    with served_shop(sandbox.base_url, key, "/basil/stripe.js") as shop:
        page.open(shop.url)
        assert "requires a function fetchClientSecret" in result_of(page, "stripe.initCheckout({clientSecret: 'x'})")
        secret = json.dumps(embedded(sdk, redirect_on_completion="never").client_secret)
        wrong = result_of(page, f"stripe.initCheckout({{fetchClientSecret: async () => {secret}}})")
        assert wrong == "IntegrationError: stripe.initCheckout() takes a Checkout Session with the ui_mode custom."


@pytest.mark.full
def test_elements_are_of_a_session_of_theirs(page: Page, sdk: Sdk, embedding: Shop) -> None:
    made = embedded(sdk, redirect_on_completion="never")
    load = f"stripe.initCheckoutElementsSdk({{clientSecret: {json.dumps(made.client_secret)}}}).loadActions()"
    loaded = result_of(page, load)
    assert (loaded["type"], "ui_mode elements" in loaded["error"]["message"]) == ("error", True)


@pytest.mark.full
def test_the_guide(page: Page, sandbox: Sandbox, sdk: Sdk, key: str) -> None:
    [head], [call, *_] = (
        [block.text for block in blocks(language) if block.file == "docs/how-to/pay-in-a-browser.md"]
        for language in ("html", "javascript")
    )
    head = head.replace("http://127.0.0.1:4610", sandbox.base_url).replace("pk_test_…", key)
    call = call.replace('"http://localhost:3000/thanks"', "location.href + 'thanks'")
    intent = opened(sdk)
    body = f"const clientSecret = {json.dumps(intent.client_secret)}; window.pay = async () => {{ {call} }};"

    def answer(request: Request) -> Reply:
        html = "<title>done</title>" if "thanks" in request.path else f"{head}<p id=payment></p><script>{body}</script>"
        return Reply(200, html, {"Content-Type": "text/html"})

    with served(answer) as wire:
        page.open(f"{wire.base_url}/")
        # It is confirmed as soon as it is mounted here, where the form would wait for its button.
        page.read("(window.confirmPayment = stripe.confirmPayment.bind(stripe), stripe.confirmPayment = (given) =>"
                  " new Promise((go) => { window.go = () => go(confirmPayment(given)); }), pay(), 0)")  # fmt: skip
        typed(page, PAYMENT, number=APPROVED)
        page.read("(go(), 0)")
        assert arrived(page)["payment_intent"] == intent.id


@pytest.mark.full
def test_texts_follow_the_locale(page: Page, sdk: Sdk, shop: Shop) -> None:
    page.open(f"{shop.url}?locale=de")
    payment_form(page, opened(sdk).client_secret)
    labels = page.frame(PAYMENT).read("[...document.querySelectorAll('label')].map((it) => it.textContent)")
    assert labels[:4] == ["Kartennummer", "Ablaufdatum", "Prüfziffer", "Land"]


@pytest.mark.full
def test_each_train_has_its_functions_and_refuses_the_others_by_name(
    page: Page, sandbox: Sandbox, key: str, subtests: pytest.Subtests
) -> None:
    table = trains()
    others = [each for each in table["functions"] if not each["works"]]
    names = json.dumps([each["name"] for each in others])
    refused = f"Promise.all({names}.map((name) => stripe[name]().then((it) => it.error.message, (why) => String(why))))"
    for train in table["trains"]:
        with subtests.test(train["name"]), served_shop(sandbox.base_url, key, train["path"]) as shop:
            page.open(shop.url)
            assert page.read("Stripe.version") == train["version"]
            session = page.read("stripe.createRadarSession().then((it) => it.radarSession.id)")
            assert session.startswith("rse_")
            for other, why in zip(others, page.read(refused), strict=True):
                assert why.startswith(f"IntegrationError: stripe.{other['name']}() is not ")
            assert page.errors == [error for error in page.errors if "favicon" in error]
    assert {train["name"] for train in table["trains"]} == {*TRAINS}
