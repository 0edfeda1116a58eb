# pyright: standard
"""A Checkout session as a request creates or updates it: its items, their prices, what is due, and who pays.

Prices, products and shipping rates that are sent as data are created in the transaction of the session.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from paysandbox.core import ids
from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import replace
from paysandbox.payments.attempts.return_url import fault_of
from paysandbox.stripe_api.billing.prices import snapshot_of
from paysandbox.stripe_api.checkout.discounts import OF_SUBSCRIPTIONS, with_discount
from paysandbox.stripe_api.checkout.intents import CONNECT, amount_of, revised
from paysandbox.stripe_api.checkout.limits import check_decimals, check_total
from paysandbox.stripe_api.checkout.line_item import (
    ITEMS,
    LINE_ITEMS,
    SHIPPING_OPTIONS,
    SHIPPING_RATE,
    SNAPSHOT,
    items_of,
    session_totals,
)
from paysandbox.stripe_api.checkout.parameters import ItemPrice, LineItem, LineItemUpdate
from paysandbox.stripe_api.checkout.rules import (
    EXPIRES_AT,
    MODE,
    PAYMENT,
    PAYMENT_INTENT,
    SETUP,
    SETUP_INTENT,
    SUBSCRIPTION,
    SUBSCRIPTION_DATA,
    always_takes_card,
    check_is_open,
    due_at,
)
from paysandbox.stripe_api.checkout.secrets import client_secret_of, page_url
from paysandbox.stripe_api.checkout.shown import CLIENT_SECRET, HOSTED, PAGE, UI_MODE
from paysandbox.stripe_api.checkout.subscriptions.new_sale import as_since_2022, check_recurs, subscription_data
from paysandbox.stripe_api.connect.charge_terms import SHARED, check_receives, shared_as_stated
from paysandbox.stripe_api.connect.connected_account import ACCOUNT
from paysandbox.stripe_api.errors import missing, no_such
from paysandbox.stripe_api.objects.method_types import check_currency_of
from paysandbox.stripe_api.objects.stored_object import (
    COLLECTED,
    IN_USE,
    Attributes,
    StoredObject,
    mark_in_use,
    new_object,
    without_defaults,
)
from paysandbox.stripe_api.resource_kit.declaration import Draft, Stored, refused
from paysandbox.stripe_api.resources.price_data import check_amount as check_price
from paysandbox.stripe_api.resources.products.price_resource import PRICE
from paysandbox.stripe_api.setup_intents.rules import CHECKOUT_SESSION
from paysandbox.stripe_api.setup_intents.setup_intent_resource import SETUP_INTENT as SETUP_INTENTS
from paysandbox.stripe_api.setup_intents.setup_secrets import client_secret_of as secret_of_setup

LIFETIME: Final = timedelta(hours=24)
SHORTEST: Final = timedelta(minutes=30)
"""From its creation on, a session is open for 30 minutes to 24 hours."""

MADE_MOST: Final = 40
"""Prices that are sent as data, so that they and their products fit into one transaction (100 items)."""

_RECURRING: Final = (
    "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only "
    "one-time prices."
)
_ONE_CURRENCY: Final = "All line items of a Checkout Session have the same currency."
_URLS: Final = ("cancel_url", "return_url", "success_url")
_DATA: Final = {"payment_intent_data": PAYMENT, "setup_intent_data": SETUP, SUBSCRIPTION_DATA: SUBSCRIPTION}
_SHIPPING: Final = "Shipping of subscriptions is not simulated yet: /docs/reference/stripe-coverage#checkout"
_NOT_SOLD_WITH: Final = {"discounts": OF_SUBSCRIPTIONS, SHIPPING_OPTIONS: _SHIPPING}
_NOT_CHANGED: Final = {
    LINE_ITEMS: "The line items of a session that sells a subscription cannot be changed yet.",
    SHIPPING_OPTIONS: _SHIPPING,
}
_NOT_ALLOWED: Final = {
    SETUP: (
        "allow_promotion_codes", "discounts", "invoice_creation", LINE_ITEMS, SHIPPING_OPTIONS, "submit_type",
    ),
    SUBSCRIPTION: ("customer_creation", "invoice_creation"),
}  # fmt: skip
"""What cannot be sent in a mode."""

_UI_MODES: Final = {"hosted": HOSTED, "embedded": "embedded_page", "custom": "elements"}
_UI_MODES_SINCE: Final = "2026-03-25"


def session_and_others(draft: Draft) -> Stored:
    """Return a new session, or a changed one, with the objects that are created with it.

    Raises Refused: parameter_invalid, parameter_missing, url_not_allowed, resource_not_found, amount_too_small.
    """
    return _new(as_since_2022(draft)) if draft.before is None else _changed(draft, draft.before)


def _new(draft: Draft) -> Stored:
    body, session = draft.body, draft.stored
    _check_mode(body)
    ui_mode = _ui_mode(body.ui_mode, draft.version)
    _check_pages(body, ui_mode)
    _check_payer(body)
    attributes = {
        **session.attributes,
        MODE: body.mode,
        EXPIRES_AT: _expires_at(body.expires_at, session.created_at),
        PAGE: page_url(draft.base_url, session.merchant, session.id),
        "payment_intent_data": _unshared(_plain(body.payment_intent_data)),
        "customer_update": _plain(body.customer_update),
        "automatic_tax": (body.automatic_tax is not None and body.automatic_tax.enabled) or None,
        COLLECTED: _known_payer(draft) or None,
        UI_MODE: None if ui_mode == HOSTED else ui_mode,
        CLIENT_SECRET: None if ui_mode == HOSTED else client_secret_of(session.merchant, session.id),
    }
    cart = _Cart(draft)
    if body.mode == PAYMENT:
        attributes |= cart.bought(body.line_items, attributes) | cart.shipped(body.shipping_options)
        attributes["currency"] = _one_currency(cart.currencies, body.currency)
        attributes = _discounted(draft, attributes)
        attributes[CONNECT] = _shared(draft, attributes)
    elif body.mode == SUBSCRIPTION:
        attributes |= cart.bought(body.line_items, attributes)
        check_recurs(items_of(attributes))
        attributes["currency"] = _one_currency(cart.currencies, body.currency)
        attributes[SUBSCRIPTION_DATA] = subscription_data(body.subscription_data, items_of(attributes), draft.cause.at)
        attributes["payment_method_collection"] = body.payment_method_collection
    else:
        attributes["currency"] = body.currency
    if always_takes_card(attributes) and (body.mode == SETUP or not session_totals(attributes).total):
        setup = _setup_intent(draft)
        attributes[SETUP_INTENT] = setup.id
        cart.made.append(setup)
    if body.payment_method_types and attributes["currency"]:
        check_currency_of(body.payment_method_types, attributes["currency"])
    attributes = without_defaults(attributes)
    check_total(attributes, LINE_ITEMS)
    stored = replace(session, attributes=attributes)
    return (replace(stored, due_at=due_at(stored)), *cart.objects)


def _changed(draft: Draft, before: StoredObject) -> Stored:
    body, attributes = draft.body, {**draft.stored.attributes}
    check_is_open(before.attributes, "updated")
    if before.attributes[MODE] == SUBSCRIPTION:
        _check_is_simulated(body, _NOT_CHANGED)
    cart = _Cart(draft)
    if body.line_items is not None:
        attributes |= cart.bought(body.line_items, before.attributes)
    if body.shipping_options is not None:
        attributes |= dict.fromkeys((SHIPPING_OPTIONS, SHIPPING_RATE)) | cart.shipped(body.shipping_options or None)
    if cart.currencies:
        _one_currency(cart.currencies, before.attributes["currency"])
    if body.payment_intent_data is not None:
        sent = body.payment_intent_data.model_dump(exclude_unset=True)
        attributes["payment_intent_data"] = _merged(before.attributes.get("payment_intent_data") or {}, sent)
    if body.collected_information is not None and body.collected_information.shipping_details is not None:
        shipping = _plain(body.collected_information.shipping_details)
        attributes[COLLECTED] = {**before.attributes.get(COLLECTED, {}), "shipping": shipping}
    attributes = without_defaults(attributes)
    check_total(attributes, LINE_ITEMS)
    stored = replace(draft.stored, attributes=attributes)
    if before.attributes.get(PAYMENT_INTENT):
        revised(stored, draft.cause)
    return (stored, *cart.objects)


def _shared(draft: Draft, attributes: Attributes) -> Attributes | None:
    """Return how the payment is shared with a connected account or the platform, or None. Raises Refused."""
    data = draft.body.payment_intent_data
    if data is None or not data.model_fields_set & {*SHARED}:
        return None
    currency = attributes["currency"].upper()
    connect = shared_as_stated(None, data, amount=amount_of(attributes), currency=currency, platform=draft.platform)
    if connect is not None and connect.destination is not None:
        check_receives(draft.read(ACCOUNT, connect.destination), connect.destination)
    return without_defaults(asdict(connect)) if connect else None


def _unshared(data: Attributes | None) -> Attributes | None:
    """Return what the payment intent has, without how it is shared."""
    return {name: value for name, value in data.items() if name not in SHARED} if data else data


def _discounted(draft: Draft, attributes: Attributes) -> dict[str, Any]:
    """Return a new session with the discount that its request names, if it does."""
    if not draft.body.discounts:
        return dict(attributes)
    (sent,) = draft.body.discounts
    if (sent.coupon is None) == (sent.promotion_code is None):
        raise refused("You must specify either `coupon` or `promotion_code` for a discount.", "discounts[0]")
    name = "coupon" if sent.coupon is not None else "promotion_code"
    param = f"discounts[0][{name}]"
    return {**with_discount(draft.read, attributes, coupon=sent.coupon, code=sent.promotion_code, param=param)}


class _Cart:
    """What a request sells and ships, with the objects that are created or marked with the session."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.made: list[StoredObject] = []
        self.marked: dict[str, StoredObject] = {}
        self.currencies: list[tuple[str, str]] = []
        self.subscribes = draft.stored.attributes.get(MODE) == SUBSCRIPTION

    @property
    def objects(self) -> Stored:
        """The objects that are stored with the session."""
        return (*self.made, *self.marked.values())

    def bought(self, sent: Sequence[LineItem | LineItemUpdate] | None, before: Attributes) -> dict[str, Any]:
        """Return the items as they are stored."""
        if not sent:
            raise missing(LINE_ITEMS)
        if sum(item.price_data is not None for item in sent) > MADE_MOST:
            raise refused(f"At most {MADE_MOST} line items can have `price_data`. Create the other prices.", LINE_ITEMS)
        had = {item["id"]: item for item in items_of(before)}
        prices = self.draft.read_many("price", {item.price for item in sent if item.price})
        products = self.draft.read_many(
            "product",
            {price.attributes["product"] for price in prices.values()}
            | {item.price_data.product for item in sent if item.price_data and item.price_data.product},
        )
        return {ITEMS: [self._item(place, item, prices, products, had) for place, item in enumerate(sent)]}

    def _item(
        self,
        place: int,
        item: LineItem | LineItemUpdate,
        prices: Mapping[str, StoredObject],
        products: Mapping[str, StoredObject],
        had: Mapping[str, Attributes],
    ) -> Attributes:
        within = f"{LINE_ITEMS}[{place}]"
        own_id = item.id if isinstance(item, LineItemUpdate) else None
        if own_id is not None and own_id not in had:
            raise no_such("line_item", own_id, f"{within}[id]")
        known = had.get(own_id or "")
        if None not in (item.price, item.price_data):
            raise refused("You may only specify one of these parameters: price, price_data.", within)
        if item.price is not None:
            sold = self._sold(item.price, prices, products, within)
        elif item.price_data is not None:
            sold = self._made(place, item.price_data, products, within)
        elif known is not None:
            names = ("price", "product", "unit", "currency", "description", SNAPSHOT, "unit_label")
            sold = {name: known[name] for name in names if name in known}
        else:
            raise refused("You must specify either `price` or `price_data` for a line item.", within)
        self.currencies.append((sold["currency"], within))
        check_decimals(sold["unit"], sold["currency"], within)
        quantity = item.quantity if item.quantity is not None else known["quantity"] if known else None
        if quantity is None or quantity < 1:
            raise missing(f"{within}[quantity]") if quantity is None else refused("A quantity is at least 1.", within)
        adjustable = _plain(item.adjustable_quantity)
        return without_defaults(
            {
                **sold,
                "id": own_id or f"li_{ids.derive(self.draft.cause.operation_id, LINE_ITEMS, str(place))}",
                "quantity": quantity,
                "adjustable_quantity": adjustable
                and {
                    "enabled": adjustable["enabled"],
                    "maximum": adjustable["maximum"] or 99,
                    "minimum": adjustable["minimum"] or 0,
                },
                "metadata": item.metadata or None,
            }
        )

    def _made(self, place: int, data: ItemPrice, products: Mapping[str, StoredObject], within: str) -> dict[str, Any]:
        """Return an item whose price, and product if it has no ID, are created with the session."""
        draft, inside = self.draft, f"{within}[price_data]"
        check_price(data, inside)
        if data.recurring is not None and not self.subscribes:
            raise refused(_RECURRING, LINE_ITEMS)
        if (data.product is None) == (data.product_data is None):
            raise refused("You must specify either `product` or `product_data` when creating a price.", inside)
        body = ids.derive(draft.cause.operation_id, "price_data", str(place))
        if data.product_data is not None:
            product = draft.make("product", f"prod_{body}", data.product_data)
            product = replace(product, attributes={**product.attributes, "active": False, IN_USE: True})
            self.made.append(product)
        else:
            product = _existing(data.product or "", products, f"{inside}[product]")
            if not product.attributes.get(IN_USE):
                self.marked[product.id] = mark_in_use(product)
        price = draft.make("price", f"price_{body}", data)
        price = replace(price, attributes={**price.attributes, "active": False, "product": product.id})
        self.made.append(price)
        return self._of_price(price, product)

    def _sold(
        self, name: str, prices: Mapping[str, StoredObject], products: Mapping[str, StoredObject], within: str
    ) -> dict[str, Any]:
        price = prices.get(name)
        if price is None:
            raise no_such(PRICE.noun, name, f"{within}[price]")
        attributes = price.attributes
        if attributes.get("active") is False:
            detail = "The price specified is inactive. This field only accepts active prices."
            raise refused(detail, f"{within}[price]")
        if attributes.get("recurring") and not self.subscribes:
            raise refused(_RECURRING, LINE_ITEMS)
        return self._of_price(price, _existing(attributes["product"], products, f"{within}[price]"))

    def _of_price(self, stored: StoredObject, product: StoredObject) -> dict[str, Any]:
        price = stored.attributes
        facts = {
            "currency": price["currency"],
            "description": product.attributes["name"],
            "price": stored.id,
            "product": product.id,
            "unit": price.get("unit_amount_decimal") or str(price["unit_amount"]),
        }
        if not self.subscribes:
            return facts
        return {**facts, SNAPSHOT: snapshot_of(stored), "unit_label": product.attributes.get("unit_label")}

    def shipped(self, sent: Sequence[Any] | None) -> dict[str, Any]:
        """Return the shipping options as they are stored. The first is chosen until the payer chooses another."""
        if not sent:
            return {}
        draft, options = self.draft, list[Attributes]()
        rates = draft.read_many("shipping_rate", {each.shipping_rate for each in sent if each.shipping_rate})
        for place, option in enumerate(sent):
            within = f"{SHIPPING_OPTIONS}[{place}]"
            if (option.shipping_rate is None) == (option.shipping_rate_data is None):
                raise refused("You must specify either `shipping_rate` or `shipping_rate_data`.", within)
            if option.shipping_rate is not None:
                rate = rates.get(option.shipping_rate)
                if rate is None:
                    raise no_such("shipping_rate", option.shipping_rate, f"{within}[shipping_rate]")
                if rate.attributes.get("active") is False:
                    raise refused("The shipping rate specified is inactive.", f"{within}[shipping_rate]")
            else:
                if option.shipping_rate_data.fixed_amount is None:
                    raise missing(f"{within}[shipping_rate_data][fixed_amount]")
                body = ids.derive(draft.cause.operation_id, "shipping_rate_data", str(place))
                rate = draft.make("shipping_rate", f"shr_{body}", option.shipping_rate_data)
                self.made.append(rate)
            cost = rate.attributes["fixed_amount"]
            self.currencies.append((cost["currency"], within))
            options.append(
                {
                    "shipping_amount": cost["amount"],
                    "shipping_rate": rate.id,
                }
            )
        return {SHIPPING_OPTIONS: options, SHIPPING_RATE: options[0]["shipping_rate"]}


def _existing(name: str, products: Mapping[str, StoredObject], param: str) -> StoredObject:
    product = products.get(name)
    if product is None or product.deleted:
        raise no_such("product", name, param)
    return product


def _setup_intent(draft: Draft) -> StoredObject:
    """Return the setup intent of a session that saves a card."""
    body = draft.body
    name = draft.id_of(SETUP_INTENTS.prefix)
    data = body.setup_intent_data
    attributes = without_defaults(
        {
            "client_secret": secret_of_setup(name),
            "customer": body.customer,
            "description": data.description if data else None,
            "metadata": (data.metadata if data else None) or None,
            "payment_method_types": ["card"],
            CHECKOUT_SESSION: draft.stored.id,
        }
    )
    return new_object(draft.stored.merchant, SETUP_INTENTS.object, name, attributes, draft.cause)


def _check_mode(body: Any) -> None:
    if body.mode is None:
        raise missing(MODE)
    for name, mode in _DATA.items():
        if getattr(body, name) is not None and body.mode != mode:
            raise refused(f"You can not pass `{name}` in `{body.mode}` mode.", name)
    for name in _NOT_ALLOWED.get(body.mode, ()):
        if getattr(body, name) not in (None, []):
            raise refused(f"`{name}` is not allowed in `{body.mode}` mode.", name)
    if body.mode == SETUP and body.currency is None and not body.payment_method_types:
        raise missing("currency")
    if body.mode == SUBSCRIPTION:
        _check_is_simulated(body, _NOT_SOLD_WITH)
    if body.allow_promotion_codes is not None and body.discounts is not None:
        detail = "You may only specify one of these parameters: allow_promotion_codes, discounts."
        raise refused(detail, "allow_promotion_codes")


def _check_is_simulated(body: Any, lacking: Mapping[str, str]) -> None:
    """Refuse (not_yet_simulated) what Stripe has of a session that sells a subscription, and the sandbox has not."""
    for name, detail in lacking.items():
        if getattr(body, name) not in (None, [], ""):
            raise Refused(Code.NOT_YET_SIMULATED, detail, name)


def _ui_mode(sent: str | None, version: str) -> str:
    """Return the `ui_mode` by its name since 2026-03-25.dahlia, before which three had others."""
    if sent is None:
        return HOSTED
    older = version[:10] < _UI_MODES_SINCE
    if older != (sent in _UI_MODES):
        names = [*_UI_MODES] if older else ["elements", "embedded_page", "form", "hosted_page"]
        raise refused(f"Invalid ui_mode: must be one of {', '.join(names[:-1])}, or {names[-1]}", UI_MODE)
    return _UI_MODES.get(sent, sent)


def _check_pages(body: Any, ui_mode: str) -> None:
    for name in _URLS:
        url = getattr(body, name)
        if url is not None and fault_of(url.replace("{CHECKOUT_SESSION_ID}", "id")):
            raise Refused(Code.URL_NOT_ALLOWED, "Not a valid URL", name)
    hosted = ui_mode == HOSTED
    for name in ("cancel_url", "success_url") if not hosted else ("return_url", "redirect_on_completion"):
        if getattr(body, name) is not None:
            raise refused(f"`{name}` is not allowed if `ui_mode` is `{ui_mode}`.", name)
    if hosted and body.success_url is None:
        raise missing("success_url")
    if not hosted and body.return_url is None and body.redirect_on_completion != "never":
        raise missing("return_url")
    if body.redirect_on_completion == "never" and body.return_url is not None:
        raise refused("`return_url` is not allowed if `redirect_on_completion` is `never`.", "return_url")


def _check_payer(body: Any) -> None:
    for other in ("customer_email", "customer_creation"):
        if body.customer is not None and getattr(body, other) is not None:
            raise refused(f"You may only specify one of these parameters: customer, {other}.", "customer")
    if body.customer is None and body.customer_update is not None:
        raise refused("`customer_update` can only be used when `customer` is set.", "customer_update")


def _known_payer(draft: Draft) -> Attributes:
    """Return what is known of the payer: the customer's, or the address that was sent. Reads the customer."""
    name = draft.body.customer
    if name is None:
        return {"email": draft.body.customer_email} if draft.body.customer_email else {}
    customer = draft.read("customer", name)
    if customer is None or customer.deleted:
        raise no_such("customer", name, "customer")
    attributes = customer.attributes
    return without_defaults({each: attributes.get(each) for each in ("email", "name", "phone", "address")})


def _expires_at(sent: int | None, created_at: datetime) -> int:
    if sent is None:
        return int((created_at + LIFETIME).timestamp())
    earliest, latest = (int((created_at + after).timestamp()) for after in (SHORTEST, LIFETIME))
    if sent < earliest:
        detail = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        raise refused(detail, EXPIRES_AT)
    if sent > latest:
        detail = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        raise refused(detail, EXPIRES_AT)
    return sent


def _one_currency(currencies: Sequence[tuple[str, str]], expected: str | None) -> str:
    first = expected or currencies[0][0]
    for currency, within in currencies:
        if currency != first:
            raise refused(_ONE_CURRENCY, within)
    return first


def _merged(before: Attributes, sent: Attributes) -> Attributes | None:
    """Return the data of the payment intent after an update: an empty value removes one, metadata is merged."""
    merged = {**before, **sent}
    if "metadata" in sent:
        entries = {**(before.get("metadata") or {}), **sent["metadata"]} if sent["metadata"] else {}
        merged["metadata"] = {name: value for name, value in entries.items() if value != ""}
    return {name: value for name, value in merged.items() if value not in (None, "", {})} or None


def _plain(value: Any) -> Any:
    return value.model_dump() if value is not None else None
