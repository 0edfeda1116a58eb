"""Refused bodies: the code, the named parameter, and no echo of the request in any refusal."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from pydantic import BaseModel

from paysandbox.core.currency import MINOR_DIGITS
from paysandbox.core.errors import Code, Refused, problem
from paysandbox.http.native import quick_reader
from paysandbox.http.parameters import reader_of
from paysandbox.http.reading import MAX_DEPTH, MAX_FAULTS, read_object
from paysandbox.http.shapes import shaped
from paysandbox.payments import authorization_body
from paysandbox.payments.limits import MAX_AMOUNT
from paysandbox.payments.requests import (
    AuthorizePayment,
    CapturePayment,
    ListPayments,
    RefundPayment,
    VoidPayment,
)
from paysandbox.payments.routes import AUTHORIZE_PAYMENT
from paysandbox.stripe_api.requests import (
    CapturePaymentIntent,
    CreatePaymentIntent,
    CreatePaymentMethod,
    UpdatePaymentIntent,
)
from tests.support.builders.build import (
    ABSENT,
    PAYMENT_ID,
    VISA,
    authorize_body,
    capture_body,
    card_details,
    refund_body,
    void_body,
)

read_quickly = reader_of(authorization_body.AuthorizePayment)
read_authorization = quick_reader(AUTHORIZE_PAYMENT, read_quickly)

LONE_SURROGATE = "\ud800"
FULL_WIDTH = "\uff14\uff12" * 8
EMOJI = "\U0001f4b6"


def read(text: str, shape: type[BaseModel]) -> Any:
    """Parse a body's text into the route's model. The body of an authorization is read with and without it."""
    sent = read_object(text)
    if shape is AuthorizePayment:
        assert_read_alike(sent)
    return shaped(shape, sent)


def assert_read_alike(sent: dict[str, Any]) -> None:
    """Compare the reader of authorizations with the documented shape: the same refusal, or the same values."""
    documented, refused = attempt(lambda: shaped(AuthorizePayment, sent))
    found, other = attempt(lambda: read_authorization(sent))
    assert other == refused
    if refused is None:
        assert asdict(found) == documented.model_dump()
        assert read_quickly(sent) == found


def attempt(read_body: Callable[[], Any]) -> tuple[Any, tuple[Any, ...] | None]:
    """Return what was read, and what was wrong."""
    try:
        return read_body(), None
    except Refused as refused:
        return None, (refused.code, refused.detail, refused.param, refused.errors)


def refusal(body: Any, shape: type[BaseModel] = AuthorizePayment) -> tuple[Code, str | None] | None:
    """Return the code and parameter of a body's refusal. The body is text, or a value to encode as JSON."""
    try:
        read(body if isinstance(body, str) else json.dumps(body), shape)
    except Refused as refused:
        return refused.code, refused.param
    return None


# --- not a JSON object ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "null",
        "true",
        "12",
        '"text"',
        "[]",
        "[{}]",
        "{",
        '{"amount": 1000',
        '{"amount": 1000}}',
        '{"amount": 1000} {"amount": 1}',
        '{"amount": 1000,}',
        "{'amount': 1000}",
        "{amount: 1000}",
        '{"amount": 01000}',
        '{"amount": +1000}',
        '{"amount": 0x3e8}',
        '{"amount": NaN}',  # Python's parser would accept these three
        '{"amount": Infinity}',
        '{"amount": -Infinity}',
        '{"card": {"number": NaN}}',
        '{"amount": 1000, "amount": 1}',  # ambiguous: either value could be the intended one
        '{"card": {"cvc": "123", "cvc": "124"}}',
        '{"metadata": {"a": "1", "\\u0061": "2"}}',  # the same name twice
        '{"amount": ' + "1" * 5_000 + "}",
        '{"description": "line\nbreak"}',
        "amount=1000&currency=usd",
        "<amount>1000</amount>",
        "\ufeff{}",
    ],
)
def test_not_a_json_object(text: str) -> None:
    assert refusal(text) == (Code.REQUEST_INVALID, None)


def objects(depth: int) -> str:
    """Return `depth` nested objects as JSON."""
    return '{"a":' * depth + "1" + "}" * depth


def lists(depth: int) -> str:
    """Return an object holding nested lists as JSON: `depth` levels in all."""
    return '{"a":' + "[" * (depth - 1) + "]" * (depth - 1) + "}"


@pytest.mark.parametrize("nested", [objects, lists])
@pytest.mark.parametrize(
    "depth, refused",
    [
        (MAX_DEPTH, (Code.PARAMETER_MISSING, "card")),  # parsed, then refused by the model
        (MAX_DEPTH + 1, (Code.REQUEST_INVALID, None)),
        (300, (Code.REQUEST_INVALID, None)),
        (500, (Code.REQUEST_INVALID, None)),  # near Python's own limits
        (700, (Code.REQUEST_INVALID, None)),
        (900, (Code.REQUEST_INVALID, None)),
        (1_000, (Code.REQUEST_INVALID, None)),
        (100_000, (Code.REQUEST_INVALID, None)),
    ],
)
def test_nesting(nested: Callable[[int], str], depth: int, refused: tuple[Code, str | None]) -> None:
    assert refusal(nested(depth)) == refused


# --- amounts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "amount, code",
    [
        ("1", None),
        (str(MAX_AMOUNT), None),
        (str(MAX_AMOUNT + 1), Code.AMOUNT_TOO_LARGE),
        ("9" * 400, Code.AMOUNT_TOO_LARGE),
        ("0", Code.AMOUNT_TOO_SMALL),
        ("-0", Code.AMOUNT_TOO_SMALL),
        ("-1", Code.AMOUNT_TOO_SMALL),
        ("-" + "9" * 400, Code.AMOUNT_TOO_SMALL),
        ("12.5", Code.AMOUNT_INVALID),
        ("12.0", Code.AMOUNT_INVALID),  # a float is not an amount, even if whole
        ("1e3", Code.AMOUNT_INVALID),
        ("1E+2", Code.AMOUNT_INVALID),
        ("1e400", Code.AMOUNT_INVALID),  # infinity, in another notation
        ('"1000"', Code.AMOUNT_INVALID),
        ('""', Code.AMOUNT_INVALID),
        ("true", Code.AMOUNT_INVALID),
        ("false", Code.AMOUNT_INVALID),
        ("null", Code.AMOUNT_INVALID),
        ("[1000]", Code.AMOUNT_INVALID),
        ('{"value": 1000}', Code.AMOUNT_INVALID),
    ],
)
def test_amounts(amount: str, code: Code | None) -> None:
    text = json.dumps(authorize_body(amount="@")).replace('"@"', amount)

    assert refusal(text) == (None if code is None else (code, "amount"))


@pytest.mark.parametrize("shape, body", [(CapturePayment, capture_body), (RefundPayment, refund_body)])
@pytest.mark.parametrize(
    "amount, code",
    [
        (1, None),
        (None, None),
        (0, Code.AMOUNT_TOO_SMALL),
        (MAX_AMOUNT + 1, Code.AMOUNT_TOO_LARGE),
        (1.5, Code.AMOUNT_INVALID),
    ],
)
def test_optional_amounts(shape: type[BaseModel], body: Any, amount: Any, code: Code | None) -> None:
    assert refusal(body(amount=amount), shape) == (None if code is None else (code, "amount"))


# --- every other part -------------------------------------------------------------------------------------------------

UNKNOWN, MISSING, INVALID = Code.PARAMETER_UNKNOWN, Code.PARAMETER_MISSING, Code.PARAMETER_INVALID
NUMBER, EXPIRY, CVC = Code.CARD_NUMBER_INCORRECT, Code.CARD_EXPIRY_INVALID, Code.CVC_INVALID


@pytest.mark.parametrize(
    "body, refused",
    [
        (authorize_body(), None),
        (authorize_body(card=card_details(cvc=ABSENT)), None),
        (authorize_body(card=card_details(cvc=None)), None),
        (authorize_body(card=card_details(name="Ada Lovelace", address_zip="EC1A 1BB")), None),
        ({}, (MISSING, "card")),
        (authorize_body(card=ABSENT), (MISSING, "card")),
        (authorize_body(amount=ABSENT), (MISSING, "amount")),
        (authorize_body(card=[]), (INVALID, "card")),
        (authorize_body(card=VISA), (INVALID, "card")),
        # unknown fields, at every level
        (authorize_body(ammount=1), (UNKNOWN, "ammount")),
        (authorize_body(**{"": 1}), (UNKNOWN, None)),
        (authorize_body(card=card_details(pin="1234")), (UNKNOWN, "card.pin")),
        (authorize_body(**{LONE_SURROGATE: 1}), (INVALID, None)),
        (authorize_body(**{"x" * 5_000: 1}), (UNKNOWN, "x" * 100)),
        (authorize_body(auth_id=PAYMENT_ID), (UNKNOWN, "auth_id")),
        # the number
        (authorize_body(card=card_details(number=ABSENT)), (MISSING, "card.number")),
        (authorize_body(card=card_details(number=4242424242424242)), (NUMBER, "card.number")),
        (authorize_body(card=card_details(number="4242 4242 4242 4242")), (NUMBER, "card.number")),
        (authorize_body(card=card_details(number="4242-4242-4242-4242")), (NUMBER, "card.number")),
        (authorize_body(card=card_details(number=f"{VISA}\n")), (NUMBER, "card.number")),
        (authorize_body(card=card_details(number=f" {VISA}")), (NUMBER, "card.number")),
        (authorize_body(card=card_details(number=FULL_WIDTH)), (NUMBER, "card.number")),
        (authorize_body(card=card_details(number="1" * 11)), (NUMBER, "card.number")),
        (authorize_body(card=card_details(number="1" * 20)), (NUMBER, "card.number")),
        (authorize_body(card=card_details(number="")), (NUMBER, "card.number")),
        (authorize_body(card=card_details(number=None)), (NUMBER, "card.number")),
        # its expiry
        (authorize_body(card=card_details(exp_month=ABSENT)), (MISSING, "card.exp_month")),
        (authorize_body(card=card_details(exp_month=0)), (EXPIRY, "card.exp_month")),
        (authorize_body(card=card_details(exp_month=13)), (EXPIRY, "card.exp_month")),
        (authorize_body(card=card_details(exp_month="12")), (EXPIRY, "card.exp_month")),
        (authorize_body(card=card_details(exp_month=True)), (EXPIRY, "card.exp_month")),
        (authorize_body(card=card_details(exp_year=30)), (EXPIRY, "card.exp_year")),
        (authorize_body(card=card_details(exp_year=9999)), (EXPIRY, "card.exp_year")),
        (authorize_body(card=card_details(exp_year=2040.0)), (EXPIRY, "card.exp_year")),
        # its security code
        (authorize_body(card=card_details(cvc="12")), (CVC, "card.cvc")),
        (authorize_body(card=card_details(cvc="12345")), (CVC, "card.cvc")),
        (authorize_body(card=card_details(cvc=123)), (CVC, "card.cvc")),
        (authorize_body(card=card_details(cvc="\uff11\uff12\uff13")), (CVC, "card.cvc")),
        (authorize_body(card=card_details(cvc="")), (CVC, "card.cvc")),
        # the rest
        (authorize_body(currency="usd"), None),
        (authorize_body(currency="US"), (Code.CURRENCY_UNSUPPORTED, "currency")),
        (authorize_body(currency="U$D"), (Code.CURRENCY_UNSUPPORTED, "currency")),
        (authorize_body(currency="USDT"), (Code.CURRENCY_UNSUPPORTED, "currency")),
        (authorize_body(currency="XYZ"), (Code.CURRENCY_UNSUPPORTED, "currency")),
        (authorize_body(currency="\u017fEK"), (Code.CURRENCY_UNSUPPORTED, "currency")),  # a long s: SEK in upper case
        (authorize_body(currency=840), (Code.CURRENCY_UNSUPPORTED, "currency")),
        (authorize_body(currency=None), (Code.CURRENCY_UNSUPPORTED, "currency")),
        (authorize_body(capture_method="automatic"), None),
        (authorize_body(capture_method="AUTOMATIC"), (INVALID, "capture_method")),
        (authorize_body(capture_method="later"), (INVALID, "capture_method")),
        (authorize_body(capture_method=True), (INVALID, "capture_method")),
        (authorize_body(description="d" * 500), None),
        (authorize_body(description="d" * 501), (INVALID, "description")),
        (authorize_body(description="\u20ac" * 334), (INVALID, "description")),  # 1,002 bytes
        (authorize_body(description=""), (INVALID, "description")),
        (authorize_body(description=7), (INVALID, "description")),
        (authorize_body(description="two\nlines"), (INVALID, "description")),
        (authorize_body(description="\x00"), (INVALID, "description")),
        (authorize_body(description="\x85"), (INVALID, "description")),  # NEXT LINE, a C1 control character
        (authorize_body(description=f"caf\u00e9 {EMOJI}"), None),
        (authorize_body(description=LONE_SURROGATE), (INVALID, "description")),
        (authorize_body(reference="r" * 101), (INVALID, "reference")),
        (authorize_body(reference=LONE_SURROGATE), (INVALID, "reference")),
        (authorize_body(card=card_details(name=LONE_SURROGATE)), (INVALID, "card.name")),
        (authorize_body(card=card_details(name="n" * 101)), (INVALID, "card.name")),
        (authorize_body(metadata={}), None),
        (authorize_body(metadata={"order": "7"}), None),
        (authorize_body(metadata={"order": ""}), None),
        (authorize_body(metadata={"note": "two\nlines"}), None),
        (authorize_body(metadata={"order": 7}), (INVALID, "metadata.order")),
        (authorize_body(metadata=[]), (INVALID, "metadata")),
        (authorize_body(metadata={"order": None}), (INVALID, "metadata.order")),
        (authorize_body(metadata={"order": {"id": "7"}}), (INVALID, "metadata.order")),
        (authorize_body(metadata=[["order", "7"]]), (INVALID, "metadata")),
        (authorize_body(metadata={"": "7"}), (INVALID, "metadata.")),
        (authorize_body(metadata={"k" * 41: "7"}), (INVALID, "metadata." + "k" * 41)),
        (authorize_body(metadata={"a\tb": "7"}), (INVALID, "metadata.a\tb")),
        (authorize_body(metadata={"order": LONE_SURROGATE}), (INVALID, "metadata.order")),
        (authorize_body(metadata={LONE_SURROGATE: "7"}), (INVALID, "metadata.\ufffd\ufffd\ufffd")),
        (authorize_body(metadata={"order": "v" * 500}), None),
        (authorize_body(metadata={"order": "v" * 501}), (INVALID, "metadata.order")),
        (authorize_body(metadata={str(number): "v" for number in range(50)}), None),
        (authorize_body(metadata={str(number): "v" for number in range(51)}), (INVALID, "metadata")),
        (authorize_body(metadata={f"{number:02}": "v" * 500 for number in range(16)}), None),
        (authorize_body(metadata={f"{number:02}": "v" * 500 for number in range(17)}), (INVALID, "metadata")),
        (authorize_body(metadata={f"{number:02}": EMOJI * 500 for number in range(5)}), (INVALID, "metadata")),  # bytes
    ],
)  # fmt: skip
def test_authorize(body: dict[str, Any], refused: tuple[Code, str | None] | None) -> None:
    assert refusal(body) == refused


@pytest.mark.parametrize(
    "shape, body, refused",
    [
        (CapturePayment, capture_body(), None),
        (CapturePayment, capture_body(ABSENT), (MISSING, "auth_id")),
        (CapturePayment, capture_body(7), (INVALID, "auth_id")),
        (CapturePayment, capture_body("a" * 65), (INVALID, "auth_id")),
        (CapturePayment, capture_body(LONE_SURROGATE), (INVALID, "auth_id")),
        (CapturePayment, capture_body(final=True), None),
        (CapturePayment, capture_body(final="true"), (INVALID, "final")),
        (CapturePayment, capture_body(final=1), (INVALID, "final")),
        (CapturePayment, capture_body(final=None), (INVALID, "final")),
        (CapturePayment, capture_body(currency="eur"), None),
        (CapturePayment, capture_body(currency="euro"), (Code.CURRENCY_UNSUPPORTED, "currency")),
        (CapturePayment, capture_body(transaction_id=PAYMENT_ID), (UNKNOWN, "transaction_id")),
        (VoidPayment, void_body(), None),
        (VoidPayment, void_body(ABSENT), (MISSING, "auth_id")),
        (VoidPayment, void_body(amount=100), (UNKNOWN, "amount")),
        (RefundPayment, refund_body(), None),
        (RefundPayment, refund_body(ABSENT), (MISSING, "transaction_id")),
        (RefundPayment, refund_body(auth_id=PAYMENT_ID), (UNKNOWN, "auth_id")),
        (RefundPayment, refund_body(reason="torn"), None),
        (RefundPayment, refund_body(reason=None), None),
        (RefundPayment, refund_body(reason=""), (INVALID, "reason")),
        (RefundPayment, refund_body(reason="r" * 501), (INVALID, "reason")),
        (RefundPayment, refund_body(reason="a\rb"), (INVALID, "reason")),
        # Query values are always text, so numbers are parsed from it.
        (ListPayments, {}, None),
        (ListPayments, {"limit": "100"}, None),
        (ListPayments, {"limit": "0"}, (INVALID, "limit")),
        (ListPayments, {"limit": "101"}, (INVALID, "limit")),
        (ListPayments, {"limit": "ten"}, (INVALID, "limit")),
        (ListPayments, {"limit": ""}, (INVALID, "limit")),
        (ListPayments, {"cursor": "c" * 251}, (Code.CURSOR_INVALID, "cursor")),
        (ListPayments, {"page": "2"}, (UNKNOWN, "page")),
    ],
)
def test_other_routes(shape: type[BaseModel], body: dict[str, Any], refused: tuple[Code, str | None] | None) -> None:
    assert refusal(body, shape) == refused


def test_all_errors_are_reported_at_once() -> None:
    with pytest.raises(Refused) as caught:
        read(json.dumps(authorize_body(amount=0, card=card_details(cvc="1"), ammount=1)), AuthorizePayment)

    refused = caught.value
    assert [(fault.code, fault.param) for fault in refused.errors] == [
        (CVC, "card.cvc"),
        (Code.AMOUNT_TOO_SMALL, "amount"),
        (UNKNOWN, "ammount"),
    ]
    assert (refused.code, refused.param, refused.detail) == (CVC, "card.cvc", refused.errors[0].detail)


def test_size_of_an_error_is_bounded() -> None:
    with pytest.raises(Refused) as caught:
        read(json.dumps(authorize_body(**{f"unknown_{number}": 1 for number in range(1_000)})), AuthorizePayment)
    assert len(caught.value.errors) == MAX_FAULTS


def test_a_single_error_has_no_list() -> None:
    with pytest.raises(Refused) as caught:
        read(json.dumps(authorize_body(amount=0)), AuthorizePayment)
    assert caught.value.errors == ()


def test_currencies_are_case_insensitive() -> None:
    for code in MINOR_DIGITS:
        for written in (code, code.lower(), code.capitalize()):
            assert read(json.dumps(authorize_body(currency=written)), AuthorizePayment).currency == code


# --- nothing that was sent comes back ---------------------------------------------------------------------------------

SPACED = "4242 4242 4242 4242"


@pytest.mark.parametrize(
    "body",
    [
        authorize_body(card=card_details(number=f"{VISA}0000")),
        authorize_body(card=card_details(number=SPACED)),
        authorize_body(card=card_details(number=int(VISA))),
        authorize_body(card=VISA),
        authorize_body(card=[VISA]),
        authorize_body(amount=int(VISA)),
        authorize_body(amount=VISA),
        authorize_body(currency=VISA),
        authorize_body(capture_method=VISA),
        authorize_body(description=f"{VISA}\n"),
        authorize_body(card=card_details(cvc=VISA)),
        authorize_body(card=card_details(exp_year=int(VISA))),
        authorize_body(card=card_details(name=f"{VISA}\n")),
        authorize_body(metadata={"card": int(VISA)}),
        authorize_body(metadata=VISA),
        authorize_body(**{VISA: 1}),  # a card number in place of a name
        authorize_body(**{SPACED: 1}),
        authorize_body(**{"x" * 89 + VISA: 1}),  # a long name, truncated within the card number
        authorize_body(card={VISA: 1}),
        authorize_body(metadata={VISA: 1}),
        authorize_body(metadata={f"card {SPACED}": 1}),
        {VISA: {}},
        f'{{"card": "{VISA}"',
        f'{{"{VISA}": 1, "{VISA}": 2}}',
        VISA,
        f'"{VISA}"',
    ],
    ids=lambda body: body if isinstance(body, str) else json.dumps(body)[:90],
)
def test_errors_do_not_repeat_card_numbers(body: Any) -> None:
    """Neither in the answer nor in the log line, which also names the parameter."""
    with pytest.raises(Refused) as caught:
        read(body if isinstance(body, str) else json.dumps(body), AuthorizePayment)

    refused = caught.value
    answered = problem(refused.code, detail=refused.detail, param=refused.param, errors=refused.errors)
    shown = f"{json.dumps(answered)} {refused!r} {refused}"
    # PCI DSS 3.4.1: at most the first six and the last four digits may be shown.
    assert VISA[:7] not in re.sub(r"[ -]", "", shown)
    assert caught.value.__cause__ is None


_WORDS = ["", "x" * 100, "x" * 101, "é" * 500, "é" * 501, "x" * 501, "\x00", "a\n", "\x85", "\u2028"]
_WORDS += [LONE_SURROGATE, FULL_WIDTH, EMOJI, "usd", "ı" * 3, "USD\n", "XXY", "123", "1234", "12345", "१२३"]
_WORDS += ["4242424242424242", "4242424242424242\n", "manual", "automatic", "any", "proceed", "decline"]
_WORDS += ["https://shop.example/a", "https://shop.example/" + "a" * 2_000, "ftp://a.example"]
_TEXTS = st.text(st.characters(), max_size=3) | st.sampled_from(_WORDS)
_NUMBERS = st.sampled_from(
    [0, 1, -1, 12, 13, 1.0, 12.5, True, False, 2000, 1999, 2200, 2201, 99_999_999, 100_000_000, 10**30]
)
_ODD = st.none() | _TEXTS | _NUMBERS | st.just([]) | st.just({}) | st.dictionaries(_TEXTS, _TEXTS, max_size=2)
_METADATA = st.dictionaries(_TEXTS, _TEXTS, max_size=3) | st.integers(49, 51).map(
    lambda size: {f"{number}": "x" * 150 for number in range(size)}
)


def _with_odd(right: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Bodies whose fields are right, absent or odd. An unknown one is among them now and then."""
    fields = {name: st.just(value) | st.just(value) | _ODD for name, value in right.items()}
    return st.fixed_dictionaries({}, optional={**fields, "unknown": _ODD})


_CARDS = _with_odd(card_details(cvc="123", name="A. Payer", address_line1="1 Road", address_zip="12345"))
_RIGHT_CARDS = st.fixed_dictionaries(
    {name: st.just(card_details()[name]) for name in ("number", "exp_month", "exp_year")},
    optional={name: st.none() | _TEXTS for name in ("cvc", "name", "address_line1", "address_zip")},
)
_CHOICES = st.fixed_dictionaries({}, optional={"request": _ODD | st.just("any"), "if_unavailable": _ODD})


@pytest.mark.full
@settings(max_examples=400)
@given(
    body=st.fixed_dictionaries(
        {"card": _RIGHT_CARDS | _CARDS | _ODD, "amount": st.just(1250) | _NUMBERS},
        optional={
            "currency": st.sampled_from(["usd", "EUR"]) | _ODD,
            "capture_method": st.sampled_from(["manual", "automatic"]) | _ODD,
            "allow_partial": st.booleans() | _ODD,
            "return_url": st.just("https://shop.example/a") | _ODD,
            "three_d_secure": _CHOICES | _ODD,
            "description": _ODD,
            "reference": _ODD,
            "metadata": _METADATA | _ODD,
            "unknown": _ODD,
        },
    )
)
def test_authorizations_are_read_without_pydantic_as_their_documented_shape_reads_them(body: dict[str, Any]) -> None:
    assert_read_alike(body)


@given(
    body=st.fixed_dictionaries(
        {"card": _RIGHT_CARDS, "amount": st.just(1250)},
        optional={name: st.none() | _TEXTS for name in ("description", "reference", "return_url")}
        | {"metadata": _METADATA, "three_d_secure": _CHOICES},
    )
)
def test_mostly_valid_authorizations_are_read_as_their_documented_shape_reads_them(body: dict[str, Any]) -> None:
    assert_read_alike(body)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"currency": "eur", "capture_method": "automatic", "allow_partial": True},
        {"return_url": "https://shop.example/a", "three_d_secure": {"request": "any"}},
        {"three_d_secure": {"if_unavailable": "decline"}},
        {"description": "é" * 500, "reference": "x" * 100, "metadata": {"a": "\x01", "é": ""}},
        {"metadata": {}, "three_d_secure": {}},
        {"return_url": None, "three_d_secure": None, "description": None, "reference": None, "metadata": None},
        {"metadata": {f"{number}": "x" * 153 for number in range(50)}},
        {"metadata": {f"{number}": "x" * 160 for number in range(50)}},
    ],
)
def test_valid_authorizations_are_read_as_their_documented_shape_reads_them(more: dict[str, Any]) -> None:
    card = card_details(cvc="123", name="A. Payer", address_line1="1 Road", address_zip="12345")
    assert_read_alike(authorize_body(card=card, **more))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
names = st.sampled_from(["card", "amount", "currency", "metadata", "description", "auth_id", "final", "nonsense"])


@pytest.mark.full
@pytest.mark.parametrize("shape", [AuthorizePayment, CapturePayment, VoidPayment, RefundPayment])
@given(body=st.dictionaries(names, json_values))
def test_any_body_gets_a_valid_response(shape: type[BaseModel], body: Any) -> None:
    """Never a 500, and never a problem that cannot be encoded in UTF-8."""
    try:
        read(json.dumps(body), shape)
    except Refused as refused:
        answered = problem(refused.code, detail=refused.detail, param=refused.param, errors=refused.errors)
        assert json.dumps(answered, ensure_ascii=False).encode()
        assert answered["status"] == 400


@given(text=st.text(st.characters(codec="utf-8")))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    assert refusal(text) is not None or isinstance(json.loads(text), dict)


@pytest.mark.parametrize(
    "shape, sent, code, param",
    [
        (CreatePaymentIntent, {"amount": "x"}, Code.AMOUNT_INVALID, "amount"),
        (CreatePaymentIntent, {"amount": "0"}, Code.AMOUNT_TOO_SMALL, "amount"),
        (CreatePaymentIntent, {"amount": "9" * 18}, Code.AMOUNT_TOO_LARGE, "amount"),
        (CapturePaymentIntent, {"amount_to_capture": "0"}, Code.AMOUNT_TOO_SMALL, "amount_to_capture"),
        (CapturePaymentIntent, {"amount_to_capture": ""}, Code.AMOUNT_INVALID, "amount_to_capture"),
        (UpdatePaymentIntent, {"metadata": ["a"]}, Code.PARAMETER_INVALID, "metadata"),
        (UpdatePaymentIntent, {"metadata": {"a": {"b": "c"}}}, Code.PARAMETER_INVALID, "metadata.a"),
        (UpdatePaymentIntent, {"description": "d" * 1001}, Code.PARAMETER_INVALID, "description"),
        (UpdatePaymentIntent, {"on_behalf_of": "acct_1"}, Code.PARAMETER_UNKNOWN, "on_behalf_of"),
        (
            UpdatePaymentIntent,
            {"payment_method_data": {"type": "card", "card": {"number": "42"}}},
            Code.CARD_NUMBER_INCORRECT,
            "payment_method_data.card.number",
        ),
        (
            CreatePaymentMethod,
            {"type": "card", "card": {"exp_month": "13"}},
            Code.CARD_EXPIRY_INVALID,
            "card.exp_month",
        ),
        (CreatePaymentMethod, {"type": "card", "card": {"cvc": "1"}}, Code.CVC_INVALID, "card.cvc"),
    ],
)
def test_errors_in_a_form(shape: type[BaseModel], sent: dict[str, Any], code: Code, param: str) -> None:
    """Pydantic's errors name each alternative of a union; no such name comes from the caller."""
    with pytest.raises(Refused) as caught:
        shaped(shape, {"currency": "usd", **sent} if shape is CreatePaymentIntent else sent)
    assert (caught.value.code, caught.value.param) == (code, param)
