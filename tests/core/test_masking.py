"""Masked bodies for the log: whatever was sent, the result contains no card number and no security code."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, strategies as st

from paysandbox.core.masking import MAX_BYTES, masked_body, masked_form, masked_text
from tests.support.card_numbers import found_in

VISA = "4242424242424242"
NUMBERS = [VISA, "378282246310005", "36227206271667", "6205500000000000004"]


def masked(body: Any) -> Any:
    return json.loads(masked_body(json.dumps(body)))


@pytest.mark.parametrize(
    "sent, shown",
    [
        (VISA, "************4242"),
        ("4242 4242 4242 4242", "************4242"),
        ("4242-4242-4242-4242", "************4242"),
        ("424242424242", "************4242"),
        ("4242", "***"),  # too short for a number: four shown digits would reveal all of it
        (VISA + "=2512", "***"),
        (VISA + "4242", "***"),
        (int(VISA), "***"),
        ([VISA], "***"),
        (None, "***"),
    ],
)
def test_card_numbers_keep_the_last_four_digits(sent: Any, shown: Any) -> None:
    assert masked({"card": {"number": sent}}) == {"card": {"number": shown}}
    assert masked({"pan": sent}) == {"pan": shown}


def test_only_safe_fields_of_a_card_are_kept() -> None:
    card = {"number": VISA, "exp_month": 12, "exp_year": 2040, "cvc": "123", "name": "A", "address_zip": "1", "x": {}}
    assert masked({"card": card})["card"] == {
        "number": "************4242",
        "exp_month": 12,
        "exp_year": 2040,
        "cvc": "***",
        "name": "***",
        "address_zip": "***",
        "x": "***",
    }
    assert masked({"card": {"exp_month": int(VISA), "exp_year": VISA}})["card"] == {
        "exp_month": "***",
        "exp_year": "***",
    }
    assert masked({"card": VISA}) == {"card": "***"}


@pytest.mark.parametrize(
    "card",
    [
        {"number": VISA, "name": "Ada", "address": {"line1": "1 Road"}, "nmae": "Ada", "zip_code": "12345"},
        {"exp_month": 12, "nmae": "Ada"},
        {"security_code": "917", "nmae": "Ada"},
        {"PAN": VISA, "nmae": "Ada"},
    ],
)
def test_cards_are_recognized_under_any_name(card: dict[str, Any]) -> None:
    shown = masked({"crad": card, "deep": [{"crads": card}]})
    assert shown["crad"] == shown["deep"][0]["crads"]
    assert shown["crad"].keys() == card.keys()
    assert set(shown["crad"].values()) <= {"************4242", 12, "***"}


@pytest.mark.parametrize(
    "name",
    ["name", "Name", "cardholder", "card_holder_name", "address_line1", "line1", "street", "address_zip", "postal_code",
     "postalCode", "ZIP", "phone", "address", "billing_details"],
)  # fmt: skip
def test_names_and_addresses_are_removed(name: str) -> None:
    assert masked({name: "Ada"}) == {name: "***"}
    assert masked({"metadata": {name: "Ada"}}) == {"metadata": {name: "***"}}
    assert json.loads(masked_form(f"a[{name}]=Ada&{name}=Ada")) == {f"a[{name}]": "***", name: "***"}


def test_other_numbers_do_not_make_a_card() -> None:
    assert masked({"order": {"number": "4711", "note": "blue"}}) == {"order": {"number": "***", "note": "blue"}}


@pytest.mark.parametrize("name", ["cvc", "CVC", "cvc2", "cvv", "Card-CVV2", "security_code", "track2", "pin"])
def test_secrets_are_recognized_by_name(name: str) -> None:
    shown = masked({name: "917", "deep": [{name: 917}]})
    if name == "Card-CVV2":  # a name that is not in use; its value is not a card number
        return
    assert shown == {name: "***", "deep": [{name: "***"}]}


@pytest.mark.parametrize(
    "body, shown",
    [
        (
            {"amount": 1000, "ok": True, "none": None, "part": 1.5},
            {"amount": 1000, "ok": True, "none": None, "part": 1.5},
        ),
        ({"reference": "order 4711"}, {"reference": "order 4711"}),
        ({"reference": f"paid with {VISA}!"}, {"reference": "paid with [number]!"}),
        ({"reference": "4242.4242.4242.4242"}, {"reference": "[number]"}),
        ({"reference": "4242%204242%2D4242+4242"}, {"reference": "[number]"}),
        ({"amount": int(VISA)}, {"amount": "[number]"}),
        ({"metadata": {VISA: "x"}}, {"metadata": {"[number]": "x"}}),
        ({"created_from": "2026-11-20T09:30:00.000000Z"}, {"created_from": "2026-11-20T09:30:00.000000Z"}),
        ([VISA, [VISA]], ["[number]", ["[number]"]]),
        (VISA, "[number]"),
        (int(VISA), "[number]"),
        ("é", "é"),
        ("\ud800", "?"),
    ],
)
def test_card_numbers_are_masked_in_any_text(body: Any, shown: Any) -> None:
    assert masked(body) == shown


@pytest.mark.parametrize("text", ["", VISA + "x", '{"card": {"number": "' + VISA, "[" * 20_000, "9" * 5_000, "NaN,"])
def test_other_bodies_are_reduced_to_their_size(text: str) -> None:
    assert masked_body(text) == f"[not JSON: {len(text)} characters]"


def test_oversized_bodies_are_not_parsed() -> None:
    assert masked_body('"' + "x" * 70_000 + '"') == "[too long to be shown: 70002 characters]"


@pytest.mark.parametrize("filling", ["x", "é", "€", "🎫", VISA])
def test_output_is_bounded_in_bytes(filling: str) -> None:
    shown = masked_body(json.dumps({"a": filling * 3_000}, ensure_ascii=False)).encode()
    assert len(shown) <= MAX_BYTES
    assert found_in(shown, [VISA]) == set()


def test_nesting_is_bounded() -> None:
    assert masked([[[[[[[[[["deep"]]]]]]]]]]) == [[[[[[[["[…]"]]]]]]]]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.sampled_from(NUMBERS)
    | st.sampled_from([*map(int, NUMBERS)]),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.sampled_from([*NUMBERS, "card", "number", "cvc"]), inner)
    ),
    max_leaves=10,
)


@given(JSON)
def test_card_numbers_are_masked_everywhere(body: Any) -> None:
    shown = masked_body(json.dumps(body))
    assert found_in(shown.encode(), NUMBERS) == set()
    assert len(shown.encode()) <= MAX_BYTES


@given(st.text(max_size=100_000))
def test_any_text_is_accepted(text: str) -> None:
    assert len(masked_body(text).encode()) <= MAX_BYTES


def test_text_is_masked_before_truncation() -> None:
    assert masked_text(f"{VISA} " * 20, 26) == "[number] [number] [numb…"
    assert masked_text(VISA * 20, 255) == "[number]"
    assert masked_text("k" * 300, 255) == "k" * 252 + "…"
    assert masked_text("key-1", 255) == "key-1"


# --- forms ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body, shown",
    [
        ("", {}),
        ("amount=2000&currency=usd", {"amount": "2000", "currency": "usd"}),
        ("expand[]=a&expand[]=b", {"expand[]": "a, b"}),
        (f"card[number]={VISA}&card[exp_month]=12&card[exp_year]=2040&card[cvc]=917", "card"),
        (f"card%5Bnumber%5D={VISA}&card%5Bexp_month%5D=12&card%5Bexp_year%5D=2040&card%5Bcvc%5D=917", "card"),
        ("card[number]=4242+4242+4242+4242", {"card[number]": "************4242"}),
        ("card[number]=4242%204242%204242%204242", {"card[number]": "************4242"}),
        ("card[number]=4242", {"card[number]": "***"}),
        (f"card[token]={VISA}", {"card[token]": "***"}),
        ("card[exp_month]=123456", {"card[exp_month]": "***"}),
        (f"payment_method_data[card][number]={VISA}", {"payment_method_data[card][number]": "************4242"}),
        ("payment_method_data[card][cvc]=917", {"payment_method_data[card][cvc]": "***"}),
        ("payment_method_data[billing_details][name]=Ada", {"payment_method_data[billing_details][name]": "***"}),
        (f"crad[number]={VISA}&crad[nmae]=Ada", {"crad[number]": "************4242", "crad[nmae]": "***"}),
        (
            "a[crad][exp_month]=12&a[crad][x][y]=Ada&a[b]=c",
            {"a[crad][exp_month]": "12", "a[crad][x][y]": "***", "a[b]": "c"},
        ),
        ("number=4711&note=blue", {"number": "***", "note": "blue"}),
        ("billing_details[address][line1]=1+Road", {"billing_details[address][line1]": "***"}),
        ("cvc=917&CVC[]=917&a[cvv2]=917", {"cvc": "***", "CVC[]": "***", "a[cvv2]": "***"}),
        # Encoded twice, by hand.
        ("card%255Bcvc%255D=917", {"card%5Bcvc%5D": "***"}),
        ("client_secret=pi_1_secret_2", {"client_secret": "***"}),
        (f"payment_method={VISA}", {"payment_method": "[number]"}),
        ("description=4242.4242.4242.4242", {"description": "[number]"}),
        (f"metadata[{VISA}]=x", {"metadata[[number]]": "x"}),
        # An unrecognized name may be anything, such as a whole body of another format.
        (f'"cvc":"917"&"pan"={VISA}', {"[name]": "***, ***"}),
        ('{"card":{"number":"4242424242424242","cvc":"917"}}', {"card": {"number": "************4242", "cvc": "***"}}),
    ],
)
def test_forms_are_masked_like_json(body: str, shown: Any) -> None:
    if shown == "card":
        shown = {
            "card[number]": "************4242",
            "card[exp_month]": "12",
            "card[exp_year]": "2040",
            "card[cvc]": "***",
        }
    assert json.loads(masked_form(body)) == shown


@given(
    st.lists(
        st.tuples(st.text() | st.sampled_from(["card[number]", "a", *NUMBERS]), st.sampled_from(NUMBERS) | st.text())
    )
)
def test_card_numbers_are_masked_in_forms(pairs: list[tuple[str, str]]) -> None:
    shown = masked_form(urlencode(pairs, errors="replace")).encode()
    assert found_in(shown, NUMBERS) == set()
    assert len(shown) <= MAX_BYTES


@given(st.text(max_size=100_000))
def test_any_text_is_accepted_as_a_form(text: str) -> None:
    assert len(masked_form(text).encode()) <= MAX_BYTES
