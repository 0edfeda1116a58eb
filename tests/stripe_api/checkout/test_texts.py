"""The languages of a session's page."""

import pytest

from paysandbox.stripe_api.checkout.texts import ENGLISH, LANGUAGES, language_of, texts_in


@pytest.mark.parametrize(
    "locale, accepted, language",
    [
        ("auto", ["fr-CH, fr;q=0.9, en;q=0.8"], "fr"),
        (None, ["pt, de;q=0.5"], "de"),
        (None, ["en;q=0.5, ja"], "ja"),
        (None, ["*"], "en"),
        (None, [], "en"),
        ("es-419", ["de"], "es"),
        ("nb", ["de"], "en"),
    ],
)
def test_the_language_of_a_page(locale: str | None, accepted: list[str], language: str) -> None:
    assert language_of(locale, accepted) == language


def test_every_language_has_every_text() -> None:
    assert len(LANGUAGES) == 6
    for language in LANGUAGES:
        assert texts_in(language).keys() == ENGLISH.keys()
        assert all(texts_in(language).values())
