"""An error of the API (RFC 9457) as text: what failed, why, the amounts that remain, and the request id."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from cli.terminal.amount import show
from cli.terminal.failure import Failure

# Shown elsewhere, or of use to programs only. The rest says what is still possible.
_NOT_A_LINE: Final = frozenset(
    {
        "type",
        "title",
        "status",
        "detail",
        "instance",
        "code",
        "param",
        "request_id",
        "retryable",
        "errors",
        "captures",
        "doc_url",
    }
)
_AMOUNTS: Final = frozenset({"remaining", "refundable"})
_LABEL_WIDTH: Final = 16


class Refusal(Failure):
    """The API rejected the request. `text` is the problem as received, `problem` the same, parsed.

    `advice` is what the program knows about it and the API does not.
    """

    def __init__(
        self, text: str, problem: Mapping[str, Any], idempotency_key: str | None = None, advice: str | None = None
    ) -> None:
        title = problem.get("title", "The request was rejected")
        lines = [*_lines(problem, idempotency_key), *([] if advice is None else [advice])]
        super().__init__(f"{problem.get('status', '')} {title}".strip(), lines)
        self.text = text
        self.problem = problem

    def as_problem(self) -> str:
        """The problem as received."""
        return self.text


def line(label: str, value: str) -> str:
    """A label and its value, aligned with the other lines under the headline."""
    return f"  {label:<{_LABEL_WIDTH - 1}} {value}"


def _lines(problem: Mapping[str, Any], idempotency_key: str | None) -> Iterator[str]:
    if problem.get("detail") and problem["detail"] != f"{problem.get('title')}.":  # where there is no more to say
        yield str(problem["detail"])
    for fault in (problem.get("errors") or [])[1:]:  # the first one is the problem itself
        yield f"Also {fault.get('param', 'the body')}: {fault.get('detail', '')}"
    for name in ("code", "param"):
        if name in problem:
            yield line(name, str(problem[name]))
    for name, value in problem.items():
        if name not in _NOT_A_LINE and not (name == "currency" and "remaining" in problem):
            yield line(name.replace("_", " "), _value(name, value, problem.get("currency")))
    for capture in problem.get("captures", []):
        refundable = _value("refundable", capture.get("refundable"), problem.get("currency"))
        yield line("capture", f"{capture.get('transaction_id')}, {refundable} refundable")
    last = {
        "request id": problem.get("request_id"),
        "idempotency key": idempotency_key,
        "docs": problem.get("doc_url"),
    }
    yield from (line(label, str(value)) for label, value in last.items() if value is not None)


def _value(name: str, value: object, currency: object) -> str:
    if name in _AMOUNTS and isinstance(value, int) and isinstance(currency, str):
        return show(value, currency)
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
