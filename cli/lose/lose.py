"""`paysandbox lose`: run a team's own command, lose its answers one at a time, and say what it costs."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

import typer

from cli.lose.cells import PORT_FIELD, AnyCell, Cell, Loss, WebhookFault, read_cell
from cli.lose.short_help import LoseCommand
from cli.terminal.failure import Failure
from cli.terminal.options import AsJson
from cli.terminal.output import print_json, print_note
from paysandbox.core.this_machine import is_this_machine

if TYPE_CHECKING:
    from cli.lose.proxy import LosingProxy
    from cli.lose.results import Run
    from cli.lose.run import Runner, Settings

_HOLD_AFTER_S: Final = 1.0

_IN_FULL: Final = 4
"""How many losses are printed with their calls, the largest first."""

app = typer.Typer()

EXAMPLES = """[bold]Examples[/bold]
  paysandbox lose -- python checkout.py
  paysandbox lose --state-command 'python books.py' -- pytest tests/test_checkout.py
  paysandbox lose --reset 'python empty.py' --recover 'python nightly.py' --html lost.html -- python checkout.py
  paysandbox lose --loss gateway --loss before -- npm run pay
  paysandbox lose --webhooks 'http://127.0.0.1:{port}/hook' --server 'python serve.py' -- python checkout.py
  paysandbox lose --quick --webhooks 'http://127.0.0.1:{port}/hook' --server 'python serve.py' -- python checkout.py
  paysandbox lose --only 4-given-up-reset -- python checkout.py
  paysandbox lose --mcp 'npx @stripe/mcp@0.2.5 --tools=all' --plan refund.toml

[bold]Exit codes[/bold]
  0  no money lost, as far as it was judged
  1  money lost, or the run could not start
  2  invalid usage
  3  no money lost, and a cell is inconclusive or was not exercised, or the books disagree without a fault, or a
     tool claims to be idempotent and is not
"""


def _cells(texts: list[str] | None) -> list[AnyCell]:
    found = [(text, read_cell(text)) for text in texts or ()]
    for text, cell in found:
        if cell is None:
            raise typer.BadParameter(
                f"{text!r} is not a cell. Cells are written like 4-given-up-reset or event-2-duplicate."
            )
    return [cell for _, cell in found if cell is not None]


def _words(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a command: {error}.") from None
    if not words:
        raise typer.BadParameter("The command is empty.")
    return text


def _receiver(text: str | None) -> str | None:
    if text is None:
        return None
    where = urlsplit(text.replace(PORT_FIELD, "80"))
    if where.scheme != "http" or not is_this_machine(where.hostname or ""):
        raise typer.BadParameter(f"{text!r} is not a receiver on this machine: http://127.0.0.1:{{port}}/webhooks.")
    return text


@app.command(cls=LoseCommand, epilog=EXAMPLES)
def lose(
    command: Annotated[
        list[str] | None, typer.Argument(metavar="COMMAND", help="The command and its arguments, after --.")
    ] = None,
    mcp: Annotated[
        str | None,
        typer.Option(
            "--mcp",
            metavar="COMMAND",
            callback=_words,
            help="Instead of COMMAND, start this MCP server (stdio), and call its tools by --plan. A call that fails "
            "is repeated.",
        ),
    ] = None,
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan",
            metavar="FILE",
            dir_okay=False,
            help="The plan of --mcp in TOML: requests that are sent first, and tools that are called then.",
        ),
    ] = None,
    state_command: Annotated[
        str | None,
        typer.Option(
            "--state-command",
            metavar="COMMAND",
            callback=_words,
            help='Prints the application\'s books as JSON: {"orders": [{"reference", "currency", "paid", "refunded", '
            '"fulfilled"}]}, in minor units. Without it, only charges above the run without faults are judged.',
        ),
    ] = None,
    reset: Annotated[
        str | None,
        typer.Option(
            "--reset", metavar="COMMAND", callback=_words, help="Run before each cell, to bring back the first state."
        ),
    ] = None,
    recover: Annotated[
        str | None,
        typer.Option(
            "--recover",
            metavar="COMMAND",
            callback=_words,
            help="Run after COMMAND and before the books are read: a nightly job. A failed run is judged after it, "
            "and in another state after it is run again.",
        ),
    ] = None,
    order_key: Annotated[
        str,
        typer.Option("--order-field", metavar="NAME", help="Key in Stripe's metadata with the order's reference."),
    ] = "order",
    loss: Annotated[
        list[Loss] | None,
        typer.Option(
            "--loss",
            help="How answers are lost. reset: the connection is reset after the effect. truncate: half of "
            "the body arrives. gateway: a 502 in HTML. before: a reset without the effect. timeout: no answer, with "
            "--client-timeout. Default: reset.",
        ),
    ] = None,
    webhooks: Annotated[
        str | None,
        typer.Option(
            "--webhooks",
            metavar="URL",
            callback=_receiver,
            help="Disturb webhooks too. The URL is the application's receiver, such as "
            "http://127.0.0.1:{port}/webhooks, where {port} is a free port that PORT has.",
        ),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(
            "--server",
            metavar="COMMAND",
            callback=_words,
            help="The application's server, which runs beside COMMAND and listens on PORT. Without it, COMMAND starts "
            "its receiver itself.",
        ),
    ] = None,
    webhook_fault: Annotated[
        list[WebhookFault] | None,
        typer.Option("--webhook-fault", help="Fault of the webhook of each event. Default: all of these."),
    ] = None,
    native_webhooks: Annotated[
        bool,
        typer.Option("--native-webhooks", help="Send the sandbox's own events instead of Stripe's."),
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=1024,
            max=65535,
            help="For a server that was started before, with STRIPE_API_BASE=http://127.0.0.1:PORT: whatever key it "
            "keeps, its calls are those of the merchant of the run.",
        ),
    ] = None,
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs", min=1, max=16, help="Cells at the same time, for a COMMAND whose state is all in PAYSANDBOX_TMP."
        ),
    ] = 1,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="CELL", callback=_cells, help="Only this cell, as the report names it."),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help="Only the likeliest cells, of at most three calls and eight events. The report says what is left out.",
        ),
    ] = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch",
            help="After each change of a file below this folder, try the worst red cell again, and all cells once it "
            "is green.",
        ),
    ] = False,
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed", min=0, help="Order of the cells, and PAYSANDBOX_RUN. Random if omitted; the report has it."
        ),
    ] = None,
    client_timeout: Annotated[
        float | None,
        typer.Option(
            "--client-timeout",
            metavar="SECONDS",
            min=0.1,
            max=120,
            help="How long COMMAND waits for an answer. Needed for --loss timeout.",
        ),
    ] = None,
    command_timeout: Annotated[
        float,
        typer.Option("--command-timeout", metavar="SECONDS", min=1, help="Kill each run of COMMAND after this time."),
    ] = 120,
    timeout: Annotated[
        float,
        typer.Option("--timeout", metavar="SECONDS", min=1, help="End after this time. Other cells are not exercised."),
    ] = 1800,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE", dir_okay=False, help="Write a report in Markdown.")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", dir_okay=False, help="Write a report in JUnit's XML.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", dir_okay=False, help="Write a report as one HTML page.")
    ] = None,
    badge: Annotated[
        Path | None,
        typer.Option("--badge", metavar="FILE", dir_okay=False, help="Write a badge in the JSON of shields.io."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run COMMAND against the local sandbox, lose its answers one at a time, and report the money it loses.

    COMMAND runs twice without faults. Then it runs for each call: once with the
    answer to the first attempt lost, and once with the answers to all attempts.
    It gets a URL in STRIPE_API_BASE and PAYSANDBOX_BASE_URL, and the key of a new
    merchant in STRIPE_API_KEY and PAYSANDBOX_API_KEY.

    After each loss, COMMAND is run again without faults. The ledger is compared
    with the run without faults and with the application's books. With --recover,
    or with --webhooks and --server, a run that fails is judged in a second state
    too, in which the shopper never comes back.

    PAYSANDBOX_RUN is the same text whenever a cell is repeated, PAYSANDBOX_ATTEMPT
    is 1 or 2, and PAYSANDBOX_TMP is a folder that both runs share. The keys are
    revoked.

    With --mcp, tools of an MCP server are called instead. Agents repeat a call
    that fails, and so it is. Then the ledger must hold what it holds without
    faults.
    """
    from cli.lose.run import Settings, new_seed

    runner = _runner(
        command,
        mcp,
        plan,
        {"--state-command": state_command, "--recover": recover, "--webhooks": webhooks},
    )
    cells: list[AnyCell] = only or []  # pyright: ignore[reportAssignmentType] - the callback's result
    losses = list(dict.fromkeys(loss or [Loss.RESET]))
    if Loss.TIMEOUT in {*losses, *(cell.loss for cell in cells if isinstance(cell, Cell))} and client_timeout is None:
        raise typer.BadParameter(
            "How long does COMMAND wait? Add --client-timeout SECONDS.", param_hint="--loss timeout"
        )
    _check_quick(quick, alone=not (only or mcp or webhook_fault))
    if webhooks is None and (server or webhook_fault or native_webhooks):
        raise typer.BadParameter("Where does the application receive webhooks?", param_hint="--webhooks")
    if server and webhooks and PORT_FIELD not in webhooks:
        raise typer.BadParameter(
            "A server listens on the port of PORT: http://127.0.0.1:{port}/…", param_hint="--webhooks"
        )
    _check_port(port, alone=not (mcp or webhooks or jobs > 1))
    if jobs > 1 and (mcp or reset or (webhooks and PORT_FIELD not in webhooks)):
        raise typer.BadParameter(
            "Cells at the same time share neither a --reset, nor the port of --webhooks, nor an --mcp server.",
            param_hint="--jobs",
        )
    files = dict(_writers(markdown, junit, html, badge))
    for file in files:
        if not file.absolute().parent.is_dir():
            raise Failure(f"There is no folder {file.absolute().parent}.", "Create it, or choose another file.")
    options = {
        "--mcp": mcp,
        "--plan": None if plan is None else str(plan),
        "--state-command": state_command,
        "--reset": reset,
        "--recover": recover,
        "--order-field": None if order_key == "order" else order_key,
        "--webhooks": webhooks,
        "--server": server,
        "--client-timeout": None if client_timeout is None else f"{client_timeout:g}",
        "--port": None if port is None else str(port),
    }
    settings = Settings(
        command=command or shlex.split(mcp or ""),
        reset=reset,
        recover=recover,
        state_command=state_command,
        order_key=order_key,
        losses=losses,
        only=cells,
        quick=quick,
        seed=new_seed() if seed is None else seed,
        command_timeout_s=command_timeout,
        timeout_s=timeout,
        options=[word for name, value in options.items() if value is not None for word in (name, value)]
        + (["--native-webhooks"] if native_webhooks else []),
        webhooks=webhooks,
        native_webhooks=native_webhooks,
        webhook_faults=list(dict.fromkeys(webhook_fault or WebhookFault)),
        server=server,
        jobs=jobs,
        port=port,
    )
    attempt = _Attempts(settings, runner, files, (client_timeout or 0) + _HOLD_AFTER_S, as_json=as_json)
    if watch:
        from cli.lose.watch import watch as watch_files

        watch_files(attempt, Path.cwd(), cells, print_note)
    if code := attempt(cells).exit_code:
        raise typer.Exit(code)


@dataclass(frozen=True)
class _Attempts:
    """Tries cells on the local sandbox, and reports them. `files` has what writes each report."""

    settings: Settings
    runner: Callable[..., Runner]
    files: Mapping[Path, Callable[[Run], str]]
    hold_s: float
    as_json: bool

    def __call__(self, cells: Sequence[AnyCell]) -> Run:
        """Try these cells, or all that the settings plan. Raises Failure."""
        from cli.connection.target import LOCAL, resolve
        from cli.lose.report import facts
        from cli.lose.run import lose as run_cells
        from cli.lose.store_report import store_report
        from cli.state.state_dir import StateDir
        from cli.terminal.console import stderr_console
        from cli.terminal.steps import steps_on

        state_dir = StateDir.find()
        target = resolve(LOCAL, state_dir)
        settings = replace(self.settings, only=cells, quick=self.settings.quick and not cells)
        steps_named = ("fault-free", *(("effects",) if settings.quick else ()), "cells")
        with (
            _proxy(target.base_url, self.hold_s, settings.port) as proxy,
            steps_on(stderr_console(), steps_named) as steps,
        ):
            done = run_cells(target, settings, proxy, steps, self.runner)
        for file, writer in self.files.items():
            file.write_text(writer(done), encoding="utf-8")
        report = facts(done)
        name = store_report(state_dir.path, report)
        if self.as_json:
            print_json(report)
        else:
            _print(done, f"{target.base_url}/dashboard/lost-answers/{name}")
        _annotate(done)
        return done


def _check_port(port: int | None, *, alone: bool) -> None:
    """Raise BadParameter for a port with options that it does not go with."""
    if port is not None and not alone:
        detail = "A server that was started before goes with none of --mcp, --webhooks and --jobs."
        raise typer.BadParameter(detail, param_hint="--port")


def _check_quick(quick: bool, *, alone: bool) -> None:
    """Raise BadParameter for a quick run with options that choose cells too."""
    if quick and not alone:
        raise typer.BadParameter("It has a list of its own: no --only, --webhook-fault or --mcp.", param_hint="--quick")


@contextmanager
def _proxy(base_url: str, hold_s: float, port: int | None) -> Iterator[LosingProxy]:
    """Run the proxy. Raises Failure if its port is not free."""
    from cli.lose.proxy import losing_proxy
    from cli.lose.recorder import Recorder
    from cli.lose.signatures import Names

    with ExitStack() as stack:
        try:
            proxy = stack.enter_context(losing_proxy(base_url, Recorder((), Names()), hold_s, port))
        except OSError as error:
            raise Failure(f"Port {port} is not free: {error.strerror}.", "Choose another one: --port") from None
        yield proxy


def _runner(
    command: list[str] | None, mcp: str | None, plan: Path | None, of_commands: Mapping[str, str | None]
) -> Callable[..., Runner]:
    """Return what runs the command, or calls the tools. Raises BadParameter for options that do not belong together.

    `of_commands` are the values of the options that tools do not have.
    """
    from cli.lose.run import Runner

    if mcp is None:
        if not command:
            raise typer.BadParameter(
                "Missing. Give the command after --, or an MCP server by --mcp.", param_hint="COMMAND"
            )
        if plan is not None:
            raise typer.BadParameter("It belongs to --mcp.", param_hint="--plan")
        return Runner
    if command:
        raise typer.BadParameter("Give either --mcp or COMMAND.", param_hint="--mcp")
    if plan is None:
        raise typer.BadParameter("Which tools are called? Add --plan FILE.", param_hint="--mcp")
    for name, value in of_commands.items():
        if value is not None:
            raise typer.BadParameter("It does not go with --mcp, whose tools say what they did.", param_hint=name)
    from cli.lose.mcp_plan import PlanUnreadable, read_plan
    from cli.lose.mcp_run import McpRunner

    try:
        return partial(McpRunner, plan=read_plan(plan))
    except PlanUnreadable as error:
        raise typer.BadParameter(f"{plan} is no plan: {error}.", param_hint="--plan") from error


def _writers(
    markdown: Path | None, junit: Path | None, html: Path | None, badge: Path | None
) -> list[tuple[Path, Callable[[Run], str]]]:
    from cli.lose.report_files import as_badge, as_html, as_junit, as_markdown

    given = ((markdown, as_markdown), (junit, as_junit), (html, as_html), (badge, as_badge))
    return [(file, writer) for file, writer in given if file is not None]


def _print(run: Run, page: str) -> None:
    from cli.lose.report import (
        FAULTED,
        headline,
        not_judged,
        repeat_command,
        summary_of,
        timeline,
        verdict,
        worst_first,
    )
    from cli.lose.results import Outcome, likely_cause
    from cli.terminal.console import Text, answers

    console = answers()
    lost = worst_first(run)
    for result in lost[:_IN_FULL]:
        title = f"{result.where}: {summary_of(result, run.expected)}"
        console.print(Text.assemble(("✗ ", "bold red"), (title, "bold")))
        for line in timeline(result):
            console.print(
                Text(
                    f"  {line}",
                    style="bold" if FAULTED.search(line) else "dim",
                )
            )
        if cause := likely_cause(result):
            console.print(Text(f"  Likely cause: {cause}"))
        console.print(Text(f"  Repeat it: {repeat_command(run, result)}"))
    for result in lost[_IN_FULL:]:
        console.print(Text.assemble(("✗ ", "bold red"), f"{result.where}: {summary_of(result, run.expected)}"))
    if len(lost) > _IN_FULL:
        console.print(Text("  The calls of these are in the reports: --html, --markdown or --json.", style="dim"))
    for outcome in (Outcome.INCONCLUSIVE, Outcome.NOT_EXERCISED):
        for result in run.of(outcome):
            console.print(Text(f"? {result.cell.title}: {outcome}: {result.reason}", style="yellow"))
    style = "bold red" if run.exit_code == 1 else "bold green" if run.exit_code == 0 else "bold yellow"
    console.print(Text(f"{headline(run)} {verdict(run)}", style=style))
    for line in (*_notes(run), f"In the dashboard: {page}"):
        console.print(Text(line, style="dim"))
    if limit := not_judged(run):
        console.print(Text(limit, style="yellow"))


def _annotate(run: Run) -> None:
    """Have GitHub show the losses, in its Actions. Its runner reads both streams, and a program the first one."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        from cli.lose.report_files import as_annotations

        for line in as_annotations(run):
            print_note(line)


def _notes(run: Run) -> Iterator[str]:
    """Iterate over what limits the verdict."""
    from cli.lose.mcp_tools import called_lines
    from cli.lose.report import not_tried

    if run.in_total:
        yield "References differ between runs, so amounts are compared in total."
    yield from called_lines(run.tools)
    if not run.judged_books and not run.tools:
        yield "Only charges above the run without faults are judged. Add --state-command for the rest."
    yield f"{not_tried(run)} Seed {run.seed}."
