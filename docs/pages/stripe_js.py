"""docs/reference/stripe-js.md: the trains of the stand-in for Stripe's browser library, and what each has."""

from collections.abc import Iterator, Sequence
from typing import Any

from docs.pages.markdown import code, codes, head, table
from layers.stripe_js import arguments, trains, trains_of

_INTRODUCTION = (
    "A sandbox serves a stand-in for Stripe's browser library: [pay in a browser](../how-to/pay-in-a-browser.md).",
    "Each train of versions has an address, which ignores any query. It follows the sandbox's base URL.",
)

_ELEMENTS = (
    "`elements({clientSecret})` and `elements({mode, amount, currency})` take `appearance` and `locale`, and have",
    "`create`, `getElement`, `submit`, `update` and `fetchUpdates`. `fonts` and `loader` are taken and change",
    "nothing. With `customerSessionClientSecret`, the Payment Element shows, saves and removes cards as the",
    "features of the customer session say, and emits `savedpaymentmethodremove`. Every element has `mount`,",
    "`unmount`, `destroy`, `update`, `on`, `once`, `off`, `focus`, `blur` and `clear`, and the events `ready`,",
    "`change`, `focus`, `blur` and `escape`; those with labels also have `loaderstart` and `loaderror`.",
)

_WARNINGS = ("differs", "not_enabled")
"""Sentences of the console that the page's own script says."""

_TITLES = {
    "payment": ("Secure payment input frame", ("number", "expiry", "cvc", "country", "postalCode")),
    "card": ("Secure card payment input frame", ("cardnumber", "exp-date", "cvc", "postal")),
    "cardNumber": ("Secure card number input frame", ("cardnumber",)),
    "cardExpiry": ("Secure expiration date input frame", ("exp-date",)),
    "cardCvc": ("Secure CVC input frame", ("cvc",)),
    "address": (
        "Secure address input frame",
        (
            *("name", "firstName", "lastName", "country", "addressLine1", "addressLine2", "locality"),
            *("administrativeArea", "postalCode", "phone"),
        ),
    ),
    "linkAuthentication": ("Secure email input frame", ("email",)),
    "checkoutForm": ("Secure checkout form", ("email", "number", "expiry", "cvc", "country", "postalCode")),
    "currencySelector": ("Secure currency selector", ("currency",)),
    "expressCheckout": ("none: it reports that no wallet is available", ()),
    "paymentRequestButton": ("none: `canMakePayment()` resolves to null", ()),
}

_CHECKOUT = (
    "`createEmbeddedCheckoutPage` and `initEmbeddedCheckout` take `clientSecret` or `fetchClientSecret`, and",
    "`onComplete`. `onShippingDetailsChange`, `onLineItemsChange` and `onAnalyticsEvent` are taken and never called.",
    "They have `mount`, `unmount` and `destroy`. The frame is `embedded-checkout`. `redirectToCheckout` takes",
    "`sessionId`.",
    "",
    "`initCheckoutElementsSdk` has the Payment, Address, Express Checkout and Currency Selector elements,",
    "`changeAppearance`, `on` and `loadActions`. Prices are not converted: the Currency Selector shows the session's",
    "currency, and `adaptivePricing` changes nothing. The actions are `getSession`, `confirm`, `applyPromotionCode`,",
    "`removePromotionCode`, `updateEmail`, `updatePhoneNumber`, `updateBillingAddress`, `updateShippingAddress`,",
    "`updateLineItemQuantity`, `updateShippingOption`, `runServerUpdate` and `validateElements`. `confirm` takes",
    "`returnUrl`, `redirect`, `email`, `phoneNumber`, `billingAddress` and `shippingAddress`. What the page says of",
    "the payer is sent with `confirm`. Other elements, actions and parameters are refused by name: the elements for",
    "tax IDs, terms, contact details and Link, `updateTaxIdInfo`, and optional items.",
    "",
    "`initCheckoutFormSdk` has `createForm`, `getForm` and the Currency Selector. The form asks for the e-mail",
    "address, unless the session knows it, the card, and the country and postal code. Its button emits `confirm`,",
    "whose event `confirm` of the actions takes as `formConfirmEvent`. `layout`, `contacts`, `expressCheckout` and",
    "`features` are taken and change nothing. What else the session asks for is given to `confirm`.",
    "",
    "`initCheckout` is the same in the shape of its train, by the types of `@stripe/stripe-js`. Up to `basil`, it",
    "resolves to a checkout that is loaded: with the actions, `session()` in place of `getSession`, `on`, and the",
    "elements, which `createElement` and `getElement` make in `v3`.",
    "",
)
_INIT_CHECKOUT = {"texts": "`{minorUnitsAmount, amount}`", "numbers": "numbers in minor units"}

_SAID = (
    "What a page passes wrongly is refused with an `IntegrationError`. What is not recognized is a warning in the",
    "console of the hidden frame, and changes nothing. Where Stripe's words are public, they are used; the other",
    "sentences end with `(The sandbox's words.)`.",
)

_FRAMES = (
    "Frames are named `__privateStripeFrame…`. The page that stands in for the bank's is in the frame of",
    "`three-ds-2-challenge`, over the page. Within it, the frame `stripe-challenge-frame` has the buttons",
    "`#test-source-authorize-3ds` and `#test-source-fail-3ds`. The IDs of fields are `Field-numberInput` at `/v3` and",
    "`payment-numberInput` elsewhere. Texts are in English, German, French, Spanish, Italian and Japanese, by",
    "`locale`.",
)


def page() -> str:
    """The page's text."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    known = trains()
    every = [train["name"] for train in known["trains"]]
    functions: Sequence[Any] = known["functions"]
    yield from head("Stripe.js", "stripe_js/trains.json")
    yield from _INTRODUCTION
    yield ""
    rows = (
        (code(train["path"]), code(train["version"]), _majors(train["stripe_js"]), codes(train["ui_modes"]))
        for train in known["trains"]
    )
    yield from table(("Address", "`Stripe.version`", "Loaded by `@stripe/stripe-js`", "`ui_mode` of Checkout"), rows)
    yield ""
    yield "## Functions"
    yield ""
    yield from table(
        ("Function", "Trains"),
        ((code(each["name"]), _span(trains_of(each, every), every)) for each in functions if each["works"]),
    )
    yield ""
    yield "These are refused by name: their promise is rejected with an `IntegrationError`."
    yield ""
    yield from table(
        ("Function", "Trains"),
        ((code(each["name"]), _span(trains_of(each, every), every)) for each in functions if not each["works"]),
    )
    yield ""
    yield "A function of another train is rejected too, with the trains that have it."
    yield ""
    yield "## Elements"
    yield ""
    yield from _ELEMENTS
    yield ""
    rows = ((code(name), title, codes(fields)) for name, (title, fields) in _TITLES.items())
    yield from table(("Element", "Title of its frame", "Names of its fields"), rows)
    yield ""
    yield from _FRAMES
    yield ""
    yield "## What it says"
    yield ""
    yield from _SAID
    yield ""
    yield from table(
        ("Sentence", "It is", "Source"),
        (
            (
                code(" ".join(row["text"].replace("`", "'").split())),
                "a warning" if row.get("warns") or row["name"] in _WARNINGS else "an error",
                row["source"] or "ours",
            )
            for row in arguments()["sentences"]
        ),
    )
    yield ""
    yield "## Checkout"
    yield ""
    yield from _CHECKOUT
    rows = (
        (
            codes([train["name"]]),
            code(made["secret"]),
            "the checkout, when it is loaded" if made["resolves"] else "`on`, `loadActions` and the elements, at once",
            code(made["result"]),
            _INIT_CHECKOUT[made["amounts"]],
        )
        for train in known["trains"]
        if (made := train.get("init_checkout"))
    )
    yield from table(("Train", "`initCheckout` takes", "It returns", "Results have", "Amounts"), rows)


def _majors(majors: Sequence[int]) -> str:
    return str(majors[0]) if len(majors) == 1 else f"{majors[0]} to {majors[-1]}"


def _span(names: Sequence[str], every: Sequence[str]) -> str:
    if len(names) == len(every):
        return "all"
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
