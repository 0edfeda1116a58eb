"""The API stays compatible with the last release, and the rules of what is compatible."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.api_reference.compatibility import breaking_changes
from tests.api_reference.contract import COMMITTED, ROOT, contract, read

CONTRACT = COMMITTED.relative_to(ROOT).as_posix()
ACCEPTED: dict[str, set[str]] = {}
"""Breaking changes that are intended, as the test prints them, by the tag since which they are there."""


def released(root: Path) -> tuple[str, dict[str, Any]] | None:
    """Return the last tag of a checkout and the contract of then, or None if nothing was ever tagged.

    Raises CalledProcessError if the tag has no contract: nothing would be compared from then on.
    """

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True).stdout

    try:
        tag = git("describe", "--tags", "--abbrev=0").strip()
    except subprocess.CalledProcessError:
        return None
    return tag, read(git("show", f"{tag}:{CONTRACT}"))


def test_the_api_is_compatible_with_the_last_release() -> None:
    """Before the first tag there is nothing to compare with."""
    if (last := released(ROOT)) is None:
        return
    tag, before = last
    found, accepted = {*breaking_changes(before, contract())}, ACCEPTED.get(tag, set())
    assert not found - accepted, "\n".join([f"This breaks clients of {tag}:", *sorted(found - accepted)])
    assert not accepted - found, f"these are no changes since {tag}"


def test_the_contract_of_the_last_tag_is_found(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        author = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *author, *words], cwd=tmp_path, check=True, capture_output=True)

    def commit(name: str, text: str) -> None:
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(text)
        git("add", name)
        git("commit", "-m", text)

    assert released(tmp_path) is None
    git("init")
    commit("README.md", "no contract yet")
    assert released(tmp_path) is None
    git("tag", "v0.1.0")
    with pytest.raises(subprocess.CalledProcessError):
        released(tmp_path)
    commit(CONTRACT, "Payment.amount: integer\nPayment: object\n")
    git("tag", "v0.2.0")
    commit(CONTRACT, "Payment: object\n")
    assert released(tmp_path) == ("v0.2.0", read("Payment.amount: integer\nPayment: object"))


# --- the rules, on small contracts ------------------------------------------------------------------------------------


def of(
    operation: dict[str, Any] | None = None,
    *,
    webhooks: dict[str, Any] | None = None,
    **schemas: dict[str, Any],
) -> dict[str, Any]:
    """Return a contract with `POST /pay` as given, or without it."""
    paths = {} if operation is None else {"/pay": {"post": {"operationId": "pay", **operation}}}
    return {"paths": paths, "webhooks": webhooks or {}, "components": {"schemas": schemas}}


def sent(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the operation with a body of this schema."""
    return {"requestBody": {"content": {"application/json": {"schema": schema}}, **more}}


def answered(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the operation with an answer of this schema."""
    return {"responses": {"200": {"content": {"application/json": {"schema": schema}}, **more}}}


def parameter(**more: Any) -> dict[str, Any]:
    return {"parameters": [{"in": "query", "name": "limit", "schema": {"type": "integer"}, **more}]}


def refused(*codes: str, status: str = "409") -> dict[str, Any]:
    return {"responses": {status: {"content": {"application/problem+json": {"examples": [*codes]}}}}}


def told(schema: dict[str, Any]) -> dict[str, Any]:
    return {"paid": {"post": sent(schema)}}


KEY = {"security": [{"ApiKey": []}]}
HEADER = {"headers": {"Request-Id": {"schema": {"type": "string"}}}}


@pytest.mark.parametrize(
    "before, after, expected",
    [
        (of({}), of(), ["POST /pay is removed"]),
        (of(), of({}), []),
        (of({}), of({"operationId": "charge"}), ["POST /pay: operationId pay is removed"]),
        (of({"summary": "Pay"}), of({"summary": "Pay now"}), []),
        (of({}), of(KEY), ["POST /pay: other credentials are required"]),
        (of(KEY), of({}), []),
        (of(parameter()), of({}), ["POST /pay: query limit is removed"]),
        (of({}), of(parameter()), []),
        (of({}), of(parameter(required=True)), ["POST /pay: query limit is required"]),
        (of(parameter()), of(parameter(required=True)), ["POST /pay: query limit is required"]),
        (of(parameter(required=True)), of(parameter()), []),
        (of(parameter()), of(parameter(schema={"type": "string"})), ["POST /pay query limit: integer is string"]),
        (of({}), of(sent({})), []),
        (of({}), of(sent({}, required=True)), ["POST /pay: a body is required"]),
        (of(sent({})), of({}), ["POST /pay: the body is removed"]),
        (of(sent({})), of(sent({}, content={"text/plain": {}})), ["POST /pay: application/json is removed"]),
        (of(refused("a", "b")), of(refused("a")), ["POST /pay 409: b is removed"]),
        (of(refused("a")), of(refused("a", "b")), []),
        (of(refused("a")), of(refused("a", status="422")), ["POST /pay: 409 is removed"]),
        (of(answered({}, **HEADER)), of(answered({})), ["POST /pay 200: Request-Id is removed"]),
        (of(webhooks=told({})), of(), ["webhooks: paid is removed"]),
        (of(), of(webhooks=told({})), []),
        (
            of(webhooks=told({"type": "string"})),
            of(webhooks=told({"type": "integer"})),
            ["webhook paid: string is integer"],
        ),
    ],
)
def test_rules_of_operations(before: dict[str, Any], after: dict[str, Any], expected: list[str]) -> None:
    assert breaking_changes(before, after) == expected


def members(*required: str, **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*required]}


TEXT = {"type": "string"}
ONE_OF_TWO = {"type": "string", "enum": ["a", "b"]}
ONE_OF_THREE = {"type": "string", "enum": ["a", "b", "c"]}
NULLABLE = {"anyOf": [TEXT, {"type": "null"}]}


@pytest.mark.parametrize(
    "before, after, in_request, in_answer",
    [
        # A field is never removed, and a new one is optional in requests.
        (members(a=TEXT), members(), ["a is removed"], ["a is removed"]),
        (members(), members(a=TEXT), [], []),
        (members(), members("a", a=TEXT), ["a is required"], []),
        (members(a=TEXT), members("a", a=TEXT), ["a is required"], []),
        (members("a", a=TEXT), members(a=TEXT), [], ["a is optional"]),
        (members(), members() | {"additionalProperties": False}, ["other members are limited"], []),
        (members() | {"additionalProperties": False}, members(a=TEXT), [], []),
        ({"additionalProperties": TEXT}, {"additionalProperties": NULLABLE}, [], ["string is null"]),
        # Types
        (TEXT, {"type": "integer"}, ["string is integer"], ["string is integer"]),
        ({"type": "integer"}, {"type": "number"}, [], ["integer is number"]),
        ({"type": "number"}, {"type": "integer"}, ["number is integer"], []),
        (TEXT, {}, [], ["string is None"]),
        (TEXT, NULLABLE, [], ["string is null"]),
        (NULLABLE, TEXT, ["null is string"], []),
        (TEXT, {"type": ["string", "null"]}, [], ["string is null"]),
        # Values
        (ONE_OF_TWO, ONE_OF_THREE, [], ["'c' is new"]),
        (ONE_OF_THREE, ONE_OF_TWO, ["'c' is removed"], []),
        (TEXT, ONE_OF_TWO, ["only ['a', 'b'] are allowed"], []),
        (ONE_OF_TWO, TEXT, [], ["only ['a', 'b'] were described"]),
        ({"const": "a"}, {"const": "b"}, ["'a' is removed"], ["'b' is new"]),
        # Limits
        ({"maximum": 10}, {"maximum": 9}, ["maximum is 9"], []),
        ({"maximum": 10}, {"maximum": 11}, [], ["maximum is 11"]),
        ({}, {"maxLength": 9}, ["maxLength is 9"], []),
        ({"maxItems": 9}, {}, [], ["maxItems is None"]),
        ({"minLength": 1}, {"minLength": 2}, ["minLength is 2"], []),
        ({"exclusiveMinimum": 1}, {"exclusiveMinimum": 0}, [], ["exclusiveMinimum is 0"]),
        ({"pattern": "^a"}, {"pattern": "^b"}, ["pattern is '^b'"], ["pattern is '^b'"]),
        ({"pattern": "^a"}, {}, [], ["pattern is None"]),
        ({"title": "A", "description": "One."}, {"title": "B", "examples": ["b"]}, [], []),
        ({"default": "USD"}, {"default": "EUR"}, ["default is 'EUR'"], []),
    ],
)
def test_rules_of_schemas(
    before: dict[str, Any], after: dict[str, Any], in_request: list[str], in_answer: list[str]
) -> None:
    """Requests may not be limited further, and answers may not go beyond what was described."""
    requests = breaking_changes(of(sent(before)), of(sent(after)))
    assert [one.partition(": ")[2] for one in requests] == in_request
    answers = breaking_changes(of(answered(before)), of(answered(after)))
    assert [one.partition(": ")[2] for one in answers] == in_answer


REFERENCE = {"$ref": "#/components/schemas/Node"}


@pytest.mark.parametrize(
    "before, after, expected",
    [
        (members(a=members(b=TEXT)), members(a=members()), ["POST /pay a: b is removed"]),
        ({"items": TEXT}, {"items": {"type": "integer"}}, ["POST /pay []: string is integer"]),
        (
            {"anyOf": [REFERENCE, {"type": "null"}]},
            {"anyOf": [members(next=REFERENCE), {"type": "null"}]},
            ["POST /pay: b is removed", "POST /pay next: b is removed"],
        ),
    ],
)
def test_changes_within_schemas_are_found(before: dict[str, Any], after: dict[str, Any], expected: list[str]) -> None:
    """A schema that contains itself is compared once."""
    node = members(next=REFERENCE, b=TEXT)
    without = members(next=REFERENCE)
    found = breaking_changes(of(sent(before), Node=node), of(sent(after), Node=without))
    assert found == expected


def test_the_contract_is_compatible_with_itself_and_its_smallest_changes_are_found() -> None:
    before, after = read(COMMITTED.read_text()), contract()
    assert breaking_changes(before, after) == []
    after["components"]["schemas"]["AuthorizePayment"]["required"].append("reference")
    after["components"]["schemas"]["Card"]["properties"].pop("last4")
    found = breaking_changes(before, after)
    assert "POST /payments/authorize: reference is required" in found
    assert "POST /payments/authorize 200 card: last4 is removed" in found
