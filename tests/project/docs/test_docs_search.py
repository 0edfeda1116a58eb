"""What the search of the documentation finds first: guides before references before errors."""

import pytest

from cli.docs.docs import ranked
from layers.docs_site import search_index
from tests.support.tools.blocks import ROOT

PARTS = search_index(ROOT / "docs")
GUIDES = ("tutorial", "how-to/", "explanation/", "reference/what-is-simulated")
FIRST_MAX = 3


@pytest.mark.parametrize(
    "words",
    [
        *(
            "customer",
            "clock",
            "webhook signature",
            "dispute evidence",
            "subscription",
            "rate limit",
            "refund",
            "payout",
        ),
        *("saved card", "3ds", "stripe listen", "checkout session", "idempotency key", "decline", "lost answer"),
    ],
)
def test_a_guide_comes_first_and_no_error_is_among_the_first(words: str) -> None:
    first = [each["page"] for each in ranked(PARTS, words)[:FIRST_MAX]]
    assert first[0].startswith(GUIDES), first
    assert not any(page.startswith("errors") for page in first), first


@pytest.mark.parametrize(
    "words, page",
    [
        ("customer_exists", "errors/customer_exists"),
        ("signature_invalid", "errors/signature_invalid"),
        ("lost answer", "how-to/lose-answers"),
        ("saved card", "how-to/stripe-checkout"),
        ("stripe-mock", "how-to/coming-from-stripe"),
        ("settlement_fees", "reference/settings"),
    ],
)
def test_the_page_about_the_words_comes_first(words: str, page: str) -> None:
    assert ranked(PARTS, words)[0]["page"] == page
