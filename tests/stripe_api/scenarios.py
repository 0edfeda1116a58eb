"""The requests to each route of the Stripe-compatible API, and their calls (`tests/support/builders/scenario.py`)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from paysandbox.aws import runtime
from paysandbox.aws.schema import ENTRY_SHARDS, INDEX_SHARDS
from paysandbox.core.errors import Code
from paysandbox.payments.bank.outcome import OUTCOME_ENTRY
from paysandbox.payments.operations.authorization import authorization_of
from paysandbox.settlement.batch import Statement
from paysandbox.stripe_api.connect.oauth import new_code
from paysandbox.stripe_api.declared import RESOURCES
from paysandbox.stripe_api.events.bodies import as_stripe_events
from paysandbox.stripe_api.ids import account_id, application_id, charge_id, payout_transaction_id, stripe_payout_id
from paysandbox.stripe_api.payment_intents.intent_rules import MAX_CHANGES
from paysandbox.stripe_api.resource_kit.declaration import Resource
from paysandbox.stripe_api.resources.examples import EXAMPLES, Example
from paysandbox.stripe_api.routes import (
    ATTACH_PAYMENT_METHOD,
    CANCEL_PAYMENT_INTENT,
    CANCEL_REFUND,
    CAPTURE_CHARGE,
    CAPTURE_PAYMENT_INTENT,
    CLOSE_STRIPE_DISPUTE,
    COMPLETE_SETUP_CHALLENGE,
    CONFIRM_PAYMENT_INTENT,
    CONFIRM_SETUP_INTENT,
    CREATE_CHARGE,
    CREATE_CHARGE_REFUND,
    CREATE_CONFIRMATION_TOKEN_OF_PAGE,
    CREATE_CUSTOMER_CARD,
    CREATE_CUSTOMER_SOURCE,
    CREATE_OAUTH_TOKEN,
    CREATE_PAYMENT_INTENT,
    CREATE_PAYMENT_METHOD,
    CREATE_REFUND,
    CREATE_SOURCE,
    CREATE_TOKEN,
    CREATE_WEBHOOK_ENDPOINT,
    DEAUTHORIZE_ACCOUNT,
    DELETE_CUSTOMER_SOURCE,
    DELETE_WEBHOOK_ENDPOINT,
    DETACH_PAYMENT_METHOD,
    EXPIRE_REFUND,
    GET_ACCOUNT,
    GET_BALANCE,
    GET_BALANCE_HISTORY,
    GET_BALANCE_TRANSACTION,
    GET_CHARGE,
    GET_CHARGE_REFUND,
    GET_CUSTOMER_PAYMENT_METHOD,
    GET_CUSTOMER_SOURCE,
    GET_EARLY_FRAUD_WARNING,
    GET_ELEMENTS_SESSION,
    GET_OWN_ACCOUNT,
    GET_PAYMENT_INTENT,
    GET_PAYMENT_METHOD,
    GET_PAYMENT_PAGE,
    GET_REFUND,
    GET_SETUP_INTENT,
    GET_SOURCE,
    GET_STRIPE_DISPUTE,
    GET_STRIPE_EVENT,
    GET_TAX_CODE,
    GET_WEBHOOK_ENDPOINT,
    INCREMENT_AUTHORIZATION,
    LIST_BALANCE_HISTORY,
    LIST_BALANCE_TRANSACTIONS,
    LIST_CHARGE_REFUNDS,
    LIST_CHARGES,
    LIST_CUSTOMER_PAYMENT_METHODS,
    LIST_CUSTOMER_SOURCES,
    LIST_EARLY_FRAUD_WARNINGS,
    LIST_PAYMENT_INTENTS,
    LIST_PAYMENT_METHODS,
    LIST_REFUNDS,
    LIST_STRIPE_DISPUTES,
    LIST_STRIPE_EVENTS,
    LIST_WEBHOOK_ENDPOINTS,
    PAY_CHECKOUT_SESSION,
    REFUND_CHARGE,
    REMOVE_SAVED_METHOD,
    RESOURCE_ROUTE as RESOURCE,
    SEARCH_CHARGES,
    SEARCH_PAYMENT_INTENTS,
    SHOW_CHECKOUT_PAGE,
    SHOW_OAUTH_PAGE,
    SHOW_SETUP_CHALLENGE,
    UPDATE_CHARGE,
    UPDATE_CUSTOMER_SOURCE,
    UPDATE_PAYMENT_INTENT,
    UPDATE_PAYMENT_METHOD,
    UPDATE_REFUND,
    UPDATE_SOURCE,
    UPDATE_STRIPE_DISPUTE,
    UPDATE_WEBHOOK_ENDPOINT,
)
from paysandbox.webhooks import tables as webhook_tables
from paysandbox.webhooks.events.event_store import store_event
from tests.settlement import settled
from tests.stripe_api.billing.scenarios import BILLING_SCENARIOS
from tests.support.builders.build import DAY, MERCHANT
from tests.support.builders.scenario import (
    A_PAGE,
    CLAIM_AND_UPDATE,
    CORNER,
    KEY,
    ONE_WRITE,
    USED_AGAIN,
    USED_AGAIN_LATE,
    Parts,
    Refusal,
    Scenario,
    sending,
)
from tests.support.clients.call import Merchant, send
from tests.support.clients.challenges import FORM, complete
from tests.support.clients.disputed import disputed, evidence, payment_of
from tests.support.clients.simulated_steps import simulate
from tests.support.clients.stripe_call import BEFORE_BASIL, OF_MOBILE_SDK
from tests.support.clients.stripe_merchant import DECLINED, TYPED, URL, VISA, Of, StripeMerchant, done, told
from tests.support.clients.transfers import (
    charge_of,
    connected,
    destination,
    fee_returned,
    funded,
    paid_direct,
    paid_to,
)
from tests.support.worlds import webhook_records
from tests.support.worlds.handlers import Clock

CANCEL_SETUP_INTENT: Final = RESOURCE["cancel_setup_intent"]
CREATE_CONFIRMATION_TOKEN: Final = RESOURCE["create_confirmation_token"]
CREATE_CUSTOMER_TAX_ID: Final = RESOURCE["create_customer_tax_id"]
CREATE_EPHEMERAL_KEY: Final = RESOURCE["create_ephemeral_key"]
CREATE_EXTERNAL_ACCOUNT: Final = RESOURCE["create_external_account"]
CREATE_GRANTED_TOKEN: Final = RESOURCE["create_granted_token"]
CREATE_LOGIN_LINK: Final = RESOURCE["create_login_link"]
CREATE_SETUP_INTENT: Final = RESOURCE["create_setup_intent"]
DELETE_CUSTOMER_TAX_ID: Final = RESOURCE["delete_customer_tax_id"]
DELETE_EPHEMERAL_KEY: Final = RESOURCE["delete_ephemeral_key"]
DELETE_EXTERNAL_ACCOUNT: Final = RESOURCE["delete_external_account"]
EXPIRE_CHECKOUT_SESSION: Final = RESOURCE["expire_checkout_session"]
GET_CAPABILITY: Final = RESOURCE["get_capability"]
GET_CUSTOMER_TAX_ID: Final = RESOURCE["get_customer_tax_id"]
GET_EXTERNAL_ACCOUNT: Final = RESOURCE["get_external_account"]
LIST_CAPABILITIES: Final = RESOURCE["list_capabilities"]
LIST_CHECKOUT_LINE_ITEMS: Final = RESOURCE["list_checkout_line_items"]
LIST_CUSTOMER_TAX_IDS: Final = RESOURCE["list_customer_tax_ids"]
LIST_EXTERNAL_ACCOUNTS: Final = RESOURCE["list_external_accounts"]
LIST_PRODUCT_FEATURES: Final = RESOURCE["list_product_features"]
LIST_SETUP_ATTEMPTS: Final = RESOURCE["list_setup_attempts"]
REVOKE_GRANTED_TOKEN: Final = RESOURCE["revoke_granted_token"]
UPDATE_CAPABILITY: Final = RESOURCE["update_capability"]
UPDATE_EXTERNAL_ACCOUNT: Final = RESOURCE["update_external_account"]
UPDATE_SETUP_INTENT: Final = RESOURCE["update_setup_intent"]

Given = Callable[[Merchant, Clock], Parts]
Ask = Callable[[], Parts]


_PLAIN = {"amount": 10_00, "currency": "usd", "payment_method": VISA}
_CHARGE = {"amount": 10_00, "currency": "usd", "source": "tok_visa"}
_CLAIM_AND_PUT = ("PutItem", "PutItem")
_READ_CLAIM_AND_UPDATE = ("GetItem", *CLAIM_AND_UPDATE)
_ONE_READ = ("GetItem",)
"""The shards of a list without an entry."""
_READ_CLAIM_AND_LOOK = ("BatchGetItem", "PutItem", "GetItem")
_SAVE_EVIDENCE = ("BatchGetItem", "UpdateItem")


def _given(ask: Ask) -> Given:
    return lambda *_: ask()


def _written(of: Of = None, **params: Any) -> Parts:
    return {"of": of, "params": params, "key": KEY}


def _asked(of: Of = None, **params: Any) -> Parts:
    return {"of": of, "params": params}


def _create(**params: Any) -> Parts:
    return _written(**_PLAIN | params)


def _created(ago: timedelta) -> Given:
    def given(_: Merchant, clock: Clock) -> Parts:
        parts = _create(confirm=True)
        done(StripeMerchant().ask(CREATE_PAYMENT_INTENT, **parts))
        clock.advance(ago)
        return parts

    return given


def _charge_created(ago: timedelta) -> Given:
    def given(_: Merchant, clock: Clock) -> Parts:
        parts = _written(**_CHARGE)
        done(StripeMerchant().ask(CREATE_CHARGE, **parts))
        clock.advance(ago)
        return parts

    return given


def _carded(ago: timedelta) -> Given:
    def given(_: Merchant, clock: Clock) -> Parts:
        done(StripeMerchant().ask(CREATE_PAYMENT_METHOD, **_written(type="card", card=TYPED)))
        clock.advance(ago)
        return _create(confirm=True)

    return given


def _captured_twice() -> str:
    intent = StripeMerchant().held()["id"]
    for _ in range(2):
        StripeMerchant().capture(intent, amount_to_capture=4_00, final_capture=False)
    return intent


def _charge_held(**params: Any) -> str:
    return done(StripeMerchant().post(CREATE_CHARGE, **_CHARGE | {"capture": "false"} | params))["id"]


def _of_token() -> dict[str, Any]:
    return {"type": "card", "card": {"token": StripeMerchant().token()}}


def _refunded() -> tuple[dict[str, Any], str]:
    intent = StripeMerchant().paid()
    refund = done(StripeMerchant().refund(intent["id"], amount=1_00))["id"]
    told()
    return intent, refund


def _one_of_a_charge() -> Parts:
    intent, refund = _refunded()
    return _asked((intent["latest_charge"], refund))


def _awaiting_action() -> str:
    intent = StripeMerchant().paid(metadata={OUTCOME_ENTRY: "refund=pending:3600"})
    refund = done(StripeMerchant().refund(intent["id"]))["id"]
    assert simulate(refund, "require_action").status == 200
    return refund


def _warned() -> tuple[dict[str, Any], str]:
    intent = StripeMerchant().paid()
    assert simulate(intent["id"], "fraud_warning").status == 200
    told()
    warnings = done(StripeMerchant().get(LIST_EARLY_FRAUD_WARNINGS, payment_intent=intent["id"]))["data"]
    return intent, warnings[0]["id"]


def _disputed(*, submitted: bool = False, **params: Any) -> Given:
    """Prepare a dispute, to which the parameters are sent under a key."""

    def given(demo: Merchant, _: Clock) -> Parts:
        dispute = disputed(demo)
        if submitted:
            evidence(dispute, {"receipt": "file_0"}, submit=True)
        return _written(dispute, **params)

    return given


def _of_dispute(asked: Callable[[str], Parts]) -> Given:
    """Prepare a dispute, and ask with its ID."""
    return lambda demo, _: asked(disputed(demo))


def _paid_out() -> Statement:
    batch = settled.batch("2026-11-17", before="2026-11-16")
    return settled.statement(batch, openings={"USD": 1_00}, USD=(10_00, 0, 59))


def _taken_by(dispute: str) -> str:
    return done(StripeMerchant().get(GET_STRIPE_DISPUTE, dispute))["balance_transactions"][0]["id"]


def _released() -> str:
    intent = StripeMerchant().held()["id"]
    StripeMerchant().cancel(intent)
    return done(StripeMerchant(version=BEFORE_BASIL).get(LIST_REFUNDS, payment_intent=intent))["data"][0]["id"]


def _in_an_earlier_version(parts: Parts) -> Parts:
    return {**parts, "headers": {"Stripe-Version": BEFORE_BASIL}}


def _charge_moved() -> dict[str, Any]:
    charge = StripeMerchant().paid()["latest_charge"]
    told()
    return done(StripeMerchant().get(GET_CHARGE, charge))


def _event() -> str:
    StripeMerchant().opened()
    told()
    return done(StripeMerchant().get(LIST_STRIPE_EVENTS))["data"][0]["id"]


def _sent_event() -> str:
    """An event that one endpoint was to get."""
    event_id, endpoint = _event(), webhook_records.endpoint(stripe=True)
    for stored in told():
        for sent in as_stripe_events(stored, [endpoint]):
            store_event(webhook_tables.event_store(), replace(sent, planned={endpoint.id: endpoint.generation}))
    return event_id


def _endpoint() -> str:
    return done(StripeMerchant().endpoint())["id"]


def _product() -> str:
    return done(StripeMerchant().post(RESOURCE["create_product"], name="Gold"))["id"]


_JENNY: dict[str, Any] = {"email": "jenny@example.com", "invoice_prefix": "JENNY"}


def _customer() -> str:
    return done(StripeMerchant().post(RESOURCE["create_stripe_customer"], **_JENNY))["id"]


def _paying_customer() -> str:
    return StripeMerchant().paid(customer=_customer())["customer"]


def _attached(*, default: bool = False) -> tuple[str, str]:
    """A customer, and the payment method that is attached to it."""
    settings: dict[str, Any] = {"invoice_settings": {"default_payment_method": VISA}} if default else {}
    jenny = done(StripeMerchant().post(RESOURCE["create_stripe_customer"], payment_method=VISA, **settings))["id"]
    methods = done(StripeMerchant().get(LIST_PAYMENT_METHODS, customer=jenny))["data"]
    return jenny, methods[0]["id"]


_SESSION_SECRET = "customer_session_client_secret"


def _shown_card() -> tuple[str, str]:
    """A saved card, and the secret of a customer session that shows and removes it."""
    jenny, card = _attached()
    features = {
        "payment_method_redisplay": "enabled",
        "payment_method_remove": "enabled",
        "payment_method_allow_redisplay_filters": ["unspecified"],
    }
    sent = {"customer": jenny, "components": {"payment_element": {"enabled": True, "features": features}}}
    return card, done(StripeMerchant().post(RESOURCE["create_customer_session"], **sent))["client_secret"]


def _removed() -> Parts:
    card, secret = _shown_card()
    return _written(card, **{_SESSION_SECRET: secret})


def _paid_with_shown() -> Parts:
    card, secret = _shown_card()
    return _written(payment_method=card, **{_SESSION_SECRET: secret})


def _with_source() -> tuple[str, str]:
    """A customer, and its card that was saved by a token."""
    jenny = done(StripeMerchant().post(RESOURCE["create_stripe_customer"], **_JENNY, source="tok_visa"))
    return jenny["id"], jenny["default_source"]


_EXPRESS: dict[str, Any] = {"type": "express", "capabilities": {"card_payments": {"requested": True}}}


def _account() -> str:
    return done(StripeMerchant().post(RESOURCE["create_account"], **_EXPRESS))["id"]


def _clone(customer: str | None, method: str) -> Parts:
    sent = _written(customer=customer, payment_method=method)
    return {**sent, "headers": {"Stripe-Account": _account()}}


_AUTHORIZATION: dict[str, str] = {
    "client_id": application_id(MERCHANT), "redirect_uri": "https://shop.example/connected",
}  # fmt: skip


def _oauth_code() -> str:
    """A new authorization code for the merchant's application."""
    return new_code(application_id(MERCHANT), "read_write", runtime.now(), runtime.random_suffix())


def _expired_code(_: Merchant, clock: Clock) -> Parts:
    parts = _written(grant_type="authorization_code", code=_oauth_code())
    clock.advance(timedelta(minutes=6))
    return parts


def _onboarding(**metadata: str) -> Parts:
    """An account link for a new account."""
    account = done(StripeMerchant().post(RESOURCE["create_account"], **_EXPRESS, metadata=metadata))["id"]
    return _written(account=account, type="account_onboarding", return_url="https://shop.example/connected")


def _with_external_account(currency: str = "usd") -> tuple[str, str]:
    """An account with a default currency, and its external account."""
    params = {**_EXPRESS, "external_account": "btok_us_verified", "default_currency": currency}
    made = done(StripeMerchant().post(RESOURCE["create_account"], **params))
    return made["id"], made["external_accounts"]["data"][0]["id"]


def _to_account() -> dict[str, Any]:
    """The parameters of a transfer that the platform's funds cover."""
    funded(100_00)
    return {"amount": 10_00, "currency": "usd", "destination": connected()}


def _of_charge() -> dict[str, Any]:
    """The parameters of a transfer from a charge."""
    charge = StripeMerchant().paid(amount=10_00)["latest_charge"]
    return {"amount": 10_00, "currency": "usd", "destination": connected(), "source_transaction": charge}


def _to_connected() -> dict[str, Any]:
    """A transfer from a charge, with its account and its reversal's refund."""
    sent = done(StripeMerchant().post(RESOURCE["create_transfer"], **_of_charge()))
    return {
        **sent,
        **done(StripeMerchant().post(RESOURCE["create_transfer_reversal"], sent["id"], amount=4_00)),
        "id": sent["id"],
    }


def _asked_as_account(transfer: dict[str, Any], name: str) -> Parts:
    """A request of a transfer's account for what it got."""
    return {**_asked(transfer[name]), "headers": {"Stripe-Account": transfer["destination"]}}


def _transfer() -> str:
    return done(StripeMerchant().post(RESOURCE["create_transfer"], **_to_account()))["id"]


def _reversal() -> tuple[str, str]:
    """A transfer, and its reversal."""
    transfer = _transfer()
    return transfer, done(StripeMerchant().post(RESOURCE["create_transfer_reversal"], transfer, amount=4_00))["id"]


_RETURNED: dict[str, Any] = {"reverse_transfer": True, "refund_application_fee": True}


def _charged_to() -> dict[str, Any]:
    shared = {"transfer_data": {"destination": connected()}, "application_fee_amount": 1_00}
    return {"amount": 10_00, "currency": "usd", "source": "tok_visa", **shared}


def _held_for_account(**params: Any) -> str:
    """A destination charge that is not captured yet."""
    new = destination(**{"capture_method": "automatic" if params else "manual", **params})
    return done(StripeMerchant().post(CREATE_PAYMENT_INTENT, **new))["id"]


def _paid_account() -> str:
    """An account that a destination charge was paid to."""
    account = connected()
    paid_to(account)
    return account


def _paid_account_charge() -> str:
    return paid_to(connected())["latest_charge"]


def _fee() -> str:
    return charge_of(paid_to(connected()))["application_fee"]


def _fee_refund() -> tuple[str, str]:
    """An application fee, and its refund."""
    fee = _fee()
    return fee, fee_returned(fee, amount=1_00)["id"]


def _out_of_funds() -> dict[str, Any]:
    funded(100_00)
    return {"amount": 10_00, "currency": "usd"}


def _payout() -> str:
    return done(StripeMerchant().post(RESOURCE["create_payout"], **_out_of_funds()))["id"]


_VAT: dict[str, Any] = {"type": "eu_vat", "value": "DE123456789"}


def _with_tax_id() -> tuple[str, str]:
    """A customer, and its tax ID."""
    new = {**_JENNY, "tax_id_data": [_VAT], "expand": ["tax_ids"]}
    jenny = done(StripeMerchant().post(RESOURCE["create_stripe_customer"], **new))
    return jenny["id"], jenny["tax_ids"]["data"][0]["id"]


def _charged_before() -> Parts:
    jenny, _ = _with_source()
    parts = _written(amount=10_00, currency="usd", customer=jenny)
    done(StripeMerchant().ask(CREATE_CHARGE, **parts))
    done(StripeMerchant().ask(RESOURCE["delete_stripe_customer"], jenny))
    return parts


def _with_default_method() -> Parts:
    customer, method = _attached()
    settings = {"default_payment_method": method}
    return _written(customer, invoice_settings=settings, expand=["invoice_settings.default_payment_method"])


def _with_saved_card() -> Parts:
    customer, method = _attached()
    return {"customer": customer, "payment_method": method, "off_session": True}


def _deleted_customer() -> str:
    name = _customer()
    return done(StripeMerchant().ask(RESOURCE["delete_stripe_customer"], name))["id"]


def _ephemeral_key() -> str:
    made = StripeMerchant().ask(CREATE_EPHEMERAL_KEY, params={"customer": _customer()}, headers=OF_MOBILE_SDK)
    return done(made)["id"]


_BUTTON = {"buy_button": {"enabled": True}}
_CHALLENGED: dict[str, Any] = {"confirm": True, "payment_method": "pm_card_authenticationRequired"}


def _setup(**params: Any) -> dict[str, Any]:
    return done(StripeMerchant().post(CREATE_SETUP_INTENT, **params))


def _confirming(name: str = VISA) -> dict[str, Any]:
    """How an intent is confirmed with a new confirmation token."""
    token = done(StripeMerchant().post(CREATE_CONFIRMATION_TOKEN, payment_method=name))["id"]
    return {"confirmation_token": token}


_LIMITS: dict[str, Any] = {"currency": "usd", "max_amount": 10_00}


def _granted() -> str:
    """A shared payment token."""
    return done(StripeMerchant().post(CREATE_GRANTED_TOKEN, payment_method=VISA, usage_limits=_LIMITS))["id"]


def _shared_by_customer() -> dict[str, Any]:
    customer, method = _attached()
    return {"payment_method": method, "customer": customer, "usage_limits": _LIMITS}


def _security_code() -> dict[str, str]:
    return {"cvc_token": done(StripeMerchant().post(CREATE_TOKEN, cvc_update={"cvc": "123"}))["id"]}


def _source(**params: Any) -> str:
    """A source of a card."""
    return done(StripeMerchant().post(CREATE_SOURCE, **{"type": "card", "card": TYPED, **params}))["id"]


def _source_of_customer() -> tuple[str, str]:
    """A customer, and a source that it has."""
    name = _source()
    return done(StripeMerchant().post(RESOURCE["create_stripe_customer"], source=name))["id"], name


def _page_of_setup(**parts: Any) -> Parts:
    """The parameters in the address of the page of a setup intent's challenge."""
    merchant, challenge_id, token = _setup(**_CHALLENGED)["next_action"]["redirect_to_url"]["url"].split("/")[-3:]
    return {"path": {"merchant": merchant, "challenge_id": challenge_id, "token": token}, **parts}


_HAT: dict[str, Any] = {
    "price_data": {"currency": "usd", "unit_amount": 20_00, "product_data": {"name": "Hat"}}, "quantity": 1,
}  # fmt: skip
_SALE: dict[str, Any] = {"mode": "payment", "success_url": "https://shop.example/thanks", "line_items": [_HAT]}
_SAVING: dict[str, Any] = {"mode": "setup", "success_url": "https://shop.example/thanks", "currency": "usd"}


def _session(**params: Any) -> dict[str, Any]:
    return done(StripeMerchant().post(RESOURCE["create_checkout_session"], **_SALE | params))


def _found_within() -> Parts:
    """The parameters that find the page of a session with shipping, within the shop's page."""
    cost = {"display_name": "Ground", "type": "fixed_amount", "fixed_amount": {"amount": 5_00, "currency": "usd"}}
    within = {"ui_mode": "embedded_page", "return_url": "https://shop.example/thanks"}
    sale = {name: value for name, value in _SALE.items() if name != "success_url"} | within
    sale["shipping_options"] = [{"shipping_rate_data": cost}]
    session = done(StripeMerchant().post(RESOURCE["create_checkout_session"], **sale))
    return _asked(session["id"], client_secret=session["client_secret"])


def _saving_session() -> dict[str, Any]:
    return done(StripeMerchant().post(RESOURCE["create_checkout_session"], **_SAVING))


def _page_of(session: dict[str, Any], card: str | None = None) -> Parts:
    """The address of a session's page, and the card that is sent from it, if any."""
    merchant, name, token = session["url"].split("/")[-3:]
    place = {"path": {"merchant": merchant, "session": name, "token": token}}
    return place | ({"body": f"card={card}", "content_type": FORM} if card else {})


def _shipped() -> dict[str, Any]:
    cost = {"amount": 5_00, "currency": "usd"}
    return {"shipping_options": [{"shipping_rate_data": {"display_name": "Post", "fixed_amount": cost}}]}


def _in_browser(parts: Parts) -> Parts:
    return {**parts, "headers": {"Accept": "text/html"}}


def _by_price() -> dict[str, Any]:
    return {"price": _price()["id"], "quantity": 1}


def _tried(session: dict[str, Any], card: str = "4000000000000002") -> dict[str, Any]:
    """Return a session of which a card was tried."""
    send(PAY_CHECKOUT_SESSION, **_page_of(session, card))
    return session


def _authenticated(session: dict[str, Any]) -> Parts:
    """The address of the page of a session whose payer was authenticated and approved meanwhile."""
    to_bank = send(PAY_CHECKOUT_SESSION, **_page_of(session, "4000002500003155")).headers["Location"]
    assert complete(to_bank).status == 303
    return _page_of(session)


_PRICE: dict[str, Any] = {"currency": "usd", "unit_amount": 5_00}
_NEW: dict[str, Any] = _PRICE | {"product_data": {"name": "Gold"}}


def _price(**params: Any) -> dict[str, Any]:
    return done(StripeMerchant().post(RESOURCE["create_price"], **_NEW | params))


def _of_same_product() -> Parts:
    return _written(**_PRICE, product=_price()["product"], expand=["product"])


def _with_default() -> str:
    body = {"name": "Gold", "default_price_data": _PRICE}
    return done(StripeMerchant().post(RESOURCE["create_product"], **body))["id"]


def _default_chosen() -> Parts:
    price = _price()
    return _written(price["product"], default_price=price["id"], expand=["default_price"])


def _transferred() -> Parts:
    _price(lookup_key="gold")
    return _written(_price()["id"], lookup_key="gold", transfer_lookup_key=True, expand=["product"])


_OFF: dict[str, Any] = {"id": "TENOFF", "amount_off": 10_00, "currency": "usd"}
_OF_COUPON: dict[str, Any] = {"promotion": {"type": "coupon", "coupon": "TENOFF"}, "code": "SUMMER"}
_GROUND: dict[str, Any] = {"display_name": "Ground", "fixed_amount": {"amount": 5_00, "currency": "usd"}}


def _coupon() -> str:
    return done(StripeMerchant().post(RESOURCE["create_coupon"], **_OFF))["id"]


def _new_code(**params: Any) -> Parts:
    _coupon()
    return _written(**_OF_COUPON, **params)


def _promotion_code() -> str:
    return done(StripeMerchant().post(RESOURCE["create_promotion_code"], **_new_code()["params"]))["id"]


def _shipping_rate() -> str:
    return done(StripeMerchant().post(RESOURCE["create_shipping_rate"], **_GROUND))["id"]


_DOMAIN: dict[str, Any] = {"domain_name": "shop.example"}


def _domain(kind: str) -> str:
    return done(StripeMerchant().post(RESOURCE[f"create_{kind}"], **_DOMAIN))["id"]


def _second_endpoint() -> Parts:
    _endpoint()
    return _written(url=URL, enabled_events=["*"])


# fmt: off
def _of_example(resource: Resource, example: Example) -> tuple[Scenario, ...]:
    """What the kit's operations do with a resource's example, which is stored by itself."""
    create = RESOURCE[f"create_{resource.singular}"]

    def made() -> str:
        return done(StripeMerchant().post(create, **example.created))["id"]

    listed = RESOURCE[f"list_{resource.name}"]
    return (
        Scenario(resource.one, create, _CLAIM_AND_PUT, _given(lambda: _written(**example.created))),
        Scenario(
            resource.one, RESOURCE[f"update_{resource.singular}"], ("GetItem", *_CLAIM_AND_PUT),
            _given(lambda: _written(made(), **example.updated)),
        ),
        Scenario(resource.one, RESOURCE[f"get_{resource.singular}"], _ONE_READ, _given(lambda: _asked(made()))),
        Scenario("a page", listed, A_PAGE, _given(lambda: _asked(limit=made() and 10))),
        Scenario("beside one", listed, ("GetItem", *A_PAGE), _given(lambda: _asked(starting_after=made()))),
    )


SCENARIOS = (
    *BILLING_SCENARIOS,
    # One conditional put, like an authorization.
    Scenario("opened", CREATE_PAYMENT_INTENT, ONE_WRITE, _given(_create)),
    Scenario("paid", CREATE_PAYMENT_INTENT, ONE_WRITE, _given(lambda: _create(confirm=True))),
    Scenario(
        "declined", CREATE_PAYMENT_INTENT, ONE_WRITE,
        _given(lambda: _create(confirm=True, payment_method=DECLINED)), status=402,
    ),
    Scenario(
        "with a card that was made by itself", CREATE_PAYMENT_INTENT, ("GetItem", "GetItem", "UpdateItem", *ONE_WRITE),
        _given(lambda: _create(confirm=True, payment_method=StripeMerchant().card()["id"])),
    ),
    Scenario(
        "of a customer", CREATE_PAYMENT_INTENT, ("GetItem", *ONE_WRITE),
        _given(lambda: _create(confirm=True, customer=_customer())),
    ),
    Scenario("replayed", CREATE_PAYMENT_INTENT, ONE_WRITE, _created(DAY / 2), replayed=True),
    Scenario("key used a day ago", CREATE_PAYMENT_INTENT, USED_AGAIN, _created(DAY)),
    Scenario("key used 89 days ago", CREATE_PAYMENT_INTENT, USED_AGAIN_LATE, _created(89 * DAY)),
    Scenario("key used a day ago for a card", CREATE_PAYMENT_INTENT, ONE_WRITE, _carded(DAY)),
    # A read, an idempotency record, and one conditional update of the item that was read.
    Scenario(
        "another amount", UPDATE_PAYMENT_INTENT, _READ_CLAIM_AND_UPDATE,
        _given(lambda: _written(StripeMerchant().opened()["id"], amount=11_00)),
    ),
    Scenario(
        "a customer", UPDATE_PAYMENT_INTENT, ("GetItem", "PutItem", "GetItem", "UpdateItem"),
        _given(lambda: _written(StripeMerchant().opened()["id"], customer=_customer())),
    ),
    Scenario(
        "another card", UPDATE_PAYMENT_INTENT, ("GetItem", *_READ_CLAIM_AND_UPDATE),
        _given(lambda: _written(StripeMerchant().opened()["id"], payment_method=StripeMerchant().card()["id"])),
    ),
    Scenario(
        "the card of a token", UPDATE_PAYMENT_INTENT, ("GetItem", "UpdateItem", *CLAIM_AND_UPDATE),
        _given(lambda: _written(StripeMerchant().opened()["id"], payment_method_data=_of_token())),
    ),
    Scenario(
        "approved", CONFIRM_PAYMENT_INTENT, _READ_CLAIM_AND_UPDATE,
        _given(lambda: _written(StripeMerchant().opened()["id"])),
    ),
    Scenario(
        "with other terms", CONFIRM_PAYMENT_INTENT, _READ_CLAIM_AND_UPDATE,
        _given(lambda: _written(StripeMerchant().opened()["id"], setup_future_usage="on_session")),
    ),
    Scenario(
        "declined", CONFIRM_PAYMENT_INTENT, _READ_CLAIM_AND_UPDATE,
        _given(lambda: _written(StripeMerchant().opened()["id"], payment_method=DECLINED)), status=402,
    ),
    Scenario(
        "after a decline, another card", CONFIRM_PAYMENT_INTENT, ("GetItem", *_READ_CLAIM_AND_UPDATE, "UpdateItem"),
        _given(lambda: _written(StripeMerchant().declined()["id"], payment_method=StripeMerchant().card()["id"])),
    ),
    # An idempotency record, and one conditional update.
    Scenario(
        "part", CAPTURE_PAYMENT_INTENT, CLAIM_AND_UPDATE,
        _given(lambda: _written(StripeMerchant().held()["id"], amount_to_capture=4_00, final_capture=False)),
    ),
    # Metadata is merged with the stored entries, so that a first update that never applies returns them.
    Scenario(
        "with metadata", CAPTURE_PAYMENT_INTENT, CORNER,
        _given(lambda: _written(StripeMerchant().held(metadata={"a": "1"})["id"], metadata={"b": "2"})),
    ),
    Scenario("all", CAPTURE_PAYMENT_INTENT, CLAIM_AND_UPDATE, _given(lambda: _written(StripeMerchant().held()["id"]))),
    # How often it was tried is known only to the stored payment, which a first update that never applies returns.
    Scenario(
        "approved", INCREMENT_AUTHORIZATION, CORNER,
        _given(lambda: _written(StripeMerchant().incremental()["id"], amount=15_00)),
    ),
    Scenario(
        "declined", INCREMENT_AUTHORIZATION, CORNER,
        _given(
            lambda: _written(
                StripeMerchant().incremental()["id"], amount=15_00, metadata={"sandbox_outcome": "decline:lost_card"}
            )
        ),
        status=402, outcome="increment_declined",
    ),
    Scenario(
        "what is held", CANCEL_PAYMENT_INTENT, CLAIM_AND_UPDATE, _given(lambda: _written(StripeMerchant().held()["id"]))
    ),
    Scenario("what is open", CANCEL_PAYMENT_INTENT, CORNER, _given(lambda: _written(StripeMerchant().opened()["id"]))),
    Scenario(
        "by intent", CREATE_REFUND, CLAIM_AND_UPDATE,
        _given(lambda: _written(payment_intent=StripeMerchant().paid()["id"], amount=3_00)),
    ),
    Scenario(
        "by charge", CREATE_REFUND, _READ_CLAIM_AND_UPDATE,
        _given(lambda: _written(charge=StripeMerchant().paid()["latest_charge"])),
    ),
    Scenario(
        "of two captures", CREATE_REFUND, CORNER,
        _given(lambda: _written(payment_intent=_captured_twice(), amount=5_00)),
    ),
    Scenario(
        "of a charge", CREATE_CHARGE_REFUND, _READ_CLAIM_AND_UPDATE,
        _given(lambda: _written(StripeMerchant().paid()["latest_charge"], amount=3_00)),
    ),
    Scenario(
        "a charge", REFUND_CHARGE, (*_READ_CLAIM_AND_UPDATE, "GetItem"),
        _given(lambda: _written(StripeMerchant().paid()["latest_charge"])),
    ),
    # A read, an idempotency record, and one conditional update of the payment that was read.
    Scenario(
        "metadata", UPDATE_REFUND, _READ_CLAIM_AND_UPDATE, _given(lambda: _written(_refunded()[1], metadata={"a": "b"}))
    ),
    Scenario(
        "of what was released", UPDATE_REFUND, _READ_CLAIM_AND_UPDATE,
        _given(lambda: _in_an_earlier_version(_written(_released(), metadata={"a": "b"}))),
    ),
    Scenario(
        "a description", UPDATE_CHARGE, _READ_CLAIM_AND_UPDATE,
        _given(lambda: _written(StripeMerchant().paid()["latest_charge"], description="shop")),
    ),
    Scenario(
        "that requires an action", CANCEL_REFUND, _READ_CLAIM_AND_UPDATE, _given(lambda: _written(_awaiting_action()))
    ),
    # The refusal is stored under the key, so that it stays the answer even if the refund changes.
    Scenario(
        "that succeeded", CANCEL_REFUND, _READ_CLAIM_AND_UPDATE, _given(lambda: _written(_refunded()[1])), status=400
    ),
    Scenario(
        "that requires an action", EXPIRE_REFUND, _READ_CLAIM_AND_UPDATE, _given(lambda: _written(_awaiting_action()))
    ),
    # The refusal under the key is looked up before evidence is touched, which is another item. Then metadata,
    # evidence and its submission are written.
    Scenario(
        "submission", UPDATE_STRIPE_DISPUTE, (*_READ_CLAIM_AND_LOOK, *_SAVE_EVIDENCE, "UpdateItem"),
        _disputed(evidence={"receipt": "file_1"}),
    ),
    Scenario(
        "submission with metadata", UPDATE_STRIPE_DISPUTE,
        (*_READ_CLAIM_AND_LOOK, "UpdateItem", *_SAVE_EVIDENCE, "UpdateItem"),
        _disputed(evidence={"receipt": "file_1"}, metadata={"case": "7"}),
    ),
    Scenario(
        "draft", UPDATE_STRIPE_DISPUTE, (*_READ_CLAIM_AND_LOOK, *_SAVE_EVIDENCE),
        _disputed(evidence={"receipt": "file_1"}, submit=False),
    ),
    Scenario(
        "metadata", UPDATE_STRIPE_DISPUTE, (*_READ_CLAIM_AND_LOOK, "UpdateItem"), _disputed(metadata={"case": "7"})
    ),
    Scenario(
        "under review", UPDATE_STRIPE_DISPUTE, (*_READ_CLAIM_AND_LOOK, *_SAVE_EVIDENCE),
        _disputed(submitted=True, evidence={"receipt": "file_1"}), status=400,
    ),
    Scenario("chargeback", CLOSE_STRIPE_DISPUTE, ("BatchGetItem", *CLAIM_AND_UPDATE), _disputed()),
    Scenario(
        "under review", CLOSE_STRIPE_DISPUTE, ("BatchGetItem", *CLAIM_AND_UPDATE), _disputed(submitted=True), status=400
    ),
    Scenario("typed", CREATE_PAYMENT_METHOD, _CLAIM_AND_PUT, _given(lambda: _written(type="card", card=TYPED))),
    # The account, and the platform's card: its customer is read, or it is used up.
    Scenario(
        "a clone of a customer's", CREATE_PAYMENT_METHOD, ("GetItem", "PutItem", "GetItem", "GetItem", "PutItem"),
        _given(lambda: _clone(*_attached())),
    ),
    Scenario(
        "a clone", CREATE_PAYMENT_METHOD, ("GetItem", "PutItem", "GetItem", "UpdateItem", "PutItem"),
        _given(lambda: _clone(None, StripeMerchant().card()["id"])),
    ),
    # Both objects are read, and stored in one transaction.
    Scenario(
        "by name", ATTACH_PAYMENT_METHOD, ("PutItem", "GetItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(VISA, customer=_customer())),
    ),
    Scenario(
        "made by itself", ATTACH_PAYMENT_METHOD, ("PutItem", "GetItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(StripeMerchant().card()["id"], customer=_customer())),
    ),
    Scenario(
        "that a payment saved", ATTACH_PAYMENT_METHOD,
        ("PutItem", "GetItem", "GetItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(
            StripeMerchant().paid(setup_future_usage="off_session")["payment_method"], customer=_customer(),
        )),
    ),
    Scenario(
        "its customer's default", DETACH_PAYMENT_METHOD,
        ("PutItem", "GetItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(_attached(default=True)[1])),
    ),
    Scenario(
        "a customer's", UPDATE_PAYMENT_METHOD, ("GetItem", "PutItem", "GetItem", "PutItem"),
        _given(lambda: _written(_attached()[1], metadata={"a": "1"})),
    ),
    # With a token, which the same transaction uses.
    Scenario(
        "by a published name", CREATE_CUSTOMER_SOURCE, ("PutItem", "GetItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(_customer(), source="tok_visa")),
    ),
    Scenario(
        "by a source", CREATE_CUSTOMER_SOURCE, ("PutItem", "GetItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(_customer(), source=_source())),
    ),
    Scenario(
        "by a token", CREATE_CUSTOMER_SOURCE, ("PutItem", "GetItem", "GetItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(_customer(), source=StripeMerchant().token())),
    ),
    Scenario(
        "by number", CREATE_CUSTOMER_CARD, ("PutItem", "GetItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(_customer(), source=TYPED | {"object": "card"})),
    ),
    Scenario(
        "a customer's", UPDATE_CUSTOMER_SOURCE, ("GetItem", "PutItem", "GetItem", "PutItem"),
        _given(lambda: _written(_with_source(), name="Jenny Rosen")),
    ),
    Scenario(
        "its customer's default", DELETE_CUSTOMER_SOURCE, ("GetItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _asked(_with_source())),
    ),
    Scenario(
        "a customer's", CREATE_CUSTOMER_TAX_ID, ("PutItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(_customer(), **_VAT)),
    ),
    Scenario(
        "a customer's", DELETE_CUSTOMER_TAX_ID, ("GetItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _asked(_with_tax_id())),
    ),
    # The card of an approved payment is attached after it, and again from the ledger's stream.
    Scenario(
        "a customer's", CREATE_PAYMENT_INTENT, ("GetItem", "GetItem", "GetItem", *ONE_WRITE),
        _given(lambda: _create(confirm=True, **_with_saved_card())),
    ),
    Scenario(
        "that saves its card", CREATE_PAYMENT_INTENT,
        ("GetItem", *ONE_WRITE, "GetItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _create(confirm=True, customer=_customer(), setup_future_usage="off_session")),
    ),
    Scenario(
        "that saves its card", CONFIRM_PAYMENT_INTENT,
        (*_READ_CLAIM_AND_UPDATE, "GetItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(
            StripeMerchant().opened(customer=_customer(), setup_future_usage="off_session")["id"],
        )),
    ),
    Scenario(
        "of a token", CREATE_PAYMENT_METHOD, ("UpdateItem", *_CLAIM_AND_PUT),
        _given(lambda: _written(**_of_token())),
    ),
    Scenario(
        "of a customer", RESOURCE["create_customer_session"], ("PutItem", "GetItem", "PutItem", "BatchGetItem"),
        _given(lambda: _written(customer=_customer(), components=_BUTTON, expand=["customer"])),
    ),
    Scenario(
        "of a customer", CREATE_EPHEMERAL_KEY, ("PutItem", "GetItem", "PutItem"),
        _given(lambda: {**_written(customer=_customer()), "headers": OF_MOBILE_SDK}),
    ),
    Scenario(
        "of a customer", DELETE_EPHEMERAL_KEY, ("GetItem", "GetItem", "PutItem"),
        _given(lambda: _asked(_ephemeral_key())),
    ),
    Scenario("of a card", CREATE_TOKEN, _CLAIM_AND_PUT, _given(lambda: _written(card=TYPED))),
    Scenario("of a security code", CREATE_TOKEN, _CLAIM_AND_PUT, _given(lambda: _written(cvc_update={"cvc": "123"}))),
    Scenario("of a card", CREATE_SOURCE, _CLAIM_AND_PUT, _given(lambda: _written(type="card", card=TYPED))),
    Scenario(
        "of a token", CREATE_SOURCE, ("UpdateItem", *_CLAIM_AND_PUT),
        _given(lambda: _written(type="card", token=StripeMerchant().token())),
    ),
    Scenario("alone", GET_SOURCE, _ONE_READ, _given(lambda: _asked(_source()))),
    Scenario("of a customer", GET_SOURCE, ("GetItem", "GetItem"), _given(lambda: _asked(_source_of_customer()[1]))),
    Scenario(
        "alone", UPDATE_SOURCE, ("GetItem", *_CLAIM_AND_PUT), _given(lambda: _written(_source(), metadata={"a": "b"})),
    ),
    Scenario(
        "of a customer", UPDATE_SOURCE, ("GetItem", "GetItem", *_CLAIM_AND_PUT),
        _given(lambda: _written(_source_of_customer()[1], owner={"name": "Jenny Rosen"})),
    ),
    Scenario(
        "of a name", CREATE_CONFIRMATION_TOKEN, _CLAIM_AND_PUT,
        _given(lambda: _written(payment_method=VISA, return_url="https://shop.example/")),
    ),
    Scenario(
        "of a customer's card", CREATE_CONFIRMATION_TOKEN, ("PutItem", "GetItem", "GetItem", "PutItem"),
        _given(lambda: _written(payment_method=_attached()[1])),
    ),
    Scenario(
        "of a token", CREATE_CONFIRMATION_TOKEN, ("PutItem", "UpdateItem", "PutItem"),
        _given(lambda: _written(payment_method_data=_of_token())),
    ),
    Scenario(
        "of a card", CREATE_CONFIRMATION_TOKEN_OF_PAGE, _CLAIM_AND_PUT,
        _given(lambda: _written(payment_method_data={"type": "card", "card": TYPED})),
    ),
    Scenario(
        "of a saved card", CREATE_CONFIRMATION_TOKEN_OF_PAGE, ("PutItem", *["GetItem"] * 4, "PutItem"),
        _given(_paid_with_shown),
    ),
    Scenario(
        "of a token", CREATE_CONFIRMATION_TOKEN_OF_PAGE, ("PutItem", "UpdateItem", "PutItem"),
        _given(lambda: _written(payment_method_data=_of_token())),
    ),
    Scenario(
        "of a setup intent", LIST_SETUP_ATTEMPTS, _ONE_READ,
        _given(lambda: _asked(setup_intent=_setup(payment_method=VISA, confirm=True)["id"])),
    ),
    Scenario("of a name", RESOURCE["get_confirmation_token"], _ONE_READ,
        _given(lambda: _asked(_confirming()["confirmation_token"]))),
    Scenario(
        "of a customer's card", RESOURCE["get_confirmation_token"], ("GetItem", "BatchGetItem"),
        _given(lambda: _asked(
            _confirming(_attached()[1])["confirmation_token"], expand=["payment_method_preview.customer"],
        )),
    ),
    Scenario(
        "of a name", CREATE_GRANTED_TOKEN, _CLAIM_AND_PUT,
        _given(lambda: _written(payment_method=VISA, usage_limits=_LIMITS)),
    ),
    Scenario(
        "of a customer's card", CREATE_GRANTED_TOKEN, ("PutItem", "GetItem", "GetItem", "PutItem"),
        _given(lambda: _written(**_shared_by_customer())),
    ),
    Scenario("of a name", RESOURCE["get_shared_payment_granted_token"], _ONE_READ, _given(lambda: _asked(_granted()))),
    Scenario("a new one", REVOKE_GRANTED_TOKEN, ("GetItem", *_CLAIM_AND_PUT), _given(lambda: _written(_granted()))),
    Scenario(
        "by a shared payment token", CREATE_PAYMENT_INTENT, ("GetItem", "GetItem", "PutItem", *ONE_WRITE),
        _given(lambda: _create(confirm=True, payment_method=None, shared_payment_granted_token=_granted())),
    ),
    Scenario(
        "by a shared payment token", CONFIRM_PAYMENT_INTENT,
        ("GetItem", "GetItem", "PutItem", "PutItem", "UpdateItem"),
        _given(lambda: _written(
            StripeMerchant().opened(payment_method=None)["id"], shared_payment_granted_token=_granted(),
        )),
    ),
    Scenario(
        "by a confirmation token", CREATE_PAYMENT_INTENT, ("GetItem", "GetItem", "UpdateItem", *ONE_WRITE),
        _given(lambda: _create(confirm=True, payment_method=None, **_confirming())),
    ),
    Scenario(
        "by a confirmation token", CONFIRM_PAYMENT_INTENT,
        ("GetItem", "GetItem", "PutItem", "UpdateItem", "UpdateItem"),
        _given(lambda: _written(StripeMerchant().opened(payment_method=None)["id"], **_confirming())),
    ),
    Scenario(
        "with a security code", CONFIRM_PAYMENT_INTENT, ("GetItem", "UpdateItem", *CLAIM_AND_UPDATE),
        _given(lambda: _written(StripeMerchant().opened()["id"], payment_method_options={"card": _security_code()})),
    ),
    Scenario(
        "by a confirmation token", CREATE_SETUP_INTENT, ("PutItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(confirm=True, **_confirming())),
    ),
    Scenario(
        "by a confirmation token", CONFIRM_SETUP_INTENT, ("GetItem", "PutItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(_setup()["id"], **_confirming())),
    ),
    # As an intent that is confirmed at once, after the token's use.
    Scenario("by a published name", CREATE_CHARGE, ONE_WRITE, _given(lambda: _written(**_CHARGE))),
    Scenario("replayed", CREATE_CHARGE, ONE_WRITE, _charge_created(DAY / 2), replayed=True),
    Scenario("key used a day ago", CREATE_CHARGE, USED_AGAIN, _charge_created(DAY)),
    Scenario("key used 89 days ago", CREATE_CHARGE, USED_AGAIN_LATE, _charge_created(89 * DAY)),
    Scenario(
        "declined", CREATE_CHARGE, ONE_WRITE,
        _given(lambda: _written(**_CHARGE | {"source": "tok_chargeDeclined"})), status=402,
    ),
    Scenario(
        "by a token", CREATE_CHARGE, ("UpdateItem", *ONE_WRITE),
        _given(lambda: _written(**_CHARGE | {"source": StripeMerchant().token()})),
    ),
    Scenario(
        "by a source", CREATE_CHARGE, ("GetItem", "UpdateItem", *ONE_WRITE),
        _given(lambda: _written(**_CHARGE | {"source": _source()})),
    ),
    Scenario(
        "of a customer", CREATE_CHARGE, ("GetItem", "GetItem", *ONE_WRITE),
        _given(lambda: _written(amount=10_00, currency="usd", customer=_with_source()[0])),
    ),
    # The payment under the key is the answer, whatever became of the customer.
    Scenario(
        "of a customer that was deleted", CREATE_CHARGE, ("GetItem", "GetItem", "GetItem", *ONE_WRITE),
        _given(_charged_before), replayed=True,
    ),
    Scenario("part", CAPTURE_CHARGE, _READ_CLAIM_AND_UPDATE, _given(lambda: _written(_charge_held(), amount=4_00))),
    Scenario(
        "with a receipt", CAPTURE_CHARGE, ("GetItem", *CORNER),
        _given(lambda: _written(_charge_held(), receipt_email="a@example.com")),
    ),
    Scenario(
        "what was captured", CAPTURE_CHARGE, ("GetItem", *CORNER),
        _given(lambda: _written(_charge_held(capture="true"))), status=400,
    ),
    # Reads.
    Scenario("a customer's", LIST_PAYMENT_METHODS, ("GetItem", "BatchGetItem"),
        _given(lambda: _asked(customer=_attached()[0]))),
    Scenario("all", LIST_PAYMENT_METHODS, (*A_PAGE, "GetItem"),
        _given(lambda: _asked(limit=_attached() and 10))),
    Scenario("a customer's", LIST_CUSTOMER_PAYMENT_METHODS, ("GetItem", "BatchGetItem"),
        _given(lambda: _asked(_attached()[0]))),
    Scenario("a customer's", LIST_CUSTOMER_SOURCES, ("GetItem", "BatchGetItem"),
        _given(lambda: _asked(_with_source()[0]))),
    Scenario("a customer's", LIST_CUSTOMER_TAX_IDS, ("GetItem", "BatchGetItem"),
        _given(lambda: _asked(_with_tax_id()[0]))),
    Scenario("a customer's", GET_CUSTOMER_TAX_ID, ("GetItem", "GetItem"), _given(lambda: _asked(_with_tax_id()))),
    Scenario("a customer's", GET_CUSTOMER_SOURCE, ("GetItem", "GetItem"), _given(lambda: _asked(_with_source()))),
    Scenario("a customer's", GET_CUSTOMER_PAYMENT_METHOD, ("GetItem", "GetItem"), _given(lambda: _asked(_attached()))),
    Scenario(
        "an intent's", GET_CUSTOMER_PAYMENT_METHOD, ("GetItem", "GetItem"),
        _given(lambda: _asked((_customer(), StripeMerchant().paid()["payment_method"]))), status=404,
    ),
    Scenario("a customer's", GET_PAYMENT_METHOD, ("GetItem", "GetItem"), _given(lambda: _asked(_attached()[1]))),
    Scenario("of a card", RESOURCE["get_token"], _ONE_READ, _given(lambda: _asked(StripeMerchant().token()))),
    Scenario("paid", GET_PAYMENT_INTENT, _ONE_READ, _given(lambda: _asked(StripeMerchant().paid()["id"]))),
    Scenario("made by itself", GET_PAYMENT_METHOD, _ONE_READ, _given(lambda: _asked(StripeMerchant().card()["id"]))),
    Scenario(
        "an intent's", GET_PAYMENT_METHOD, ("GetItem", "GetItem"),
        _given(lambda: _asked(StripeMerchant().paid()["payment_method"])),
    ),
    Scenario("paid", GET_CHARGE, _ONE_READ, _given(lambda: _asked(StripeMerchant().paid()["latest_charge"]))),
    Scenario(
        "of a transfer", GET_CHARGE, ("GetItem", "GetItem"),
        _given(lambda: _asked_as_account(_to_connected(), "destination_payment")), reads_secrets=False,
    ),
    Scenario(
        "of a transfer's reversal", GET_REFUND, ("GetItem", "GetItem"),
        _given(lambda: _asked_as_account(_to_connected(), "destination_payment_refund")), reads_secrets=False,
    ),
    Scenario(
        "of what was released", GET_REFUND, _ONE_READ, _given(lambda: _in_an_earlier_version(_asked(_released())))
    ),
    Scenario("of a part", GET_REFUND, _ONE_READ, _given(lambda: _asked(_refunded()[1]))),
    Scenario("of a charge", GET_CHARGE_REFUND, _ONE_READ, _given(_one_of_a_charge)),
    Scenario("of a charge", LIST_CHARGE_REFUNDS, _ONE_READ, _given(lambda: _asked(_refunded()[0]["latest_charge"]))),
    Scenario("a page", LIST_PAYMENT_INTENTS, A_PAGE, _given(lambda: _asked(limit=StripeMerchant().paid() and 10))),
    Scenario(
        "beside one", LIST_PAYMENT_INTENTS, ("GetItem", *A_PAGE),
        _given(lambda: _asked(starting_after=StripeMerchant().paid()["id"])),
    ),
    Scenario(
        "of a customer", LIST_PAYMENT_INTENTS, ("GetItem", *A_PAGE),
        _given(lambda: _asked(customer=_paying_customer())),
    ),
    Scenario(
        "a page", SEARCH_PAYMENT_INTENTS, A_PAGE,
        _given(lambda: _asked(query="amount>1", limit=StripeMerchant().paid() and 10)),
    ),
    Scenario(
        "a page", SEARCH_CHARGES, A_PAGE,
        _given(lambda: _asked(query="amount>1", limit=StripeMerchant().paid() and 10)),
    ),
    Scenario("a page", LIST_CHARGES, A_PAGE, _given(lambda: _asked(limit=StripeMerchant().paid() and 10))),
    Scenario(
        "beside one", LIST_CHARGES, ("GetItem", *A_PAGE),
        _given(lambda: _asked(starting_after=StripeMerchant().paid()["latest_charge"])),
    ),
    Scenario("of a customer", LIST_CHARGES, ("GetItem", *A_PAGE), _given(lambda: _asked(customer=_paying_customer()))),
    Scenario(
        "of one intent", LIST_CHARGES, _ONE_READ, _given(lambda: _asked(payment_intent=StripeMerchant().paid()["id"]))
    ),
    Scenario("a page", LIST_REFUNDS, (*A_PAGE, "GetItem"), _given(lambda: _asked(limit=_refunded() and 10))),
    Scenario(
        "beside one", LIST_REFUNDS, ("GetItem", *A_PAGE, "GetItem"),
        _given(lambda: _asked(ending_before=_refunded()[1])),
    ),
    Scenario(
        "of one charge", LIST_REFUNDS, _ONE_READ, _given(lambda: _asked(charge=_refunded()[0]["latest_charge"]))
    ),
    Scenario(
        "of a payment and a settled batch", GET_BALANCE, ("Query",),
        _given(lambda: _asked(expand=StripeMerchant().paid() and _paid_out() and [])), reads_secrets=False,
    ),
    Scenario(
        "with the fee of a direct charge", GET_BALANCE, ("Query",),
        _given(lambda: _asked(expand=paid_direct(connected()) and [])), reads_secrets=False,
    ),
    Scenario(
        "of an account", GET_BALANCE, ("GetItem", "Query"),
        _given(lambda: {**_asked(), "headers": {"Stripe-Account": _paid_account()}}), reads_secrets=False,
    ),
    Scenario(
        "of a charge", GET_BALANCE_TRANSACTION, _ONE_READ,
        _given(lambda: _asked(_charge_moved()["balance_transaction"])), reads_secrets=False,
    ),
    Scenario(
        "with its dispute", GET_BALANCE_TRANSACTION, ("GetItem", "BatchGetItem", "BatchGetItem"),
        _of_dispute(lambda name: _asked(_taken_by(name), expand=["source"])),
    ),
    Scenario(
        "of a payout of funds", GET_BALANCE_TRANSACTION, _ONE_READ,
        _given(lambda: _asked(f"txn_{_payout().removeprefix('po_')}o")), reads_secrets=False,
    ),
    Scenario(
        "of no payment", GET_BALANCE_TRANSACTION, ("GetItem", *["Query"] * INDEX_SHARDS),
        _given(lambda: _asked(f"txn_{'a' * 36}")), status=404, reads_secrets=False,
    ),
    Scenario(
        "of no disbursement", GET_BALANCE_TRANSACTION, ("BatchGetItem",),
        _given(lambda: _asked("txn_20261122114703123456abcdefghijd1")), status=404, reads_secrets=False,
    ),
    Scenario(
        "of a payout", GET_BALANCE_TRANSACTION, ("GetItem", "GetItem"),
        _given(lambda: _asked(payout_transaction_id(_paid_out().batch, "USD"))), reads_secrets=False,
    ),
    Scenario(
        "a page", LIST_BALANCE_TRANSACTIONS, A_PAGE,
        _given(lambda: _asked(limit=_charge_moved() and 10)), reads_secrets=False,
    ),
    Scenario(
        "beside one", LIST_BALANCE_TRANSACTIONS, ("GetItem", *A_PAGE),
        _given(lambda: _asked(ending_before=_charge_moved()["balance_transaction"])), reads_secrets=False,
    ),
    Scenario(
        "of one dispute", LIST_BALANCE_TRANSACTIONS, ("GetItem", "BatchGetItem", "BatchGetItem"),
        _of_dispute(lambda name: _asked(source=name, expand=["data.source"])),
    ),
    # The balance of the batch before was carried over.
    Scenario(
        "of funds", LIST_BALANCE_TRANSACTIONS, A_PAGE,
        _given(lambda: _asked(limit=_payout() and 10)), reads_secrets=False,
    ),
    Scenario(
        "of one payout of funds", LIST_BALANCE_TRANSACTIONS, ("GetItem", "GetItem", "GetItem"),
        _given(lambda: _asked(source=_payout())), reads_secrets=False,
    ),
    Scenario(
        "of one transfer", LIST_BALANCE_TRANSACTIONS, ("GetItem", "GetItem"),
        _given(lambda: _asked(source=_to_connected()["id"])), reads_secrets=False,
    ),
    Scenario(
        "of one payout", LIST_BALANCE_TRANSACTIONS, ("Query", "BatchGetItem", *["Query"] * ENTRY_SHARDS, "GetItem"),
        _given(lambda: _asked(payout=stripe_payout_id(_paid_out().payouts["USD"]))), reads_secrets=False,
    ),
    Scenario(
        "of a charge", GET_BALANCE_HISTORY, _ONE_READ,
        _given(lambda: _asked(_charge_moved()["balance_transaction"])), reads_secrets=False,
    ),
    Scenario(
        "of a payout of funds", GET_BALANCE_HISTORY, _ONE_READ,
        _given(lambda: _asked(f"txn_{_payout().removeprefix('po_')}o")), reads_secrets=False,
    ),
    Scenario(
        "of no payment", GET_BALANCE_HISTORY, ("GetItem", *["Query"] * INDEX_SHARDS),
        _given(lambda: _asked(f"txn_{'a' * 36}")), status=404, reads_secrets=False,
    ),
    Scenario(
        "of no disbursement", GET_BALANCE_HISTORY, ("BatchGetItem",),
        _given(lambda: _asked("txn_20261122114703123456abcdefghijd1")), status=404, reads_secrets=False,
    ),
    Scenario(
        "of a payout", GET_BALANCE_HISTORY, ("GetItem", "GetItem"),
        _given(lambda: _asked(payout_transaction_id(_paid_out().batch, "USD"))), reads_secrets=False,
    ),
    Scenario(
        "a page", LIST_BALANCE_HISTORY, A_PAGE,
        _given(lambda: _asked(limit=_charge_moved() and 10)), reads_secrets=False,
    ),
    Scenario(
        "beside one", LIST_BALANCE_HISTORY, ("GetItem", *A_PAGE),
        _given(lambda: _asked(ending_before=_charge_moved()["balance_transaction"])), reads_secrets=False,
    ),
    Scenario(
        "of funds", LIST_BALANCE_HISTORY, A_PAGE, _given(lambda: _asked(limit=_payout() and 10)), reads_secrets=False,
    ),
    Scenario(
        "of one payout of funds", LIST_BALANCE_HISTORY, ("GetItem", "GetItem", "GetItem"),
        _given(lambda: _asked(source=_payout())), reads_secrets=False,
    ),
    Scenario(
        "of one transfer", LIST_BALANCE_HISTORY, ("GetItem", "GetItem"),
        _given(lambda: _asked(source=_to_connected()["id"])), reads_secrets=False,
    ),
    Scenario(
        "of one payout", LIST_BALANCE_HISTORY, ("Query", "BatchGetItem", *["Query"] * ENTRY_SHARDS, "GetItem"),
        _given(lambda: _asked(payout=stripe_payout_id(_paid_out().payouts["USD"]))), reads_secrets=False,
    ),
    Scenario("of a payment", GET_STRIPE_DISPUTE, ("BatchGetItem",), _of_dispute(_asked)),
    Scenario(
        "a page", LIST_STRIPE_DISPUTES, (*A_PAGE, "BatchGetItem"), _of_dispute(lambda name: _asked(limit=name and 10))
    ),
    Scenario(
        "beside one", LIST_STRIPE_DISPUTES, ("BatchGetItem", *A_PAGE),
        _of_dispute(lambda name: _asked(starting_after=name)), reads_secrets=False,
    ),
    Scenario(
        "of one charge", LIST_STRIPE_DISPUTES, ("GetItem", "BatchGetItem"),
        _of_dispute(lambda name: _asked(charge=charge_id(authorization_of(payment_of(name)).id))),
    ),
    Scenario("of a payment", GET_EARLY_FRAUD_WARNING, _ONE_READ, _given(lambda: _asked(_warned()[1]))),
    Scenario(
        "a page", LIST_EARLY_FRAUD_WARNINGS, (*A_PAGE, "GetItem"), _given(lambda: _asked(limit=_warned() and 10))
    ),
    Scenario(
        "beside one", LIST_EARLY_FRAUD_WARNINGS, ("GetItem", *A_PAGE, "GetItem"),
        _given(lambda: _asked(ending_before=_warned()[1])),
    ),
    Scenario(
        "of one charge", LIST_EARLY_FRAUD_WARNINGS, _ONE_READ,
        _given(lambda: _asked(charge=_warned()[0]["latest_charge"])),
    ),
    Scenario(
        "a page", LIST_STRIPE_EVENTS, (*A_PAGE, "GetItem", "BatchGetItem"),
        _given(lambda: _asked(limit=_event() and 10)),
    ),
    Scenario(
        "a page of what was sent", LIST_STRIPE_EVENTS, (*A_PAGE, "GetItem", "BatchGetItem", "BatchGetItem"),
        _given(lambda: _asked(limit=_sent_event() and 10)),
    ),
    Scenario(
        "beside one", LIST_STRIPE_EVENTS, ("GetItem", "GetItem", *A_PAGE, "GetItem"),
        _given(lambda: _asked(starting_after=_event())),
    ),
    Scenario("of an intent", GET_STRIPE_EVENT, ("BatchGetItem", "GetItem"), _given(lambda: _asked(_event()))),
    Scenario(
        "that was sent", GET_STRIPE_EVENT, ("BatchGetItem", "GetItem", "BatchGetItem"),
        _given(lambda: _asked(_sent_event())),
    ),
    # Webhook endpoints: a merchant has one item, which the first put creates.
    Scenario(
        "the first", CREATE_WEBHOOK_ENDPOINT, (*CLAIM_AND_UPDATE, "PutItem"),
        _given(lambda: _written(url=URL, enabled_events=["*"])),
    ),
    Scenario("the second", CREATE_WEBHOOK_ENDPOINT, CLAIM_AND_UPDATE, _given(_second_endpoint)),
    Scenario("all", LIST_WEBHOOK_ENDPOINTS, _ONE_READ, _given(lambda: _asked(limit=_endpoint() and 10))),
    Scenario("one", GET_WEBHOOK_ENDPOINT, _ONE_READ, _given(lambda: _asked(_endpoint()))),
    Scenario(
        "a description", UPDATE_WEBHOOK_ENDPOINT, ("GetItem", "UpdateItem"),
        _given(lambda: _asked(_endpoint(), description="shop")),
    ),
    Scenario("one", DELETE_WEBHOOK_ENDPOINT, ("UpdateItem",), _given(lambda: _asked(_endpoint()))),
    # Declared resources: an idempotency record and a conditional put, and before an update also a read.
    Scenario("a product", RESOURCE["create_product"], _CLAIM_AND_PUT, _given(lambda: _written(name="Gold"))),
    Scenario(
        "a product", RESOURCE["update_product"], ("GetItem", *_CLAIM_AND_PUT),
        _given(lambda: _written(_product(), name="Silver", metadata={"a": "1"})),
    ),
    Scenario("a product", RESOURCE["get_product"], _ONE_READ, _given(lambda: _asked(_product()))),
    Scenario("a page", RESOURCE["list_products"], A_PAGE, _given(lambda: _asked(limit=_product() and 10))),
    Scenario(
        "beside one", RESOURCE["list_products"], ("GetItem", *A_PAGE),
        _given(lambda: _asked(starting_after=_product())),
    ),
    # With others, their reads and one transaction; what is expanded is one read.
    Scenario(
        "with a price", RESOURCE["create_product"], ("PutItem", "TransactWriteItems", "BatchGetItem"),
        _given(lambda: _written(name="Gold", default_price_data=_PRICE, expand=["default_price"])),
    ),
    Scenario(
        "its default price", RESOURCE["update_product"],
        ("GetItem", "PutItem", "GetItem", "TransactWriteItems", "BatchGetItem"), _given(_default_chosen),
    ),
    Scenario(
        "expanded", RESOURCE["get_product"], ("GetItem", "BatchGetItem"),
        _given(lambda: _asked(_with_default(), expand=["default_price"])),
    ),
    Scenario(
        "found", RESOURCE["search_products"], A_PAGE,
        _given(lambda: _asked(query=_product() and "active:'true'")),
    ),
    Scenario(
        "with its product", RESOURCE["create_price"], ("PutItem", "TransactWriteItems"),
        _given(lambda: _written(**_NEW)),
    ),
    Scenario(
        "of a new product", RESOURCE["create_price"], ("PutItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(**_PRICE, product=_product())),
    ),
    Scenario(
        "of one with a price", RESOURCE["create_price"], ("PutItem", "GetItem", "PutItem", "BatchGetItem"),
        _given(_of_same_product),
    ),
    Scenario(
        "with a lookup key", RESOURCE["create_price"], ("PutItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(**_NEW, lookup_key="gold")),
    ),
    Scenario(
        "a price", RESOURCE["update_price"], ("GetItem", *_CLAIM_AND_PUT),
        _given(lambda: _written(_price()["id"], nickname="Gold")),
    ),
    Scenario(
        "a lookup key of another", RESOURCE["update_price"],
        ("GetItem", "PutItem", "GetItem", "GetItem", "TransactWriteItems", "BatchGetItem"), _given(_transferred),
    ),
    Scenario(
        "a price", RESOURCE["get_price"], ("GetItem", "BatchGetItem"),
        _given(lambda: _asked(_price()["id"], expand=["product"])),
    ),
    Scenario("a page", RESOURCE["list_prices"], A_PAGE, _given(lambda: _asked(limit=_price() and 10))),
    Scenario(
        "of a product", RESOURCE["list_prices"], ("GetItem", *A_PAGE),
        _given(lambda: _asked(product=_price()["product"])),
    ),
    Scenario(
        "beside one", RESOURCE["list_prices"], ("GetItem", *A_PAGE),
        _given(lambda: _asked(starting_after=_price()["id"])),
    ),
    Scenario(
        "found", RESOURCE["search_prices"], A_PAGE,
        _given(lambda: _asked(query=f"product:'{_price()['product']}'")),
    ),
    Scenario("a product", RESOURCE["delete_product"], ("GetItem", "PutItem"), _given(lambda: _asked(_product()))),
    Scenario("a coupon", RESOURCE["create_coupon"], _CLAIM_AND_PUT, _given(lambda: _written(**_OFF))),
    Scenario(
        "of a product", RESOURCE["create_coupon"], ("PutItem", "GetItem", "PutItem"),
        _given(lambda: _written(**_OFF, applies_to={"products": [_product()]}, expand=["applies_to"])),
    ),
    Scenario(
        "a coupon", RESOURCE["update_coupon"], ("GetItem", *_CLAIM_AND_PUT),
        _given(lambda: _written(_coupon(), name="Ten off", currency_options={"eur": {"amount_off": 9_00}})),
    ),
    Scenario("a coupon", RESOURCE["get_coupon"], _ONE_READ, _given(lambda: _asked(_coupon()))),
    Scenario("a page", RESOURCE["list_coupons"], A_PAGE, _given(lambda: _asked(limit=_coupon() and 10))),
    Scenario(
        "beside one", RESOURCE["list_coupons"], ("GetItem", *A_PAGE),
        _given(lambda: _asked(starting_after=_coupon())),
    ),
    Scenario("a coupon", RESOURCE["delete_coupon"], ("GetItem", "PutItem"), _given(lambda: _asked(_coupon()))),
    # A promotion code is read with its coupon, and stored with its name while it is active.
    Scenario(
        "a promotion code", RESOURCE["create_promotion_code"],
        ("PutItem", "GetItem", "GetItem", "TransactWriteItems"), _given(_new_code),
    ),
    Scenario(
        "of a customer", RESOURCE["create_promotion_code"],
        ("PutItem", "GetItem", "GetItem", "GetItem", "TransactWriteItems", "BatchGetItem"),
        _given(lambda: _new_code(customer=_customer(), expand=["promotion.coupon"])),
    ),
    Scenario(
        "metadata", RESOURCE["update_promotion_code"], ("GetItem", "GetItem", *_CLAIM_AND_PUT),
        _given(lambda: _written(_promotion_code(), metadata={"a": "1"})),
    ),
    Scenario(
        "its name", RESOURCE["update_promotion_code"],
        ("GetItem", "GetItem", "PutItem", "GetItem", "TransactWriteItems", "BatchGetItem"),
        _given(lambda: _written(_promotion_code(), active=False, expand=["promotion.coupon"])),
    ),
    Scenario(
        "a promotion code", RESOURCE["get_promotion_code"], ("GetItem", "GetItem", "BatchGetItem"),
        _given(lambda: _asked(_promotion_code(), expand=["promotion.coupon"])),
    ),
    Scenario(
        "a page", RESOURCE["list_promotion_codes"], (*A_PAGE, "GetItem"),
        _given(lambda: _asked(limit=_promotion_code() and 10)),
    ),
    Scenario(
        "of a coupon", RESOURCE["list_promotion_codes"], ("GetItem", *A_PAGE, "GetItem"),
        _given(lambda: _asked(coupon=_promotion_code() and "TENOFF")),
    ),
    *(scenario for name, example in EXAMPLES.items() for scenario in _of_example(RESOURCES[name], example)),
    Scenario(
        "a shipping rate", RESOURCE["create_shipping_rate"], _CLAIM_AND_PUT, _given(lambda: _written(**_GROUND))
    ),
    Scenario(
        "a shipping rate", RESOURCE["update_shipping_rate"], ("GetItem", *_CLAIM_AND_PUT),
        _given(lambda: _written(_shipping_rate(), active=False)),
    ),
    Scenario(
        "a shipping rate", RESOURCE["get_shipping_rate"], _ONE_READ, _given(lambda: _asked(_shipping_rate()))
    ),
    Scenario(
        "a page", RESOURCE["list_shipping_rates"], A_PAGE,
        _given(lambda: _asked(limit=_shipping_rate() and 10)),
    ),
    Scenario(
        "beside one", RESOURCE["list_shipping_rates"], ("GetItem", *A_PAGE),
        _given(lambda: _asked(starting_after=_shipping_rate())),
    ),
    Scenario(
        "a customer", RESOURCE["create_stripe_customer"], _CLAIM_AND_PUT,
        _given(lambda: _written(**_JENNY)),
    ),
    Scenario(
        "with a payment method", RESOURCE["create_stripe_customer"],
        ("PutItem", "GetItem", "TransactWriteItems", "BatchGetItem"),
        _given(lambda: _written(
            **_JENNY,
            payment_method=(card := StripeMerchant().card()["id"]), invoice_settings={"default_payment_method": card},
            expand=["invoice_settings.default_payment_method"],
        )),
    ),
    Scenario(
        "with a card that a payment saved", RESOURCE["create_stripe_customer"],
        ("PutItem", "GetItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(
            **_JENNY,
            payment_method=StripeMerchant().paid(setup_future_usage="on_session")["payment_method"],
        )),
    ),
    Scenario(
        "with the card of a token", RESOURCE["create_stripe_customer"],
        ("PutItem", "GetItem", "GetItem", "TransactWriteItems", "BatchGetItem", "BatchGetItem"),
        _given(lambda: _written(**_JENNY, source=StripeMerchant().token(), expand=["default_source", "sources"])),
    ),
    Scenario(
        "with a tax ID", RESOURCE["create_stripe_customer"],
        ("PutItem", "TransactWriteItems", "BatchGetItem"),
        _given(lambda: _written(**_JENNY, tax_id_data=[_VAT, _VAT], expand=["tax_ids"])),
    ),
    Scenario(
        "the card of a token", RESOURCE["update_stripe_customer"],
        ("GetItem", "PutItem", "GetItem", "GetItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(_with_source()[0], source=StripeMerchant().token())),
    ),
    Scenario(
        "a default", RESOURCE["update_stripe_customer"], ("GetItem", *_CLAIM_AND_PUT, "BatchGetItem"),
        _given(_with_default_method),
    ),
    Scenario(
        "with its default", RESOURCE["get_stripe_customer"], ("GetItem", "BatchGetItem"),
        _given(lambda: _asked(_attached(default=True)[0], expand=["invoice_settings.default_payment_method"])),
    ),
    Scenario(
        "a customer", RESOURCE["update_stripe_customer"], ("GetItem", *_CLAIM_AND_PUT),
        _given(lambda: _written(_customer(), name="Jenny Rosen")),
    ),
    Scenario("a customer", RESOURCE["get_stripe_customer"], _ONE_READ, _given(lambda: _asked(_customer()))),
    Scenario("deleted", RESOURCE["get_stripe_customer"], _ONE_READ, _given(lambda: _asked(_deleted_customer()))),
    Scenario(
        "by e-mail address", RESOURCE["list_stripe_customers"], A_PAGE,
        _given(lambda: _asked(email=_customer() and "jenny@example.com")),
    ),
    Scenario(
        "beside one", RESOURCE["list_stripe_customers"], ("GetItem", *A_PAGE),
        _given(lambda: _asked(starting_after=_customer())),
    ),
    Scenario(
        "found", RESOURCE["search_stripe_customers"], A_PAGE,
        _given(lambda: _asked(query=_customer() and "email:'jenny@example.com'")),
    ),
    Scenario(
        "a customer", RESOURCE["delete_stripe_customer"], ("GetItem", "PutItem"), _given(lambda: _asked(_customer())),
        reads_secrets=False,
    ),
    # Setup intents: with a payment method that is made or attached, one transaction.
    Scenario("opened", CREATE_SETUP_INTENT, _CLAIM_AND_PUT, _given(_written)),
    Scenario(
        "confirmed", CREATE_SETUP_INTENT, ("PutItem", "TransactWriteItems"),
        _given(lambda: _written(confirm=True, payment_method=VISA)),
    ),
    Scenario(
        "the card of a token", CREATE_SETUP_INTENT, ("PutItem", "UpdateItem", "TransactWriteItems"),
        _given(lambda: _written(confirm=True, payment_method_data=_of_token())),
    ),
    Scenario(
        "of a customer", CREATE_SETUP_INTENT, ("PutItem", "GetItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(confirm=True, payment_method=VISA, customer=_customer())),
    ),
    Scenario(
        "of a customer, declined", CREATE_SETUP_INTENT, ("PutItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(confirm=True, payment_method=DECLINED, customer=_customer())), status=402,
    ),
    Scenario("opened", GET_SETUP_INTENT, _ONE_READ, _given(lambda: _asked(_setup()["id"]))),
    Scenario(
        "a description", UPDATE_SETUP_INTENT, ("GetItem", *_CLAIM_AND_PUT),
        _given(lambda: _written(_setup()["id"], description="Card")),
    ),
    Scenario(
        "the card of a token", UPDATE_SETUP_INTENT, ("GetItem", "PutItem", "UpdateItem", "TransactWriteItems"),
        _given(lambda: _written(_setup()["id"], payment_method_data=_of_token())),
    ),
    Scenario(
        "its own card", CONFIRM_SETUP_INTENT, ("GetItem", "PutItem", "GetItem", "PutItem"),
        _given(lambda: _written(_setup(payment_method=VISA)["id"])),
    ),
    Scenario(
        "the card of a token", CONFIRM_SETUP_INTENT, ("GetItem", "PutItem", "UpdateItem", "TransactWriteItems"),
        _given(lambda: _written(_setup()["id"], payment_method_data=_of_token())),
    ),
    Scenario(
        "a card of a customer", CONFIRM_SETUP_INTENT,
        ("GetItem", "PutItem", "GetItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(_setup(customer=_customer())["id"], payment_method=StripeMerchant().card()["id"])),
    ),
    Scenario(
        "declined", CONFIRM_SETUP_INTENT, ("GetItem", "PutItem", "TransactWriteItems"),
        _given(lambda: _written(_setup()["id"], payment_method=DECLINED)), status=402,
    ),
    Scenario(
        "what is open", CANCEL_SETUP_INTENT, ("GetItem", *_CLAIM_AND_PUT), _given(lambda: _written(_setup()["id"]))
    ),
    Scenario("a page", RESOURCE["list_setup_intents"], A_PAGE, _given(lambda: _asked(limit=_setup() and 10))),
    Scenario(
        "beside one", RESOURCE["list_setup_intents"], ("GetItem", *A_PAGE),
        _given(lambda: _asked(starting_after=_setup()["id"])),
    ),
    Scenario("for an application", SHOW_OAUTH_PAGE, (), _given(lambda: {"query": dict(_AUTHORIZATION)})),
    Scenario("open", SHOW_SETUP_CHALLENGE, _ONE_READ, _given(_page_of_setup)),
    Scenario(
        "authenticated", COMPLETE_SETUP_CHALLENGE, ("GetItem", "GetItem", "PutItem"),
        _given(lambda: _page_of_setup(body="result=succeeded", content_type=FORM)), outcome="succeeded",
    ),
    Scenario(
        "an item", RESOURCE["create_checkout_session"], ("PutItem", "TransactWriteItems"),
        _given(lambda: _written(**_SALE)),
    ),
    Scenario(
        "a price, of a customer", RESOURCE["create_checkout_session"],
        ("PutItem", "GetItem", "BatchGetItem", "BatchGetItem", "PutItem"),
        _given(lambda: _written(**_SALE | {"customer": _customer(), "line_items": [_by_price()]})),
    ),
    Scenario(
        "a card", RESOURCE["create_checkout_session"], ("PutItem", "TransactWriteItems"),
        _given(lambda: _written(**_SAVING)),
    ),
    Scenario(
        "open", RESOURCE["get_checkout_session"], _ONE_READ, _given(lambda: _asked(_session()["id"])),
        reads_secrets=False,
    ),
    Scenario(
        "with its items", RESOURCE["get_checkout_session"], ("GetItem", "BatchGetItem", "BatchGetItem"),
        _given(lambda: _asked(_session()["id"], expand=["line_items.data.price.product"])), reads_secrets=False,
    ),
    Scenario(
        "its intent", RESOURCE["get_checkout_session"], ("GetItem", "BatchGetItem"),
        _given(lambda: _asked(_tried(_session())["id"], expand=["payment_intent"])),
    ),
    Scenario(
        "metadata", RESOURCE["update_checkout_session"], ("GetItem", "PutItem", "PutItem"),
        _given(lambda: _written(_session()["id"], metadata={"a": "b"})),
    ),
    Scenario(
        "a price", RESOURCE["update_checkout_session"],
        ("GetItem", "PutItem", "BatchGetItem", "BatchGetItem", "PutItem"),
        _given(lambda: _written(_session()["id"], line_items=[_by_price()])),
    ),
    Scenario(
        "items of a session that was tried", RESOURCE["update_checkout_session"],
        ("GetItem", "PutItem", "GetItem", "UpdateItem", "TransactWriteItems", "BatchGetItem"),
        _given(
            lambda: _written(_tried(_session())["id"], line_items=[_HAT | {"quantity": 2}], expand=["payment_intent"])
        ),
    ),
    Scenario(
        "a page", RESOURCE["list_checkout_sessions"], A_PAGE, _given(lambda: _asked(limit=_session() and 10)),
        reads_secrets=False,
    ),
    Scenario(
        "beside one, with its intent", RESOURCE["list_checkout_sessions"], ("GetItem", *A_PAGE, "BatchGetItem"),
        _given(
            lambda: _asked(
                ending_before=_session()["id"], expand=["data.payment_intent"], limit=_tried(_session()) and 9
            )
        ),
    ),
    Scenario(
        "of a session", LIST_CHECKOUT_LINE_ITEMS, ("GetItem", "BatchGetItem"),
        _given(lambda: _asked(_session()["id"])),
    ),
    Scenario("with a card", GET_ELEMENTS_SESSION, ("GetItem", "GetItem", "BatchGetItem"),
        _given(lambda: {"params": {_SESSION_SECRET: _shown_card()[1]}})),
    Scenario(
        "of a page", REMOVE_SAVED_METHOD,
        ("GetItem", "GetItem", "PutItem", "GetItem", "GetItem", "TransactWriteItems"),
        _given(_removed),
    ),
    Scenario("hosted", GET_PAYMENT_PAGE, _ONE_READ, _given(lambda: _asked(_session()["id"]))),
    Scenario("with shipping", GET_PAYMENT_PAGE, ("GetItem", "BatchGetItem"),
        _given(_found_within)),
    Scenario(
        "that nobody tried to pay", EXPIRE_CHECKOUT_SESSION, ("GetItem", "PutItem", "GetItem", "PutItem"),
        _given(lambda: _written(_session()["id"])),
    ),
    Scenario(
        "that was tried", EXPIRE_CHECKOUT_SESSION,
        ("GetItem", "PutItem", "GetItem", "UpdateItem", "PutItem"),
        _given(lambda: _written(_tried(_session())["id"]))
    ),
    Scenario(
        "that saves a card", EXPIRE_CHECKOUT_SESSION, ("GetItem", "PutItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(_saving_session()["id"])),
    ),
    Scenario("open", SHOW_CHECKOUT_PAGE, ("GetItem",), _given(lambda: _page_of(_session())), outcome="open"),
    Scenario(
        "with shipping, in a browser", SHOW_CHECKOUT_PAGE, ("GetItem", "BatchGetItem"),
        _given(lambda: _in_browser(_page_of(_session(**_shipped())))), outcome="open",
    ),
    Scenario(
        "after a decline", SHOW_CHECKOUT_PAGE,
        ("GetItem", "GetItem"),
        _given(lambda: _page_of(_tried(_session()))), outcome="declined"
    ),
    Scenario(
        "after 3-D Secure", SHOW_CHECKOUT_PAGE, ("GetItem", "GetItem", "PutItem"),
        _given(lambda: _authenticated(_session())), outcome="complete",
    ),
    Scenario(
        "by card", PAY_CHECKOUT_SESSION,
        ("GetItem", "GetItem", "PutItem", "PutItem", "UpdateItem", "PutItem"),
        _given(lambda: _page_of(_session(), "4242424242424242")),
        status=303, outcome="complete",
    ),
    Scenario(
        "after a decline", PAY_CHECKOUT_SESSION, ("GetItem", "GetItem", "PutItem", "UpdateItem", "PutItem"),
        _given(lambda: _page_of(_tried(_session()), "4242424242424242")), status=303, outcome="complete",
    ),
    Scenario(
        "declined", PAY_CHECKOUT_SESSION,
        ("GetItem", "GetItem", "PutItem", "PutItem", "UpdateItem"),
        _given(lambda: _page_of(_session(), "4000000000000002")),
        outcome="declined",
    ),
    Scenario(
        "declined, with shipping, in a browser", PAY_CHECKOUT_SESSION,
        ("GetItem", "GetItem", "PutItem", "PutItem", "UpdateItem", "BatchGetItem"),
        _given(lambda: _in_browser(_page_of(_session(**_shipped()), "4000000000000002"))),
        status=402, outcome="declined",
    ),
    Scenario(
        "less a coupon", PAY_CHECKOUT_SESSION,
        ("GetItem", "GetItem", "GetItem", "PutItem", "TransactWriteItems", "UpdateItem", "PutItem"),
        _given(lambda: _page_of(_session(discounts=[{"coupon": _coupon()}]), "4242424242424242")),
        status=303, outcome="complete",
    ),
    Scenario(
        "with a customer", PAY_CHECKOUT_SESSION,
        ("GetItem", "GetItem", "PutItem", "UpdateItem", "TransactWriteItems", "UpdateItem", "PutItem"),
        _given(lambda: _page_of(_session(customer_creation="always"), "4242424242424242")),
        status=303, outcome="complete",
    ),
    Scenario(
        "of nothing", PAY_CHECKOUT_SESSION, ("GetItem", "PutItem"),
        _given(lambda: _page_of(_session(line_items=[_HAT | {"price_data": _HAT["price_data"] | {"unit_amount": 0}}]),
                                "4242424242424242")),
        status=303, outcome="complete",
    ),
    Scenario(
        "saved", PAY_CHECKOUT_SESSION, ("GetItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _page_of(_saving_session(), "4242424242424242")),
        status=303, outcome="complete",
    ),
    # What a charge shares is in its own write, and its objects follow.
    Scenario(
        "to an account", CREATE_PAYMENT_INTENT, ("GetItem", *ONE_WRITE, "PutItem", "PutItem"),
        _given(lambda: _written(**destination())),
    ),
    Scenario(
        "to an account", CREATE_CHARGE, ("GetItem", *ONE_WRITE, "PutItem", "PutItem"),
        _given(lambda: _written(**_charged_to())),
    ),
    Scenario(
        "to an account", CONFIRM_PAYMENT_INTENT, ("GetItem", "PutItem", "GetItem", "UpdateItem", "PutItem", "PutItem"),
        _given(lambda: _written(_held_for_account(confirm=False))),
    ),
    Scenario(
        "to an account", UPDATE_PAYMENT_INTENT, _READ_CLAIM_AND_UPDATE,
        _given(lambda: _written(_held_for_account(confirm=False), application_fee_amount=6_00)),
    ),
    Scenario(
        "with another fee", CAPTURE_PAYMENT_INTENT, (*CORNER, "PutItem", "PutItem"),
        _given(lambda: _written(_held_for_account(), application_fee_amount=6_00)),
    ),
    Scenario(
        "with what it shared", CREATE_REFUND, (*CORNER, "PutItem", "PutItem", "PutItem", "PutItem"),
        _given(lambda: _written(payment_intent=paid_to(connected())["id"], amount=3_00, **_RETURNED)),
    ),
    Scenario(
        "with what it shared", CREATE_CHARGE_REFUND, ("GetItem", *CORNER, "PutItem", "PutItem", "PutItem", "PutItem"),
        _given(lambda: _written(_paid_account_charge(), amount=3_00, **_RETURNED)),
    ),
    Scenario(
        "with what it shared", REFUND_CHARGE,
        ("GetItem", *CORNER, "PutItem", "PutItem", "PutItem", "PutItem", "GetItem"),
        _given(lambda: _written(_paid_account_charge(), **_RETURNED)),
    ),
    Scenario(
        "to an account", CAPTURE_CHARGE, (*_READ_CLAIM_AND_UPDATE, "PutItem", "PutItem"),
        _given(lambda: _written(done(StripeMerchant().post(CREATE_CHARGE, **_charged_to(), capture=False))["id"])),
    ),
    Scenario(
        "of a part", RESOURCE["create_fee_refund"],
        ("GetItem", *_READ_CLAIM_AND_UPDATE, "PutItem", "PutItem", "PutItem", "GetItem"),
        _given(lambda: _written(_fee(), amount=1_00)),
    ),
    Scenario(
        "of a fee", RESOURCE["get_fee_refund"], _ONE_READ,
        _given(lambda: _asked(_fee_refund())), reads_secrets=False,
    ),
    Scenario(
        "of a fee", RESOURCE["list_fee_refunds"], _ONE_READ,
        _given(lambda: _asked(_fee_refund()[0])), reads_secrets=False,
    ),
    Scenario(
        "of a fee", RESOURCE["update_fee_refund"], ("GetItem", *_CLAIM_AND_PUT),
        _given(lambda: _written(_fee_refund(), metadata={"a": "1"})),
    ),
    Scenario(
        "with its account", RESOURCE["get_application_fee"], ("GetItem", "BatchGetItem"),
        _given(lambda: _asked(_fee(), expand=["account"])), reads_secrets=False,
    ),
    Scenario(
        "a page", RESOURCE["list_application_fees"], A_PAGE,
        _given(lambda: _asked(limit=_fee() and 10)), reads_secrets=False,
    ),
    Scenario(
        "beside one", RESOURCE["list_application_fees"], ("GetItem", *A_PAGE),
        _given(lambda: _asked(starting_after=_fee())), reads_secrets=False,
    ),
    # A transfer moves funds with its own write.
    Scenario(
        "to an account", RESOURCE["create_transfer"], ("PutItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _written(**_to_account())),
    ),
    Scenario(
        "of a charge", RESOURCE["create_transfer"], ("GetItem", "PutItem", "GetItem", "TransactWriteItems", "GetItem"),
        _given(lambda: _written(**_of_charge())),
    ),
    Scenario(
        "with its account", RESOURCE["get_transfer"], ("GetItem", "BatchGetItem"),
        _given(lambda: _asked(_transfer(), expand=["destination"])), reads_secrets=False,
    ),
    Scenario(
        "one", RESOURCE["update_transfer"], ("GetItem", *_CLAIM_AND_PUT, "BatchGetItem"),
        _given(lambda: _written(_transfer(), metadata={"a": "1"}, expand=["destination"])),
    ),
    Scenario(
        "a page", RESOURCE["list_transfers"], A_PAGE,
        _given(lambda: _asked(limit=_transfer() and 10)), reads_secrets=False,
    ),
    Scenario(
        "beside one", RESOURCE["list_transfers"], ("GetItem", *A_PAGE),
        _given(lambda: _asked(starting_after=_transfer())), reads_secrets=False,
    ),
    Scenario(
        "of a part", RESOURCE["create_transfer_reversal"], ("GetItem", "PutItem", "TransactWriteItems"),
        _given(lambda: _written(_transfer(), amount=4_00)),
    ),
    Scenario(
        "of a charge's transfer", RESOURCE["create_transfer_reversal"],
        ("GetItem", "GetItem", "PutItem", "TransactWriteItems", "GetItem"),
        _given(
            lambda: _written(
                done(StripeMerchant().post(RESOURCE["create_transfer"], **_of_charge()))["id"], amount=4_00
            )
        ),
    ),
    Scenario(
        "of a transfer", RESOURCE["get_transfer_reversal"], _ONE_READ,
        _given(lambda: _asked(_reversal())), reads_secrets=False,
    ),
    Scenario(
        "of a transfer", RESOURCE["list_transfer_reversals"], _ONE_READ,
        _given(lambda: _asked(_reversal()[0])), reads_secrets=False,
    ),
    Scenario(
        "of a transfer", RESOURCE["update_transfer_reversal"], ("GetItem", *_CLAIM_AND_PUT),
        _given(lambda: _written(_reversal(), metadata={"a": "1"})),
    ),
    Scenario(
        "of funds", RESOURCE["create_payout"], ("PutItem", "TransactWriteItems"),
        _given(lambda: _written(**_out_of_funds())),
    ),
    Scenario(
        "pending", RESOURCE["cancel_payout"], ("GetItem", "PutItem", "TransactWriteItems"),
        _given(lambda: _written(_payout())),
    ),
    Scenario("one", RESOURCE["get_payout"], _ONE_READ, _given(lambda: _asked(_payout())), reads_secrets=False),
    Scenario(
        "one", RESOURCE["update_payout"], ("GetItem", *_CLAIM_AND_PUT),
        _given(lambda: _written(_payout(), metadata={"a": "1"})),
    ),
    Scenario(
        "a page", RESOURCE["list_payouts"], A_PAGE, _given(lambda: _asked(limit=_payout() and 10)),
        reads_secrets=False,
    ),
    Scenario(
        "beside one", RESOURCE["list_payouts"], ("GetItem", *A_PAGE), _given(lambda: _asked(starting_after=_payout())),
        reads_secrets=False,
    ),
    # An account is derived from the key's merchant.
    Scenario("of the key", GET_ACCOUNT, (), _given(_asked)),
    Scenario("of the key", GET_OWN_ACCOUNT, (), _given(lambda: _asked(account_id(MERCHANT)))),
    Scenario("a connected one", GET_OWN_ACCOUNT, _ONE_READ, _given(lambda: _asked(_account()))),
    # With the item that names its platform.
    Scenario(
        "an account", RESOURCE["create_account"], ("PutItem", "TransactWriteItems"),
        _given(lambda: _written(**_EXPRESS)),
    ),
    Scenario(
        "an account", RESOURCE["update_account"], ("GetItem", *_CLAIM_AND_PUT),
        _given(lambda: _written(_account(), business_profile={"url": "https://example.com"})),
    ),
    Scenario("a page", RESOURCE["list_accounts"], A_PAGE, _given(lambda: _asked(limit=_account() and 10))),
    Scenario(
        "beside one", RESOURCE["list_accounts"], ("GetItem", *A_PAGE),
        _given(lambda: _asked(starting_after=_account())),
    ),
    Scenario(
        "a token", CREATE_EXTERNAL_ACCOUNT, ("GetItem", *_CLAIM_AND_PUT),
        _given(lambda: _written(_account(), external_account="btok_us_verified")),
    ),
    Scenario(
        "one", GET_EXTERNAL_ACCOUNT, _ONE_READ, _given(lambda: _asked(_with_external_account())),
    ),
    Scenario(
        "all", LIST_EXTERNAL_ACCOUNTS, _ONE_READ, _given(lambda: _asked(_with_external_account()[0])),
    ),
    Scenario(
        "one", UPDATE_EXTERNAL_ACCOUNT, ("GetItem", *_CLAIM_AND_PUT),
        _given(lambda: _written(_with_external_account(), metadata={"a": "1"})),
    ),
    Scenario(
        "one", DELETE_EXTERNAL_ACCOUNT, ("GetItem", "PutItem"),
        _given(lambda: _asked(_with_external_account(currency="eur"))),
    ),
    Scenario("all", LIST_CAPABILITIES, _ONE_READ, _given(lambda: _asked(_account()))),
    Scenario("one", GET_CAPABILITY, _ONE_READ, _given(lambda: _asked((_account(), "card_payments")))),
    Scenario(
        "one", UPDATE_CAPABILITY, ("GetItem", *_CLAIM_AND_PUT),
        _given(lambda: _written((_account(), "transfers"), requested=True)),
    ),
    Scenario(
        "of an account", CREATE_LOGIN_LINK, ("PutItem", "GetItem", "PutItem"), _given(lambda: _written(_account())),
    ),
    # As an account: with the item that names its platform.
    Scenario(
        "a code", CREATE_OAUTH_TOKEN, ("PutItem", "TransactWriteItems"),
        _given(lambda: _written(grant_type="authorization_code", code=_oauth_code())),
    ),
    Scenario("an expired code", CREATE_OAUTH_TOKEN, ("PutItem", "GetItem"), _expired_code, status=400),
    Scenario(
        "an account", DEAUTHORIZE_ACCOUNT, ("PutItem", "GetItem", "PutItem"),
        _given(lambda: _written(stripe_user_id=_account())),
    ),
    Scenario(
        "of one that waits for it", RESOURCE["create_account_link"], ("PutItem", "GetItem", "TransactWriteItems"),
        _given(lambda: _onboarding(sandbox_outcome="onboarding")),
    ),
    Scenario(
        "of one that does not", RESOURCE["create_account_link"], ("PutItem", "GetItem", "PutItem"), _given(_onboarding),
    ),
    Scenario(
        "a domain", RESOURCE["create_payment_method_domain"], _CLAIM_AND_PUT, _given(lambda: _written(**_DOMAIN))
    ),
    Scenario(
        "a domain", RESOURCE["update_payment_method_domain"], ("GetItem", *_CLAIM_AND_PUT),
        _given(lambda: _written(_domain("payment_method_domain"), enabled=False)),
    ),
    Scenario(
        "a domain", RESOURCE["validate_payment_method_domain"], ("GetItem", *_CLAIM_AND_PUT),
        _given(lambda: _written(_domain("payment_method_domain"))),
    ),
    Scenario(
        "a domain", RESOURCE["get_payment_method_domain"], _ONE_READ,
        _given(lambda: _asked(_domain("payment_method_domain"))),
    ),
    Scenario(
        "a page", RESOURCE["list_payment_method_domains"], A_PAGE,
        _given(lambda: _asked(limit=_domain("payment_method_domain") and 10)),
    ),
    Scenario(
        "beside one", RESOURCE["list_payment_method_domains"], ("GetItem", *A_PAGE),
        _given(lambda: _asked(starting_after=_domain("payment_method_domain"))),
    ),
    Scenario("a domain", RESOURCE["create_apple_pay_domain"], _CLAIM_AND_PUT, _given(lambda: _written(**_DOMAIN))),
    Scenario(
        "a domain", RESOURCE["get_apple_pay_domain"], _ONE_READ, _given(lambda: _asked(_domain("apple_pay_domain")))
    ),
    Scenario(
        "a page", RESOURCE["list_apple_pay_domains"], A_PAGE,
        _given(lambda: _asked(limit=_domain("apple_pay_domain") and 10)),
    ),
    Scenario(
        "beside one", RESOURCE["list_apple_pay_domains"], ("GetItem", *A_PAGE),
        _given(lambda: _asked(starting_after=_domain("apple_pay_domain"))),
    ),
    Scenario(
        "a domain", RESOURCE["delete_apple_pay_domain"], ("GetItem", "PutItem"),
        _given(lambda: _asked(_domain("apple_pay_domain"))),
    ),
    Scenario("of a product", LIST_PRODUCT_FEATURES, _ONE_READ, _given(lambda: _asked(_product()))),
    Scenario("one", GET_TAX_CODE, (), _given(lambda: _asked("txcd_99999999"))),
    Scenario(
        "an account", RESOURCE["reject_account"], ("GetItem", *_CLAIM_AND_PUT),
        _given(lambda: _written(_account(), reason="fraud_other")),
    ),
    Scenario("an account", RESOURCE["delete_account"], ("GetItem", "PutItem"), _given(lambda: _asked(_account()))),
)
# fmt: on

_NO_PAGE: dict[str, str] = {"merchant": MERCHANT, "session": "cs_test_x", "token": "x"}
_NOWHERE: dict[str, str] = {"merchant": MERCHANT, "challenge_id": "setatt_x", "token": "x"}


def _answered_otherwise(*_: Any) -> Parts:
    place = _page_of_setup()
    send(COMPLETE_SETUP_CHALLENGE, **place, body="result=failed", content_type=FORM)
    return {**place, "body": "result=succeeded", "content_type": FORM}


def _expired_page(*_: Any) -> Parts:
    session = _session()
    done(StripeMerchant().post(EXPIRE_CHECKOUT_SESSION, session["id"]))
    return _page_of(session, "4242424242424242")


def _typed(number: str = "4242424242424242", *, cvc: str = "123", expiry: str = "12/40", price: int = 20_00) -> Given:
    """A card that is typed on a session's page."""
    body = f"email=a@b.c&cardNumber={number}&cardExpiry={expiry}&cardCvc={cvc}"
    items = [{**_HAT, "price_data": {**_HAT["price_data"], "unit_amount": price}}]
    return lambda *_: {**_page_of(_session(line_items=items)), "body": body, "content_type": FORM}


def _declined_too_often(*_: Any) -> Parts:
    session = _session()
    for _attempt in range(MAX_CHANGES):
        _tried(session)
    return _page_of(session, "4242424242424242")


REFUSALS = (
    Refusal(SHOW_CHECKOUT_PAGE, Code.RESOURCE_NOT_FOUND, sending(path=_NO_PAGE)),
    Refusal(
        PAY_CHECKOUT_SESSION,
        Code.RESOURCE_NOT_FOUND,
        sending(path=_NO_PAGE, body="card=pm_card_visa", content_type=FORM),
    ),
    Refusal(PAY_CHECKOUT_SESSION, Code.SIMULATION_NOT_ALLOWED, _expired_page),
    Refusal(PAY_CHECKOUT_SESSION, Code.CARD_NUMBER_INCORRECT, _typed("4242424242424241"), "cardNumber"),
    Refusal(PAY_CHECKOUT_SESSION, Code.LIVE_CARD_IN_SANDBOX, _typed("4539578763621486"), "cardNumber"),
    Refusal(PAY_CHECKOUT_SESSION, Code.CARD_EXPIRY_INVALID, _typed(expiry="12/20"), "cardExpiry"),
    Refusal(PAY_CHECKOUT_SESSION, Code.CVC_INVALID, _typed(cvc="1234"), "cardCvc"),
    Refusal(PAY_CHECKOUT_SESSION, Code.OUTCOME_INVALID, _typed("4111111111111111", price=200_099), "cardNumber"),
    Refusal(PAY_CHECKOUT_SESSION, Code.TOO_MANY_CHANGES, _declined_too_often),
    Refusal(SHOW_OAUTH_PAGE, Code.PARAMETER_MISSING, sending(query={}), "client_id"),
    Refusal(
        SHOW_OAUTH_PAGE,
        Code.URL_NOT_ALLOWED,
        sending(query=_AUTHORIZATION | {"redirect_uri": "javascript:alert(1)"}),
        "redirect_uri",
    ),
    Refusal(SHOW_SETUP_CHALLENGE, Code.RESOURCE_NOT_FOUND, sending(path=_NOWHERE)),
    Refusal(
        COMPLETE_SETUP_CHALLENGE,
        Code.RESOURCE_NOT_FOUND,
        sending(path=_NOWHERE, body="result=succeeded", content_type=FORM),
    ),
    Refusal(COMPLETE_SETUP_CHALLENGE, Code.SIMULATION_NOT_ALLOWED, _answered_otherwise),
)
"""Of the routes that the native API has."""
