"""What an object is found by: whole texts without regard to case, and the words of names."""

import pytest

from paysandbox.search_index.terms import (
    MAX_TERM,
    NOTHING,
    STANDARD_REFERENCE_KEYS,
    Of,
    ReferenceKeysInvalidError,
    Terms,
    folded,
    has_words,
    numbers_in,
    read_reference_keys,
    reference_in,
    terms_of,
    words_in,
)

KEYS = read_reference_keys(STANDARD_REFERENCE_KEYS)


@pytest.mark.parametrize(
    "text, term",
    [
        ("Order-1043", "order-1043"),
        ("  two  words\n", "two words"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Cafe\u0301 7", "caf\u00e9 7"),
        ("x" * MAX_TERM, "x" * MAX_TERM),
        ("x" * (MAX_TERM + 1), None),
        (" ", None),
        ("", None),
        (None, None),
    ],
)
def test_texts_are_compared_without_case_and_spaces(text: str | None, term: str | None) -> None:
    assert folded(text) == term


@pytest.mark.parametrize("key", ["order_id", "orderId", "Order ID", "order-id", "ORDER_ID"])
def test_a_reference_key_matches_in_any_spelling(key: str) -> None:
    assert reference_in({"color": "red", key: "A-7"}, KEYS) == "A-7"


@pytest.mark.parametrize(
    "metadata, reference",
    [
        ({"order_id": "2", "order": "1"}, "1"),
        ({"order": "", "order_id": "2"}, "2"),
        ({"color": "red"}, None),
        ({}, None),
    ],
)
def test_the_first_reference_key_with_a_value_counts(metadata: dict[str, str], reference: str | None) -> None:
    assert reference_in(metadata, KEYS) == reference


def test_each_text_is_a_term_of_the_first_that_has_it() -> None:
    terms = terms_of(
        KEYS,
        metadata={"Color": "Red", "order": "A-7"},
        description="Order A-7, two books",
        name="Ada King Lovelace",
        client_reference_id="cart 9",
        email="Ada@example.com",
        customer="cus_1",
    )
    assert terms == Terms(
        {
            "a-7": Of.REFERENCE,
            "red": Of.METADATA,
            "cart 9": Of.CLIENT_REFERENCE_ID,
            "order a-7, two books": Of.DESCRIPTION,
            "ada@example.com": Of.EMAIL,
            "cus_1": Of.CUSTOMER,
        },
        ("ada", "king", "lovelace"),
    )


def test_five_other_values_of_metadata_are_terms() -> None:
    metadata = {f"key{number}": f"value{number}" for number in range(9)} | {"reference": "A-7"}
    assert [*terms_of(KEYS, metadata=metadata).whole] == ["a-7", *(f"value{number}" for number in range(5))]


def test_an_object_without_texts_has_no_terms() -> None:
    assert terms_of(KEYS) is NOTHING
    assert terms_of(KEYS, metadata={}, description="", name="") is NOTHING


@pytest.mark.parametrize(
    "description, numbers",
    [
        ("Order #1043", ("1043",)),
        ("Order 1043: 2 books (R-77).", ("1043", "2", "r-77")),
        ("Two books", ()),
        ("1 2 3 4 5 6 7", ("1", "2", "3", "4", "5")),
        (None, ()),
    ],
)
def test_words_with_a_digit_are_terms_of_a_description(description: str | None, numbers: tuple[str, ...]) -> None:
    assert numbers_in(description) == numbers


@pytest.mark.parametrize(
    "typed, has",
    [
        ("Ada", True),
        ("love", True),
        ("lovelace ada", True),
        ("ada byron", False),
        ("da", False),
    ],
)
def test_a_name_is_found_by_the_beginning_of_its_words(typed: str, *, has: bool) -> None:
    assert has_words(terms_of(KEYS, name="Ada Lovelace"), words_in(typed)) is has


@pytest.mark.parametrize("setting", ["", ",", "order," * 11, "order,==", "x" * 41])
def test_reference_keys_are_checked(setting: str) -> None:
    if setting == "order," * 11:
        setting = ",".join(f"key{number}" for number in range(11))
    with pytest.raises(ReferenceKeysInvalidError):
        read_reference_keys(setting)
