"""What a run of `lose` found: the states of each cell, its outcome, and the likely cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from cli.lose.cells import AnyCell, Cell, EventCell, WebhookFault
from cli.lose.mcp_tools import Tool, refutations
from cli.lose.money import Books, Finding, Kind, Ledger
from cli.lose.recorder import Exchange, Phase
from cli.lose.webhooks import Arrival


class Outcome(StrEnum):
    """The outcome of a cell. Only `no loss` is green."""

    LOST = "lost"
    NO_LOSS = "no loss"
    NOT_JUDGED = "not judged"
    INCONCLUSIVE = "inconclusive"
    NOT_EXERCISED = "not exercised"


@dataclass(frozen=True)
class State:
    """The money after a run: how the command ended, the ledger, the books (None: not asked), and what is wrong.

    Not `settled`: the command said that it failed, and nothing was run that would put it right. It is not judged.
    """

    phase: Phase
    ending: str
    succeeded: bool
    settled: bool
    ledger: Ledger
    books: Books | None
    findings: Sequence[Finding] = ()
    recovery: str | None = None


@dataclass(frozen=True)
class Result:
    """A cell's result. `request` is the call or the type of the event. `reason` says why it is inconclusive or was not
    exercised; `took_s` is over all tries."""

    cell: AnyCell
    request: str
    outcome: Outcome
    reason: str = ""
    states: Sequence[State] = ()
    exchanges: Sequence[Exchange] = ()
    arrivals: Sequence[Arrival] = ()
    tries: int = 0
    took_s: float = 0.0
    merchant: str = ""

    @property
    def findings(self) -> Sequence[Finding]:
        """What is wrong at the end: the last state that has findings."""
        return next((state.findings for state in reversed(self.states) if state.findings), ())

    @property
    def where(self) -> str:
        """The cell in words, and whether the command was run again: `event 2, delivered twice, run again`."""
        return f"{self.cell.title}{self.when}"

    @property
    def when(self) -> str:
        """After what the money is lost: `, run again`, or `, not run again` if the run failed and nobody came back."""
        state = next((state for state in self.states if state.findings), None)
        if state is None:
            return ""
        if state.phase is Phase.AGAIN:
            return ", run again"
        return "" if state.succeeded else ", not run again"

    @property
    def lost(self) -> int:
        """The sum of what is wrong, in minor units of all currencies, to compare results."""
        return sum(finding.amount for finding in self.findings)


_RANKS: Final = {
    outcome: rank
    for rank, outcome in enumerate(
        (Outcome.LOST, Outcome.INCONCLUSIVE, Outcome.NOT_EXERCISED, Outcome.NOT_JUDGED, Outcome.NO_LOSS)
    )
}
"""What a list begins with."""


@dataclass(frozen=True)
class Run:
    """A whole run: the calls and events without faults, and the result of each cell. `seed` orders the cells.

    `judged_gone`: a first run that fails was judged without being run again, for shoppers who never come back.
    `left_out` is what a quick run did not try.
    """

    command: Sequence[str]
    options: Sequence[str]
    calls: Sequence[str]
    results: Sequence[Result]
    seed: int
    took_s: float
    judged_books: bool
    in_total: bool
    judged_gone: bool = False
    left_out: Sequence[str] = ()
    expected: Ledger = field(default_factory=dict)
    disagreements: Sequence[Finding] = ()
    events: Sequence[str] = ()
    tools: Sequence[Tool] = ()

    def of(self, outcome: Outcome) -> list[Result]:
        """Return the results with this outcome, by call."""
        return sorted((each for each in self.results if each.outcome is outcome), key=lambda each: each.cell.place)

    @property
    def red_first(self) -> list[Result]:
        """The results: those that lose money, the largest amount first, those without a verdict, and the others."""
        return sorted(self.results, key=lambda each: (_RANKS[each.outcome], -each.lost, each.cell.place))

    @property
    def exit_code(self) -> int:
        """0: no money lost. 1: money lost. 3: a cell has no verdict, or the books or a tool's hint are wrong."""
        if self.of(Outcome.LOST):
            return 1
        undecided = self.of(Outcome.INCONCLUSIVE) or self.of(Outcome.NOT_EXERCISED) or not self.results
        return 3 if undecided or self.disagreements or refutations(self.tools) else 0


WORDS: Final[Mapping[Kind, str]] = {
    Kind.CHARGED_TOO_MUCH: "charged too much",
    Kind.PAID_NOT_SHOWN: "paid, not shown",
    Kind.SHOWN_NOT_PAID: "shown as paid, not paid",
    Kind.SHIPPED_UNPAID: "shipped unpaid",
    Kind.REFUNDED_TOO_MUCH: "refunded too much",
}


def words_of(finding: Finding, expected: Ledger) -> str:
    """Return what is wrong in words. A charge of twice the expected amount is `charged twice`."""
    if finding.kind is Kind.CHARGED_TOO_MUCH:
        once = expected.get(finding.subject)
        if once is not None and once.net == finding.amount:
            return "charged twice"
    return WORDS[finding.kind]


_ONCE: Final = "%s was applied more than once: remember each event, and what was done of its order"
_ASK: Final = "Nothing asked for what %s said: ask for open orders every night, and before they are paid again"
_UNDONE: Final = "What came after %s undid it: retrieve the object, whatever the order of events"
_REFUSED: Final = "%s was not applied when it came again, after it was refused"
_OF_EVENTS: Final[Mapping[WebhookFault, str]] = {
    WebhookFault.DUPLICATE: _ONCE,
    WebhookFault.CONCURRENT: _ONCE,
    WebhookFault.TWIN: _ONCE,
    WebhookFault.REPLAY: _ONCE,
    WebhookFault.REORDER: "What came before %s decided: retrieve the object, whatever the order of events",
    WebhookFault.AHEAD: "%s came before what it follows from: retrieve the object, whatever the order of events",
    WebhookFault.AFTER_ALL: "%s, which is older, undid what came before it: retrieve the object, whatever the order",
    WebhookFault.LATE: _ASK,
    WebhookFault.DROP: _ASK,
    WebhookFault.BEFORE_ANSWER: "%s came before the order knew its payment: find the order by its reference",
    WebhookFault.BAD_SIGNATURE: _REFUSED,
    WebhookFault.STALE: _REFUSED,
    WebhookFault.UNKNOWN_TYPE: "%s came as an unknown type, and what it would have said was never asked for",
    WebhookFault.BURST: "%s was lost among other events",
    WebhookFault.SLOW_BODY: "%s was lost since its body came slowly",
}


def likely_cause(result: Result) -> str:
    """Return the likely cause of a loss, from the calls that were made, or "" without a loss."""
    if not result.findings:
        return ""
    kinds = {finding.kind for finding in result.findings}
    if isinstance(result.cell, EventCell):
        words = _OF_EVENTS[result.cell.fault]
        if words is _ONCE and kinds == {Kind.PAID_NOT_SHOWN}:
            words = _UNDONE
        return f"{words % result.request} ({result.cell.title})."
    return _cause_in_calls(result, result.cell, kinds)


def _cause_in_calls(result: Result, cell: Cell, kinds: set[Kind]) -> str:
    """Return the likely cause of a loss after a lost answer."""
    lost = [each for each in result.exchanges if each.lost]
    first = lost[0] if lost else None
    name = f"{first.request if first else result.request} (call {cell.call})"
    is_too_much = bool(kinds & {Kind.CHARGED_TOO_MUCH, Kind.REFUNDED_TOO_MUCH})
    if first and is_too_much and (cause := _cause_in_repeats(result, first, name)):
        return cause
    state = next(state for state in reversed(result.states) if state.findings)
    if not state.succeeded and any(each.deleted_before and not each.lost for each in result.exchanges):
        return f"The command failed at the 404 to the repeated {name}, which says that it is deleted."
    if kinds & {Kind.PAID_NOT_SHOWN, Kind.SHOWN_NOT_PAID}:
        if state.succeeded:
            return (
                f"The lost answer of {name} was taken for a result. Ask again under the same key, or read the object."
            )
        alone = " If nobody comes back, a webhook or a nightly job has to." if state.phase is Phase.RUN else ""
        return f"After the lost answer of {name} nothing asked for its result.{alone}"
    return _cause_by_kind(name, kinds)


def _cause_by_kind(name: str, kinds: set[Kind]) -> str:
    """Return the likely cause of a loss that no call explains."""
    if Kind.CHARGED_TOO_MUCH in kinds:
        return f"After the lost answer of {name} money was taken again. First ask what the order has paid."
    if Kind.REFUNDED_TOO_MUCH in kinds:
        return (
            f"The books lack a refund: after the lost answer of {name} nothing asked for its result, or it was made "
            "again. First ask what was refunded of the order."
        )
    return f"The goods were sent before the result of {name} was known. Send them once the API says that it is paid."


def _cause_in_repeats(result: Result, first: Exchange, name: str) -> str:
    """Return what is wrong with the idempotency keys of the calls that repeat a lost one, or "".

    The answers to those may be lost too: each made an object.
    """
    shape = first.call.signature
    repeats = [
        each
        for each in result.exchanges
        if each.call.signature[:2] == shape[:2] and each.object_id not in {None, first.object_id}
    ]
    if repeats and first.key is None:
        return f"{name} was repeated without an idempotency key."
    if repeats and all(_is_made_by_sdk(each.key) for each in (first, *repeats)):
        return (
            f"{name} has no idempotency key of its own: the key is stripe-node's, which is the same in its retries "
            "and another in the next call. Derive the key from the order, and store it."
        )
    if repeats and all(each.key != first.key for each in repeats):
        return f"{name} was repeated under another idempotency key. Derive the key from the order, and store it."
    return ""


def _is_made_by_sdk(key: str | None) -> bool:
    """Return whether stripe-node made the key, for a request without one (its RequestSender.js)."""
    return key is not None and key.startswith("stripe-node-retry-")


def amounts(results: Sequence[Result]) -> Counter[str]:
    """Return the sum of what is wrong, by currency, of the results."""
    total: Counter[str] = Counter()
    for result in results:
        for finding in result.findings:
            total[finding.subject.currency] += finding.amount
    return total
