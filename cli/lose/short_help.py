"""The help of `paysandbox lose`: short, unless `--help all` asks for every option, as the reference page has them."""

from __future__ import annotations

from copy import copy
from typing import Any, Final

from typer.core import TyperCommand

_ALL: Final = "cli.lose.help_all"

_USUAL: Final = frozenset(
    {
        "command",
        "state_command",
        "reset",
        "recover",
        "webhooks",
        "server",
        "only",
        "quick",
        "watch",
        "junit",
        "html",
        "as_json",
    }
)
"""The parameters that a first run and one in CI need."""

_EPILOG: Final = """[bold]Examples[/bold]
  paysandbox lose -- python checkout.py
  paysandbox lose --state-command 'python books.py' --html lost.html -- pytest
  paysandbox lose --only 4-given-up-reset -- python checkout.py

[bold]Exit codes[/bold]
  0  no money lost, as far as it was judged
  1  money lost, or the run could not start
  2  invalid usage
  3  no money lost, and something was not judged, or the books disagree

Every option, also for MCP servers: paysandbox lose --help all
"""


class LoseCommand(TyperCommand):
    """A command whose help has its usual options, and with `--help all` every one."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments. The word `all` after the option for help belongs to it."""
        own = args[: args.index("--")] if "--" in args else args
        for place, word in enumerate(own[:-1]):
            if word in ctx.help_option_names and own[place + 1] == "all":
                ctx.meta[_ALL] = True
                return super().parse_args(ctx, [*args[: place + 1], *args[place + 2 :]])
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help: of the description its first two paragraphs, unless all was asked for."""
        if ctx.meta.get(_ALL):
            super().format_help(ctx, formatter)
            return
        short = copy(self)
        short.params = [each for each in self.params if each.name in _USUAL]
        short.help = "\n\n".join((self.help or "").split("\n\n")[:2])
        short.epilog = _EPILOG
        super(LoseCommand, short).format_help(ctx, formatter)
