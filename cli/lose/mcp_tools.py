"""The tools of an MCP server: the hints that it gives on each, and whether a call showed one to be wrong.

The hints are those of the Model Context Protocol (specification of 2025-06-18, "Tools", ToolAnnotations).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cli.terminal.text import counted

IDEMPOTENT: Final = "idempotentHint"
HINTS: Final = ("readOnlyHint", "destructiveHint", IDEMPOTENT)


@dataclass(frozen=True)
class Tool:
    """A tool as the server lists it. `hints` has those of HINTS that it gives.

    `called`: the plan calls it. `refuted` says what a second call changed although the tool claims to be idempotent.
    """

    name: str
    hints: Mapping[str, bool] = field(default_factory=dict[str, bool])
    called: bool = False
    refuted: str = ""

    @property
    def claims_idempotent(self) -> bool:
        """Whether it says that a call repeated with the same arguments changes nothing more."""
        return self.hints.get(IDEMPOTENT, False)

    @property
    def hint_words(self) -> str:
        """Its hints: `readOnlyHint false, destructiveHint true`, or `no hints`."""
        return ", ".join(f"{name} {str(value).lower()}" for name, value in self.hints.items()) or "no hints"


def read_tool(value: Mapping[str, Any]) -> Tool:
    """Return a tool from an entry of the answer to `tools/list`."""
    given = value.get("annotations")
    annotations: Mapping[str, Any] = given if isinstance(given, dict) else {}
    return Tool(str(value.get("name", "")), {name: annotations[name] for name in HINTS if name in annotations})


def refutations(tools: Sequence[Tool]) -> list[str]:
    """Return a sentence for each tool that claims to be idempotent and is not."""
    return [f"{tool.name} claims {IDEMPOTENT} and is not idempotent: {tool.refuted}." for tool in tools if tool.refuted]


def tool_lines(tools: Sequence[Tool]) -> list[str]:
    """Return a line for each tool, those that the plan calls first."""
    return [
        f"{tool.name}{', called' if tool.called else ''}: {tool.hint_words}"
        for tool in sorted(tools, key=lambda each: not each.called)
    ]


def called_lines(tools: Sequence[Tool]) -> list[str]:
    """Return a line for each tool that the plan calls, and one for all others."""
    called = [tool for tool in tools if tool.called]
    others = len(tools) - len(called)
    rest = f"{counted(others, 'other tool')}: in the reports (--json, --markdown and --html)"
    return [f"Tool {line}" for line in tool_lines(called)] + ([rest] if others else [])


def tool_facts(tool: Tool) -> dict[str, Any]:
    """Return a tool for the JSON report. A hint that the server does not give is null."""
    return {
        "name": tool.name,
        "called": tool.called,
        "hints": {name: tool.hints.get(name) for name in HINTS},
        "refuted": tool.refuted or None,
    }
