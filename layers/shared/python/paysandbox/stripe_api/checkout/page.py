# pyright: standard
"""The page of a Checkout session as HTML. Pure.

One form and no script, so that it works in every browser, by keyboard, and without one. All texts of the merchant and
of the payer are escaped, and reorder nothing beside them; of a card, nothing is shown again.
"""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any, Final

from paysandbox import TITLE
from paysandbox.core.amount_text import amount_text
from paysandbox.core.record import record
from paysandbox.core.stripe_amounts import from_stripe
from paysandbox.http.html import PAGE_HEADERS
from paysandbox.payments.attempts.return_url import policy_source
from paysandbox.stripe_api.checkout.countries import countries
from paysandbox.stripe_api.checkout.line_item import (
    SHIPPING_OPTIONS,
    SHIPPING_RATE,
    SNAPSHOT,
    items_of,
    recurs,
    session_totals,
)
from paysandbox.stripe_api.checkout.payer import REQUIRED
from paysandbox.stripe_api.checkout.rules import (
    COMPLETE,
    MODE,
    OPEN,
    SETUP,
    SUBSCRIPTION,
    SUBSCRIPTION_DATA,
    always_takes_card,
    has_trial,
    status_of,
)
from paysandbox.stripe_api.checkout.texts import texts_in
from paysandbox.stripe_api.checkout.totals import Item
from paysandbox.stripe_api.checkout.user_text import plain_text, user_text
from paysandbox.stripe_api.discounts.rules import price_amount
from paysandbox.stripe_api.objects.stored_object import COLLECTED, Attributes

_VERBS: Final = {SETUP: "save", SUBSCRIPTION: "subscribe"}
"""By mode, the text of what the page is for: paying, otherwise."""

REQUIRES_ACTION: Final = "requires_action"
"""In place of the status of an open session: the payer has to authenticate."""

TEST_CARDS: Final[Mapping[str, str]] = {
    "4242424242424242": "Visa: succeeds",
    "4000000000000002": "declined",
    "4000000000009995": "insufficient funds",
    "4000002500003155": "3-D Secure",
    "4000000000000069": "expired",
    "4000000000000127": "incorrect CVC",
}
"""Published test numbers for the drawer, and how the bank answers."""

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self'{back}; "
    "frame-ancestors {embeds}"
)

_PAGE: Final = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{refresh}<title>{title} · {service}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{prefix}/docs/pages.css">
</head>
<body>
<header class="top"><{heading} class="brand">{merchant}</{heading}></header>
<main class="checkout" data-status="{status}">
{content}</main>
</body>
</html>
"""

_CARD_FIELDS: Final = (
    ("cardNumber", "number", "cc-number", "1234 1234 1234 1234"),
    ("cardExpiry", "expiry", "cc-exp", "MM / YY"),
    ("cardCvc", "cvc", "cc-csc", "CVC"),
)
"""Each with what Stripe's page shows in it while it is empty."""
_ADDRESS: Final = (
    ("AddressLine1", "address", "address-line1"),
    ("AddressLine2", "address2", "address-line2"),
    ("PostalCode", "postal", "postal-code"),
    ("Locality", "city", "address-level2"),
    ("AdministrativeArea", "state", "address-level1"),
    ("Country", "country", "country"),
)
_OF_CARD: Final = (_ADDRESS[-1], _ADDRESS[2])
"""What of an address is asked of every card: the country and the postal code. They may be left out."""

_CHOICES: Final = ("quantity[", "shippingRate")
"""Fields whose faults are said at the top: they are in a table, or several buttons of one choice."""

_LINK: Final = "enableStripePass"
"""The ID of the box for Link on Stripe's page, which suites for it uncheck."""


@record(kw_only=True)
class Shown:
    """What a page is rendered of: the session, the names of its shipping options, and the last attempt of its payer.

    `sent` is what the payer has entered, without the card, `faults` are those of the fields, and `message` is why
    nothing was paid. `back` is where the payer goes afterwards, or goes back to. Paths of this host begin with
    `prefix`.

    A page that is shown `within` the merchant's page leads nowhere by itself: the merchant's page does, when it sees
    the status (stripe_js/frames/checkout.js), or shows the `challenge`, the page of 3-D Secure.
    """

    attributes: Attributes
    merchant: str
    language: str
    prefix: str
    rates: Mapping[str, str]
    sent: Mapping[str, Any]
    faults: Mapping[str, str]
    message: str | None = None
    back: str | None = None
    within: bool = False
    challenge: str | None = None


def checkout_page(shown: Shown) -> str:
    """Return the page: the form while the session is open, else what became of it, and the way back."""
    texts, attributes = texts_in(shown.language), shown.attributes
    status = status_of(attributes)
    title = texts[_VERBS.get(attributes[MODE], "pay")]
    leads_on = status == COMPLETE and shown.back is not None and not shown.within
    if status == OPEN and shown.challenge:
        status, lines = REQUIRES_ACTION, _at_bank(shown.challenge, texts)
    else:
        lines = _form(shown, texts) if status == OPEN else _ended(shown, texts, complete=status == COMPLETE)
    content = "".join(lines)
    return _PAGE.format(
        status=status,
        language=shown.language,
        service=TITLE,
        merchant=escape(shown.merchant),
        heading="h1" if status == OPEN else "p",
        prefix=escape(shown.prefix),
        title=title,
        # A redirect would be refused by the policy of the page whose form has led here (that of 3-D Secure).
        refresh=f'<meta http-equiv="refresh" content="0;url={escape(shown.back or "")}">\n' if leads_on else "",
        content=content,
    )


def checkout_headers(back: str | None, *, within: bool) -> dict[str, str]:
    """Return the headers of the page, whose form leads to `back`.

    A session that is shown `within` the merchant's page may be framed by every site: nobody says which the merchant's
    is, and only who has the session's client secret finds the page. Chromium applies `form-action` to the redirect that
    follows a form.
    """
    policy = _POLICY.format(back=f" {policy_source(back)}" if back else "", embeds="*" if within else "'none'")
    return {**PAGE_HEADERS, "Content-Security-Policy": policy, "Vary": "Accept, Accept-Language"}


def _ended(shown: Shown, texts: Mapping[str, str], *, complete: bool) -> Iterator[str]:
    thanks = "subscribed" if shown.attributes[MODE] == SUBSCRIPTION else "thanks"
    yield f"<h1>{texts[thanks if complete else 'canceled']}</h1>\n"
    if shown.back:
        target = ' target="_top"' if shown.within else ""
        yield f'<p><a href="{escape(shown.back)}" data-testid="leads-on"{target}>{texts["back"]}</a></p>\n'


def _at_bank(challenge: str, texts: Mapping[str, str]) -> Iterator[str]:
    """The way to the page of 3-D Secure, which no other site may frame."""
    yield (
        f'<p><a href="{escape(challenge)}" data-testid="authenticate" target="_top">3-D Secure: '
        f"{texts['continue']}</a></p>\n"
    )


def _form(shown: Shown, texts: Mapping[str, str]) -> Iterator[str]:
    attributes = shown.attributes
    yield f'<p class="notice">{texts["sandbox"]}</p>\n'
    if shown.back:
        yield f'<p><a href="{escape(shown.back)}" data-testid="business-link">{texts["back"]}</a></p>\n'
    message = shown.message or next((fault for name, fault in shown.faults.items() if name.startswith(_CHOICES)), None)
    if message:
        yield f'<p role="alert" class="problem" id="problem">{user_text(message)}</p>\n'
    # The first button is what the enter key presses.
    yield '<form method="post" novalidate>\n<button name="action" value="pay" hidden></button>\n'
    if attributes[MODE] != SETUP:
        yield from _summary(shown, texts)
    yield f"<fieldset><legend>{texts['your_details']}</legend>\n"
    yield from _details(shown, texts)
    yield "</fieldset>\n"
    takes_card = always_takes_card(attributes) or session_totals(attributes).total > 0
    if takes_card:
        yield from _card(shown, texts)
    yield from _agreement(shown, texts)
    sells = attributes[MODE] == SUBSCRIPTION
    label = _submit_label(attributes, texts) if takes_card or sells else texts["continue"]
    yield (
        '<button type="submit" class="primary SubmitButton" data-testid="hosted-payment-submit-button" name="action" '
        f'value="pay">{escape(label)}</button>\n</form>\n'
    )


def _submit_label(attributes: Attributes, texts: Mapping[str, str]) -> str:
    if attributes[MODE] == SUBSCRIPTION:
        return texts["start_trial" if has_trial(attributes) else "subscribe"]
    if attributes[MODE] == SETUP:
        return texts["save"]
    return f"{texts['pay']} {_amount(session_totals(attributes).total, attributes)}"


def _summary(shown: Shown, texts: Mapping[str, str]) -> Iterator[str]:
    attributes = shown.attributes
    totals = session_totals(attributes)
    yield '<table class="cart"><tbody>\n'
    for item, total in zip(items_of(attributes), totals.items, strict=True):
        adjustable = (item.get("adjustable_quantity") or {}).get("enabled")
        quantity = escape(str(item["quantity"]))
        field = (
            f'<input name="quantity[{escape(item["id"])}]" value="{quantity}" inputmode="numeric" size="4" '
            f'aria-label="{texts["quantity"]}: {plain_text(item["description"])}">'
        )
        yield (
            f'<tr><th scope="row">{user_text(item["description"])}{_recurrence(item, attributes, texts)}</th>'
            f"<td>{field if adjustable else f'× {quantity}'}"
            f"</td><td>{_amount(total.subtotal, attributes)}</td></tr>\n"
        )
    if totals.discount:
        yield _line(texts["discount"], f"−{_amount(totals.discount, attributes)}")
    if totals.shipping is not None:
        yield _line(texts["shipping"], _amount(totals.shipping, attributes))
    yield _line(texts["total"], f"<strong>{_amount(totals.total, attributes)}</strong>")
    yield "</tbody></table>\n"
    if _takes_codes(attributes):
        entered = shown.attributes.get("entered_code")
        yield _field("promotionCode", texts["code"], shown, texts, required=False, value=entered)
    options = attributes.get(SHIPPING_OPTIONS, ())
    if options:
        yield f"<fieldset><legend>{texts['shipping']}</legend>\n"
        for option in options:
            name = option["shipping_rate"]
            checked = " checked" if name == attributes.get(SHIPPING_RATE) else ""
            yield (
                f'<label class="choice"><input type="radio" name="shippingRate" value="{escape(name)}"{checked}> '
                f"{user_text(shown.rates.get(name, name))}, {_amount(option['shipping_amount'], attributes)}</label>\n"
            )
        yield "</fieldset>\n"
    if _is_adjustable(attributes):
        yield f'<button name="action" value="update">{texts["update"]}</button>\n'


def _recurrence(item: Item, attributes: Attributes, texts: Mapping[str, str]) -> str:
    """Return how often an item is billed, and how long nothing is: `$10.00 / month, 7 days free`."""
    if not recurs(item):
        return ""
    price: Attributes = item[SNAPSHOT]["attributes"]
    interval, count = price["recurring"]["interval"], price["recurring"].get("interval_count", 1)
    every = texts[interval] if count == 1 else texts[f"{interval}s"].format(count)
    days = (attributes.get(SUBSCRIPTION_DATA) or {}).get("trial_period_days")
    free = f", {texts['free'].format(days)}" if days else ""
    return f"<br><small>{_amount(price_amount(item['unit'], 1), attributes)} / {every}{free}</small>"


def _is_adjustable(attributes: Attributes) -> bool:
    adjustable = any((item.get("adjustable_quantity") or {}).get("enabled") for item in items_of(attributes))
    return adjustable or _takes_codes(attributes) or len(attributes.get(SHIPPING_OPTIONS, ())) > 1


def _takes_codes(attributes: Attributes) -> bool:
    """Whether the page asks for a promotion code: not for a subscription, which has no discounts here."""
    return bool(attributes.get("allow_promotion_codes")) and attributes[MODE] != SUBSCRIPTION


def _line(name: str, value: str) -> str:
    return f'<tr><th scope="row" colspan="2">{name}</th><td>{value}</td></tr>\n'


def _details(shown: Shown, texts: Mapping[str, str]) -> Iterator[str]:
    attributes, collected = shown.attributes, shown.attributes.get(COLLECTED, {})
    known = attributes.get("customer_email") or (attributes.get("customer") and collected.get("email"))
    if known:
        yield f"<p>{texts['email']}: <strong>{user_text(str(known))}</strong></p>\n"
    else:
        yield _field("email", texts["email"], shown, texts, kind="email", complete="email")
    if (attributes.get("phone_number_collection") or {}).get("enabled"):
        yield _field("phoneNumber", texts["phone"], shown, texts, kind="tel", complete="tel")
    if (attributes.get("tax_id_collection") or {}).get("enabled"):
        yield _field("businessName", texts["business"], shown, texts, required=False, complete="organization")
    if attributes.get("shipping_address_collection"):
        yield f"<fieldset><legend>{texts['shipping_address']}</legend>\n"
        yield _field("shippingName", texts["name"], shown, texts, complete="shipping name")
        yield from _address("shipping", shown, texts)
        yield "</fieldset>\n"
    for field in attributes.get("custom_fields", ()):
        yield _custom(field, shown, texts)


def _card(shown: Shown, texts: Mapping[str, str]) -> Iterator[str]:
    # The only method of payment is open already.
    yield f'<fieldset><legend data-testid="card-accordion-item">{texts["card"]}</legend>\n'
    for name, text, complete, empty in _CARD_FIELDS:
        yield _field(name, texts[text], shown, texts, complete=complete, mode="numeric", empty=empty)
    yield _field("billingName", texts["name"], shown, texts, complete="cc-name", required=False)
    whole = shown.attributes.get("billing_address_collection") == REQUIRED
    yield from _address("billing", shown, texts, whole=whole)
    if shown.attributes[MODE] != SETUP:
        # Without a name, it is not sent.
        yield f'<label class="choice" for="{_LINK}"><input type="checkbox" id="{_LINK}"> {texts["link"]}</label>\n'
    yield f'<details><summary>{texts["test_cards"]}</summary>\n<div class="drawer">\n'
    for number, result in TEST_CARDS.items():
        grouped = " ".join(number[place : place + 4] for place in range(0, len(number), 4))
        yield f'<button name="card" value="{number}"><code>{grouped}</code> {result}</button>\n'
    yield "</div></details>\n</fieldset>\n"


def _agreement(shown: Shown, texts: Mapping[str, str]) -> Iterator[str]:
    wanted = shown.attributes.get("consent_collection") or {}
    own: Attributes = shown.attributes.get("custom_text") or {}
    if wanted.get("terms_of_service") == REQUIRED:
        name = "termsOfServiceConsentCheckbox"
        message = (own.get("terms_of_service_acceptance") or {}).get("message") or texts["agree"]
        problem, described = _problem(name, shown, texts)
        yield (
            f'<label class="choice"><input type="checkbox" id="{name}" name="{name}" value="true"{described}> '
            f"{user_text(message)}</label>\n{problem}"
        )
    if own.get("submit"):
        yield f"<p>{user_text(own['submit']['message'])}</p>\n"


def _address(prefix: str, shown: Shown, texts: Mapping[str, str], *, whole: bool = True) -> Iterator[str]:
    for name, text, complete in _ADDRESS if whole else _OF_CARD:
        required = whole and name in ("AddressLine1", "Country")
        show = _country if name == "Country" else _field
        yield show(f"{prefix}{name}", texts[text], shown, texts, complete=f"{prefix} {complete}", required=required)


def _country(name: str, label: str, shown: Shown, texts: Mapping[str, str], *, complete: str, required: bool) -> str:
    shipping: Attributes = shown.attributes.get("shipping_address_collection") or {}
    allowed = shipping.get("allowed_countries") if name.startswith("shipping") else None
    options = countries(shown.language, allowed)
    chosen = shown.sent.get(name)
    return _select(name, label, options, chosen, shown, texts, complete=complete, required=required)


def _custom(field: Attributes, shown: Shown, texts: Mapping[str, str]) -> str:
    key, kind, label = field["key"], field["type"], field["label"]["custom"]
    name, given = f"customFields[{key}]", field.get(field["type"]) or {}
    required = not field.get("optional")
    if kind != "dropdown":
        mode = "numeric" if kind == "numeric" else None
        return _field(name, label, shown, texts, required=required, mode=mode, value=given.get("default_value"))
    chosen = shown.sent.get(name) or given.get("default_value")
    options = [(option["value"], option["label"]) for option in given["options"]]
    return _select(name, label, options, chosen, shown, texts, required=required)


def _select(
    name: str,
    label: str,
    options: Iterable[tuple[str, str]],
    chosen: str | None,
    shown: Shown,
    texts: Mapping[str, str],
    *,
    complete: str | None = None,
    required: bool = True,
) -> str:
    """Return a field whose `options` are values and labels."""
    problem, described = _problem(name, shown, texts)
    shown_options = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{plain_text(text)}</option>'
        for value, text in options
    )
    more = f' autocomplete="{complete}"' if complete else ""
    return (
        f'<label for="{escape(name)}">{_label(label, texts, required=required)}</label>\n'
        f'<select id="{escape(name)}" name="{escape(name)}"{more}{described}>'
        f'<option value=""></option>{shown_options}</select>\n{problem}'
    )


def _field(
    name: str,
    label: str,
    shown: Shown,
    texts: Mapping[str, str],
    *,
    kind: str = "text",
    complete: str | None = None,
    mode: str | None = None,
    empty: str | None = None,
    required: bool = True,
    value: str | None = None,
) -> str:
    problem, described = _problem(name, shown, texts)
    filled = shown.sent.get(name) or value or ""
    more = "".join(
        f' {attribute}="{text}"'
        for attribute, text in (("autocomplete", complete), ("inputmode", mode), ("placeholder", empty))
        if text
    )
    return (
        f'<label for="{escape(name)}">{_label(label, texts, required=required)}</label>\n'
        f'<input type="{kind}" id="{escape(name)}" name="{escape(name)}" value="{escape(filled)}" maxlength="255"'
        f"{more}{' required' if required else ''}{described}>\n{problem}"
    )


def _label(label: str, texts: Mapping[str, str], *, required: bool) -> str:
    return user_text(label) if required else f"{user_text(label)} <small>({texts['optional']})</small>"


def _problem(name: str, shown: Shown, texts: Mapping[str, str]) -> tuple[str, str]:
    """Return the message of a field's fault, and the attributes that lead to it."""
    fault = shown.faults.get(name)
    if fault is None:
        return "", ""
    text = texts.get(fault, fault)
    place = escape(f"{name}-error")
    return (
        f'<p class="problem" id="{place}">{plain_text(text)}</p>\n',
        f' aria-invalid="true" aria-describedby="{place}"',
    )


def _amount(amount: int, attributes: Attributes) -> str:
    currency: str = attributes["currency"]
    return escape(amount_text(from_stripe(amount, currency.upper()), currency))
