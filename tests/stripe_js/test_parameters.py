"""Addresses, parameters and postal codes in the browser's scripts."""

from typing import Any

import pytest

from tests.stripe_js.pure import called

FORM: list[tuple[dict[str, Any], str]] = [
    ({}, ""),
    ({"a": "b c", "n": 1, "yes": True}, "a=b%20c&n=1&yes=true"),
    ({"a": {"b": {"c": "&="}}}, "a%5Bb%5D%5Bc%5D=%26%3D"),
    ({"expand": ["x", "y"]}, "expand%5B0%5D=x&expand%5B1%5D=y"),
    ({"cleared": None, "none": {}}, "cleared="),
]

BASES = [
    ("http://127.0.0.1:4242/v3", "http://127.0.0.1:4242"),
    ("http://127.0.0.1:4242/v3/?a=b", "http://127.0.0.1:4242"),
    ("https://abc.example/prod/v3/", "https://abc.example/prod"),
    ("https://js.stripe.com/clover/stripe.js?advancedFraudSignals=false", "https://js.stripe.com"),
    ("https://js.stripe.com/v3/stripe.js", "https://js.stripe.com"),
    ("https://shop.example/app.js", None),
]

POSTAL = [
    ("94107", "US", None), ("94107-1234", "US", None), ("9410", "US", "incomplete_zip"),
    ("SW1A 1AA", "GB", None), ("SW1A", "GB", "incomplete_zip"), ("K1A 0B1", "CA", None), ("10115", "DE", None),
    ("", "DE", "incomplete_zip"), ("", "AE", None), ("anything", "AE", None),
]  # fmt: skip


def test_forms(subtests: pytest.Subtests) -> None:
    results = called("frames/form.js", [("encodeForm", params) for params, _ in FORM])
    for (params, expected), result in zip(FORM, results, strict=True):
        with subtests.test(str(params)):
            assert result == expected


def test_the_base_is_the_address_of_the_script_without_its_train(subtests: pytest.Subtests) -> None:
    results = called("script/address.js", [("baseOf", src) for src, _ in BASES])
    for (src, expected), result in zip(BASES, results, strict=True):
        with subtests.test(src):
            assert result == expected


def test_postal_codes(subtests: pytest.Subtests) -> None:
    results = called("frames/postal.js", [("checkPostal", text, country) for text, country, _ in POSTAL])
    for (text, country, expected), result in zip(POSTAL, results, strict=True):
        with subtests.test(f"{country} {text}"):
            assert result == expected


def test_every_language_has_every_text() -> None:
    texts = called("../tests/stripe_js/texts.mjs", [("names",)])[0]
    assert set(texts) == {"en", "de", "fr", "es", "it", "ja"}
    assert {tuple(sorted(names)) for names in texts.values()} == {tuple(sorted(texts["en"]))}
