"""`paysandbox mcp`: the sandbox for coding agents, as an MCP server over stdin and stdout."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from cli.connection.completion import complete_merchant
from cli.terminal.options import Environment
from paysandbox.core.merchant import DEFAULT_MERCHANT

app = typer.Typer()

EXAMPLES: Final = """[bold]Examples[/bold]
  paysandbox mcp                      what an agent starts
  paysandbox lose --mcp 'paysandbox mcp' --plan refund.toml
"""


@app.command(epilog=EXAMPLES)
def mcp(
    context: typer.Context,
    merchant: Annotated[
        str | None,
        typer.Option(
            "--merchant",
            metavar="NAME",
            autocompletion=complete_merchant,
            help=f"Merchant that the tools act for. Default: {DEFAULT_MERCHANT}.",
        ),
    ] = None,
    env: Environment = "local",
) -> None:
    """Serve the sandbox's tools to a coding agent, over stdin and stdout (MCP).

    The tools are commands of this program, and the reference of the tools lists
    them. No answer has an API key, a signing secret or a client secret.
    PAYSANDBOX_BASE_URL and PAYSANDBOX_API_KEY work as for other commands.
    """
    from cli.mcp.program import Program
    from cli.mcp.protocol import Server
    from cli.mcp.stdio import own_streams, serve

    # Only what was chosen is passed on: an option that is given hides the variables of the environment.
    chosen = {"merchant": merchant, "env": None if env == "local" else env}
    program = Program(context.find_root().command, {name: value for name, value in chosen.items() if value is not None})
    serve(Server(program).answer, *own_streams())
