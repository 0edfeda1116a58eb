"""The report of a verification, as Markdown and as JSON, without keys, secrets and card numbers."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cli.terminal.text import counted
from cli.terminal.time_span import written
from cli.verification.suite import Finding, Outcome
from paysandbox.core.cards.card_numbers import without_card_numbers

# The secrets in responses: of webhook endpoints and of PaymentIntents.
_SHOWN_ONCE = re.compile(r"(whsec_|_secret_)[A-Za-z0-9+/=_-]+")

_MARKS = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.NOT_TRIED: "·"}


@dataclass(frozen=True)
class Report:
    """A run: environment, version (None: it did not respond), start, duration and findings.

    `secrets` must not appear in a report. A `strict` report passes only if every check ran.
    """

    environment: str
    base_url: str
    version: str | None
    at: datetime
    took_s: float
    findings: Sequence[Finding]
    secrets: Sequence[str] = field(default=(), repr=False)
    strict: bool = False

    @property
    def passed(self) -> bool:
        """Whether checks ran and none failed. If strict, all of them must have run."""
        outcomes = {finding.outcome for finding in self.findings}
        return outcomes == {Outcome.PASSED} or (not self.strict and outcomes == {Outcome.PASSED, Outcome.NOT_TRIED})

    @property
    def not_tried(self) -> Mapping[str, int]:
        """The reasons why checks did not run, with the number of checks for each."""
        return Counter(finding.seen for finding in self.findings if finding.outcome is Outcome.NOT_TRIED)

    @property
    def repeats(self) -> int:
        """How often a request was repeated that no function had answered."""
        return sum(finding.repeats for finding in self.findings)

    @property
    def summary(self) -> str:
        """The numbers of checks by outcome, in one line."""
        counts = Counter(finding.outcome for finding in self.findings)
        rest = [f"{counts[Outcome.FAILED]} failed"] if counts[Outcome.FAILED] else []
        rest += [f"{counts[Outcome.NOT_TRIED]} not run"] if counts[Outcome.NOT_TRIED] else []
        rest += [f"{counted(self.repeats, 'request')} repeated after a 429 or 502"] if self.repeats else []
        in_all = f"{counts[Outcome.PASSED]} of {counted(len(self.findings), 'check')} passed"
        return f"{', '.join([in_all, *rest])} in {self.took_s:.1f} s"

    def shown(self, text: str) -> str:
        """Return the text with secrets and card numbers masked."""
        for secret in self.secrets:
            text = text.replace(secret, "[key]")
        return without_card_numbers(_SHOWN_ONCE.sub(r"\1[secret]", text))

    def as_json(self) -> str:
        """Return the report for a program."""
        counts = Counter(finding.outcome for finding in self.findings)
        facts = {
            "passed": self.passed,
            "strict": self.strict,
            "counts": {outcome.value: counts[outcome] for outcome in Outcome},
            "environment": self.environment,
            "base_url": self.base_url,
            "version": self.version,
            "at": written(self.at),
            "seconds": round(self.took_s, 2),
            "checks": [self._facts(finding) for finding in self.findings],
        }
        return json.dumps(facts, indent=2, ensure_ascii=False)

    def as_markdown(self) -> str:
        """Return the report for a person, or a pull request."""
        return "\n".join(self._markdown()) + "\n"

    def _facts(self, finding: Finding) -> dict[str, Any]:
        facts = {
            "chapter": finding.chapter,
            "name": finding.name,
            "outcome": finding.outcome.value,
            "expected": self.shown(finding.expected),
            "seen": self.shown(finding.seen),
            "ms": round(finding.took_ms, 1),
            "repeats": finding.repeats,
        }
        if finding.outcome is Outcome.FAILED:
            facts |= {"differences": [self.shown(d) for d in finding.differences], "request_id": finding.request_id}
        return facts

    def _markdown(self) -> Iterator[str]:
        yield f"# Verification of `{self.environment}`: {'passed' if self.passed else 'FAILED'}"
        yield ""
        yield f"{self.summary}."
        yield ""
        yield from ("| | |", "|---|---|", f"| environment | {self.environment} |", f"| base URL | {self.base_url} |")
        yield from (f"| version | {self.version or 'unknown'} |", f"| time | {written(self.at)} |")
        failed = [finding for finding in self.findings if finding.outcome is Outcome.FAILED]
        for finding in failed:
            yield f"\n## ✗ {finding.chapter}: {finding.name}\n"
            yield from (f"- {_cell(self.shown(difference))}" for difference in finding.differences)
            yield f"- expected: {_cell(self.shown(finding.expected))}"
            yield f"- actual: {_cell(self.shown(finding.seen))}"
            yield f"- request id: {finding.request_id or 'none'}"
        for chapter in dict.fromkeys(finding.chapter for finding in self.findings):
            yield f"\n## {chapter.capitalize()}\n"
            yield from ("| | check | expected | actual | ms |", "|---|---|---|---|---:|")
            for finding in self.findings:
                if finding.chapter == chapter:
                    yield self._row(finding)

    def _row(self, finding: Finding) -> str:
        texts = (_cell(self.shown(text)) for text in (finding.expected, finding.seen))
        ms = "" if finding.outcome is Outcome.NOT_TRIED else f"{finding.took_ms:.0f}"
        return f"| {_MARKS[finding.outcome]} | {finding.name} | {' | '.join(texts)} | {ms} |"


def _cell(text: str) -> str:
    """Return the text escaped for a table cell."""
    for sign in "\\|<>`*_[]":
        text = text.replace(sign, "\\" + sign)
    return " ".join(text.split())
