"""Card brands: by issuer identification number, with the valid lengths of card numbers and security codes."""

import pytest

from paysandbox.core.cards.brand import CARD_FORMATS, Brand, brand_of


@pytest.mark.parametrize(
    "first_digits, brand",
    [
        ("4", Brand.VISA),
        ("299", Brand.UNKNOWN),
        ("300", Brand.DINERS),
        ("305", Brand.DINERS),
        ("306", Brand.UNKNOWN),
        ("3094", Brand.UNKNOWN),
        ("3095", Brand.DINERS),  # longer than 30, which is unassigned
        ("3096", Brand.UNKNOWN),
        ("33", Brand.UNKNOWN),
        ("34", Brand.AMEX),
        ("35", Brand.UNKNOWN),
        ("3527", Brand.UNKNOWN),
        ("3528", Brand.JCB),
        ("3589", Brand.JCB),
        ("3590", Brand.UNKNOWN),
        ("36", Brand.DINERS),
        ("37", Brand.AMEX),
        ("38", Brand.DINERS),
        ("39", Brand.DINERS),
        ("50", Brand.MAESTRO),
        ("51", Brand.MASTERCARD),
        ("55", Brand.MASTERCARD),
        ("56", Brand.MAESTRO),
        ("58", Brand.MAESTRO),
        ("59", Brand.UNKNOWN),
        ("2220", Brand.UNKNOWN),
        ("2221", Brand.MASTERCARD),
        ("2720", Brand.MASTERCARD),
        ("2721", Brand.UNKNOWN),
        ("6010", Brand.UNKNOWN),
        ("6011", Brand.DISCOVER),
        ("6012", Brand.UNKNOWN),
        ("62", Brand.UNIONPAY),
        ("622125", Brand.UNIONPAY),
        ("622126", Brand.UNIONPAY),  # shared with Discover: the network that issued it is UnionPay
        ("622925", Brand.UNIONPAY),
        ("622926", Brand.UNIONPAY),
        ("63", Brand.UNKNOWN),
        ("6303", Brand.UNKNOWN),
        ("6304", Brand.MAESTRO),
        ("6305", Brand.UNKNOWN),
        ("67", Brand.MAESTRO),
        ("68", Brand.UNKNOWN),
        ("643", Brand.UNKNOWN),
        ("644", Brand.DISCOVER),
        ("649", Brand.DISCOVER),
        ("65", Brand.DISCOVER),
        ("66", Brand.UNKNOWN),
        ("80", Brand.UNKNOWN),
        ("81", Brand.UNIONPAY),
        ("82", Brand.UNKNOWN),
    ],
)
def test_brand_by_issuer_identification_number(first_digits: str, brand: Brand) -> None:
    assert brand_of(first_digits.ljust(16, "0")) is brand


@pytest.mark.parametrize(
    "number, brand",
    [
        ("4242424242424242", "visa"),
        ("4000056655665556", "visa"),
        ("5555555555554444", "mastercard"),
        ("2223003122003222", "mastercard"),
        ("5105105105105100", "mastercard"),
        ("378282246310005", "amex"),
        ("371449635398431", "amex"),
        ("6011111111111117", "discover"),
        ("6011981111111113", "discover"),
        ("3056930009020004", "diners"),
        ("36227206271667", "diners"),
        ("3566002020360505", "jcb"),
        ("6200000000000005", "unionpay"),
        ("6205500000000000004", "unionpay"),
    ],
)
def test_brand_of_test_cards(number: str, brand: str) -> None:
    assert brand_of(number) == brand


@pytest.mark.parametrize(
    "brand, lengths, cvc_digits",
    [
        (Brand.VISA, {13, 16, 19}, 3),
        (Brand.MASTERCARD, {16}, 3),
        (Brand.AMEX, {15}, 4),
        (Brand.DISCOVER, {16, 17, 18, 19}, 3),
        (Brand.DINERS, {14, 15, 16, 17, 18, 19}, 3),
        (Brand.JCB, {16, 17, 18, 19}, 3),
        (Brand.UNIONPAY, {14, 15, 16, 17, 18, 19}, 3),
        (Brand.MAESTRO, {12, 13, 14, 15, 16, 17, 18, 19}, 3),
        (Brand.UNKNOWN, {12, 13, 14, 15, 16, 17, 18, 19}, 3),
    ],
)
def test_format_of_a_brands_cards(brand: Brand, lengths: set[int], cvc_digits: int) -> None:
    assert (set(CARD_FORMATS[brand].lengths), CARD_FORMATS[brand].cvc_digits) == (lengths, cvc_digits)


def test_every_brand_has_a_format() -> None:
    assert set(CARD_FORMATS) == set(Brand)
