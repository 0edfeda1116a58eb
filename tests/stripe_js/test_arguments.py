"""What elements() and its elements take in each train, and what is said of the rest: stripe_js/arguments.json."""

from typing import Any

import pytest

from layers.stripe_js import arguments, trains
from tests.stripe_js.pure import ARGUMENTS, REFUSALS, called

TABLE = arguments()
TRAINS: list[str] = [train["name"] for train in trains()["trains"]]
INTENT = "pi_1_secret_2"
USD: dict[str, Any] = {"mode": "payment", "amount": 1099, "currency": "usd"}

INVALID = "Invalid value for elements(): "
STRINGS = "{} should be one of the following strings: "

# Options of elements(), and the sentence that refuses them, if one does: its name, and how it begins.
REFUSED: list[tuple[dict[str, Any], str | None, str]] = [
    ({}, None, ""),
    ({"clientSecret": INTENT}, None, ""),
    ({"clientSecret": None}, None, ""),
    ({"clientSecret": "seti_1_secret_2", "locale": "de", "customerSessionClientSecret": "cuss_secret_1"}, None, ""),
    (USD, None, ""),
    ({**USD, "setupFutureUsage": None}, None, ""),
    ({**USD, "mode": "subscription", "amount": 0}, None, ""),
    ({"mode": "setup"}, None, ""),
    # The words are in ngx-stripe#296.
    (
        {"clientSecret": "nonsense"},
        "secret",
        INVALID + "clientSecret should be a client secret of the form ${id}_secret_${secret}. You specified: nonsense.",
    ),
    ({"clientSecret": ""}, "secret", INVALID + "clientSecret should be"),
    ({"clientSecret": "cs_test_1_secret_2"}, "secret", INVALID + "clientSecret should be"),
    # stripe-js#421 has the sentences on mode and currency.
    (
        {"mode": "donation"},
        "value",
        INVALID + STRINGS.format("mode") + "payment, setup, subscription. You specified: donation.",
    ),
    ({**USD, "currency": "USD"}, "value", INVALID + STRINGS.format("currency")),
    ({**USD, "currency": ""}, "value", INVALID + STRINGS.format("currency")),
    ({**USD, "captureMethod": "later"}, "value", INVALID + "captureMethod should be one of"),
    ({**USD, "setupFutureUsage": "never"}, "value", INVALID + "setupFutureUsage should be one of"),
    # The others are ours.
    ({"clientSecret": INTENT, "mode": "payment"}, "both", "elements() takes a clientSecret or a mode, not both."),
    ({"mode": "payment", "currency": "usd"}, "required", INVALID + "amount is required in the mode"),
    ({"mode": "payment", "amount": 1099}, "required", INVALID + "currency is required in the mode"),
    ({"mode": "subscription", "amount": 0}, "required", INVALID + "currency is required"),
    ({**USD, "amount": 0}, "amount", INVALID + "amount should be a positive integer"),
    ({**USD, "amount": 10.99}, "amount", INVALID + "amount should be a positive integer"),
    ({**USD, "amount": "1099"}, "amount", INVALID + "amount should be a positive integer"),
    ({**USD, "customerSessionClientSecret": "cuss_1"}, "session", INVALID + "customerSession"),
]

UNRECOGNIZED = "Unrecognized {} parameter: {} is not a recognized parameter. This may cause issues with your"
THEME, LAYOUT = "Using stripe.elements(): the theme should be one", "Using elements.create(): the layout should be one"
RULE = 'Using stripe.elements(): "body" is not a selector'
STYLED = {"theme": "night", "rules": {".Tab:hover": {}, ".Input, .Label": {}}}
VARIABLE = 'Using stripe.elements(): invalid variable "{0}"; "{0}" is not a supported variable.'

# A call, its options, what is said in the console, and the trains in which nothing is.
SAID: list[tuple[str, dict[str, Any], list[str], set[str]]] = [
    ("elements()", {**USD, "appearance": STYLED}, [], set()),
    ("elements()", {"betas": []}, [UNRECOGNIZED.format("elements()", "betas")], set()),
    ("elements()", {"appearance": {"colour": 1}}, [UNRECOGNIZED.format("elements()", "appearance.colour")], set()),
    # react-stripe-js#270
    ("elements()", {"appearance": {"variables": {"colorTextTerms": "x"}}}, [VARIABLE.format("colorTextTerms")], set()),
    ("elements()", {"appearance": {"theme": "dark"}}, [THEME], set()),
    ("elements()", {"appearance": {"rules": {"body": {}}}}, [RULE], set()),
    (
        "elements()",
        {**USD, "allowedPaymentMethodTypes": ["card"]},
        [UNRECOGNIZED.format("elements()", "allowedPaymentMethodTypes")],
        {"basil", "clover", "dahlia", "endive"},
    ),
    (
        "elements()",
        {**USD, "paymentMethodTypes": ["card"]},
        [UNRECOGNIZED.format("elements()", "paymentMethodTypes")],
        {*TRAINS} - {"endive"},
    ),
    ("elements.update()", {"colour": 1}, [UNRECOGNIZED.format("elements.update()", "colour")], set()),
    # react-stripe-js#258, vue-stripe-js#10, and ngx-stripe#132
    ("create() card", {"appearance": {}}, [UNRECOGNIZED.format("create()", "appearance")], set()),
    ("create() card", {"clientSecret": INTENT}, [UNRECOGNIZED.format("create()", "clientSecret")], set()),
    (
        "create() cardNumber",
        {"classes": {"webkitAutoFill": "x"}},
        [UNRECOGNIZED.format("create()", "classes.webkitAutoFill")],
        set(),
    ),
    ("create() payment", {"layout": "accordion", "fields": {"billingDetails": {"address": "never"}}}, [], set()),
    ("create() payment", {"layout": {"type": "tabs", "defaultCollapsed": True}}, [], set()),
    ("create() payment", {"layout": "columns"}, [LAYOUT], set()),
    ("create() payment", {"layout": {"type": "columns"}}, [LAYOUT], set()),
    ("create() payment", {"layout": {"kind": "tabs"}}, [UNRECOGNIZED.format("create()", "layout.kind")], set()),
    (
        "create() payment",
        {"fields": {"billingDetails": {"address": {"postal_code": "never"}}}},
        [UNRECOGNIZED.format("create()", "fields.billingDetails.address.postal_code")],
        set(),
    ),
    (
        "create() payment",
        {"wallets": {"link": "never"}},
        [UNRECOGNIZED.format("create()", "wallets.link")],
        {"basil", "clover", "dahlia", "endive"},
    ),
    ("create() address", {"mode": "billing", "country": "US"}, [UNRECOGNIZED.format("create()", "country")], set()),
    ("create() checkoutForm", {"anything": 1}, [], set()),
]

NEVER: list[tuple[Any, dict[str, Any], tuple[str, str] | None]] = [
    (None, {}, None),
    ("auto", {}, None),
    ({"name": "auto"}, {}, None),
    ({"name": "never"}, {"name": None}, None),
    ({"name": "never"}, {"email": "a@b.example"}, (".name", "name")),
    ("never", {}, ("", "name")),
    ("never", {"name": "", "email": "", "phone": ""}, ("", "address")),
    ("never", {"name": "", "email": "", "phone": "", "address": {}}, None),
    ({"address": "never"}, {"name": "x"}, (".address", "address")),
    # craftcms/commerce-stripe#257
    (
        {"address": {"country": "never", "postalCode": "never"}},
        {"address": {"country": "US"}},
        (".address.postal_code", "address.postal_code"),
    ),
    ({"address": {"country": "never"}}, {}, (".address.country", "address.country")),
]


def test_what_elements_refuses(subtests: pytest.Subtests) -> None:
    calls = [("wrongWith", REFUSALS, "elements()", given) for given, _, _ in REFUSED]
    sentences = {row["name"]: row for row in TABLE["sentences"]}
    results = called("script/arguments.js", calls)
    wrong = [(sentences[result[0]], result[1]) for result in results if result]
    texts = iter(called("script/sentence.js", [("filled", *each) for each in wrong]))
    for (given, name, begins), result in zip(REFUSED, results, strict=True):
        with subtests.test(str(given)):
            assert (result[0] if result else None) == name
            if name is None:
                continue
            text = next(texts)
            assert text.startswith(begins)
            assert text.endswith(" (The sandbox's words.)") is (sentences[name]["source"] is None)


@pytest.mark.parametrize("train", TRAINS)
def test_what_the_console_says(train: str, subtests: pytest.Subtests) -> None:
    calls = [("warningsOf", ARGUMENTS, TRAINS, train, {"call": call, "options": given}) for call, given, _, _ in SAID]
    for (call, given, said, silent), result in zip(SAID, called("frames/options.js", calls), strict=True):
        with subtests.test(f"{call} {given}"):
            expected = [] if train in silent else said
            assert len(result) == len(expected), result
            assert all(text.startswith(begins) for text, begins in zip(result, expected, strict=True))


def test_what_is_not_collected_is_passed(subtests: pytest.Subtests) -> None:
    results = called("script/arguments.js", [("neverPassed", wanted, passed) for wanted, passed, _ in NEVER])
    for (wanted, passed, missing), result in zip(NEVER, results, strict=True):
        with subtests.test(f"{wanted} {passed}"):
            assert result == (missing and {"name": missing[0], "missing": missing[1]})


def test_every_row_names_a_sentence_and_a_train() -> None:
    names = {row["name"] for row in TABLE["sentences"]}

    def rows(options: list[Any]) -> list[dict[str, Any]]:
        own = [row for row in options if isinstance(row, dict)]
        return own + [each for row in own for each in rows(row.get("options", []))]

    every = [row for kind in TABLE["types"] for row in rows(kind["options"])] + rows(TABLE["elements"])
    assert {row["says"] for row in every if "says" in row} <= names
    assert {row.get(end, TRAINS[0]) for row in every for end in ("since", "until")} <= {*TRAINS}
