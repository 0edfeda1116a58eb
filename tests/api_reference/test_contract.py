"""The API's contract changes only on purpose, and rewording the document does not change it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.api_reference.contract import COMMAND, COMMITTED, contract, differences, read, without_prose, written


def test_contract_is_the_committed_one() -> None:
    found = differences(COMMITTED.read_text(), written(contract()))
    assert not found, "\n".join(
        ["The API's contract has changed:", *found, f"If it is intended: `{COMMAND}`, and commit {COMMITTED.name}."]
    )


def test_the_lines_have_all_of_the_contract() -> None:
    assert in_order(read(written(contract()))) == in_order(contract())


def in_order(contract: dict[str, Any]) -> dict[str, Any]:
    """Return a contract with its parameters by name. Only an operation without any has an empty list of them."""
    found = copy.deepcopy(contract)
    for path in found["paths"].values():
        for operation in path.values():
            operation["parameters"] = sorted(operation.get("parameters", []), key=lambda one: (one["in"], one["name"]))
    return found


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


Change = Callable[[dict[str, Any]], Any]
CAPTURE = "/payments/capture"


def problems(of: dict[str, Any]) -> list[str]:
    return of["paths"][CAPTURE]["post"]["responses"]["409"]["content"]["application/problem+json"]["examples"]


@pytest.mark.parametrize(
    "change, expected",
    [
        (
            lambda of: problems(of).remove("capture_exceeds_authorized"),
            [f"- POST {CAPTURE}  409 code capture_exceeds_authorized"],
        ),
        (
            lambda of: of["components"]["schemas"]["CapturePayment"]["properties"]["amount"].pop("default"),
            [
                "+ CapturePayment.amount?: integer(exclusiveMinimum=0, maximum=99999999) | null",
                "- CapturePayment.amount?: integer(exclusiveMinimum=0, maximum=99999999) | null = null",
            ],
        ),
        (
            lambda of: of["components"]["schemas"]["Problem"]["required"].remove("retryable"),
            ["- Problem.retryable: boolean", "+ Problem.retryable?: boolean"],
        ),
        (
            lambda of: of["components"]["schemas"].update(New={"type": "string", "enum": ["a"]}),
            ['+ New: string(enum=["a"])'],
        ),
        (
            lambda of: of["webhooks"]["payment_captured"]["post"].update(operationId="captured"),
            [
                "+ webhook payment_captured post  operation captured",
                "- webhook payment_captured post  operation payment_captured",
            ],
        ),
        (
            lambda of: of["components"]["securitySchemes"]["Donor"].pop("bearerFormat"),
            [
                '- security Donor: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}',
                '+ security Donor: {"type": "http", "scheme": "bearer"}',
            ],
        ),
        (lambda of: of.update(openapi="3.2.0"), ['- document openapi: "3.1.0"', '+ document openapi: "3.2.0"']),
    ],
)
def test_a_change_is_a_line(change: Change, expected: list[str]) -> None:
    before, changed = contract(), contract()
    change(changed)
    assert differences(written(before), written(changed)) == expected


def test_what_all_operations_have_in_common_is_said_once() -> None:
    answer = {"200": {"headers": {"Request-Id": {"schema": {"type": "string"}}}}, "204": {}}
    first, second = ({"operationId": name, "responses": answer} for name in "ab")
    both = {"/a": {"get": first}, "/b": {"put": second}}
    common = "every operation  200 header Request-Id: string\nevery operation  204\n"
    text = f"GET /a  operation a\nPUT /b  operation b\n{common}"
    assert written({"paths": both}) == text
    assert read(text)["paths"] == both
    del second["responses"]
    assert differences(text, written({"paths": both})) == [
        "+ GET /a  200 header Request-Id: string",
        "+ GET /a  204",
        "- every operation  200 header Request-Id: string",
        "- every operation  204",
    ]


TEXT, NULL = {"type": "string"}, {"type": "null"}
A, B = ({"$ref": f"#/components/schemas/{name}"} for name in "AB")
SCHEMAS: list[tuple[str, dict[str, Any]]] = [
    ("any", {}),
    ("string", TEXT),
    ("A", A),
    ("A | null = null", {"anyOf": [A, NULL], "default": None}),
    ("A | B | null", {"anyOf": [A, B, NULL]}),
    ("any(anyOf=[A | B, null])", {"anyOf": [{"anyOf": [A, B]}, NULL]}),
    ("any(anyOf=[A])", {"anyOf": [A]}),
    ("integer(maximum=9, minimum=-1) = 5", {"type": "integer", "minimum": -1, "maximum": 9, "default": 5}),
    (r'string(enum=["a", "b"], pattern="^[a-z\"]$")', {**TEXT, "enum": ["a", "b"], "pattern": '^[a-z"]$'}),
    ("any(const=true)", {"const": True}),
    ('any(type=["string", "null"])', {"type": ["string", "null"]}),
    ("array(items=any(oneOf=[A, B]))", {"type": "array", "items": {"oneOf": [A, B]}}),
    ("object(additionalProperties=false)", {"type": "object", "additionalProperties": False}),
    ("object(additionalProperties=A | B)", {"type": "object", "additionalProperties": {"anyOf": [A, B]}}),
    (
        'object(patternProperties={"^x": string}, properties={"a.b": any}, required=["a.b"])',
        {"type": "object", "patternProperties": {"^x": TEXT}, "properties": {"a.b": {}}, "required": ["a.b"]},
    ),
    (
        'object(default={"a": [1, -2.5, null]}) | null',
        {"anyOf": [{"type": "object", "default": {"a": [1, -2.5, None]}}, NULL]},
    ),
]


@pytest.mark.parametrize("text, schema", SCHEMAS, ids=[text for text, _ in SCHEMAS])
def test_a_schema_is_written_as_an_annotation(text: str, schema: dict[str, Any]) -> None:
    """Of a schema with a name, a line has each property."""
    whole = {"components": {"schemas": {"Payment": {"type": "object", "properties": {"field": schema}}}}}
    line = f"Payment.field?: {text}"
    assert written(whole) == f"{line}\nPayment: object\n"
    assert read(line + "\nPayment: object")["components"]["schemas"] == whole["components"]["schemas"]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Payment",
        "Payment: ",
        "Payment: a or b",
        "Payment: f()()",
        "Payment: f()",
        "Payment: [a]",
        "Payment: 1",
        "pay",
    ],
)
def test_no_other_line_is_read(line: str) -> None:
    with pytest.raises(ValueError, match=r"no line of a contract|no schema"):
        read(f"Payment: object\n{line}\n")


def pay(**members: Any) -> dict[str, Any]:
    return {"paths": {"/pay": {"get": {"operationId": "pay", **members}}}}


@pytest.mark.parametrize(
    "contract",
    [
        {"components": {"links": {}}},
        {"components": {"schemas": {"Pay": {"properties": {}, "required": ["a"]}}}},
        pay(callbacks={}),
        pay(parameters=[{"in": "query", "name": "a", "schema": {}, "style": "form"}]),
        pay(requestBody={"content": {}, "links": {}}),
        pay(responses={"200": {"links": {}}}),
        pay(responses={"200": {"content": {"text/plain": {"examples": ["a"]}}}}),
    ],
)
def test_what_has_no_line_is_refused(contract: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"no line|no property"):
        written(contract)
