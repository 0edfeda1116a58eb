"""What no command accepts in its words: bytes that are not UTF-8, and an empty text where something is named.

An empty text is a variable of a shell that was not set. In the path of a request it would name another route: the list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import typer

_NAMES: Final = frozenset({"--merchant", "--cursor", "--batch", "--route"})
"""Options that name something, beside those whose value is an ID by their metavar."""

_ID: Final = "ID"
_WHY: Final = "It is empty. Is a variable of your shell not set?"

_PASSED_ON: Final = frozenset({"command"})
"""Arguments that are another program's (`lose -- COMMAND`)."""


def refuse_other_bytes(words: Sequence[str]) -> None:
    """Raise BadParameter for a word that is not UTF-8: it can be neither sent nor shown."""
    for number, word in enumerate(words, start=1):
        try:
            word.encode()
        except UnicodeEncodeError:
            raise typer.BadParameter(f"Word {number} of the command is not UTF-8: {word!r}.") from None


def refuse_empty_names(command: Any) -> Any:
    """Return a command or group that refuses an empty argument, and an empty option that names something."""
    for inner in getattr(command, "commands", {}).values():
        refuse_empty_names(inner)
    for parameter in command.params:
        if _names_something(parameter):
            parameter.consume_value = _refusing_empty(parameter, parameter.consume_value)
    return command


def _names_something(parameter: Any) -> bool:
    if parameter.param_type_name == "argument":
        return parameter.name not in _PASSED_ON
    if parameter.callback is not None:  # it has a rule of its own, which an empty text does not satisfy
        return False
    return not _NAMES.isdisjoint(parameter.opts) or str(parameter.metavar).endswith(_ID)


def _refusing_empty(parameter: Any, consume: Callable[..., Any]) -> Callable[..., Any]:
    def consume_value(context: Any, options: Any) -> Any:
        value, source = consume(context, options)
        texts = value if isinstance(value, (list, tuple)) else [value]
        if any(isinstance(text, str) and not text.strip() for text in texts):
            raise typer.BadParameter(_WHY, ctx=context, param=parameter)
        return value, source

    return consume_value
