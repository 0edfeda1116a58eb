"""The function that makes text safe for a terminal, and its use for all output."""

import json
import re
import shutil
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.table import Table

from cli.terminal.console import Console, Text, answers
from cli.terminal.output import (
    lines_of,
    print_json,
    print_json_line,
    print_json_text,
    print_problem,
    program_words,
    runnable,
    visible,
    visible_json,
)


@pytest.mark.parametrize("text, shown", [
    ("\x00\x07\x08\x1b\x7f", r"\x00\x07\x08\x1b\x7f"),
    ("\t\n\r\x0b\x0c", r"\t\n\r\x0b\x0c"),
    ("\x80\x85\x9b\x9f", r"\x80\x85\x9b\x9f"),
    ("\u202a\u202b\u202c\u202d\u202e", r"\u202a\u202b\u202c\u202d\u202e"),
    ("\u2066\u2067\u2068\u2069\u200e\u200f\u061c", r"\u2066\u2067\u2068\u2069\u200e\u200f\u061c"),
    ("\u200b\u200c\u200d\u2060\ufeff\u00ad", r"\u200b\u200c\u200d\u2060\ufeff\xad"),
    ("\u2028\u2029", r"\u2028\u2029"),
    ("\udfff\ud800", r"\udfff\ud800"),
    ("\U000e0001\U000e0041", r"\U000e0001\U000e0041"),
])  # fmt: skip
def test_control_and_invisible_characters_are_escaped(text: str, shown: str) -> None:
    assert visible(f"a{text}b") == f"a{shown}b"
    assert json.loads(visible_json(json.dumps(f"a{text}b", ensure_ascii=False))) == f"a{text}b"
    assert visible_json(json.dumps(text, ensure_ascii=False)).isprintable()


@pytest.mark.parametrize(
    "text", ["", "plain", "Zoë, 12 €", "山田\u3000太郎", "1\u202f000\u00a0Ft", "a\\x1b", "👍🏽", "e\u0301", "❤\ufe0f"]
)
def test_printable_text_is_unchanged(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize("text, lines", [
    ("", []),
    ("one", ["one"]),
    ("one\n\ntwo\r\n", ["one", "", "two"]),
    ("one\rtwo\x0bthree\u2028four\x85", ["one\rtwo\x0bthree\u2028four\x85"]),
])  # fmt: skip
def test_lines_end_in_line_feeds_only(text: str, lines: list[str]) -> None:
    assert lines_of(text) == lines


def table() -> Table:
    made = Table("\x1b[2J", box=None)
    made.add_row("[red]\x1b[2J")
    return made


@pytest.mark.parametrize("shown", [
    "[red]\x1b[2J\n",
    Text("[red]\x1b[2J\n"),
    Text("a").append("[red]\x1b[2J\n"),
    Text("a") + "[red]\x1b[2J\n",
    Text.assemble("a", ("[red]\x1b[2J\n", "bold")),
    Text(", ").join([Text("[red]\x1b[2J\n")]).append("[red]\x1b[2J\n"),
    Text.lines([Text("[red]\x1b[2J\r")]),
    Text.block("[red]\x1b[2J\r"),
    Path("[red]\x1b[2J\n"),
    ValueError("[red]\x1b[2J\n"),
    table(),
])  # fmt: skip
def test_all_printed_text_is_escaped(shown: object) -> None:
    printed = StringIO()
    Console(file=printed, force_terminal=True, color_system=None, width=80).print(shown)
    text = printed.getvalue()
    assert r"[red]\x1b[2J" in text
    assert "\x1b[2J" not in text
    assert text.count("\n") == (2 if isinstance(shown, Table) else 1)


def test_printed_text_is_escaped_in_a_file_too() -> None:
    printed = StringIO()
    Console(file=printed, force_terminal=False, color_system=None, width=80).print("[red]\x1b[2J")
    assert printed.getvalue() == "[red]\\x1b[2J\n"


def test_safe_parts_are_not_escaped_twice() -> None:
    one = Text("a\x1b", style="bold")
    assert Text.lines([one, Text("  ").join([one, one])]).plain == "a\\x1b\na\\x1b  a\\x1b"
    assert [line.plain for line in Text.lines([one, one]).split("\n")] == ["a\\x1b", "a\\x1b"]


class Terminal(StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        """Return True."""
        return True


VALUE = {"data": [{"note": "a\x1b[2J", "amount": 5}]}
TEXT = json.dumps(VALUE)


@pytest.mark.parametrize("show, name", [
    (lambda: print_json(VALUE), "stdout"),
    (lambda: print_json_text(TEXT), "stdout"),
    (lambda: print_json_line(TEXT), "stdout"),
    (lambda: print_problem(TEXT), "stderr"),
])  # fmt: skip
def test_json_in_a_pipe_is_one_line(show: Callable[[], None], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = StringIO()
    monkeypatch.setattr(sys, name, stream)
    show()
    assert stream.getvalue().count("\n") == 1
    assert json.loads(stream.getvalue()) == VALUE


@pytest.mark.parametrize("show, name", [
    (lambda: print_json(VALUE), "stdout"),
    (lambda: print_json_text(TEXT), "stdout"),
    (lambda: print_problem(TEXT), "stderr"),
])  # fmt: skip
def test_json_on_a_terminal_is_indented_and_colored(
    show: Callable[[], None], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, name, stream)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)
    show()
    plain = re.sub("\x1b\\[[0-9;]*m", "", stream.getvalue())
    assert plain != stream.getvalue()
    assert plain == f"{json.dumps(VALUE, indent=2)}\n"  # the escape of the text stays escaped


@pytest.mark.parametrize("no_color, escapes", [("1", 0), ("0", 0), ("", 1), (None, 1)])
def test_no_color_leaves_out_every_style(no_color: str | None, escapes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("TERM", "xterm-256color")
    if no_color is None:
        monkeypatch.delenv("NO_COLOR", raising=False)
    else:
        monkeypatch.setenv("NO_COLOR", no_color)
    answers().print(Text("bold", style="bold"))
    assert stream.getvalue().count("\x1b[1m") == escapes
    assert ("\x1b" in stream.getvalue()) == bool(escapes)


def test_streamed_json_is_one_line_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    print_json_line(TEXT)
    assert stream.getvalue() == f"{TEXT}\n"


@pytest.mark.parametrize("text, shown", [
    ("Start it with `paysandbox up`.", "Start it with `PROGRAM up`."),
    ("paysandbox keys list, then paysandbox status", "PROGRAM keys list, then PROGRAM status"),
    ("PAYSANDBOX_HOME='/x' paysandbox down", "PAYSANDBOX_HOME='/x' PROGRAM down"),
    ("There is no stack paysandbox-dev-api", "There is no stack paysandbox-dev-api"),
    ("/srv/paysandbox is not writable", "/srv/paysandbox is not writable"),
    (".venv/bin/paysandbox up", ".venv/bin/paysandbox up"),
])  # fmt: skip
def test_suggested_commands_are_runnable(text: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert runnable(text) == shown.replace("PROGRAM", program_words())


def test_program_is_named_by_its_path_if_not_on_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert shutil.which(program_words()) is not None
    monkeypatch.chdir(tmp_path)
    assert shutil.which(program_words()) is not None
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert program_words() == "paysandbox"


@pytest.mark.parametrize("prefix, installed_from, words", [
    ("/home/a/.cache/uv/archive-v0/Xy_1", None, "uvx paysandbox"),
    ("/home/a/.local/pipx/.cache/1a2b", None, "pipx run paysandbox"),
    ("/home/a/.cache/pipx/1a2b", None, "pipx run paysandbox"),
    ("/home/a/.cache/uv/archive-v0/Xy_1", "file:///a b/p.whl", "uvx --from '/a b/p.whl' paysandbox"),
    ("/home/a/.cache/pipx/1a2b", "https://example.com/p.whl", "pipx run --spec https://example.com/p.whl paysandbox"),
])  # fmt: skip
def test_a_program_installed_for_one_run_is_named_with_what_runs_it(
    prefix: str, installed_from: str | None, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed = tmp_path / "paysandbox-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.4\nName: paysandbox\nVersion: 1.0\n")
    if installed_from:
        (installed / "direct_url.json").write_text(json.dumps({"url": installed_from}))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "prefix", prefix)
    assert program_words() == words
