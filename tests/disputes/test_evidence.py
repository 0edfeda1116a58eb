"""Evidence by its rules alone: drafts in any order and twice, limits, sealing, digests."""

import itertools
from collections.abc import Sequence

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.disputes.evidence import (
    FIELDS,
    MAX_BYTES,
    MAX_CHARACTERS,
    NO_EVIDENCE,
    Draft,
    Evidence,
    digest_of,
    draft_of,
    has_draft,
    is_sealed,
    seal,
    with_draft,
)
from tests.support.builders.build import HOUR, MICROSECOND, MONDAY

FIRST = draft_of({"receipt": "file_1", "customer_name": "Ada"}, "sim_a", MONDAY)
SECOND = draft_of({"receipt": "file_2"}, "sim_b", MONDAY + MICROSECOND)
CLEARING = draft_of({"customer_name": ""}, "sim_c", MONDAY + HOUR)


def after(*drafts: Draft, evidence: Evidence = NO_EVIDENCE) -> Evidence:
    for draft in drafts:
        evidence = with_draft(evidence, draft)
    return evidence


@pytest.mark.parametrize(
    "drafts, texts",
    [
        ([], {}),
        ([FIRST], {"receipt": "file_1", "customer_name": "Ada"}),
        ([FIRST, SECOND], {"receipt": "file_2", "customer_name": "Ada"}),
        ([FIRST, SECOND, CLEARING], {"receipt": "file_2"}),
        ([CLEARING], {}),
    ],
)
def test_the_last_draft_of_a_field_wins(drafts: Sequence[Draft], texts: dict[str, str]) -> None:
    assert after(*drafts).texts == texts


def test_drafts_have_the_order_of_their_requests_not_of_their_writes() -> None:
    expected = after(FIRST, SECOND, CLEARING)

    for order in itertools.permutations([FIRST, SECOND, CLEARING]):
        evidence = after(*order)
        assert (evidence.texts, evidence.marks) == (expected.texts, expected.marks)


def test_a_repeated_draft_changes_nothing() -> None:
    evidence = after(FIRST, SECOND, CLEARING)

    assert with_draft(evidence, FIRST) == evidence
    assert [has_draft(evidence, draft) for draft in (FIRST, SECOND, CLEARING)] == [True, True, True]


def test_a_draft_is_not_saved_before_all_of_its_fields_are() -> None:
    assert not has_draft(after(SECOND), FIRST)
    assert has_draft(after(FIRST), Draft(texts={}, mark=""))


@pytest.mark.parametrize(
    "text",
    ["x" * MAX_CHARACTERS, "é" * MAX_CHARACTERS, "証" * (MAX_BYTES // 3)],
    ids=["characters", "two bytes each", "bytes"],
)
def test_all_fields_together_have_a_largest_size(text: str) -> None:
    half = len(text) // 2
    largest = draft_of({"receipt": text[:half], "uncategorized_text": text[half:]}, "sim_a", MONDAY)
    one_more = draft_of({"customer_name": "x"}, "sim_b", MONDAY + HOUR)

    evidence = after(largest)

    with pytest.raises(Refused) as refused:
        after(one_more, evidence=evidence)
    assert (refused.value.code, refused.value.param) == (Code.PARAMETER_INVALID, "evidence")
    shorter = draft_of({"uncategorized_text": text[half + 1 :]}, "sim_c", MONDAY + HOUR)
    assert after(shorter, one_more, evidence=evidence).texts["customer_name"] == "x"


def test_each_submission_is_sealed_apart() -> None:
    first = seal(after(FIRST), 0)
    second = seal(after(SECOND, evidence=first), 1)

    assert [is_sealed(first, 0), is_sealed(first, 1), is_sealed(second, 1)] == [True, False, True]
    assert first.digest == digest_of(first.texts) != second.digest


def test_no_evidence_cannot_be_sealed() -> None:
    with pytest.raises(Refused) as refused:
        seal(after(CLEARING), 0)

    assert refused.value.code is Code.PARAMETER_INVALID


def test_the_digest_is_that_of_canonical_json() -> None:
    # printf '{"customer_name":"Zoë","receipt":"file_1"}' | sha256sum
    expected = "9e6275095097b5635a5a41dee3eea3f98cd5dd356ed8bfde08896fa5f521c679"

    assert digest_of({"receipt": "file_1", "customer_name": "Zoë"}) == expected


def test_fields_are_sorted_and_known_once() -> None:
    assert [*FIELDS] == sorted(set(FIELDS))
