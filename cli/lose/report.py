"""The report of a run as text, and as the facts of the JSON report. Every form is made of these."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Any, Final

from cli.lose.cells import LABELS
from cli.lose.mcp_tools import refutations, tool_facts
from cli.lose.money import Finding, Held, Ledger, Subject
from cli.lose.recorder import Exchange, Phase
from cli.lose.results import Outcome, Result, Run, State, amounts, likely_cause, words_of
from cli.lose.webhooks import Arrival
from cli.terminal.amount import show
from cli.terminal.output import runnable
from cli.terminal.text import counted

_NOT_TRIED: Final = "other orders of concurrent calls, two faults in one run, calls of a browser"
_NO_WEBHOOKS: Final = "webhooks that are lost, late or repeated (--webhooks)"

FAULTED: Final = re.compile("ANSWER LOST|, WEBHOOK ")
"""Where the fault is in a timeline."""

_NAMED: Final = 3
"""How many losses the verdict names, the largest first."""

_PHASES: Final = {
    Phase.SETUP: "",
    Phase.RUN: "run",
    Phase.RECOVER: "recover",
    Phase.AGAIN: "run again",
    Phase.RECOVER_AGAIN: "recover",
}


def not_tried(run: Run) -> str:
    """Return the limits of a run in a sentence, which is said with every result."""
    left_out = f"{', '.join(run.left_out)} (--quick), " if run.left_out else ""
    return f"Not tried: {left_out}{'' if run.events else f'{_NO_WEBHOOKS}, '}{_NOT_TRIED}."


def not_judged(run: Run) -> str:
    """Return whom the verdict does not hold for in a sentence, or ""."""
    if run.judged_gone or run.tools:
        return ""
    books = "" if run.judged_books else "--state-command, and "
    return f"Not judged: shoppers who never come back ({books}--recover, or --webhooks with --server)."


def headline(run: Run) -> str:
    """Return the first line: `12 calls, 6 events: 102 cells in 71 s.`."""
    events = f", {counted(len(run.events), 'event')}" if run.events else ""
    return f"{counted(len(run.calls), 'call')}{events}: {counted(len(run.results), 'cell')} in {run.took_s:.0f} s."


def verdict(run: Run) -> str:
    """Return the verdict in a sentence or more."""
    return " ".join([_verdict_on_money(run), *refutations(run.tools)])


def _verdict_on_money(run: Run) -> str:
    if run.disagreements:
        found = "; ".join(finding_words(each, run.expected) for each in run.disagreements)
        return f"Your baseline disagrees: without a fault, the books are not what the ledger holds: {found}."
    lost = run.of(Outcome.LOST)
    counts = [
        f"{len(found)} {words}"
        for outcome, words in (
            (Outcome.NO_LOSS, "lost nothing"),
            (Outcome.NOT_JUDGED, "not charged too much, otherwise not judged"),
            (Outcome.INCONCLUSIVE, "inconclusive"),
            (Outcome.NOT_EXERCISED, "not exercised"),
        )
        if (found := run.of(outcome))
    ]
    if not lost:
        return f"No loss found. {', '.join(counts)}."
    named = "; ".join(f"{summary_of(each, run.expected)} ({each.where})" for each in worst_first(run)[:_NAMED])
    more = f"; and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    verb = "loses" if len(lost) == 1 else "lose"
    rest = f" {', '.join(counts)}." if counts else ""
    return f"{len(lost)} {verb} money: {named}{more}.{rest}"


def worst_first(run: Run) -> list[Result]:
    """Return the cells that lose money, the largest amount first."""
    return [each for each in run.red_first if each.outcome is Outcome.LOST]


def summary_of(result: Result, expected: Ledger) -> str:
    """Return the amounts that are wrong in a cell: `37.50 USD charged twice`."""
    return ", ".join(finding_words(each, expected) for each in result.findings)


def finding_words(finding: Finding, expected: Ledger) -> str:
    """Return a finding: `37.50 USD charged twice`, with the reference if there are several."""
    of = f" for {finding.subject.reference}" if finding.subject.reference and len(expected) > 1 else ""
    return f"{show(finding.amount, finding.subject.currency)} {words_of(finding, expected)}{of}"


def repeat_command(run: Run, result: Result) -> str:
    """Return the command that repeats a cell."""
    words = [
        "paysandbox",
        "lose",
        "--only",
        str(result.cell),
        "--seed",
        str(run.seed),
        *run.options,
        *(() if run.tools else ("--", *run.command)),  # the options name a server
    ]
    return runnable(shlex.join(words))


def timeline(result: Result) -> list[str]:
    """Return the calls and the states of a cell, in order, a line each."""
    lines: list[str] = []
    states = {state.phase: state for state in result.states}
    for phase in (Phase.RUN, Phase.AGAIN):
        lines += [_exchange_line(each) for each in result.exchanges if each.phase is phase]
        lines += [_arrival_line(each) for each in result.arrivals if each.phase is phase]
        state = states.get(phase)
        if state is None:
            continue
        lines.append(f"{_PHASES[phase]}: {state.ending}")
        recovery = Phase.RECOVER if phase is Phase.RUN else Phase.RECOVER_AGAIN
        lines += [_exchange_line(each) for each in result.exchanges if each.phase is recovery]
        if state.recovery is not None:
            lines.append(f"recover: {state.recovery}")
        lines += _state_lines(state)
    return lines


def _exchange_line(exchange: Exchange) -> str:
    number = "new call" if exchange.number is None else f"call {exchange.number}"
    attempt = f", attempt {exchange.attempt}" if exchange.attempt > 1 else ""
    key = "no key" if exchange.key is None else f"key {exchange.key}"
    status = "not passed on" if exchange.status is None else str(exchange.status)
    answer = f"{status} {exchange.object_id or ''}".rstrip() + (", replayed" if exchange.replayed else "")
    answer += ", deleted before" if exchange.deleted_before else ""
    facts = [key, exchange.request_id] if exchange.request_id else [key]
    lost = f", ANSWER LOST ({exchange.lost})" if exchange.lost else ""
    return f"{_PHASES[exchange.phase]}: {number}{attempt}: {exchange.request} → {answer}{lost} [{', '.join(facts)}]"


def _arrival_line(arrival: Arrival) -> str:
    number = "new event" if arrival.number is None else f"event {arrival.number}"
    statuses = ", ".join("no answer" if status is None else str(status) for status in arrival.statuses)
    fault = f", WEBHOOK {LABELS[arrival.fault].upper()}" if arrival.fault else ""
    type_, phase = arrival.event.signature.type, _PHASES[arrival.phase]
    return f"{phase}: {number}: {type_} {arrival.event_id} → {statuses or 'not passed on'}{fault}"


def _state_lines(state: State) -> Iterator[str]:
    for subject in dict.fromkeys([*state.ledger, *(state.books or ())]):
        held = state.ledger.get(subject, Held())
        parts = [f"ledger {show(held.net, subject.currency)}"]
        if state.books is not None:
            books = state.books.get(subject)
            parts.append(f"books {show(books.net if books else 0, subject.currency)}")
        if held.open_holds:
            parts.append(f"still held {show(held.open_holds, subject.currency)}")
        payments = f" ({', '.join(held.payments)})" if held.payments else ""
        of = f"{subject.reference}: " if subject.reference else ""
        unsettled = "" if state.settled else ", not judged yet"
        yield f"  {of}{', '.join(parts)}{payments}{unsettled}"
    if not state.ledger and not state.books:
        yield "  no payment"


def facts(run: Run) -> dict[str, Any]:
    """Return the report for a program."""
    return {
        "lost": dict(sorted(amounts(run.of(Outcome.LOST)).items())),
        "exit_code": run.exit_code,
        "verdict": verdict(run),
        "counts": {outcome.value: len(run.of(outcome)) for outcome in Outcome},
        "seconds": round(run.took_s, 1),
        "seed": run.seed,
        "command": [*run.command],
        "judged": _judged(run),
        "by": "currency" if run.in_total else "reference and currency",
        "calls": [*run.calls],
        "events": [*run.events],
        "expected": _ledger_facts(run.expected),
        "disagreements": [_finding_facts(each, run.expected) for each in run.disagreements],
        "tools": [tool_facts(each) for each in run.tools],
        "cells": [_cell_facts(run, each) for each in run.red_first],
        "not_tried": " ".join(filter(None, [not_tried(run), not_judged(run)])),
    }


def _judged(run: Run) -> str:
    if run.tools:
        return "ledger and answers of tools"
    return "ledger and books" if run.judged_books else "ledger"


def _cell_facts(run: Run, result: Result) -> dict[str, Any]:
    return {
        "cell": str(result.cell),
        "title": result.cell.title,
        **result.cell.facts,
        "request": result.request,
        "outcome": result.outcome.value,
        "reason": result.reason or None,
        "where": result.where,
        "findings": [_finding_facts(each, run.expected) for each in result.findings],
        "likely_cause": likely_cause(result) or None,
        "merchant": result.merchant or None,
        "tries": result.tries,
        "seconds": round(result.took_s, 1),
        "timeline": timeline(result),
        "repeat": repeat_command(run, result),
    }


def _finding_facts(finding: Finding, expected: Ledger) -> dict[str, Any]:
    return {
        "kind": finding.kind.value,
        "words": finding_words(finding, expected),
        "reference": finding.subject.reference,
        "currency": finding.subject.currency,
        "amount": finding.amount,
        "payments": [*finding.payments],
    }


def _ledger_facts(ledger: Ledger) -> Sequence[dict[str, Any]]:
    return [_held_facts(subject, held) for subject, held in ledger.items()]


def _held_facts(subject: Subject, held: Held) -> dict[str, Any]:
    return {
        "reference": subject.reference,
        "currency": subject.currency,
        "net": held.net,
        "captured": held.captured,
        "refunded": held.refunded,
        "lost_disputes": held.lost,
        "open_holds": held.open_holds,
    }
