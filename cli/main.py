"""`paysandbox`, the program: its commands, what their options are called, and how a failure ends it.

Little is loaded to show help or to complete a word; what a command needs is imported when it runs.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from cli.connection import keys
from cli.donations import donate, donors, operations as donations, stripe_secrets
from cli.payments import audit, cards, pay, trigger
from cli.request_log import logs, metrics
from cli.sandbox import clock
from cli.settlement import reconcile, settle, settlements
from cli.terminal.failure import from_exception, tell
from cli.terminal.options import AS_JSON, AsJson, Environment
from cli.terminal.output import print_fault, visible
from cli.verification import verify
from cli.webhooks import endpoints as webhooks, events, listen


class Program(TyperGroup):
    """The root command: the one place where a failure is told and becomes exit code 1. Misuse is 2, by typer."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Read the program's own options."""
        with _visible_misuse():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; tell what a person can act on, and let faults of ours show their traceback."""
        try:
            with _visible_misuse():
                return super().invoke(ctx)
        except Exception as error:
            failure = from_exception(error)
            if failure is None:
                raise
            tell(failure, as_json=ctx.meta.get(AS_JSON, False))
            raise typer.Exit(1) from error


@contextmanager
def _visible_misuse() -> Iterator[None]:
    """Typer prints what it says of misuse itself, and that repeats what was given."""
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
    epilog="First time: [bold]paysandbox up[/bold]. Exit codes: 0 ok, 1 failed, 2 misuse.",
)


@app.callback()
def program() -> None:
    """A payments sandbox on this machine or in your AWS account: authorize, capture, void and refund without a bank."""


EXAMPLES_UP = """[bold]Examples[/bold]

paysandbox up                      start or refresh the sandbox; seconds when nothing changed

paysandbox up --port 4600          on another port

paysandbox up --fresh              begin anew: payments, keys and all

paysandbox up --foreground         stay attached; Ctrl-C stops it and keeps the payments

paysandbox up --bind 0.0.0.0       in a container: other machines get the API, and only that
"""

BIND_ADDRESSES = ("127.0.0.1", "0.0.0.0")  # noqa: S104 - the second one only when asked for


def _bind_address(text: str | None) -> str | None:
    if text is not None and text not in BIND_ADDRESSES:
        raise typer.BadParameter(
            f"{text!r} is not one of {', '.join(BIND_ADDRESSES)}. The functions reach the engine on this machine's "
            "loopback, so it listens there, or everywhere; a firewall or a published port chooses among addresses."
        )
    return text


def _host_names(names: list[str] | None) -> list[str] | None:
    for name in names or ():
        if not re.fullmatch(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?", name):
            raise typer.BadParameter(f"{name!r} is not a host name. Write it without scheme and port, like `sandbox`.")
    return names or None


@app.command(epilog=EXAMPLES_UP)
def up(
    fresh: Annotated[bool, typer.Option("--fresh", help="Drop all payments and keys, and begin anew.")] = False,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=1024,
            max=65535,
            envvar="PAYSANDBOX_PORT",
            help="Where to listen. Default: as last time, else 4566.",
        ),
    ] = None,
    bind: Annotated[
        str | None,
        typer.Option(
            "--bind",
            metavar="ADDRESS",
            envvar="PAYSANDBOX_BIND",
            callback=_bind_address,
            help="127.0.0.1, for this machine only, or 0.0.0.0: whoever can reach this machine gets the API too, over "
            "plain HTTP. AWS stays on this machine. Default: as it runs, else 127.0.0.1.",
        ),
    ] = None,
    host: Annotated[
        list[str] | None,
        typer.Option(
            "--host",
            metavar="NAME",
            envvar="PAYSANDBOX_HOST",
            callback=_host_names,
            help="A name by which other machines or containers call the API; may be repeated. IP addresses and "
            "localhost always work. Default: as last time.",
        ),
    ] = None,
    wait: Annotated[  # noqa: ARG001 - accepted, since scripts say it to other programs of this kind
        bool, typer.Option("--wait", help="Return when an authorization has worked. It always does; for scripts.")
    ] = False,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay attached and show the engine's log; Ctrl-C stops the sandbox.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Start the sandbox on this machine, deploy every stack to it, and prove it with one authorization."""
    from cli.sandbox.state_dir import StateDir
    from cli.sandbox.up_command import up_command

    up_command(StateDir.find(), port=port, bind=bind, hosts=host, fresh=fresh, foreground=foreground, as_json=as_json)


@app.command(epilog="[bold]Example[/bold]\n\npaysandbox down && paysandbox up      payments are still there")
def down(as_json: AsJson = False) -> None:
    """Stop the sandbox on this machine. Payments and keys are kept."""
    from cli.sandbox.down import down_command
    from cli.sandbox.state_dir import StateDir

    down_command(StateDir.find(), as_json=as_json)


class StatusOutput(StrEnum):
    """How `status` can print."""

    TABLE = "table"
    JSON = "json"
    ENV = "env"
    AWS = "aws"


EXAMPLES_STATUS = """[bold]Examples[/bold]

paysandbox status                       address, keys and health

paysandbox status --json                the same for a script

eval "$(paysandbox status -o env)"      into this shell: PAYSANDBOX_BASE_URL, PAYSANDBOX_API_KEY, …

eval "$(paysandbox status -o aws)"      AWS_ENDPOINT_URL and an access key, for boto3 and the AWS CLI

paysandbox status --env dev             of a deployed environment
"""


@app.command(epilog=EXAMPLES_STATUS)
def status(
    env: Environment = "local",
    output: Annotated[StatusOutput, typer.Option("--output", "-o", help="How to print it.")] = StatusOutput.TABLE,
    as_json: AsJson = False,
) -> None:
    """Show where the sandbox answers, its keys, and whether it is healthy (exit code 1 when it is not)."""
    from cli.sandbox.state_dir import StateDir
    from cli.sandbox.status import status_command

    status_command(StateDir.find(), env, output="json" if as_json else output.value)


@app.command(epilog="[bold]Example[/bold]\n\npaysandbox doctor      after anything strange")
def doctor(as_json: AsJson = False) -> None:
    """Check this machine and the sandbox's state: what is wrong, why it matters, what to do."""
    from cli.sandbox.doctor import doctor_command
    from cli.sandbox.state_dir import StateDir

    doctor_command(StateDir.find(), as_json=as_json)


app.add_typer(keys.app, name="keys")
app.add_typer(pay.app, name="pay")
app.add_typer(logs.app, name="logs")
app.add_typer(clock.app, name="clock")
app.add_typer(events.app, name="events")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(settlements.app, name="settlements")
app.add_typer(donors.app, name="donors")
app.add_typer(donations.app, name="donations")
app.add_typer(stripe_secrets.app, name="secrets")
app.command(epilog=donate.EXAMPLES)(donate.donate)
app.command(epilog=settle.EXAMPLES)(settle.settle)
app.command(epilog=reconcile.EXAMPLES)(reconcile.reconcile)
app.command(epilog="[bold]Example[/bold]\n\npaysandbox cards --declines")(cards.cards)
app.command(epilog=listen.EXAMPLES)(listen.listen)
app.command(epilog=trigger.EXAMPLES)(trigger.trigger)
app.command(epilog=verify.EXAMPLES)(verify.verify)
app.command(epilog=audit.EXAMPLES)(audit.audit)
app.command(epilog=metrics.EXAMPLES)(metrics.metrics)


def main() -> None:
    """The entry point that `pip install` puts on the PATH."""
    sys.excepthook = print_fault
    app(prog_name="paysandbox")
