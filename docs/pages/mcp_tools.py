"""docs/reference/mcp-tools.md: the tools of `paysandbox mcp`, as its server lists them."""

from collections.abc import Iterator
from typing import Any

from cli.main import whole_program
from cli.mcp.behind_http import offered
from cli.mcp.program import Program
from cli.mcp.prompts import PROMPTS, Prompt
from cli.mcp.protocol import INSTRUCTIONS, LEGACY, MODERN, Server
from cli.mcp.resources import TEMPLATES
from cli.mcp.tools import TOOLS, Tool
from docs.pages import cli
from docs.pages.markdown import code, codes, head, table

_HINTS = {"readOnlyHint": "reads", "destructiveHint": "changes what is there", "idempotentHint": "is idempotent"}


def page() -> str:
    """Return the page's content."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    server = Server(Program(whole_program()))
    yield from head("MCP tools", "cli/mcp/tools.py")
    guide = "[Use with coding agents](../how-to/use-with-coding-agents.md)"
    yield f"The tools of `paysandbox mcp`. {guide} says how to start it."
    yield f"It speaks the Model Context Protocol over stdin and stdout: {codes((*MODERN, *LEGACY))}."
    over_http = offered(server.program)
    left_out = [tool.name for tool in TOOLS if tool not in over_http]
    yield f"Over HTTP, at `/mcp`, there are all tools but {codes(left_out)}."
    yield ""
    yield "It tells an agent:"
    yield ""
    yield f"> {INSTRUCTIONS}"
    yield ""
    yield "## Tools"
    yield ""
    rows = ((f"[{code(tool.name)}](#{tool.name})", _first(tool), _hints(tool)) for tool in TOOLS)
    yield from table(("Tool", "Does", "Hints"), rows)
    yield ""
    yield "A tool that reads changes nothing. No tool has `openWorldHint`: all of them act on the sandbox."
    for tool in TOOLS:
        yield from _section(tool, server.described(tool)["inputSchema"])
    yield ""
    yield "## Prompts"
    yield ""
    yield "Jobs that a person starts by name, each with its steps:"
    yield ""
    yield from table(("Prompt", "Job", "Arguments"), map(_prompt, PROMPTS))
    yield ""
    yield "## Resources"
    yield ""
    shown = ((code(each["uriTemplate"]), each["description"], code(each["mimeType"])) for each in TEMPLATES)
    yield from table(("URI", "Content", "Type"), shown)
    yield ""
    yield "## Errors"
    yield ""
    yield "A call that fails has `isError`, and as text and `structuredContent`:"
    yield ""
    fields = (
        (
            "`code`",
            "An [error code](errors.md), a decline code, `argument_invalid`, `sandbox_unavailable` or `failed`.",
        ),
        ("`detail`", "What happened."),
        ("`param`", "The argument or parameter that it is about."),
        ("`what_to_do`", "The remedy, and whether a retry is safe."),
        ("`problem`", "The API's answer as it came."),
    )
    yield from table(("Field", "Content"), fields)


def _prompt(prompt: Prompt) -> tuple[str, str, str]:
    described = (f"{code(name)}{'' if name in prompt.required else ' (optional)'}" for name in prompt.arguments)
    return code(prompt.name), prompt.description, ", ".join(described)


def _section(tool: Tool, schema: Any) -> Iterator[str]:
    yield from ("", f'### <a id="{tool.name}"></a>{tool.name}', "", tool.description, "")
    runs = "Returns the command" if tool.printed else "Runs"
    yield f"{runs} [{code(f'paysandbox {tool.command}')}]({cli.address(tool.command)})."
    properties = schema["properties"]
    if properties:
        required = schema.get("required", ())
        yield ""
        yield from table(
            ("Argument", "Type", "Description"),
            (
                (code(name), _type(about), ("Required. " if name in required else "") + about["description"])
                for name, about in properties.items()
            ),
        )


def _type(schema: Any) -> str:
    if "enum" in schema:
        return codes(schema["enum"])
    kind = schema["type"]
    return f"array of {_type(schema['items'])}" if kind == "array" else str(kind)


def _hints(tool: Tool) -> str:
    return ", ".join(words for name, words in _HINTS.items() if tool.annotations[name]) or "adds"


def _first(tool: Tool) -> str:
    return tool.description.partition(". ")[0].rstrip(".").partition(": ")[0] + "."
