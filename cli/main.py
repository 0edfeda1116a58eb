"""`paysandbox`, the command line: its commands by panel, and how a failure ends it.

Little is loaded to show help or to complete a word. A command imports what it needs when it runs.
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from cli import renamed
from cli.connection import keys, raw_request
from cli.connection.completion import complete_merchant
from cli.dead_letters import redrive
from cli.disputes import disputes
from cli.donations import donations
from cli.payments import audit, cards, pay
from cli.request_log import logs, metrics, requests
from cli.sandbox import clock
from cli.settlement import settlements
from cli.simulate import settings, simulate
from cli.terminal.failure import from_exception, print_failure
from cli.terminal.options import AS_JSON, AsJson, Environment
from cli.terminal.output import print_fault, print_line, visible
from cli.verification import verify
from cli.webhooks import deliveries, endpoints, events, listen, trigger

PANELS: Final[Mapping[str, tuple[str, ...]]] = {
    "Sandbox": ("up", "down", "status", "doctor", "open", "clock"),
    "Pay": ("pay", "disputes", "simulate", "cards"),
    "Webhooks": ("listen", "trigger", "events", "endpoints", "deliveries"),
    "Money out": ("settlements", "donations"),
    "Operate": ("keys", "settings", "logs", "requests", "metrics", "audit", "verify", "redrive", "get", "post"),
}
"""The panels of `paysandbox --help` and their commands, in the order in which they are listed."""

_PANEL_OF: Final = {name: panel for panel, names in PANELS.items() for name in names}


class Program(TyperGroup):
    """The root command: the one place where a failure is reported and becomes exit code 1. Typer exits 2 on misuse."""

    def list_commands(self, ctx: Any) -> list[str]:
        """In the order of the panels; typer's own puts every command before every group."""
        order = [*_PANEL_OF]
        return sorted(super().list_commands(ctx), key=lambda name: order.index(name) if name in order else len(order))

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Read the program's own options."""
        with _visible_misuse():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the command. A failure that the user can fix is reported; a bug shows its traceback."""
        try:
            with _visible_misuse():
                return super().invoke(ctx)
        except Exception as error:
            failure = from_exception(error)
            if failure is None:
                raise
            print_failure(failure, as_json=ctx.meta.get(AS_JSON, False))
            raise typer.Exit(1) from error


@contextmanager
def _visible_misuse() -> Iterator[None]:
    """Typer prints its usage errors itself, and they repeat the arguments, which may hold escape sequences."""
    try:
        yield
    except TyperException as misuse:
        misuse.message = visible(misuse.message)
        raise


app = typer.Typer(
    cls=Program,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,  # it prints local variables, and those may hold a key
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="New here? Run [bold]paysandbox up[/bold]. Exit codes: 0 success, 1 failure, 2 invalid usage.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from paysandbox import VERSION

        print_line(f"paysandbox {VERSION} (Python {platform.python_version()})")
        raise typer.Exit


@app.callback()
def program(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """A payments sandbox on this machine or in your AWS account: authorize, capture, void and refund without a bank."""


def _command(run: Callable[..., None], examples: str) -> None:
    name = run.__name__
    app.command(name, epilog=examples, rich_help_panel=_PANEL_OF[name])(run)


def _group(commands: typer.Typer, name: str) -> None:
    app.add_typer(commands, name=name, rich_help_panel=_PANEL_OF[name])


EXAMPLES_UP = """[bold]Examples[/bold]

paysandbox up                      start or update the sandbox; seconds if nothing changed

paysandbox up --port 4600          on another port

paysandbox up --fresh              start over: delete all payments and keys

paysandbox up --foreground         stay attached; Ctrl-C stops the sandbox and keeps the payments

paysandbox up --bind 0.0.0.0       in a container: the API, and only the API, accepts other hosts
"""

BIND_ADDRESSES = ("127.0.0.1", "0.0.0.0")  # noqa: S104 - the second one only on request


def _bind_address(text: str | None) -> str | None:
    if text is not None and text not in BIND_ADDRESSES:
        raise typer.BadParameter(
            f"{text!r} is not one of {', '.join(BIND_ADDRESSES)}. The engine must listen on the loopback interface, "
            "where the functions call it. To limit access to other interfaces, use a firewall or a published port."
        )
    return text


def _host_names(names: list[str] | None) -> list[str] | None:
    for name in names or ():
        if not re.fullmatch(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?", name):
            raise typer.BadParameter(f"{name!r} is not a host name. Omit the scheme and the port, as in `sandbox`.")
    return names or None


@app.command(epilog=EXAMPLES_UP, rich_help_panel=_PANEL_OF["up"])
def up(
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete all payments and keys, and start over.")] = False,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=1024,
            max=65535,
            envvar="PAYSANDBOX_PORT",
            help="Port to listen on. Default: the port of the last start, or 4610.",
        ),
    ] = None,
    bind: Annotated[
        str | None,
        typer.Option(
            "--bind",
            metavar="ADDRESS",
            envvar="PAYSANDBOX_BIND",
            callback=_bind_address,
            help="127.0.0.1 accepts connections from this machine only. 0.0.0.0 also exposes the API to other hosts, "
            "over plain HTTP; the AWS endpoint stays local. Default: the current setting, otherwise 127.0.0.1.",
        ),
    ] = None,
    host: Annotated[
        list[str] | None,
        typer.Option(
            "--host",
            metavar="NAME",
            envvar="PAYSANDBOX_HOST",
            callback=_host_names,
            help="Host name under which other machines or containers call the API. Can be repeated. IP addresses and "
            "localhost always work. Default: the previous names.",
        ),
    ] = None,
    wait: Annotated[  # noqa: ARG001 - accepted because scripts pass it to similar tools
        bool,
        typer.Option(
            "--wait", help="Accepted for compatibility: `up` always waits until a test authorization succeeds."
        ),
    ] = False,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay attached and print the engine's log. Ctrl-C stops the sandbox.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Start the local sandbox, deploy every stack, and verify it with a test authorization."""
    from cli.sandbox.state_dir import StateDir
    from cli.sandbox.up_command import up_command

    up_command(StateDir.find(), port=port, bind=bind, hosts=host, fresh=fresh, foreground=foreground, as_json=as_json)


@app.command(
    epilog="[bold]Example[/bold]\n\npaysandbox down && paysandbox up      restart; payments are kept",
    rich_help_panel=_PANEL_OF["down"],
)
def down(as_json: AsJson = False) -> None:
    """Stop the local sandbox. Payments and keys are kept."""
    from cli.sandbox.down import down_command
    from cli.sandbox.state_dir import StateDir

    down_command(StateDir.find(), as_json=as_json)


class StatusOutput(StrEnum):
    """The output formats of `status`."""

    TABLE = "table"
    JSON = "json"
    ENV = "env"
    AWS = "aws"


EXAMPLES_STATUS = """[bold]Examples[/bold]

paysandbox status                       URLs, keys and health

paysandbox status --json                the same as JSON

eval "$(paysandbox status -o env)"      export PAYSANDBOX_BASE_URL, PAYSANDBOX_API_KEY and more

eval "$(paysandbox status -o aws)"      export AWS_ENDPOINT_URL and an access key, for boto3 and the AWS CLI

paysandbox status --env dev             a deployed environment
"""


@app.command(epilog=EXAMPLES_STATUS, rich_help_panel=_PANEL_OF["status"])
def status(
    env: Environment = "local",
    output: Annotated[StatusOutput, typer.Option("--output", "-o", help="Output format.")] = StatusOutput.TABLE,
    merchant: Annotated[
        str | None,
        typer.Option(
            "--merchant",
            metavar="NAME",
            autocompletion=complete_merchant,
            help="With -o env: the merchant whose API key is exported. Default: demo.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the sandbox's URLs, API keys and health. Exits with 1 if it is unhealthy."""
    from cli.sandbox.state_dir import StateDir
    from cli.sandbox.status import status_command

    status_command(StateDir.find(), env, output="json" if as_json else output.value, merchant=merchant)


@app.command(
    epilog="[bold]Example[/bold]\n\npaysandbox doctor      when something looks wrong",
    rich_help_panel=_PANEL_OF["doctor"],
)
def doctor(as_json: AsJson = False) -> None:
    """Diagnose problems with this machine and the sandbox, and suggest fixes."""
    from cli.sandbox.doctor import doctor_command
    from cli.sandbox.state_dir import StateDir

    doctor_command(StateDir.find(), as_json=as_json)


@app.command(
    "open",
    epilog="[bold]Example[/bold]\n\npaysandbox open --print      only print the address",
    rich_help_panel=_PANEL_OF["open"],
)
def open_(
    env: Environment = "local",
    print_only: Annotated[bool, typer.Option("--print", help="Print the URL without opening it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Open the sandbox's API reference in the browser."""
    from cli.sandbox.open_docs import open_command
    from cli.sandbox.state_dir import StateDir

    open_command(StateDir.find(), env, print_only=print_only, as_json=as_json)


_group(keys.app, "keys")
_group(pay.app, "pay")
_group(disputes.app, "disputes")
_group(logs.app, "logs")
_group(requests.app, "requests")
_group(clock.app, "clock")
_group(events.app, "events")
_group(endpoints.app, "endpoints")
_group(deliveries.app, "deliveries")
_group(settlements.app, "settlements")
_group(donations.app, "donations")
_command(simulate.simulate, simulate.EXAMPLES)
_command(settings.settings, settings.EXAMPLES)
_command(cards.cards, cards.EXAMPLES)
_command(listen.listen, listen.EXAMPLES)
_command(trigger.trigger, trigger.EXAMPLES)
_command(metrics.metrics, metrics.EXAMPLES)
_command(audit.audit, audit.EXAMPLES)
_command(verify.verify, verify.EXAMPLES)
_command(redrive.redrive, redrive.EXAMPLES)
_command(raw_request.get, raw_request.EXAMPLES_GET)
_command(raw_request.post, raw_request.EXAMPLES_POST)
renamed.add_to(app)


def main() -> None:
    """The entry point of the package."""
    sys.excepthook = print_fault
    app(prog_name="paysandbox")
