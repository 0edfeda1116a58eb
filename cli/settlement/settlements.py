"""`paysandbox settlements`: run a settlement, list and show batches, download and reconcile reports."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.connection.api_session import api_of, refusals, say_next, show_answer
from cli.connection.caller import Caller, over_the_api
from cli.connection.credentials import repeated
from cli.connection.paging import print_next_page, read_list
from cli.settlement import reconcile, run
from cli.terminal.failure import Failure
from cli.terminal.options import Cursor, Every, Limit
from cli.terminal.output import print_bytes, print_json, print_line, print_note
from cli.terminal.text import counted

if TYPE_CHECKING:
    from cli.connection.api import Answer

app = typer.Typer(
    name="settlements", no_args_is_help=True, help="Run settlements, and list, download and reconcile them."
)
app.command("run", cls=run.RunCommand, epilog=run.EXAMPLES)(run.run)

Batch = Annotated[str, typer.Argument(metavar="BATCH", help="The batch's name: 2026-11-20, or 2026-11-20.2.")]


class Format(StrEnum):
    """The formats of a report."""

    CSV = "csv"
    JSON = "json"
    BREAKS = "breaks"

    @property
    def ending(self) -> str:
        """How the name of the file ends."""
        return "breaks.json" if self is Format.BREAKS else str(self)


EXAMPLES_LIST = """[bold]Examples[/bold]
  paysandbox settlements list
  paysandbox settlements list --from 2026-11-01 --to 2026-12-01 --json
"""


@app.command("list", epilog=EXAMPLES_LIST)
@over_the_api
def list_command(
    since: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First business date.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="DATE", help="End of the range (exclusive).")] = None,
    limit: Limit = 20,
    every: Every = False,
    cursor: Cursor = None,
    *,
    caller: Caller,
) -> None:
    """List the merchant's settlement batches, newest first."""
    from cli.connection.api_paths import LIST_SETTLEMENTS
    from cli.settlement import view as settlement_view

    query = {"from": since, "to": until}
    with refusals(caller.as_json):
        answer = read_list(api_of(caller), LIST_SETTLEMENTS, query, limit=limit, every=every, cursor=cursor)
    if not caller.as_json and not answer.body["data"]:
        print_note("No settlements yet. They run every night. To run one now: paysandbox settlements run --now --wait")
        return
    show_answer(answer, caller.as_json, lambda a: settlement_view.page(a.body))
    print_next_page("settlements list", {"from": since, "to": until, "limit": limit}, answer, caller)


@app.command(epilog="[bold]Example[/bold]\n  paysandbox settlements show 2026-11-20")
@over_the_api
def show(batch: Batch, *, caller: Caller) -> None:
    """Show a batch with its totals, balances, excluded payments and reports."""
    from cli.settlement import view as settlement_view

    answer = _shown(batch, caller)
    show_answer(answer, caller.as_json, lambda a: settlement_view.settlement(a.body))
    if not caller.as_json and answer.body["reports"]:
        say_next(f"paysandbox settlements download {batch}{repeated(caller)}")


EXAMPLES_DOWNLOAD = """[bold]Examples[/bold]
  paysandbox settlements download 2026-11-20                    settlement_2026-11-20.csv
  paysandbox settlements download 2026-11-20 --format json -o -  to standard output
  paysandbox settlements download 2026-11-20 --format breaks     the answer key, where breaks were planted
"""


@app.command(epilog=EXAMPLES_DOWNLOAD)
@over_the_api
def download(
    batch: Batch,
    form: Annotated[
        Format, typer.Option("--format", help="Report format. breaks is the answer key of planted breaks.")
    ] = Format.CSV,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            dir_okay=False,
            help="Output file. Default: settlement_BATCH.csv in this directory. - is standard output.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    *,
    caller: Caller,
) -> None:
    """Download a report and verify its SHA-256."""
    answer = _shown(batch, caller)
    report = next((listed for listed in answer.body["reports"] if listed["format"] == form), None)
    if report is None and form is Format.BREAKS and answer.body["reports"]:
        raise Failure(
            f"Batch {batch} has no planted breaks.",
            "Plant them when a batch is settled: paysandbox settlements run --now --wait --breaks",
        )
    if report is None:
        raise Failure(
            f"Batch {batch} has no report yet: its status is {answer.body['status']}.",
            "Reports are written before a batch is closed. Check: paysandbox settlements show " + batch,
        )
    data = _fetched(report)
    if output == Path("-"):
        print_bytes(data)
        return
    file = output or Path(f"settlement_{batch}.{form.ending}")
    _write(file, data, force=force)
    if caller.as_json:
        facts = {"file": str(file), "bytes": len(data), "rows": report["rows"], "sha256": report["sha256"]}
        print_json(facts)
        return
    rows = counted(report["rows"], "break" if form is Format.BREAKS else "line")
    print_line(f"{file}: {rows}, {len(data)} bytes, SHA-256 verified.")
    if form is Format.CSV:
        say_next(f"paysandbox settlements reconcile {file}")


def _shown(batch: str, caller: Caller) -> Answer:
    from cli.connection.api_paths import GET_SETTLEMENT

    with refusals(caller.as_json):
        return api_of(caller).get(GET_SETTLEMENT, path={"batch": batch})


def _fetched(report: dict[str, Any]) -> bytes:
    """The report's bytes. Raises Failure where the download fails or the checksum differs."""
    import httpx

    from cli.connection.api import client_of

    url = httpx.URL(report["url"])
    try:
        with client_of(str(url.copy_with(raw_path=b"/"))) as client:
            answer = client.get(url)
    except httpx.HTTPError as error:
        raise Failure(f"The report could not be downloaded from {url.host}: {error}", "Try again.") from None
    if answer.status_code != httpx.codes.OK:
        raise Failure(
            f"The report's link returned {answer.status_code}: {answer.text[:200]!r}",
            "Links are valid for 15 minutes, and this one is new. Check the reports bucket.",
        )
    found = hashlib.sha256(answer.content).hexdigest()
    if found != report["sha256"]:
        raise Failure(
            f"Checksum mismatch: the report's SHA-256 is {found}, expected {report['sha256']}.",
            "The file was changed in the bucket. Another run does not rewrite it; contact the sandbox's operator.",
        )
    return answer.content


def _write(file: Path, data: bytes, *, force: bool) -> None:
    try:
        if file.exists() and not force:
            if file.read_bytes() == data:
                return
            raise Failure(f"{file} already exists.", "Overwrite it with --force, or choose another name with --output.")
        file.write_bytes(data)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise Failure(f"{file} cannot be written: {error.strerror}.", "Choose another file with --output.") from None


app.command("reconcile", epilog=reconcile.EXAMPLES)(reconcile.reconcile)
