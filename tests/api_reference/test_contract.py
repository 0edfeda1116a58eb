"""Rewording the document changes no contract."""

from typing import Any

import pytest

from tests.api_reference.contract import COMMITTED, contract, without_prose


def test_contract_matches_the_committed_file() -> None:
    """Where a change is intended: `python -m tests.api_reference.contract`, and commit what it wrote."""
    assert contract() == COMMITTED.read_text()


@pytest.mark.parametrize(
    "document, expected",
    [
        ({"summary": "Authorize", "operationId": "authorize"}, {"operationId": "authorize"}),
        ({"description": "Prose.", "type": "string"}, {"type": "string"}),
        ({"type": "string", "examples": ["USD"]}, {"type": "string"}),
        (
            {"properties": {"description": {"title": "D", "type": "string"}, "title": {"type": "null"}}},
            {"properties": {"description": {"type": "string"}, "title": {"type": "null"}}},
        ),
        ({"oneOf": [{"description": "one", "const": 1}]}, {"oneOf": [{"const": 1}]}),
        ({"examples": {"b": {"$ref": "#/b"}, "a": {"$ref": "#/a"}}}, {"examples": ["a", "b"]}),
        ({"examples": {"part": {"summary": "part", "value": {}}}}, {}),
        ({"required": ["title"], "enum": ["summary"]}, {"required": ["title"], "enum": ["summary"]}),
    ],
)
def test_only_prose_is_ignored(document: dict[str, Any], expected: dict[str, Any]) -> None:
    assert without_prose(document) == expected


def test_changed_codes_types_and_fields_are_detected() -> None:
    text = contract()
    for part in ('"capture_exceeds_authorized"', '"auth_id"', '"maximum": 99999999', '"retryable"'):
        assert part in text
