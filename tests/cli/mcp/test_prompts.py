"""The prompts of the MCP server: what a client lists, fills in, and is refused."""

import re
from pathlib import Path
from typing import Any

import pytest

from cli.main import whole_program
from cli.mcp.program import Program
from cli.mcp.prompts import PROMPTS, Prompt
from cli.mcp.protocol import Server
from cli.mcp.tools import TOOLS

SERVER = Server(Program(whole_program()))
DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = re.compile(r"\b(?:how-to|reference|explanation)/[\w-]+")
GIVEN = {"command": "python checkout.py"}


def ask(method: str, **params: Any) -> dict[str, Any]:
    """Send a request, and return the response."""
    response = SERVER.answer({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    assert response is not None
    return response


def test_each_prompt_is_listed_with_its_arguments() -> None:
    listed = ask("prompts/list")["result"]["prompts"]
    assert [each["name"] for each in listed] == ["integrate", "find_double_charge", "upgrade"]
    assert listed[2]["arguments"] == [
        {"name": "command", "description": PROMPTS[2].arguments["command"], "required": True},
        {"name": "version", "description": PROMPTS[2].arguments["version"], "required": False},
    ]


def test_a_prompt_is_a_message_with_what_was_given_and_defaults_for_the_rest() -> None:
    result = ask("prompts/get", name="upgrade", arguments=GIVEN)["result"]
    (message,) = result["messages"]
    assert (message["role"], message["content"]["type"]) == ("user", "text")
    assert "python checkout.py" in message["content"]["text"]
    assert "the newest version" in message["content"]["text"]
    version = {**GIVEN, "version": "2026-10-28.endive"}
    assert "2026-10-28.endive" in str(ask("prompts/get", name="upgrade", arguments=version)["result"])


@pytest.mark.parametrize("sent, message", [
    ({"name": "pay"}, "There is no prompt pay. There are: integrate, find_double_charge, upgrade."),
    ({}, "There is no prompt None."),
    ({"name": "upgrade"}, "upgrade needs: command."),
    ({"name": "upgrade", "arguments": {**GIVEN, "to": "x"}}, "upgrade has no argument to. It takes: command, version."),
    ({"name": "upgrade", "arguments": {"command": " "}}, "command is not a text."),
    ({"name": "upgrade", "arguments": {"command": 1}}, "command is not a text."),
    ({"name": "upgrade", "arguments": [1]}, "arguments is not an object."),
])  # fmt: skip
def test_what_is_refused(sent: dict[str, Any], message: str) -> None:
    error = ask("prompts/get", **sent)["error"]
    assert error["code"] == -32602
    assert error["message"].startswith(message)


@pytest.mark.parametrize("prompt", PROMPTS, ids=lambda prompt: prompt.name)
def test_a_prompt_names_tools_and_pages_that_there_are(prompt: Prompt) -> None:
    names = {tool.name for tool in TOOLS}
    mentioned = set(re.findall(r"\b[a-z]+_[a-z_]+\b", prompt.text)) - set(prompt.arguments)
    assert mentioned
    assert mentioned - names == set()
    assert [page for page in PAGE.findall(prompt.text) if not (DOCS / f"{page}.md").is_file()] == []
