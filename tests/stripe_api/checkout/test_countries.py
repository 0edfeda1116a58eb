"""The countries of an address on a session's page."""

import re

import pytest

from cli.deploy.installation import ROOT
from paysandbox.stripe_api.checkout.countries import countries
from paysandbox.stripe_api.checkout.texts import LANGUAGES

OF_SCRIPTS = ROOT / "stripe_js" / "frames" / "countries.js"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_names_the_countries_of_the_scripts(language: str) -> None:
    of_scripts = re.findall(r"\b[A-Z]{2}\b", OF_SCRIPTS.read_text().partition("const CODES =")[2].partition(";")[0])
    named = dict(countries(language))
    assert sorted(named) == of_scripts
    assert all(named.values())


@pytest.mark.parametrize(
    "language, allowed, names",
    [
        ("en", ["US", "DE", "AX"], ["Åland Islands", "Germany", "United States"]),
        ("de", ["US", "DE", "AT"], ["Deutschland", "Österreich", "Vereinigte Staaten"]),
        ("ja", ["DE"], ["ドイツ"]),
        ("en", ["ZZ"], []),
    ],
)
def test_those_allowed_by_name(language: str, allowed: list[str], names: list[str]) -> None:
    assert [name for _, name in countries(language, allowed)] == names
