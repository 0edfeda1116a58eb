"""Everything that the program prints goes through here or through `console`. Both use visible_text.py."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import shutil
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TextIO

import typer

from cli.terminal.sandbox_name import sandbox_name
from cli.terminal.visible_text import is_plain, lines_of, visible, visible_json

# The folders into which uv and pipx install a program for one run. Its name is not on the user's PATH.
_FOR_ONE_RUN: Final = {
    "uvx": re.compile(r"/archive-v\d+/[^/]+"),
    "pipx run": re.compile(r"/(?:pipx/\.cache|\.cache/pipx)/[^/]+"),
}
_FROM: Final = {"uvx": "--from", "pipx run": "--spec"}

# `paysandbox` as a command within a sentence: not within a path, a name or an option.
_COMMAND: Final = re.compile(r"(?<![\w./@-])paysandbox(?= [a-z])")


def program_words() -> str:
    """How the user runs this program on this sandbox: its name, what runs it, or its path if it is not on the PATH."""
    name = sandbox_name()
    return _program() if name is None else f"{_program()} --name {name}"


def _program() -> str:
    for runner, folder in _FOR_ONE_RUN.items():
        if folder.search(sys.prefix):  # before the PATH, to which uv adds that folder
            return _run_once(runner)
    if shutil.which("paysandbox") is not None:
        return "paysandbox"
    program = Path(sys.executable).with_name("paysandbox")
    return os.path.relpath(program) if program.is_relative_to(Path.cwd()) else str(program)


def _run_once(runner: str) -> str:
    from importlib.metadata import distribution

    # Of an installation from a file (PEP 610), and none from an index.
    record = distribution("paysandbox").read_text("direct_url.json")
    if record is None:
        return f"{runner} paysandbox"
    url = json.loads(record)["url"]
    return f"{runner} {_FROM[runner]} {shlex.quote(url.removeprefix('file://'))} paysandbox"


def runnable(text: str) -> str:
    """The text with its `paysandbox` commands written so that they run as printed."""
    return _COMMAND.sub(lambda _: program_words(), text)


def replace_unencodable() -> None:
    """Print `?` for a character that the encoding of stdout or stderr lacks: no error may follow a payment."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def print_help_plainly() -> None:
    """Print Typer's helps and usage errors without styles too, if the user asked for it."""
    if is_plain():
        from typer import rich_utils

        rich_utils.COLOR_SYSTEM = None


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


def print_json(value: Any) -> None:
    """Print the value as JSON on stdout: indented and colored on a terminal, on one line elsewhere."""
    if stdout_is_terminal():
        _print_colored(value, on_stderr=False)
        return
    print(_encodable_json(_compact(value), sys.stdout), flush=True)


def print_json_text(text: str) -> None:
    """Print a JSON text on stdout: indented and colored on a terminal, as it is elsewhere."""
    if stdout_is_terminal() and (value := _read_json(text)) is not None:
        _print_colored(value, on_stderr=False)
        return
    print(_encodable_json(text, sys.stdout), flush=True)


def print_json_line(text: str) -> None:
    """Print one of a stream of JSON texts on stdout: always on one line."""
    print(_encodable_json(text, sys.stdout), flush=True)


def print_problem(text: str) -> None:
    """Print a JSON problem on stderr: indented and colored on a terminal, as it is elsewhere."""
    if sys.stderr.isatty() and (value := _read_json(text)) is not None:
        _print_colored(value, on_stderr=True)
        return
    print(_encodable_json(text, sys.stderr), file=sys.stderr, flush=True)


def stdout_is_terminal() -> bool:
    """Whether stdout is a terminal, and not a pipe or a file."""
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


@dataclass
class Captured:
    """What was printed on stdout and stderr, once the block has ended."""

    stdout: str = ""
    stderr: str = ""


@contextmanager
def captured() -> Iterator[Captured]:
    """Capture what is printed within the block, as texts or as bytes. There, stdin is empty."""
    printed = Captured()
    stdin, stdout, stderr = _empty_stream(), _empty_stream(), _empty_stream()
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = stdin, stdout, stderr
    try:
        yield printed
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
        printed.stdout, printed.stderr = map(_written, (stdout, stderr))


def _empty_stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="replace", newline="\n")


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return bytes(stream.buffer.read()).decode("utf-8", "replace")


def discard_output() -> None:
    """Discard what Python would still write to stdout on exit, once the reader is gone."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _read_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _print_colored(value: Any, *, on_stderr: bool) -> None:
    from rich.highlighter import JSONHighlighter

    from cli.terminal.console import Text, answers, stderr_console

    text = Text.block(visible_json(json.dumps(value, indent=2, ensure_ascii=False)))
    JSONHighlighter().highlight(text)
    (stderr_console() if on_stderr else answers()).print(text, soft_wrap=True)


def _encodable_json(text: str, stream: TextIO) -> str:
    """Return `visible_json` with the characters that the stream's encoding lacks escaped, so that nothing is lost."""
    shown = visible_json(text)
    try:
        shown.encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return "".join(character if character.isascii() else json.dumps(character)[1:-1] for character in shown)
    return shown
