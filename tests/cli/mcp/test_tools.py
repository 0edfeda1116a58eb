"""The table of tools: their schemas and hints, and that each is a command of the program."""

import re

import pytest
from jsonschema import Draft202012Validator

from cli.main import whole_program
from cli.mcp.arguments import schema_of
from cli.mcp.program import Program
from cli.mcp.tools import KEY, TOOLS, Effect, Tool

PROGRAM = Program(whole_program())
MOVES_MONEY = {"authorize_payment", "capture_payment", "void_payment", "refund_payment", "simulate", "stripe_post"}
"""They take the caller's idempotency key, and no call lacks one."""

NOT_IDEMPOTENT = {"trigger_event", "advance_clock", "run_settlement"}
CONNECTION = {"env", "merchant", "key_file", "base_url", "json", "name"}
"""How the program reaches the sandbox is decided when the server is started, and not by a model."""


def schema(tool: Tool) -> dict[str, object]:
    return schema_of(tool, PROGRAM.command(tool.command))


def test_schemas_are_valid_and_say_what_each_argument_is(subtests: pytest.Subtests) -> None:
    for tool in TOOLS:
        with subtests.test(tool.name):
            found = schema(tool)
            Draft202012Validator.check_schema(found)
            properties = found["properties"]
            assert isinstance(properties, dict)
            assert [name for name, about in properties.items() if not about.get("description")] == []
            assert [name for name, about in properties.items() if "--" in about["description"]] == []
            assert CONNECTION & properties.keys() == set()
            assert found["additionalProperties"] is False
            assert re.fullmatch(r"[a-z_]{3,32}", tool.name)


def test_names_are_unique() -> None:
    assert len({tool.name for tool in TOOLS}) == len(TOOLS)


def test_what_moves_money_needs_the_callers_key() -> None:
    with_key = {tool.name for tool in TOOLS if KEY in tool.required.split()}
    assert with_key == MOVES_MONEY | {"add_fault"}
    for tool in TOOLS:
        properties = schema(tool)["properties"]
        assert isinstance(properties, dict)
        if tool.name in with_key:
            assert "returns the first answer" in properties[KEY]["description"]
            assert "A new key is a new operation" in properties[KEY]["description"]


def test_hints() -> None:
    hints = {tool.name: tool.annotations for tool in TOOLS}
    assert [name for name, each in hints.items() if each["openWorldHint"]] == []
    assert {name for name, each in hints.items() if not each["idempotentHint"]} == NOT_IDEMPOTENT
    reading = {tool.name for tool in TOOLS if tool.effect is Effect.READS}
    assert {name for name, each in hints.items() if each["readOnlyHint"]} == reading
    assert reading & (MOVES_MONEY | NOT_IDEMPOTENT | {"add_fault", "remove_fault"}) == set()
    assert {name for name, each in hints.items() if each["destructiveHint"]} == {
        "advance_clock",
        "capture_payment",
        "refund_payment",
        "remove_fault",
        "run_settlement",
        "simulate",
        "stripe_post",
        "void_payment",
    }


def test_no_tool_starts_a_program_of_the_callers() -> None:
    assert {tool.name for tool in TOOLS if tool.command == "lose"} == {tool.name for tool in TOOLS if tool.printed}
