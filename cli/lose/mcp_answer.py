"""The answer to a call of a tool, and whether its caller takes it for a success.

A tool may report a failure as text, without `isError`, so that only the model that reads it learns of it. Such an
answer is recognized by its form: it is not that of the answers without faults.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cli.lose.signatures import leaves

_SHOWN_MAX: Final = 160
_PLACE: Final = re.compile(r"\[?\d+\]?")
# Numbers, times and IDs: what differs between two calls that both succeed.
_VALUE: Final = re.compile(r"[a-z]+_[A-Za-z0-9_]{8,}|\S*\d\S*")


@dataclass(frozen=True)
class ToolAnswer:
    """An answer. `failed`: by JSON-RPC's error, by `isError`, or because none came. `text` is what a model reads."""

    failed: bool
    text: str
    form: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def shown(self) -> str:
        """The beginning of the text, in one line."""
        line = " ".join(self.text.split())
        return line if len(line) <= _SHOWN_MAX else f"{line[:_SHOWN_MAX]}…"

    def succeeds_as(self, usual: Sequence[ToolAnswer]) -> bool:
        """Return whether it has the form of the answers without faults. What differs among those may differ here."""
        if self.failed:
            return False
        if not usual:
            return True
        first = usual[0].form
        fixed = {name for name, value in first.items() if all(other.form.get(name) == value for other in usual)}
        names_are_fixed = all(other.form.keys() == first.keys() for other in usual)
        same = all(self.form.get(name) == first[name] for name in fixed)
        return same and (not names_are_fixed or self.form.keys() == first.keys())


def read_answer(message: Mapping[str, Any]) -> ToolAnswer:
    """Return the answer from the response to `tools/call`."""
    result = message.get("result")
    if not isinstance(result, dict):
        error = message.get("error")
        reason: Any = error.get("message") if isinstance(error, dict) else None
        return ToolAnswer(failed=True, text=str(reason or "no result"))
    facts: dict[str, Any] = result
    content: Any = facts.get("content") or ()
    texts = [str(each.get("text", "")) for each in content if isinstance(each, dict)]
    text = "\n".join(texts) or json.dumps(facts.get("structuredContent"))
    form = dict(_form([*texts, json.dumps(facts.get("structuredContent"))]))
    return ToolAnswer(failed=facts.get("isError") is True, text=text, form=form)


def _form(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Iterate over the fields of JSON texts, and the words of others, without numbers and IDs."""
    for number, text in enumerate(texts):
        try:
            value: Any = json.loads(text)
        except ValueError:
            value = text
        for name, leaf in leaves("", value):
            yield f"{number} {_PLACE.sub('', name)}", _VALUE.sub("*", leaf)
