"""What the documents say is missing is missing: each such sentence names its entry in the coverage page.

The entry of a resource that gets its first route disappears, and with it the sentence has to go.
"""

import re
from pathlib import Path

import pytest

from docs.readme_facts import GROUPS
from docs.stripe_coverage import RESOURCES, unsupported
from tests.support.tools.blocks import PAGES, ROOT
from tests.support.tools.prose import without_blocks

MISSING = re.compile(r"(?:not|n't)\]?\W+(?:\w+\W+)?(?:simulated|supported)\b|only works? with Stripe", re.IGNORECASE)
_INLINE = re.compile(r"`[^`]*`")
ANCHOR = re.compile(r"stripe-coverage\.md#no-(\w+)")
SENTENCE = re.compile(r"(?<=[.:!?])\s+(?=[A-Z·*\[])|\n(?=\s*(?:[-|]|\d+\.) )|\n\n")

# What is no resource of Stripe's, with the reason.
ELSEWHERE = {
    "Bank accounts are not simulated.": "as sources of a customer: a resource that is simulated for cards",
    "**Not simulated**: persons, documents, and accounts of accounts.": "parts of an account, which is simulated",
    "Going back to an older version over newer data is not supported.": "of this program",
}


def sentences(text: str) -> list[str]:
    found = (" ".join(sentence.split()) for sentence in SENTENCE.split(_INLINE.sub("·", without_blocks(text))))
    return [sentence for sentence in found if MISSING.search(sentence)]


def wrong(sentence: str) -> str | None:
    """Return what is wrong with a sentence that says that something is missing, or None."""
    if any(known in sentence for known in ELSEWHERE):
        return None
    named = ANCHOR.findall(sentence)
    supported = [name for name in named if name not in unsupported()]
    return f"names no entry of the coverage page: {sentence}" if not named else f"{supported}" if supported else None


def written_by_hand() -> list[Path]:
    return [page for page in PAGES if "Do not edit." not in page.read_text()]


def test_what_is_said_to_be_missing_is_missing() -> None:
    faults = {
        str(page.relative_to(ROOT)): found
        for page in written_by_hand()
        if (found := [fault for sentence in sentences(page.read_text()) if (fault := wrong(sentence))])
    }
    assert faults == {}


@pytest.mark.parametrize(
    "text, is_wrong",
    [
        ("Stripe's subscriptions, invoices and Connect are not supported.", True),
        ("[Transfers](reference/stripe-coverage.md#no-transfers) aren't simulated.", True),
        ("Stripe.js and the mobile SDKs only work with Stripe.", True),
        ("Invoices are [not simulated](reference/stripe-coverage.md#no-invoices).", False),
        ("Cards are simulated.", False),
    ],
)
def test_a_stale_sentence_is_found(text: str, is_wrong: bool) -> None:
    assert any(map(wrong, sentences(text))) is is_wrong


def test_every_exception_is_still_written() -> None:
    text = " ".join(" ".join(page.read_text() for page in written_by_hand()).split())
    assert [sentence for sentence in ELSEWHERE if sentence not in text] == []


def test_the_readme_has_every_resource_once() -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(RESOURCES)
