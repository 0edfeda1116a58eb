"""Our operations answer and store what ministack and moto do, but for the differences of a table."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tests.engine.dynamodb import requests
from tests.engine.dynamodb.differences import MINISTACK, MOTO, ROWS, Row
from tests.engine.dynamodb.examples import EXAMPLES
from tests.engine.dynamodb.implementations import (
    FAILED,
    UNUSUAL,
    Case,
    Implementation,
    answers,
    ministack,
    moto,
    ours,
    outcome,
)
from tests.support.tools.tiers import full_but

RECORDING = Path(__file__).with_name("recorded.jsonl")

KINDS: Mapping[str, st.SearchStrategy[Case]] = {
    "writes": requests.writes(),
    "transactions": requests.transactions(),
    "reads": requests.reads(),
    "batches": requests.batches(),
    "invalid": requests.invalid(),
}
FEW, MANY = 8, 200

ROWS_OF_FILE: list[tuple[str, dict[str, Any]]] = [
    (operation, request) for operation, request in map(json.loads, RECORDING.read_text().splitlines())
]
RECORDED_TABLES = [request for operation, request in ROWS_OF_FILE if operation == "CreateTable"]
RECORDED = [row for row in ROWS_OF_FILE if row[0] != "CreateTable"]
"""Requests of the product's functions, one of each form of expressions, with the attributes that these name."""


@pytest.fixture(scope="module")
def others() -> Iterator[Mapping[str, Implementation]]:
    """Provide ministack and moto."""
    with ministack() as first, moto() as second:
        yield {MINISTACK: first, MOTO: second}


@pytest.mark.parametrize(
    "kind, examples",
    full_but([(kind, count) for count in (FEW, MANY) for kind in KINDS], keep=lambda row: row[1] == FEW, rows=True),
)
def test_the_same_request_has_the_same_outcome(others: Mapping[str, Implementation], kind: str, examples: int) -> None:
    @settings(max_examples=examples)
    @given(KINDS[kind])
    def property_of(case: Case) -> None:
        own = outcome(ours, requests.TABLES, case)
        assert own.status != UNUSUAL, own.message
        for name, other in others.items():
            its = outcome(other, requests.TABLES, case)
            if own != its and its.status != FAILED:
                assert any(name in row.others and row.is_this(case, own, its) for row in ROWS), (name, its.message)

    property_of()


def test_recorded_requests_of_the_product_have_the_same_answers(others: Mapping[str, Implementation]) -> None:
    own = answers(ours, RECORDED_TABLES, RECORDED)
    assert [outcome.message for outcome in own if outcome.status == UNUSUAL] == []
    for name, other in others.items():
        for request, answer, its in zip(RECORDED, own, answers(other, RECORDED_TABLES, RECORDED), strict=True):
            assert answer == its, (name, request, its.message)


@pytest.mark.parametrize("case", EXAMPLES.values(), ids=EXAMPLES)
def test_a_rule_is_the_same(others: Mapping[str, Implementation], case: Case) -> None:
    own = outcome(ours, requests.TABLES, case)
    assert own.status != UNUSUAL, own.message
    assert {name: outcome(other, requests.TABLES, case) for name, other in others.items()} == dict.fromkeys(others, own)


DIFFERING = [(row, other) for row in ROWS for other in row.others]


@pytest.mark.parametrize("row, other", DIFFERING, ids=[f"{row.name}-{other}" for row, other in DIFFERING])
def test_a_difference_is_one(others: Mapping[str, Implementation], row: Row, other: str) -> None:
    own = outcome(ours, requests.TABLES, row.example)
    its = outcome(others[other], requests.TABLES, row.example)
    assert own != its
    assert row.is_this(row.example, own, its), (own, its)
