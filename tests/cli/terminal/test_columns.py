"""Tables: whole in a pipe; on a narrow terminal with short ids and without the columns that matter least."""

import os
import pty
import sys

import pytest

from cli.terminal.columns import NARROWEST, columns

ID = "auth_mzxw6ytboi2gk3tbnzswc3lqnm"
SHORT = "auth_mzxw…lqnm"
HEADER = ("WHEN", "STATUS", "ID", "NOTE", "MORE")
ROW = ("2030-01-07 09:00", "approved", ID, "n" * 20, "m" * 20)
WHOLE = f"2030-01-07 09:00  approved  {ID}  {'n' * 20}  {'m' * 20}"


@pytest.fixture
def terminal(monkeypatch):
    """Return a function that makes stdout a terminal of a given width."""
    controller, side = pty.openpty()
    stream = os.fdopen(side, "w")

    def of_width(width: int) -> None:
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setenv("TERM", "xterm")

    yield of_width
    stream.close()
    os.close(controller)


def rows_of(table):
    return [line.rstrip() for line in table.plain.splitlines()][1:]


def test_nothing_is_truncated_in_a_pipe():
    assert rows_of(columns(HEADER, [ROW], drop=("MORE", "NOTE"))) == [WHOLE]


@pytest.mark.parametrize("width, drop, shown", [
    (200, ("MORE", "NOTE"), WHOLE),
    (len(WHOLE), ("MORE", "NOTE"), WHOLE),
    (len(WHOLE) - 1, ("MORE", "NOTE"), f"2030-01-07 09:00  approved  {SHORT}  {'n' * 20}  {'m' * 20}"),
    (80, ("MORE", "NOTE"), f"2030-01-07 09:00  approved  {SHORT}  {'n' * 20}"),
    (80, ("NOTE", "MORE"), f"2030-01-07 09:00  approved  {SHORT}  {'m' * 20}"),
    (40, ("MORE", "NOTE"), f"2030-01-07 09:00  approved  {SHORT}  {'n' * 20}"),       # fits the narrowest width
    (80, (), f"2030-01-07 09:00  approved  {SHORT}  {'n' * 20}  {'m' * 20}"),
])  # fmt: skip
def test_tables_fit_the_terminal(terminal, width, drop, shown):
    terminal(width)
    assert rows_of(columns(HEADER, [ROW], drop=drop)) == [shown]


def test_every_line_fits_the_narrowest_terminal(terminal):
    terminal(NARROWEST)
    table = columns(HEADER, [ROW, ("x" * 30, *ROW[1:])], drop=("MORE", "NOTE"))
    assert all(len(line) <= NARROWEST for line in table.plain.splitlines())
