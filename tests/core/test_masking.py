"""Masked bodies for the log: whatever was sent, the result contains no card number and no security code."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, strategies as st

from paysandbox.core.cards.masking import (
    MAX_BYTES,
    masked_answer,
    masked_body,
    masked_form,
    masked_text,
    masked_webhook,
    without_secrets,
)
from tests.support.tools.card_numbers import found_in

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
    "sent, shown",
    [
        ("000123456789", "********6789"),
        ("000-123 456789", "********6789"),
        ("123456789", "********6789"),
        ("12345678901234567", "********4567"),
        ("123456789012345678", "***"),  # too long for one
        ("12345678", "***"),  # four shown digits would reveal half of it
        (VISA, "********4242"),
        ("account 000123456789", "***"),
        (123456789, "***"),
        (["000123456789"], "***"),
        ({"a": "000123456789"}, "***"),
        (None, "***"),
    ],
)
def test_account_numbers_keep_the_last_four_digits(sent: Any, shown: str) -> None:
    for name in ("account_number", "accountNumber", "Account-Number", "bank_account_number", "acct_number"):
        assert masked({name: sent}) == {name: shown}
        assert masked({"bank_account": {name: sent}}) == {"bank_account": {name: shown}}
    if isinstance(sent, str):
        name = "bank_account[account_number]"
        assert json.loads(masked_form(urlencode({name: sent}))) == {name: shown}


@pytest.mark.parametrize("sent, shown", [("000123456789", "********6789"), ("x", "***"), (123456789, "***")])
def test_a_bank_account_that_is_no_object_is_taken_for_a_number(sent: Any, shown: str) -> None:
    assert masked({"bank_account": sent}) == {"bank_account": shown}
    if isinstance(sent, str):
        assert json.loads(masked_form(f"bank_account={sent}")) == {"bank_account": shown}


def test_what_is_shown_of_a_bank_account() -> None:
    account = {"routing_number": "110000000", "account_number": "000123456789", "account_type": "checking"}
    shown = account | {"account_number": "********6789", "account_holder_name": "***"}
    assert masked({"bank_account": account | {"account_holder_name": "Jane Doe"}}) == {"bank_account": shown}
    assert masked({"bank_account": None}) == {"bank_account": None}
    wrong = {
        "routing_number": "000123456789",
        "last4": "56789",
        "account_type": "000123456789",
        "acount": "000123456789",
    }
    assert masked({"bank_account": wrong}) == {"bank_account": dict.fromkeys(wrong, "***")}
    form = {f"bank_account[{name}]": value for name, value in wrong.items()}
    assert json.loads(masked_form(urlencode(form))) == dict.fromkeys(form, "***")
    answered = {"routing_number": "110000000", "last4": "6789", "account_type": "checking"}
    assert masked({"bank_account": answered}) == {"bank_account": answered}


@pytest.mark.parametrize(
    "name", ["email", "Email", "e-mail", "email_address", "receipt_email", "customer_email", "customer_email_address"]
)
def test_email_addresses_are_hidden(name: str) -> None:
    """Customers' addresses are in requests that create customers and pay out to them."""
    assert masked({name: "jane@example.com"}) == {name: "***"}
    assert masked({"deep": [{name: "jane@example.com"}]}) == {"deep": [{name: "***"}]}
    assert json.loads(masked_form(urlencode({f"customer[{name}]": "jane@example.com"}))) == {f"customer[{name}]": "***"}


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


@pytest.mark.parametrize(
    "key, shown",
    [
        ("sk_live_" + "51Hx4242" * 12, "sk_live_***"),
        ("rk_live_" + "a" * 24, "rk_live_***"),
        ("pk_test_acme_" + "a" * 32, "pk_test_***"),
        ("whsec_" + "Ab1" * 10, "whsec_***"),
        ("sk_live_" + VISA, "sk_live_***"),
    ],
)
def test_a_key_is_shown_nowhere(key: str, shown: str) -> None:
    """Callers send keys in wrong places: in a body, as its name, or as the idempotency key."""
    assert masked({"description": f"with {key}.", key: 1, "nested": [{"a": key}]}) == {
        "description": f"with {shown}.",
        shown: 1,
        "nested": [{"a": shown}],
    }
    assert json.loads(masked_form(urlencode({"key": key, key: "", "metadata[a]": f"{key} {key}"}))) == {
        "key": shown,
        shown: "",
        "metadata[a]": f"{shown} {shown}",
    }
    assert masked_text(f"order {key}", 255) == f"order {shown}"


WHSEC = "whsec_c2FuZGJveC1+zYW5kYm94/LXNhbmRib3g="
SECRET = "abcdefghijklmnop2345"
SECRETS = [
    pytest.param({"secret": WHSEC}, {"secret": "***"}, id="webhook secret"),
    pytest.param({"note": f"signed with {WHSEC}"}, {"note": "signed with whsec_***"}, id="webhook secret in a text"),
    pytest.param({"key": f"sk_test_demo_{SECRET}"}, {"key": "sk_test_***"}, id="secret key"),
    pytest.param({"key": f"sk_live_{SECRET}"}, {"key": "sk_live_***"}, id="live key"),
    pytest.param({"key": f"ok_test_{SECRET}"}, {"key": "ok_test_***"}, id="operator's key"),
    pytest.param({"client_secret": f"pi_1_secret_{SECRET}"}, {"client_secret": "***"}, id="client secret"),
    pytest.param({"note": f"pi_1_secret_{SECRET}"}, {"note": "pi_1_secret_***"}, id="client secret in a text"),
    pytest.param(
        {"return_url": f"https://shop.example/paid?payment_intent_client_secret=pi_1_secret_{SECRET}"},
        {"return_url": "https://shop.example/paid?***"},
        id="client secret in a link",
    ),
    pytest.param(
        {"url": f"https://reports.s3.amazonaws.com/2026-11-22/demo.csv?X-Amz-Signature={SECRET}"},
        {"url": "https://reports.s3.amazonaws.com/2026-11-22/demo.csv?***"},
        id="presigned link",
    ),
    pytest.param(
        {"url": f"http://127.0.0.1:4610/authenticate/tds_1/{SECRET}"},
        {"url": "http://127.0.0.1:4610/authenticate/tds_1/***"},
        id="address of a challenge",
    ),
    pytest.param(
        {"url": f"http://127.0.0.1:4610/inbox/acme-corp_{SECRET}"},
        {"url": "http://127.0.0.1:4610/inbox/acme-corp_***"},
        id="address of an inbox",
    ),
    pytest.param(
        {"url": f"http://127.0.0.1:4610/c/pay/demo/cs_test_1/{SECRET}"},
        {"url": "http://127.0.0.1:4610/c/pay/demo/cs_test_1/***"},
        id="address of a Checkout page",
    ),
    pytest.param(
        {"paths": [f"/inbox/demo_{SECRET}", f"/authenticate/tds_1/{SECRET}", f"/authenticate/setup/demo/s_1/{SECRET}"]},
        {"paths": ["/inbox/demo_***", "/authenticate/tds_1/***", "/authenticate/setup/demo/s_1/***"]},
        id="paths alone",
    ),
    pytest.param({"url": "https://shop.example/hook"}, {"url": "https://shop.example/hook"}, id="a link without one"),
    pytest.param({"note": "to jane.doe+1@mail.example.com!"}, {"note": "to ***!"}, id="e-mail in a text"),
    pytest.param({"password": SECRET, "api_key": SECRET}, {"password": "***", "api_key": "***"}, id="by name"),
    pytest.param({"object": {"secret": {"nested": SECRET}}}, {"object": {"secret": "***"}}, id="an object"),
]


@pytest.mark.parametrize("body, shown", SECRETS)
def test_secrets_are_masked_wherever_they_are(body: Any, shown: Any) -> None:
    assert masked(body) == shown
    assert masked({"data": [body]}) == {"data": [shown]}


ESCAPED = {ord(mark): f"\\u{ord(mark):04x}" for mark in "@_/"}


@pytest.mark.parametrize("body, shown", SECRETS)
def test_secrets_are_masked_however_json_writes_them(body: Any, shown: Any) -> None:
    assert json.loads(masked_body(json.dumps(body).translate(ESCAPED))) == shown


def test_brand_and_last_digits_of_a_card_are_shown() -> None:
    """An answer has them; a caller who sends something else in these fields has it hidden."""
    assert masked({"card": {"brand": "visa", "last4": "4242"}}) == {"card": {"brand": "visa", "last4": "4242"}}
    hidden = {"brand": "***", "last4": "***"}
    assert masked({"card": {"brand": "Ada Lovelace", "last4": "42424"}}) == {"card": hidden}
    assert masked({"card": {"brand": ["visa"], "last4": 4242}}) == {"card": hidden}


def test_an_answer_is_masked_as_far_as_it_is_shown() -> None:
    short = {"amount": 1, "card": {"number": VISA, "cvc": "917"}, "note": VISA}
    assert masked_answer(json.dumps(short)) == masked_body(json.dumps(short))
    shown = masked_answer(json.dumps({"data": [short] * 300}))
    assert shown.startswith('{"data":[{"amount":1,"card":{"number":"************4242"')
    assert shown.endswith("…")
    assert VISA not in shown
    assert 1_000 < len(shown.encode()) <= MAX_BYTES


@pytest.mark.parametrize("text", ["<html>", '"' + "x" * 70_000 + '"', "[" * 20_000])
def test_other_answers_are_reduced_to_their_size(text: str) -> None:
    assert masked_answer(text) == masked_body(text)


@given(JSON)
def test_any_answer_that_is_short_is_masked_as_a_body(body: Any) -> None:
    text = json.dumps(body)
    if len(text) < MAX_BYTES // 2:
        assert masked_answer(text) == masked_body(text)


def test_an_inbox_keeps_its_own_url_and_no_other_secret() -> None:
    """The signature of a stored `endpoint_ping` can be verified, since its body is shown as it was sent."""
    text = f"http://127.0.0.1:4610/inbox/demo_{'a2' * 16} whsec_{'a' * 32}"
    assert masked_webhook(text, 1_000) == f"http://127.0.0.1:4610/inbox/demo_{'a2' * 16} whsec_***"
    assert masked_text(text, 1_000) == "http://127.0.0.1:4610/inbox/demo_*** whsec_***"


@pytest.mark.parametrize("text, masked", [
    ('{"key":"sk_test_demo_abc234"}', '{"key":"sk_test_***"}'),
    ("rk_live_51Habc and ek_test_demo_x", "rk_live_*** and ek_test_***"),
    ("whsec_MDEyMzQ1Njc4OTAx+/==", "whsec_***"),
    ("pi_abc_secret_mzxw6, seti_a_secret_b", "pi_abc_secret_***, seti_a_secret_***"),
    ("jenny@example.com paid pi_abc on 4242", "jenny@example.com paid pi_abc on 4242"),
])  # fmt: skip
def test_only_secrets_are_masked_in_a_text_that_is_shown(text: str, masked: str) -> None:
    assert without_secrets(text) == masked
