"""docs/reference/stripe-integrations.md: the table of a run. `make integrations ARGS=--write` writes it."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from cli.deploy.installation import ROOT
from integrations.listed import Kind
from integrations.outcome import Outcome, Verdict

_ROW: Final = re.compile(r"^\| \[([^\]]+)\]\([^)]+\) \| ([^|]+) \| ([^|]+) \| [^|]* \| (.*) \|$", re.MULTILINE)

PAGE: Final = ROOT / "docs" / "reference" / "stripe-integrations.md"

SDKS: Final = Path(__file__).with_name("sdks.md")
"""The part of the page about SDKs, which is written by hand."""


def page(outcomes: Sequence[Outcome], on: date) -> str:
    """Return the page of a run."""
    return "\n".join(_lines(outcomes, on)) + "\n"


def rows(file: Path = PAGE) -> dict[str, tuple[str, str]]:
    """Return the verdict on each integration and where it stops, as the page has them."""
    return {name: (verdict, at) for name, _, verdict, at in _ROW.findall(file.read_text(encoding="utf-8"))}


def proofs(file: Path = PAGE) -> dict[str, str]:
    """Return how each integration was run, as the page has it."""
    return {name: proof for name, proof, _, _ in _ROW.findall(file.read_text(encoding="utf-8"))}


_HEADINGS: Final = {
    Kind.SAMPLE: "Stripe's sample servers",
    Kind.LIBRARY: "Libraries and plugins",
    Kind.APPLICATION: "Applications",
    Kind.OTHER: "Beside the forty",
}


def _lines(outcomes: Sequence[Outcome], on: date) -> Iterator[str]:
    forty = [one for one in outcomes if one.integration.kind is not Kind.OTHER]
    ran = sum(outcome.verdict is Verdict.RUNS for outcome in forty)
    yield "# Integrations that run against the sandbox"
    yield ""
    yield "<!-- Written by `make integrations ARGS=--write`. Do not edit. -->"
    yield ""
    yield f"**{ran} of {len(forty)}** integrations that others wrote run as they are, on {on.isoformat()}."
    yield "They complete their principal flow: mostly a guest's payment, its capture and its refund. The others stop at"
    yield "a call that the sandbox refuses by name, because it does not simulate it yet."
    yield ""
    yield "`make integrations` repeats the run. Each integration is pinned in"
    yield "[integrations.toml](../../integrations/integrations.toml). To point your own application at the sandbox, see"
    yield "[use Stripe's SDKs](../how-to/use-stripe-sdks.md)."
    yield ""
    yield "There are four kinds of proof:"
    yield ""
    yield "- **sample**: Stripe's server runs unmodified with its own dependencies. Only the host `api.stripe.com` is"
    yield "  redirected. A script makes the requests of its page and confirms with the publishable key, and the server"
    yield "  receives its webhooks. Where it says so, its page runs unmodified in Chromium too: Stripe's hosts are"
    yield "  [fulfilled](../how-to/pay-in-a-browser.md#leave-the-page-as-it-is), all others but its own are aborted."
    yield "  A React page is built by its own `npm run build`, and its `/api` leads to the server, as in development."
    yield "- **own code**: the package is installed from PyPI or npm, and a program of"
    yield "  [own_code](../../integrations/own_code) calls it as its host does."
    yield "- **replay**: the codebase is in no registry at hand, so its calls are repeated, by the SDK for Python or"
    yield "  Node that it pins, or as its SDK for another language writes them. Each parameter in the source lines that"
    yield "  a call names has to be in the replay, and each field that the codebase reads in a response is compared."
    yield "  `make test` makes the same calls without the SDK."
    yield "- **own suite**: a suite that others wrote for an integration runs unmodified, in Ruby and Chromium, against"
    yield "  Stripe's sample servers and their pages. Stripe's hosts lead to the sandbox, all others are aborted."
    for kind, heading in _HEADINGS.items():
        yield ""
        yield f"## {heading}"
        yield ""
        yield from _table([one for one in outcomes if one.integration.kind is kind])
    yield ""
    yield SDKS.read_text(encoding="utf-8").rstrip()


def _table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield "| Integration | Proof | Result | Works | Stops at |"
    yield "|---|---|---|---|---|"
    for outcome in outcomes:
        one = outcome.integration
        worked = ", ".join(one.what for one in outcome.worked) or "–"
        proof = outcome.proof or str(one.proof)
        yield f"| [{one.name}]({one.link}) | {proof} | {outcome.verdict} | {worked} | {stopped(outcome)} |"


def stopped(outcome: Outcome) -> str:
    """Return the refused call and the first sentence of the refusal, as the page shows them.

    What runs can stop too, beyond its principal flow: a payment of a guest where it also stores customers.
    """
    if outcome.verdict is Verdict.RUNS and not outcome.stopped_at:
        return "–"
    why = re.split(r"(?<=\.)\s|\n", outcome.why, maxsplit=1)[0].replace("|", "\\|")
    at = f"`{outcome.stopped_at}`" if outcome.stopped_at else ""
    beyond = "beyond its principal flow" if outcome.verdict is Verdict.RUNS else ""
    return _ID.sub("{id}", ": ".join(filter(None, [beyond, at, why])))


_ID: Final = re.compile(r"\b[a-z]{2,4}_[A-Za-z0-9]{20,}")
