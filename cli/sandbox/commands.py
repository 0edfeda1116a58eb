"""`paysandbox up`, `down`, `status`, `doctor` and `open`: the sandbox itself. `eject`: its app, to deploy to AWS."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from cli.connection.completion import complete_merchant
from cli.terminal.options import AsJson, Environment

app = typer.Typer()

EXAMPLES_UP = """[bold]Examples[/bold]
  paysandbox up                      start or update the sandbox; seconds if nothing changed
  paysandbox up --port 4600          on another port
  paysandbox up --fresh              start over: delete all payments and keys
  paysandbox up --foreground         stay attached; Ctrl-C stops the sandbox and keeps the payments
  paysandbox up --watch              stay attached; edited handlers run within two seconds
  paysandbox up --otlp http://localhost:4318    a trace of every payment, to an OpenTelemetry collector
  paysandbox up --bind 0.0.0.0       in a container: the API, and only the API, accepts other hosts
"""

NO_COLLECTOR = "off"

BIND_ADDRESSES = ("127.0.0.1", "0.0.0.0")  # noqa: S104 - the second one only on request


def _bind_address(text: str | None) -> str | None:
    if text is not None and text not in BIND_ADDRESSES:
        raise typer.BadParameter(
            f"{text!r} is not one of {', '.join(BIND_ADDRESSES)}. The engine must listen on the loopback interface, "
            "where the functions call it. To limit access to other interfaces, use a firewall or a published port."
        )
    return text


def _collector_url(text: str | None) -> str | None:
    if text is None or text in ("", NO_COLLECTOR):
        return None if text is None else ""
    parts = urlsplit(text)
    try:
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # of the port
        is_url = False
    if not is_url or parts.query or parts.fragment or parts.username is not None or not text.isprintable():
        raise typer.BadParameter(
            f"{text!r} is not the URL of a collector, such as http://localhost:4318. Omit /v1/traces; "
            f"`{NO_COLLECTOR}` sends no traces."
        )
    return text.rstrip("/")


def _host_names(names: list[str] | None) -> list[str] | None:
    for name in names or ():
        if not re.fullmatch(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?", name):
            raise typer.BadParameter(f"{name!r} is not a host name. Omit the scheme and the port, as in `sandbox`.")
    return names or None


@app.command(epilog=EXAMPLES_UP)
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
            help="Host name that other machines or containers use for the API. Can be repeated. IP addresses and "
            "localhost always work. Default: the previous names.",
        ),
    ] = None,
    otlp: Annotated[
        str | None,
        typer.Option(
            "--otlp",
            metavar="URL",
            # trace_context.COLLECTOR_VARIABLE, as a test compares. That module loads hashlib, for 4 ms of every start.
            envvar="PAYSANDBOX_OTLP",
            callback=_collector_url,
            help="OpenTelemetry collector that gets a trace of every payment, over OTLP/HTTP. `off` sends none. "
            "Default: the current setting, otherwise off.",
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
    watch: Annotated[
        bool,
        typer.Option(
            "--watch",
            help="Stay attached and run edited handlers within two seconds. Ctrl-C ends that and leaves the sandbox "
            "running.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Start the local sandbox, deploy every stack, and verify it with a test authorization."""
    from cli.state.state_dir import StateDir
    from cli.up.up_command import up_command

    if watch and foreground:
        raise typer.BadParameter("Ctrl-C leaves the sandbox running with --watch and stops it with --foreground.")
    up_command(
        StateDir.find(),
        port=port,
        bind=bind,
        hosts=host,
        otlp=otlp,
        fresh=fresh,
        foreground=foreground,
        watch=watch,
        as_json=as_json,
    )


@app.command(
    epilog="[bold]Example[/bold]\n  paysandbox down && paysandbox up      restart; payments are kept",
)
def down(as_json: AsJson = False) -> None:
    """Stop the local sandbox. Payments and keys are kept."""
    from cli.sandbox.down import down_command
    from cli.state.state_dir import StateDir

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


@app.command(epilog=EXAMPLES_STATUS)
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
    from cli.diagnose.status import status_command
    from cli.state.state_dir import StateDir

    status_command(StateDir.find(), env, output="json" if as_json else output.value, merchant=merchant)


@app.command(
    epilog="[bold]Examples[/bold]\n  paysandbox doctor            when something looks wrong\n"
    "  paysandbox doctor --env dev  an AWS account, before the first deployment and after it",
)
def doctor(env: Environment = "local", as_json: AsJson = False) -> None:
    """Diagnose problems with this machine and the sandbox, or with an AWS account, and suggest fixes."""
    from cli.diagnose.doctor import doctor_command
    from cli.state.state_dir import StateDir

    doctor_command(StateDir.find(), env, as_json=as_json)


EXAMPLES_OPEN = """[bold]Examples[/bold]
  paysandbox open              the dashboard, signed in
  paysandbox open --print      only print the address: it signs in once, within ten minutes
  paysandbox open --docs       the API reference
"""


@app.command(
    "open",
    epilog=EXAMPLES_OPEN,
)
def open_(
    env: Environment = "local",
    docs: Annotated[bool, typer.Option("--docs", help="Open the API reference instead.")] = False,
    print_only: Annotated[bool, typer.Option("--print", help="Print the URL without opening it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Open the sandbox's dashboard in the browser.

    Locally, the URL signs in to the dashboard with the keys of all merchants.
    It works once, within ten minutes, in a browser on this machine.
    """
    from cli.sandbox.open_docs import open_command
    from cli.state.state_dir import StateDir

    open_command(StateDir.find(), env, docs=docs, print_only=print_only, as_json=as_json)


EXAMPLES_EJECT = """[bold]Example[/bold]
  paysandbox eject payments-sandbox      then, in that folder: make build and cdk deploy
"""


@app.command(epilog=EXAMPLES_EJECT)
def eject(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder that is empty or does not exist.", show_default=False)
    ],
    as_json: AsJson = False,
) -> None:
    """Write the sources of the CDK app into a folder, to deploy it to AWS from a repository of your own.

    The folder needs Python and make. It overwrites nothing.
    """
    from cli.deploy.eject import eject_command

    eject_command(folder, as_json=as_json)
