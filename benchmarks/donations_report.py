"""The section of docs/explanation/performance.md about donations."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from benchmarks.markdown import paragraph, table

Result = Mapping[str, Any]

_SHOWN_PACKAGES: Final = 5
_READ: Final = (
    *("", "donations", "calls", "bytes read", "bytes of the response", "CPU µs"),
    *("over an empty table", "min – max", "over a native GET", "min – max"),
)


def section(found: Result) -> Iterator[str]:
    """Yield the lines of the section."""
    yield "## Donations"
    yield ""
    yield from paragraph(
        "The functions of Donate Now with an in-process AWS (`benchmarks/donations.py`) and up to"
        f" {_largest(found):,} donations in {found['currencies']} currencies. Load {found['machine']['load']}."
    )
    yield from _reads(found)
    yield from _webhook(found)
    yield from _steps(found)
    yield from _cold(found)


def _largest(found: Result) -> int:
    return max(int(size) for by_size in found["reads"].values() for size in by_size)


def _reads(found: Result) -> Iterator[str]:
    yield "### Public routes"
    yield ""
    yield from paragraph(
        "Calls and bytes are counted. CPU time is measured with warm functions that get AWS's recorded"
        f" responses: {found['rounds']} rounds of {found['calls_per_round']} requests, in turns with"
        f" `GET /payments/{{transaction_id}}` of the native API ({found['native_get_us']['median']:,.0f} µs)."
        f" The total is"
        " one query of at most eight rows per currency, and the recent donations are one query of an index, so neither"
        " grows with the number of donations. Both responses can be cached for five seconds and have an ETag."
    )
    yield from table(
        _READ,
        [
            [
                f"`GET {path}`",
                f"{int(size):,}",
                _calls(row),
                f"{row['bytes_read']:,}",
                f"{row['bytes_answered']:,}",
                f"{row['value']['median']:,.0f}",
                *(cell for base in ("over_empty", "over_native") for cell in _ratio(row[base])),
            ]
            for path, by_size in found["reads"].items()
            for size, row in sorted(by_size.items(), key=lambda entry: int(entry[0]))
        ],
    )


def _webhook(found: Result) -> Iterator[str]:
    webhook, step = found["webhook_request"], found["steps"]["webhook"]
    ratio, spread = _ratio(webhook["ratio"])
    yield "### Stripe's webhook"
    yield ""
    yield from paragraph(
        "`POST /webhooks/stripe` with an event `payment_intent.succeeded`: the function verifies the signature and"
        f" makes {_calls(step)}, without access to a table. It takes {ratio} × the CPU time of a native authorization"
        f" ({spread}; {webhook['value']['median']:,.0f} and {webhook['native']['median']:,.0f} µs), measured in turns."
    )


def _steps(found: Result) -> Iterator[str]:
    yield "### Calls and write units of each step"
    yield ""
    yield from paragraph(
        "Counted for one request or message (`benchmarks/donation_steps.py`). A write in a transaction is billed twice,"
        " even if its condition fails. The index of recent donations projects whole items and is written with each."
    )
    yield from table(
        ["step", "AWS calls", "Stripe calls", "write units"],
        [
            [
                name,
                _calls(step),
                f"{step['stripe_calls']:g}",
                f"{step['write_units']:g}",
            ]
            for name, step in ((name, found["steps"][name]) for name in found["order"])
        ],
    )


def _cold(found: Result) -> Iterator[str]:
    cold = found["cold"]
    yield "### Cold start with Stripe's SDK"
    yield ""
    yield from paragraph(
        f"CPU time of a whole process that loads a function ({found['rounds']} rounds, in turns), with the layer's"
        " packages as under “A cold start”. `list_my_donations` is a route over the same table that does not call"
        f" Stripe: the SDK adds {cold['sdk_ms']['median']:.0f} ms ({cold['sdk_ms']['least']:.0f} –"
        f" {cold['sdk_ms']['most']:.0f}). Only functions that call Stripe load it."
    )
    yield from table(
        ["", "CPU ms", "min – max", "ratio", "min – max"],
        [
            [
                f"`{name}`" if " " not in name else name,
                f"{case['value']['median']:,.0f}",
                f"{case['value']['least']:,.0f} – {case['value']['most']:,.0f}",
                *_ratio(case["ratio"]),
            ]
            for name, case in ((name, cold["cases"][name]) for name in cold["order"])
        ],
    )
    whole = sum(cost["ms"] for cost in cold["more"].values())
    dearest = sorted(cold["more"].items(), key=lambda entry: -entry[1]["ms"])[:_SHOWN_PACKAGES]
    named = ", ".join(f"{name} {cost['ms'] / whole:.0%} ({cost['modules']})" for name, cost in dearest)
    yield from paragraph(
        "Further packages that `create_donation_intent` loads (share of their modules' own time, number of modules):"
        f" {named}."
    )


def _calls(step: Result) -> str:
    return ", ".join(f"{count:g} {name}" for name, count in step["calls"].items())


def _ratio(ratio: Mapping[str, float]) -> tuple[str, str]:
    return f"{ratio['median']:.2f}", f"{ratio['least']:.2f} – {ratio['most']:.2f}"
