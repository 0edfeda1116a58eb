"""Everything that the program prints goes through here or through `screen`, which shows texts as this module does.

What others wrote (a reference, a header, an answer of a receiver's) may hold escape sequences, which a terminal obeys,
and marks that reorder or hide what is beside them. `visible` turns them into their escapes; nothing else prints.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
import unicodedata
from types import TracebackType
from typing import Any, Final

import typer

# Controls (C0, DEL, C1), formats (bidi marks, zero width, tags), lone surrogates, line and paragraph separators.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def visible(text: str) -> str:
    r"""The text with every character that is an order to a terminal, or shows nothing, as its escape: `\x1b`, `\u202e`.

    A line break is such a character: a text is one line, unless `lines_of` took it apart.
    """
    if text.isprintable():
        return text
    return "".join(_escaped(character) if _is_hidden(character) else character for character in text)


def lines_of(text: str) -> list[str]:
    """The lines of a text that is meant to have some. They end in LF or CRLF, and in nothing else."""
    return text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else []


def print_line(text: str) -> None:
    """Print one line of an answer on stdout."""
    print(visible(text), flush=True)


def print_block(text: str) -> None:
    """Print an answer that is meant to have lines on stdout."""
    for line in lines_of(text):
        print_line(line)


def print_note(text: str) -> None:
    """Print one line that is for the person at the terminal, and not the answer, on stderr."""
    print(visible(text), file=sys.stderr, flush=True)


def print_json(value: Any, *, indent: int | None = None) -> None:
    """Print the value as JSON on stdout."""
    print_json_text(json.dumps(value, indent=indent, ensure_ascii=False))


def print_json_text(text: str) -> None:
    """Print a JSON text on stdout. It reads as the same value: what is not visible stands there as JSON escapes it."""
    print(visible_json(text), flush=True)


def visible_json(text: str) -> str:
    r"""A JSON text with everything that `visible` escapes as `\u202e`, which JSON reads back."""
    return "".join(_json_escaped(character) if _is_hidden(character) else character for character in text)


def stdout_is_terminal() -> bool:
    """Whether a person sees the answer at once; else it goes into a pipe or a file."""
    return sys.stdout.isatty()


def print_bytes(data: bytes) -> None:
    """Write a file's bytes to stdout: as they are, but to a terminal as text that it can show."""
    if stdout_is_terminal():
        print_block(data.decode(errors="replace"))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def print_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print the traceback of a fault of ours on stderr: a `sys.excepthook`."""
    for part in traceback.format_exception(kind, error, trace):
        for line in lines_of(part):
            print_note(line)


def ask_secret(question: str) -> str:
    """Ask at the terminal for a text that is not shown."""
    return typer.prompt(visible(question), hide_input=True, err=True)


def ask_yes(question: str) -> bool:
    """Ask at the terminal for yes or no."""
    return typer.confirm(visible(question), err=True)


def discard_output() -> None:
    """Let what Python would still write to stdout at its end go nowhere, where nobody reads any more."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return


def _is_hidden(character: str) -> bool:
    return not character.isprintable() and unicodedata.category(character) in _HIDDEN


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _json_escaped(character: str) -> str:
    if character == "\n":
        return character
    # Inside a string JSON has them escaped already; elsewhere they are space.
    return " " if character in "\t\r" else json.dumps(character)[1:-1]
