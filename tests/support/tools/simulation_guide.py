"""The lines of docs/how-to/simulation.md: what each is for, what prepares it, and what its answer contains."""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PAGE: Final = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "simulation.md"

_CODE: Final = re.compile(r"`([^`]+)`")
_ROW: Final = re.compile(r"^\| (?P<purpose>[^|]+) \| `(?P<line>paysandbox [^`]+)` \| (?P<answer>[^|]+) \|$")

# A key is made in API Gateway, and a worker stores what is due.
_OF_MORE_THAN_HANDLERS: Final = ("paysandbox keys create ", "paysandbox simulate --waiting")


@dataclass(frozen=True)
class Line:
    """A line of the page: its purpose, the lines that prepare it, the line itself, and what its answer contains."""

    purpose: str
    before: tuple[str, ...]
    line: str
    answer: tuple[str, ...]

    def __str__(self) -> str:
        return self.purpose

    @property
    def needs_more_than_handlers(self) -> bool:
        """Whether a deployed sandbox is needed."""
        return self.line.startswith(_OF_MORE_THAN_HANDLERS)

    def check(self, run: Callable[[list[str]], str]) -> None:
        """Run the lines as a user who replaces `auth_…` and the like. `run` returns what a command prints as JSON."""
        ids: dict[str, str] = {}
        for text in self.before:
            _remember(ids, json.loads(run(_words(text, ids))))
        printed = run(_words(self.line, ids))
        assert [text for text in self.answer if text not in printed] == [], printed


def lines() -> Iterator[Line]:
    """Yield the lines of the page. A paragraph that begins with "Start with" prepares those of the next table."""
    before: tuple[str, ...] = ()
    for paragraph in PAGE.read_text().split("\n\n"):
        rows = [found for text in paragraph.splitlines() if (found := _ROW.match(text))]
        yield from (Line(row["purpose"], before, row["line"], tuple(_CODE.findall(row["answer"]))) for row in rows)
        starts = paragraph.startswith("Start with")
        code = _CODE.findall(paragraph.replace("\n", " ")) if starts else []
        before = tuple(text for text in code if text.startswith("paysandbox "))


def _words(text: str, ids: dict[str, str]) -> list[str]:
    for placeholder, known in ids.items():
        text = text.replace(placeholder, known)
    assert "…" not in text
    return shlex.split(text)[1:]


def _remember(ids: dict[str, str], answer: Any) -> None:
    """Remember an answer's IDs: a disbursement's, or the payment's, capture's, dispute's and refund's in both APIs."""
    if "payment_id" in answer:
        ids["20261122T…"] = answer["payment_id"]
    if "auth_id" not in answer:
        return
    ids["auth_…"] = answer["auth_id"]
    ids["pi_…"] = answer["auth_id"].replace("auth_", "pi_")
    for capture in answer.get("captures", []):
        ids["cap_…"] = capture["transaction_id"]
    of_dispute = answer.get("dispute", answer)
    if "dispute_id" in of_dispute:
        ids["du_…"] = of_dispute["dispute_id"]
    if answer.get("transaction_id", "").startswith("ref_"):
        ids["ref_…"] = answer["transaction_id"]
        ids["re_…"] = answer["transaction_id"].replace("ref_", "re_")
