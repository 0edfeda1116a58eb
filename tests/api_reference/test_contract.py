"""The API's contract changes only on purpose, and rewording the document does not change it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.api_reference.contract import (
    COMMAND,
    COMMITTED,
    contract,
    differences,
    digests,
    read,
    without_prose,
    written,
)


def test_contract_is_the_committed_one() -> None:
    found = differences(read(COMMITTED.read_text()), digests(contract()))
    assert not found, "\n".join(
        ["The API's contract has changed:", *found, f"If it is intended: `{COMMAND}`, and commit {COMMITTED.name}."]
    )


def test_the_committed_file_is_as_its_command_writes_it() -> None:
    text = COMMITTED.read_text()
    assert written(read(text)) == text


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


CAPTURE = "/payments/capture"
Change = Callable[[dict[str, Any]], Any]


@pytest.mark.parametrize(
    "change, expected",
    [
        (lambda of: of["paths"].pop(CAPTURE), [f"removed: POST {CAPTURE}"]),
        (
            lambda of: of["paths"][CAPTURE]["post"]["responses"]["409"]["content"]["application/problem+json"][
                "examples"
            ].remove("capture_exceeds_authorized"),
            [f"changed: POST {CAPTURE}"],
        ),
        (
            lambda of: of["components"]["schemas"]["AuthorizePayment"]["properties"]["amount"].update(maximum=1),
            ["changed: schema AuthorizePayment"],
        ),
        (
            lambda of: of["components"]["schemas"]["Problem"]["properties"].pop("retryable"),
            ["changed: schema Problem"],
        ),
        (lambda of: of["components"]["schemas"].update(New={}), ["added: schema New"]),
        (lambda of: of["webhooks"].pop("payment_captured"), ["removed: webhook payment_captured"]),
        (
            lambda of: of["components"]["securitySchemes"]["ApiKey"].update(name="Key"),
            ["changed: security scheme ApiKey"],
        ),
        (lambda of: of.update(openapi="3.2.0"), ["changed: document"]),
    ],
)
def test_a_change_is_named(change: Change, expected: list[str]) -> None:
    before = contract()
    changed = copy.deepcopy(before)
    change(changed)
    assert differences(digests(before), digests(changed)) == expected
