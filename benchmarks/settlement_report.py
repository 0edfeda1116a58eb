"""The part of docs/performance.md that says how settlement grows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from benchmarks.markdown import paragraph, point, table
from benchmarks.settlement_model import DISK_MB, entries_on_disk
from paysandbox.runtime.report_files import PART_BYTES
from paysandbox.runtime.report_order import RUN

Result = Mapping[str, Any]

_FIGURES: Final[Mapping[str, tuple[str, int]]] = {
    "seconds": ("seconds here, tables included", 1),
    "cpu_s": ("CPU s here, of the workers alone", 1),
    "pages": ("pages of what is due", 0),
    "invocations": ("invocations", 0),
    "transitions": ("state transitions", 0),
    "history_events": ("events in the execution's history", 0),
    "largest_state_bytes": ("largest state, bytes", 0),
    "dynamodb_calls": ("DynamoDB calls", 0),
    "write_units": ("write units", 0),
    "read_units": ("read units", 0),
    "files": ("files put", 0),
    "largest_merchant": ("captures of the largest merchant", 0),
    "modelled_s": ("function seconds on AWS, modelled", 1),
    "usd": ("US dollars, modelled", 4),
    "usd_per_million": ("US dollars for a million captures, modelled", 2),
}
_DAY: Final[Mapping[str, tuple[str, int]]] = {
    "held by `close_books`": ("close_books_kb", 1_024),
    "held by `write_reports`": ("write_reports_kb", 1_024),
    "the CSV": ("csv_bytes", 2**20),
    "the JSON": ("json_bytes", 2**20),
}
_SHORT_HOURS: Final = 0.05
_GROWING: Final = ("captures", "seconds", "cpu_s", "dynamodb_calls", "write_units", "read_units", "usd", "invocations")


def section(found: Result, days: Result) -> Iterator[str]:
    """The section, line by line."""
    nights = [*found["nights"].values()]
    yield ""
    yield "## Settlement"
    yield ""
    yield from paragraph(
        f"A night of N captures of {found['merchants']} merchants by Zipf's law ({found['zipf']}), settled by the real"
        " workers as the state machine's own definition calls them, in one process, without gateway and Step Functions"
        " (`benchmarks/settlement.py`). In the place of DynamoDB are tables in SQLite that count calls and units and"
        " end a page where DynamoDB does (moto's time grows with the square of what it holds); S3 and SNS take"
        f" everything. One run of each. Load {found['machine']['load']}: compare the CPU seconds."
    )
    yield from table(
        ["captures", *(f"{night['captures']:,}" for night in nights)],
        [
            [told, *(f"{night[name]:,.{digits}f}" for night in nights)]
            for name, (told, digits) in _FIGURES.items()
        ],
    )  # fmt: skip
    yield from paragraph(
        "How each grows from a night to the next: by less than the captures do, where a part of it belongs to each"
        " shard and each merchant, however few captures they have:"
    )
    yield from table(
        ["from – to", *_GROWING],
        [[_step(step), *(f"{by[name]:.2f}" for name in _GROWING)] for step, by in found["ratios"].items()],
    )
    yield from paragraph(
        "The most memory that a call of a worker held beyond what the process held before (`tracemalloc`, in a run of"
        " its own; of the mapped workers the first two calls, and the reports of the largest merchant):"
    )
    yield from table(
        ["worker, MB", *(f"{night['captures']:,}" for night in nights), "last step"],
        [_memory(nights, worker) for worker in nights[-1]["workers"]],
    )
    yield from paragraph(
        "A worker holds a page of a query (1 MB of items at most, some thousand entries of a merchant and shard; until"
        " a partition has as much, its pages grow with it) or of a hundred payments. `expire_payments` remembers up to"
        f" 100,000 payments besides, and `write_reports` a run of up to {RUN:,} entries that it sorts, and two parts of"
        f" {PART_BYTES / 2**20:.0f} MB of the file that it puts. None of it depends on how many entries there are. One"
        " merchant's day alone, in one call of each (`benchmarks/settlement_merchant.py`):"
    )
    sizes = sorted(map(int, days))
    yield from table(
        ["entries of one merchant, MB", *(f"{count:,}" for count in sizes)],
        [[told, *(f"{days[str(count)][name] / size:,.1f}" for count in sizes)] for told, (name, size) in _DAY.items()],
    )
    yield from _far(found["model"], *entries_on_disk(days))


def _step(step: str) -> str:
    more, _, fewer = step.partition("/")
    return f"{int(fewer):,} – {int(more):,}"


def _memory(nights: Sequence[Result], worker: str) -> list[str]:
    held = [night["workers"][worker]["peak_kb"] for night in nights]
    return [f"`{worker}`", *(f"{kb / 1_024:,.1f}" for kb in held), f"{held[-1] / max(held[-2], 1):.2f} ×"]


def _far(model: Result, disk_bytes: int, on_disk: int) -> Iterator[str]:
    off = max((abs(value) for night in model["off_the_line"].values() for value in night.values()), default=0)
    waits = ", ".join(f"{name} {ms:g}" for name, ms in model["assumed_ms"].items())
    yield f"### A night of {model['captures']:,} captures on AWS, modelled"
    yield ""
    yield from paragraph(
        "**Modelled, not measured.** On the line through the smallest and the largest night; what was run in between"
        f" lies at most {off:.0%} off it. CPU time is stretched to the share of a processor that {model['memory_mb']}"
        f" MB have; milliseconds of a call are assumed ({waits}). Prices: {model['prices']}. Not in it: S3, storage,"
        " traces, and what follows from the events."
    )
    rows = {
        "hours, the machine's own": f"{sum(model['hours'].values()):,.1f}",
        **{f"of them `{name}`": f"{hours:,.1f}" for name, hours in model["hours"].items() if hours > _SHORT_HOURS},
        "function hours": f"{model['modelled_s'] / 3_600:,.1f}",
        "invocations": f"{sum(model['invocations'].values()):,}",
        "DynamoDB calls": f"{model['dynamodb_calls']:,.0f}",
        "write units": f"{model['write_units']:,.0f}",
        "read units": f"{model['read_units']:,.0f}",
        "US dollars": f"{model['usd']:,.2f}",
        "US dollars for a million captures": f"{model['usd_per_million']:,.2f}",
    }
    yield from table([f"{model['captures']:,} captures", ""], [[name, told] for name, told in rows.items()])
    yield "Which quotas matter:"
    yield ""
    for quota in _quotas(model, disk_bytes, on_disk):
        yield from point(quota)


def _quotas(model: Result, disk_bytes: int, on_disk: int) -> Iterator[str]:
    one, writes = model["one_merchant"], model["writes"]
    in_time, ms = one["entries_in_time"], one["ms_per_entry"]
    fits = one["entries"] <= min(*in_time.values(), on_disk)
    yield (
        "*One merchant's day in one call* is what is reached first, and time is what ends it: `close_books`"
        f" ({ms['close_books']:.2f} ms an entry) and `write_reports` ({ms['write_reports']:.2f} ms) take a merchant at"
        f" a time and keep 150 s for the one under way: about {in_time['close_books']:,} and"
        f" {in_time['write_reports']:,} entries. The largest merchant of this night would have {one['entries']:,},"
        f" which {'fits' if fits else '**does not fit**'}. Memory is no bound; the disk on which entries are sorted is"
        f" one: {DISK_MB} MB, with {disk_bytes} bytes an entry, take about {on_disk:,}. More memory for these two"
        " functions (10,240 MB at most, for the processor that comes with it) or several batches a day (`paysandbox"
        " settle --now`) move the bound. It goes away only where a merchant's day is spread over calls."
    )
    yield (
        f"*Step Functions*: {model['transitions']:,} transitions, {model['history_events']:,} of"
        f" {model['max_history']:,} events of history, a largest state of {model['largest_state_bytes']:,} of"
        f" {model['max_state_bytes']:,} bytes: a shard or a slice is a number, and a worker goes through many pages in"
        " a call."
    )
    yield (
        "*Lambda*: four calls at once, of an account's thousand (a new account's ten). No call comes near 15 minutes:"
        " it ends by itself within 300 s, and is called again for what is left."
    )
    yield (
        f"*DynamoDB*: {writes['units_per_s']['collect_entries']:,} write units a second while entries are put,"
        f" {writes['units_per_s']['announce']:,} while payments are told, over all tables; a table that was just made"
        f" takes {writes['first_table_units_per_s']:,} and grows from there. The busiest partition of entries takes"
        f" {writes['busiest_partition']:,.0f} of {writes['partition_units_per_s']:,}. What is throttled is repeated by"
        " boto3, then by the machine."
    )
    yield "*S3*: three files for each merchant, four at once; 3,500 a second are taken under each prefix."
