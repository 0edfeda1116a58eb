"""docs/reference/stripe-integrations.md: the table of a run. `make integrations ARGS=--write` writes it."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from cli.sandbox.installation import ROOT
from integrations.listed import Kind
from integrations.outcome import Outcome, Verdict

_ROW: Final = re.compile(r"^\| \[([^\]]+)\]\([^)]+\) \| ([^|]+) \| [^|]* \| (.*) \|$", re.MULTILINE)

PAGE: Final = ROOT / "docs" / "reference" / "stripe-integrations.md"


def page(outcomes: Sequence[Outcome], on: date) -> str:
    """Return the page of a run."""
    return "\n".join(_lines(outcomes, on)) + "\n"


def rows(file: Path = PAGE) -> dict[str, tuple[str, str]]:
    """Return the verdict on each integration and where it stops, as the page has them."""
    found = re.findall(
        r"^\| \[([^\]]+)\]\([^)]+\) \| ([^|]+) \| [^|]* \| (.*) \|$", file.read_text("utf-8"), re.MULTILINE
    )
    return {name: (verdict, stopped) for name, verdict, stopped in found}


def _lines(outcomes: Sequence[Outcome], on: date) -> Iterator[str]:
    ran = sum(outcome.verdict is Verdict.RUNS for outcome in outcomes)
    yield "# Integrations that run against the sandbox"
    yield ""
    yield "<!-- Written by `make integrations ARGS=--write`. Do not edit. -->"
    yield ""
    yield f"**{ran} of {len(outcomes)}** integrations that others wrote run as they are, on {on.isoformat()}."
    yield "The others stop at a call that the sandbox refuses by name, because it does not simulate it yet."
    yield ""
    yield "`make integrations` repeats the run. Each integration is pinned by commit in"
    yield "[integrations.toml](../../integrations/integrations.toml). To point your own application at the sandbox, see"
    yield "[use Stripe's SDKs](../how-to/use-stripe-sdks.md)."
    yield ""
    yield "## Stripe's sample servers"
    yield ""
    yield "Each server runs unmodified with its own dependencies; only the host `api.stripe.com` is redirected. A"
    yield "script makes the requests of its page and confirms with the publishable key, and the server receives its"
    yield "webhooks. The part of Stripe.js in the browser is not run, because Stripe.js talks to Stripe only."
    yield ""
    yield from _table([one for one in outcomes if one.integration.kind is Kind.SAMPLE])
    yield ""
    yield "## Libraries and plugins"
    yield ""
    yield "The calls of each library are replayed with the parameters and headers that its source sends, and each field"
    yield "that it reads in the response is compared. `make test` does the same. The library itself is not installed."
    yield ""
    yield from _table([one for one in outcomes if one.integration.kind is Kind.LIBRARY])


def _table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield "| Integration | Result | Works | Stops at |"
    yield "|---|---|---|---|"
    for outcome in outcomes:
        one = outcome.integration
        worked = ", ".join(outcome.worked) or "–"
        yield f"| [{one.name}]({one.link}) | {outcome.verdict} | {worked} | {stopped(outcome)} |"


def stopped(outcome: Outcome) -> str:
    """Return the refused call and the first sentence of the refusal, as the page shows them."""
    if outcome.verdict is Verdict.RUNS:
        return "–"
    why = re.split(r"(?<=\.)\s|\n", outcome.why, maxsplit=1)[0].replace("|", "\\|")
    at = f"`{outcome.stopped_at}`" if outcome.stopped_at else ""
    return _ID.sub("{id}", ": ".join(filter(None, [at, why])))


_ID: Final = re.compile(r"\b[a-z]{2,4}_[A-Za-z0-9]{20,}")
