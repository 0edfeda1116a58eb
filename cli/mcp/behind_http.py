"""The server of `/mcp`, which the engine starts for a merchant's key and asks for each POST (engine/wall/mcp.py).

    {"headers": {…}, "body": "…"}  →  {"status": 200, "body": "…" | null}

Each is a line. The environment has the base URL and the key, and no home: a call can do what the key opens. So the
tools are those whose commands work with a base URL and a key, and those that need neither.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from typer.main import get_command

from cli.mcp.http import respond
from cli.mcp.program import Program
from cli.mcp.protocol import Server, encoded
from cli.mcp.stdio import lines, own_streams
from cli.mcp.tools import TOOLS, Tool


def main() -> int:
    """Answer each line of standard input, until it ends."""
    from cli.main import app

    program = Program(get_command(app))
    server = Server(program, offered(program))
    stdin, stdout = own_streams()
    for line in lines(stdin):
        envelope: Any = json.loads(line or b"")
        found = respond(server.answer, envelope["headers"], envelope["body"].encode())
        text = None if found.body is None else encoded(found.body)
        left = json.dumps({"status": int(found.status), "body": text}).encode() + b"\n"
        while left:
            left = left[os.write(stdout, left) :]
    return 0


def offered(program: Program) -> tuple[Tool, ...]:
    """Return the tools that need nothing of the sandbox but its API, with a key."""
    return tuple(tool for tool in TOOLS if _needs_no_home(program, tool))


def _needs_no_home(program: Program, tool: Tool) -> bool:
    options = {str(parameter.name) for parameter in program.command(tool.command).params}
    return "base_url" in options or "env" not in options


if __name__ == "__main__":
    sys.exit(main())
