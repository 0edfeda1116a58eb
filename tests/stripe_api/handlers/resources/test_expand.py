"""`expand[]`: each path that a route accepts shows the object, and is null only if nothing is there.

The paths come from the table that accepts, loads and grants them (`objects/expand.py`). `every_object` has an object
for each of them: a path that none has fails.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest

from paysandbox.http.route import Route
from paysandbox.stripe_api import routes
from paysandbox.stripe_api.objects.expand import (
    LIST,
    MAX_LEVELS,
    NO_OBJECT,
    Kinds,
    grants_to_expand,
    holders,
    targets_of,
)
from paysandbox.stripe_api.version import STRIPE_VERSION
from tests.stripe_api.scenarios import RESOURCE, SCENARIOS
from tests.support.builders.scenario import Scenario
from tests.support.clients.call import Merchant, send
from tests.support.clients.challenges import FORM
from tests.support.clients.disputed import disputed
from tests.support.clients.simulated_steps import simulate
from tests.support.clients.stripe_call import StripeReply
from tests.support.clients.stripe_merchant import VISA, StripeMerchant, done, told
from tests.support.clients.transfers import (
    charge_of,
    connected,
    fee_returned,
    funded,
    paid_direct,
    paid_to,
    sent,
    taken_back,
)
from tests.support.tools.tiers import first_of_each, full_but
from tests.support.worlds.handlers import Clock

SHOP = StripeMerchant()
OLD = "2022-08-01"
"""A version with everything that later ones no longer have."""
OF_SETTLEMENT = "po_"
"""Settlement's payouts are no objects of `/v1/payouts`: the source of their balance transactions stays an ID."""
AT_ONCE = 20
"""Paths in one request."""


@dataclass(frozen=True)
class Example:
    """An object of a kind, in a version of Stripe's API. `shown` retrieves it with these paths expanded."""

    kind: str
    shown: Callable[[list[str]], dict[str, Any]]
    version: str = STRIPE_VERSION


def get(route: Route, of: Any, *, version: str = STRIPE_VERSION, account: str | None = None) -> Example:
    headers = {"Stripe-Account": account} if account else {}
    shop = StripeMerchant(version=version)
    return Example(
        route.shows or "", lambda paths: done(shop.ask(route, of, {"expand": paths}, headers=headers)), version
    )


def first(route: Route, of: Any = None, **params: Any) -> Example:
    """The first object of a list."""

    def shown(paths: list[str]) -> dict[str, Any]:
        return done(SHOP.get(route, of, expand=[f"data.{path}" for path in paths], **params))["data"][0]

    return Example(route.shows or "", shown)


def made(route: str, **params: Any) -> str:
    return done(SHOP.post(RESOURCE[route], **params))["id"]


def customer() -> str:
    """A customer with whatever can be expanded in one."""
    vat = {"type": "eu_vat", "value": "DE123456789"}
    jenny = made("create_stripe_customer", source="tok_visa", tax_id_data=[vat], email="jenny@example.com")
    method = done(SHOP.post(routes.ATTACH_PAYMENT_METHOD, SHOP.card()["id"], customer=jenny))["id"]
    settings = {"default_payment_method": method}
    return done(SHOP.post(RESOURCE["update_stripe_customer"], jenny, invoice_settings=settings))["id"]


def session(jenny: str) -> Iterator[Example]:
    """Sessions that were paid with a coupon, with a promotion code, that sold a subscription, and that save a card."""
    coupon = made("create_coupon", percent_off=25)
    code = made("create_promotion_code", promotion={"type": "coupon", "coupon": coupon})
    post = {"display_name": "Post", "fixed_amount": {"amount": 5_00, "currency": "usd"}}
    hat = {"price_data": {"currency": "usd", "unit_amount": 20_00, "product_data": {"name": "Hat"}}, "quantity": 1}
    ends = {"success_url": "https://shop.example/thanks", "customer": jenny}
    sale = {"mode": "payment", "line_items": [hat], "shipping_options": [{"shipping_rate_data": post}], **ends}
    for more in ({"discounts": [{"coupon": coupon}]}, {"discounts": [{"promotion_code": code}]}):
        name = made("create_checkout_session", **sale, **more)
        pay(name)
        yield get(RESOURCE["get_checkout_session"], name)
    yield first(routes.RESOURCE_ROUTE["list_checkout_line_items"], name)
    monthly = {"price_data": {**hat["price_data"], "recurring": {"interval": "month"}}, "quantity": 1}
    name = made("create_checkout_session", mode="subscription", line_items=[monthly], **ends)
    pay(name)
    yield get(RESOURCE["get_checkout_session"], name)
    name = made("create_checkout_session", mode="setup", currency="usd", **ends)
    yield get(RESOURCE["get_checkout_session"], name)


def pay(name: str) -> None:
    page = done(SHOP.get(RESOURCE["get_checkout_session"], name))["url"].split("/")[-3:]
    path = dict(zip(("merchant", "session", "token"), page, strict=True))
    assert send(routes.PAY_CHECKOUT_SESSION, path=path, body=f"card={VISA}", content_type=FORM).status == 303


def payments(jenny: str) -> Iterator[Example]:
    """Payments that were captured, refunded, disputed and that failed, with what moved the balance."""
    paid = SHOP.paid(customer=jenny)
    refund = done(SHOP.refund(paid["id"], amount=1_00))["id"]
    assert simulate(paid["id"], "fraud_warning").status == 200
    failed_refund = done(SHOP.refund(SHOP.paid()["id"]))["id"]
    rejected = SHOP.paid()
    for name in (failed_refund, f"cap_{rejected['latest_charge'].removeprefix('ch_')}"):
        assert simulate(name, "fail").status == 200
    told()
    yield get(routes.GET_PAYMENT_INTENT, paid["id"])
    yield get(routes.GET_PAYMENT_INTENT, paid["id"], version=OLD)
    yield get(routes.GET_CHARGE, paid["latest_charge"])
    yield get(routes.GET_CHARGE, rejected["latest_charge"])
    for name in (refund, failed_refund):
        yield get(routes.GET_REFUND, name)
    warnings = done(SHOP.get(routes.LIST_EARLY_FRAUD_WARNINGS))["data"]
    yield get(routes.GET_EARLY_FRAUD_WARNING, warnings[0]["id"])
    dispute = disputed(Merchant("demo"))
    yield get(routes.GET_STRIPE_DISPUTE, dispute)
    charge = done(SHOP.get(routes.GET_STRIPE_DISPUTE, dispute))["charge"]
    yield get(routes.GET_CHARGE, charge, version=OLD)
    told()


def shared(_: str) -> Iterator[Example]:
    """Charges that a platform shares with an account, as each of both sees them, and transfers of its funds."""
    account = connected(external_account="btok_us_verified", capabilities={"transfers": {"requested": True}})
    to_account = paid_to(account, on_behalf_of=account)
    direct = paid_direct(account)
    refund: dict[str, Any] = {"reverse_transfer": True, "refund_application_fee": True}
    back = done(SHOP.refund(to_account["id"], amount=10_00, **refund))["id"]
    told()
    charge = charge_of(to_account)
    fee, fees = charge["application_fee"], [charge["application_fee"], charge_of(direct, account)["application_fee"]]
    returned = fee_returned(fees[1], amount=1_00)["id"]
    yield get(routes.GET_PAYMENT_INTENT, to_account["id"])
    yield get(routes.GET_PAYMENT_INTENT, direct["id"], account=account)
    yield get(routes.GET_CHARGE, charge["id"])
    yield get(routes.GET_CHARGE, charge["id"], version=OLD)
    yield get(routes.GET_CHARGE, direct["latest_charge"], account=account)
    yield get(routes.GET_REFUND, back)
    for each in fees:
        yield get(RESOURCE["get_application_fee"], each)
    own = done(SHOP.get(RESOURCE["list_fee_refunds"], fee))["data"][0]["id"]
    yield get(RESOURCE["get_fee_refund"], (fee, own))
    yield get(RESOURCE["get_fee_refund"], (fees[1], returned))
    yield get(RESOURCE["get_transfer"], charge["transfer"])
    reversal = done(SHOP.get(RESOURCE["list_transfer_reversals"], charge["transfer"]))["data"][0]["id"]
    yield get(RESOURCE["get_transfer_reversal"], (charge["transfer"], reversal))
    funded(100_00)
    payout = done(SHOP.post(RESOURCE["create_payout"], amount=1_00, currency="usd"))["id"]
    yield get(RESOURCE["get_payout"], payout)
    canceled = done(SHOP.post(RESOURCE["create_payout"], amount=1_00, currency="usd"))["id"]
    done(SHOP.post(RESOURCE["cancel_payout"], canceled))
    yield get(RESOURCE["get_payout"], canceled)
    transfer = sent(account)["id"]
    yield get(RESOURCE["get_transfer_reversal"], (transfer, taken_back(transfer, amount=1_00)["id"]))
    yield get(routes.GET_OWN_ACCOUNT, account)
    yield first(routes.RESOURCE_ROUTE["list_external_accounts"], account)
    yield get(routes.RESOURCE_ROUTE["get_capability"], (account, "transfers"))


def saved(jenny: str) -> Iterator[Example]:
    """A customer with saved cards, and what saved them."""
    yield get(RESOURCE["get_stripe_customer"], jenny)
    card = done(SHOP.get(RESOURCE["get_stripe_customer"], jenny))["default_source"]
    yield get(routes.GET_CUSTOMER_SOURCE, (jenny, card))
    yield first(routes.LIST_PAYMENT_METHODS, customer=jenny)
    setup = done(
        SHOP.post(routes.RESOURCE_ROUTE["create_setup_intent"], customer=jenny, payment_method=VISA, confirm=True)
    )["id"]
    yield get(routes.GET_SETUP_INTENT, setup)
    yield first(routes.RESOURCE_ROUTE["list_setup_attempts"], setup_intent=setup)
    yield first(routes.RESOURCE_ROUTE["list_customer_tax_ids"], jenny)
    token = done(SHOP.post(routes.RESOURCE_ROUTE["create_confirmation_token"], payment_method=card))["id"]
    yield get(RESOURCE["get_confirmation_token"], token)
    shown: dict[str, Any] = {"customer": jenny, "components": {"buy_button": {"enabled": True}}}
    new = RESOURCE["create_customer_session"]
    yield Example("customer_session", lambda paths: done(SHOP.post(new, **shown, expand=paths)))


def sold(jenny: str) -> Iterator[Example]:
    """Products with prices, and what changes their price."""
    price = {"currency": "usd", "unit_amount": 5_00}
    gold = {"name": "Gold", "default_price_data": price, "tax_code": "txcd_99999999"}
    product = done(SHOP.post(RESOURCE["create_product"], **gold))
    yield get(RESOURCE["get_product"], product["id"])
    yield get(RESOURCE["get_price"], product["default_price"])
    euros = {"amount_off": 4_00}
    off = {"amount_off": 5_00, "currency": "usd", "applies_to": {"products": [product["id"]]}}
    coupon = made("create_coupon", **off, currency_options={"eur": euros})
    yield get(RESOURCE["get_coupon"], coupon)
    least = {"minimum_amount": 10_00, "minimum_amount_currency": "usd"}
    promotion = {"promotion": {"type": "coupon", "coupon": coupon}, "restrictions": least, "customer": jenny}
    code = made("create_promotion_code", **promotion)
    for version in (STRIPE_VERSION, OLD):
        yield get(RESOURCE["get_promotion_code"], code, version=version)
    amount = {"amount": 5_00, "currency": "usd"}
    cost = {"display_name": "Post", "fixed_amount": amount, "tax_code": "txcd_92010001"}
    yield get(RESOURCE["get_shipping_rate"], made("create_shipping_rate", **cost))


def billed(jenny: str) -> Iterator[Example]:
    """A subscription, its invoice, and an invoice item."""
    cards = done(SHOP.get(routes.LIST_PAYMENT_METHODS, customer=jenny))["data"]
    source = done(SHOP.get(RESOURCE["get_stripe_customer"], jenny))["default_source"]
    product = made("create_product", name="Gold")
    price = made("create_price", product=product, unit_amount=5_00, currency="usd", recurring={"interval": "month"})
    method = next(card["id"] for card in cards if card["id"] != source)
    more = [{"price_data": {"currency": "usd", "unit_amount": 1_00, "product": product}}]
    paying = {"default_payment_method": method, "default_source": source}
    subscription = made(
        "create_subscription", customer=jenny, items=[{"price": price}], add_invoice_items=more, **paying
    )
    told()
    invoice = done(SHOP.get(RESOURCE["get_subscription"], subscription))["latest_invoice"]
    intent = done(SHOP.get(RESOURCE["get_invoice"], invoice, expand=["payments"]))["payments"]["data"][0]["payment"]
    paid = done(SHOP.get(routes.GET_PAYMENT_INTENT, intent["payment_intent"]))
    item = made("create_invoiceitem", customer=jenny, subscription=subscription, amount=1_00, currency="usd")
    draft = made("create_invoice", customer=jenny, **paying)
    billed_item = made("create_invoiceitem", customer=jenny, invoice=draft, amount=1_00, currency="usd")
    opened = made("create_invoice", customer=jenny, auto_advance=False, currency="usd")
    made("create_invoiceitem", customer=jenny, invoice=opened, amount=1_00, currency="usd")
    done(SHOP.post(RESOURCE["finalize_invoice"], opened))
    for version in (STRIPE_VERSION, OLD):
        yield get(RESOURCE["get_subscription"], subscription, version=version)
        for each in (invoice, draft, opened):
            yield get(RESOURCE["get_invoice"], each, version=version)
        for each in (item, billed_item):
            yield get(RESOURCE["get_invoiceitem"], each, version=version)
        yield get(RESOURCE["get_stripe_customer"], jenny, version=version)
    yield get(routes.GET_PAYMENT_INTENT, paid["id"], version=OLD)
    yield get(routes.GET_CHARGE, paid["latest_charge"], version=OLD)
    yield first(routes.RESOURCE_ROUTE["list_subscription_items"], subscription=subscription)
    yield first(routes.RESOURCE_ROUTE["list_invoice_payments"], invoice=invoice)
    yield first(routes.RESOURCE_ROUTE["list_invoice_lines"], invoice)


def moved(_: str) -> Iterator[Example]:
    """What moved the balance, once of each kind of object."""
    kinds = set[str]()
    for moved in done(SHOP.get(routes.LIST_BALANCE_TRANSACTIONS, limit=100))["data"]:
        if (kind := (moved["source"] or "").partition("_")[0]) not in kinds:
            kinds.add(kind)
            yield get(routes.GET_BALANCE_TRANSACTION, moved["id"])
    assert kinds >= {"ch", "re", "du", "tr", "trr", "fee", "fr"}


EXAMPLES: Final[Mapping[Callable[[str], Iterator[Example]], tuple[str, ...]]] = {
    payments: ("payment_intent", "charge", "refund", "dispute", "radar.early_fraud_warning"),
    shared: (
        *("application_fee", "fee_refund", "transfer", "transfer_reversal", "payout"),
        *("account", "bank_account", "capability"),
    ),
    saved: (
        *("customer", "card", "payment_method", "setup_intent", "setup_attempt"),
        *("tax_id", "confirmation_token", "customer_session"),
    ),
    session: ("checkout.session", "item"),
    sold: ("product", "price", "coupon", "promotion_code", "shipping_rate"),
    billed: ("subscription", "subscription_item", "invoice", "invoiceitem", "invoice_payment", "line_item"),
    moved: ("balance_transaction",),
}
"""What makes the examples, of a customer, in this order, each with the kinds of which it has one.

The fast tier compares these kinds with the declared ones (`test_kinds_have_examples`), and the full tier with those of
what is made."""


def every_object() -> Iterator[Example]:
    """Create objects that have every path of the table, and yield each with its kind and a way to retrieve it."""
    jenny = customer()
    for make, kinds in EXAMPLES.items():
        made = set[str]()
        for example in make(jenny):
            made.add(example.kind)
            yield example
        assert made >= {*kinds}, make.__name__


def versions(kind: str) -> Mapping[str, Kinds]:
    return {**targets_of(kind), **targets_of(kind, OLD)}


def values_at(body: dict[str, Any], path: str) -> list[Any]:
    *outer, last = path.split(".")
    return [holder[last] for holder in holders(body, outer, last)]


def ids_at(body: dict[str, Any], paths: Iterable[str]) -> dict[str, list[str]]:
    """Return the values that are still IDs, by path."""
    values = {path: [value for value in values_at(body, path) if isinstance(value, str)] for path in paths}
    return {path: ids for path, ids in values.items() if ids and not ids[0].startswith(OF_SETTLEMENT)}


def within(body: dict[str, Any], path: str, example: Example) -> Iterator[str]:
    """Yield the properties that can be expanded in the objects at a path."""
    kinds = targets_of(example.kind, example.version)[path]
    values = [each for value in values_at(body, path) for each in (value if isinstance(value, list) else [value])]
    for kind in {value.get("object") for value in values if value} & {*kinds}:
        yield from targets_of(kind, example.version)


def levels(path: str) -> int:
    return sum(name != LIST for name in path.split("."))


def batched(paths: list[str]) -> list[list[str]]:
    return [paths[start : start + AT_ONCE] for start in range(0, len(paths), AT_ONCE)]


@pytest.mark.full
def test_each_path_of_each_kind_shows_an_object_that_has_it(subtests: pytest.Subtests) -> None:
    missing = {(kind, path) for kind in KINDS for path in versions(kind)}
    for example in every_object():
        targets = targets_of(example.kind, example.version)
        body = example.shown([*targets])
        with subtests.test(f"{example.kind} {body.get('id')}"):
            missing -= {(example.kind, path) for path in targets if any(values_at(body, path))}
            assert ids_at(body, targets) == {}
            assert [path for path in NO_OBJECT.get(example.kind, ()) if any(values_at(body, path))] == []
    assert missing == set()


@pytest.mark.full
def test_what_is_expanded_can_be_expanded_in_turn(subtests: pytest.Subtests) -> None:
    for example in every_object():
        targets = targets_of(example.kind, example.version)
        body = example.shown([*targets])
        below = [f"{path}.{inner}" for path in targets for inner in within(body, path, example)]
        for asked in batched([path for path in dict.fromkeys(below) if levels(path) <= MAX_LEVELS]):
            with subtests.test(f"{example.kind} {asked}"):
                assert ids_at(example.shown(asked), asked) == {}


KINDS = [*dict.fromkeys(route.shows for route in routes.ROUTES if route.shows and versions(route.shows))]

# Each route that shows something that can be expanded, with a request to it that succeeds.
ASKED = [
    scenario
    for scenario in SCENARIOS
    if scenario.route.shows and versions(scenario.route.shows) and scenario.status == 200 and not scenario.replayed
]


@pytest.mark.parametrize(
    "scenario", full_but(ASKED, keep=first_of_each(ASKED, by=lambda each: each.route.function_name)), ids=str
)
def test_each_route_expands_every_path_that_it_accepts(scenario: Scenario, clock: Clock) -> None:
    kind = scenario.route.shows or ""
    parts = {**scenario.given(Merchant("demo"), clock)}
    version = parts.get("headers", {}).get("Stripe-Version", STRIPE_VERSION)
    paths = [*targets_of(kind, version)]
    prefix = "data." if re.match("list_|search_", scenario.route.name) else ""
    params = {**parts.get("params", {}), "expand": [f"{prefix}{path}" for path in paths]}
    body = done(SHOP.ask(scenario.route, **{**parts, "params": params}))
    for each in body["data"] if prefix else [body]:
        # A customer's source can be a card or a source object, which Stripe expands nothing in.
        assert ids_at(each, targets_of(each["object"], version)) == {}


@pytest.mark.parametrize("route", [route for route in routes.ROUTES if route.shows], ids=lambda route: route.name)
def test_a_function_may_read_all_that_its_routes_expand(route: Route) -> None:
    assert {*grants_to_expand(route.shows)} <= {*route.grants}


def test_every_route_with_the_parameter_says_what_it_shows() -> None:
    shapes = {route.name: route.body_shape or route.query_shape for route in routes.ROUTES if not route.shows}
    with_parameter = {name for name, shape in shapes.items() if shape and "expand" in shape.model_fields}
    assert with_parameter == {route.name for route in (routes.CREATE_OAUTH_TOKEN, routes.DEAUTHORIZE_ACCOUNT)}


def test_a_path_of_another_kind_is_refused_before_anything_is_recorded() -> None:
    reply: StripeReply = SHOP.create(expand=["latest_charge", "refunds"])
    assert reply.error["message"] == "This property cannot be expanded (refunds)."
    assert done(SHOP.get(routes.LIST_PAYMENT_INTENTS))["data"] == []


def test_a_page_gets_the_payment_method_alone() -> None:
    jenny = customer()
    setup = done(
        SHOP.post(routes.RESOURCE_ROUTE["create_setup_intent"], customer=jenny, payment_method=VISA, confirm=True)
    )
    page = StripeMerchant(kind="publishable")
    asked = {"client_secret": setup["client_secret"], "expand": ["payment_method.customer"]}
    shown = done(page.ask(routes.GET_SETUP_INTENT, setup["id"], asked))
    assert shown["payment_method"]["customer"] == jenny


@pytest.mark.parametrize("path", ["payment_method.billing_details", "payment_method.billing_details.address"])
def test_what_is_no_id_is_accepted_without_an_effect(path: str) -> None:
    setup = done(SHOP.post(routes.RESOURCE_ROUTE["create_setup_intent"], payment_method=VISA, confirm=True))["id"]
    assert done(SHOP.get(routes.GET_SETUP_INTENT, setup, expand=[path]))["payment_method"]["object"] == "payment_method"


def test_an_object_of_another_platform_stays_an_id() -> None:
    other = StripeMerchant("globex")
    account = connected("globex")
    intent = done(other.post(routes.CREATE_PAYMENT_INTENT, amount=10_00, currency="usd", on_behalf_of=account))["id"]
    shown = done(other.get(routes.GET_PAYMENT_INTENT, intent, expand=["on_behalf_of"]))["on_behalf_of"]
    assert (shown["id"], shown["object"]) == (account, "account")
