"""docs/reference/stripe-integrations.md: made of integrations.toml and the last run of each row.

docs/generate.py writes it, and `make integrations ARGS=--write` after it has stored its runs.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from integrations.flow import MEANINGS
from integrations.listed import Integration, Kind, integrations
from integrations.outcome import Outcome, Verdict
from integrations.stored_runs import StoredRun, stored

SDKS: Final = Path(__file__).with_name("sdks.md")
"""The part of the page about SDKs, which is written by hand."""


@dataclass(frozen=True)
class Row:
    """An integration, its last run if it has one, and whether that is current."""

    integration: Integration
    run: StoredRun | None
    is_current: bool

    @property
    def runs(self) -> bool:
        """Return whether it counts: it ran, and nothing has changed that it depended on."""
        return self.is_current and self.run is not None and self.run.outcome.verdict is Verdict.RUNS


def rows() -> list[Row]:
    """Return the rows of the list with their runs."""
    return [Row(one, run, run is not None and run.is_current) for one in integrations() for run in [stored(one)]]


def page(listed: Sequence[Row] | None = None) -> str:
    """Return the page of these rows, or else of the list's."""
    return "\n".join(_lines(rows() if listed is None else listed)) + "\n"


def headline(listed: Sequence[Row]) -> Iterator[str]:
    """Yield how many of the rows run, and by name those that do not count: whose last run is not current, or failed."""
    counted = [row for row in listed if row.integration.kind is not Kind.OTHER]
    yield f"**{sum(row.runs for row in counted)} of {len(counted)}** integrations that others wrote run as they are."
    verdicts = {
        Verdict.STOPS: "Stop at a call that the sandbox refuses by name, because it does not simulate it yet",
        Verdict.FAILS: "Fail, by a fault of the sandbox or of the run",
    }
    for verdict, what in verdicts.items():
        named = [row for row in counted if row.is_current and row.run and row.run.outcome.verdict is verdict]
        yield from _named(what, named)
    yield from _named(
        "Not run again since something changed that they depend on",
        [row for row in counted if row.run and not row.is_current],
    )
    yield from _named("Not run yet", [row for row in counted if row.run is None])


def _named(what: str, named: Sequence[Row]) -> Iterator[str]:
    if named:
        yield ""
        yield f"{what}: {', '.join(row.integration.name for row in named)}."


_ABOUT: Final = """\
Each is pinned in [integrations.toml](../../integrations/integrations.toml), with the steps of its own principal flow.
It **runs** if each of these was done, **stops** at the first that a refusal prevents, and **fails** if one was not done
for another reason. To point your own application at the sandbox, see [use Stripe's SDKs](../how-to/use-stripe-sdks.md).

`make integrations` repeats the run. With `ARGS=--write` it stores each row's result in
[integrations/runs](../../integrations/runs), of which this page is made: with the day, the commit of this repository
that ran, and a digest of what the row depends on. A run counts as long as none of that has changed: the row, its
program or calls and what makes them ([inputs.py](../../integrations/inputs.py)), and the Stripe-compatible API (its
handlers, and its part of the layer). Rows with a page also depend on the sandbox's Stripe.js, and on the packages that
lead a browser to it. The rest of the sandbox has tests of its own.
"""

_PROOFS: Final = """\
There are four kinds of proof:

- **sample**: Stripe's server runs unmodified with its own dependencies. Only the host `api.stripe.com` is
  redirected. A script makes the requests of its page and confirms with the publishable key, and the server
  receives its webhooks. Where it says so, its page runs unmodified in Chromium too: Stripe's hosts are
  [fulfilled](../how-to/pay-in-a-browser.md#leave-the-page-as-it-is), all others but its own are aborted.
  A React page is built by its own `npm run build`, and its `/api` leads to the server, as in development.
- **own code**: the package is installed from PyPI or npm, and a program of
  [own_code](../../integrations/own_code) calls it as its host does.
- **replay**: the codebase is in no registry at hand, so its calls are repeated, by the SDK for Python or
  Node that it pins, or as its SDK for another language writes them. Each parameter in the source lines that
  a call names has to be in the replay, and each field that the codebase reads in a response is compared.
  `make test` makes the same calls without the SDK.
- **own suite**: a suite that others wrote for an integration runs unmodified, in Ruby and Chromium, against
  Stripe's sample servers and their pages. Stripe's hosts lead to the sandbox, all others are aborted.
"""

_HEADINGS: Final = {
    Kind.SAMPLE: "Stripe's sample servers",
    Kind.LIBRARY: "Libraries and plugins",
    Kind.APPLICATION: "Applications",
    Kind.OTHER: "Beside these",
}


def _lines(listed: Sequence[Row]) -> Iterator[str]:
    yield "# Integrations that run against the sandbox"
    yield ""
    yield "<!-- Made of integrations/integrations.toml and integrations/runs by docs/generate.py. Do not edit. -->"
    yield ""
    yield from headline(listed)
    yield ""
    yield from _ABOUT.splitlines()
    yield ""
    yield "The steps:"
    yield ""
    used = {step for row in listed for step in row.integration.flow}
    yield from (f"- **{step}**: {meaning}" for step, meaning in MEANINGS.items() if step in used)
    yield ""
    yield from _PROOFS.splitlines()
    for kind, heading in _HEADINGS.items():
        yield ""
        yield f"## {heading}"
        yield ""
        yield from _table([row for row in listed if row.integration.kind is kind])
    yield ""
    yield SDKS.read_text(encoding="utf-8").rstrip()


def _table(listed: Sequence[Row]) -> Iterator[str]:
    yield "| Integration | At | Flow | Result | Stops at | Works | Proof | Last run |"
    yield "|---|---|---|---|---|---|---|---|"
    for row in listed:
        one = row.integration
        cells = [f"[{one.name}]({one.link})", one.pinned, ", ".join(one.flow), *_result(row.run, row.is_current)]
        yield f"| {' | '.join(cells)} |"


def _result(run: StoredRun | None, is_current: bool) -> Iterator[str]:
    if run is None:
        yield from ("not run yet", "–", "–", "–", "–")
        return
    outcome = run.outcome
    yield str(outcome.verdict)
    yield stopped(outcome)
    yield ", ".join(one.what for one in outcome.worked).replace("|", "\\|") or "–"
    yield outcome.proof or str(outcome.integration.proof)
    yield f"{run.on.isoformat()}, `{run.commit[:9]}`" + ("" if is_current else ", not current")


def stopped(outcome: Outcome) -> str:
    """Return the step that was not done, the refused call and the first sentence of the refusal, or why it fails.

    What runs can stop too, beyond its principal flow: a payment of a guest where it also stores customers.
    """
    if outcome.verdict is Verdict.RUNS and not outcome.stopped_at:
        return "–"
    why = re.split(r"(?<=\.)\s|\n", outcome.why, maxsplit=1)[0].replace("|", "\\|")
    at = f"`{outcome.stopped_at}`" if outcome.stopped_at else ""
    where = "beyond its principal flow" if outcome.verdict is Verdict.RUNS else ", ".join(outcome.missing[:1])
    return _ID.sub("{id}", ": ".join(filter(None, [where, at, why])))


_ID: Final = re.compile(r"\b[a-z]{2,4}_[A-Za-z0-9]{20,}")
