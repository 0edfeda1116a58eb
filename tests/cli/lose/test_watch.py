"""`lose --watch`: which cells are tried after a change, and which files count."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from cli.lose.cells import AnyCell, Cell, Extent, Loss
from cli.lose.money import Finding, Kind, Subject
from cli.lose.recorder import Phase
from cli.lose.results import Outcome, Result, Run, State
from cli.lose.watch import files_below, watch
from cli.terminal.failure import Failure

FIRST, GIVEN_UP = Cell(1, Extent.FIRST, Loss.RESET), Cell(1, Extent.GIVEN_UP, Loss.RESET)


class Ended(Exception):  # noqa: N818 - it is no error
    """Ctrl-C, for a test."""


def run(*lost: tuple[Cell, int]) -> Run:
    """A run in which these cells lose an amount."""
    results: list[Result] = []
    for cell, amount in lost:
        findings = [Finding(Kind.CHARGED_TOO_MUCH, Subject("order-1", "USD"), amount)]
        state = State(Phase.RUN, "exit code 0", succeeded=True, settled=True, ledger={}, books={}, findings=findings)
        results.append(Result(cell, "POST /payments/authorize", Outcome.LOST, states=[state]))
    return Run([], [], [], results, 1, 0.1, judged_books=True, in_total=False)


def watched(folder: Path, *answers: Run | Failure, cells: Sequence[AnyCell] = ()) -> tuple[list[object], list[str]]:
    """Watch until the answers are used up, with a change of a file whenever it waits. Returns what was tried, and what
    was said."""
    tried: list[object] = []
    said: list[str] = []
    left = iter(answers)

    def attempt(wanted: Sequence[AnyCell]) -> Run:
        tried.append([*wanted])
        answer = next(left, None)
        if answer is None:
            raise Ended
        if isinstance(answer, Failure):
            raise answer
        return answer

    def change(_: float) -> None:
        (folder / "shop.py").write_text("x" * (len(tried) + 1))

    with pytest.raises(Ended):
        watch(attempt, folder, cells, said.append, wait=change)
    return tried, said


def test_the_worst_red_cell_is_repeated_until_it_is_green_and_then_all_are(tmp_path: Path) -> None:
    red = run((FIRST, 500), (GIVEN_UP, 3750))
    tried, said = watched(tmp_path, red, run((GIVEN_UP, 3750)), run(), run((FIRST, 500)))
    assert tried == [[], [GIVEN_UP], [GIVEN_UP], [], [FIRST]]
    assert [line.partition("to try ")[2] for line in said] == [
        "1-given-up-reset. Ctrl-C ends it.",
        "1-given-up-reset. Ctrl-C ends it.",
        "1-first-reset. Ctrl-C ends it.",
    ]


def test_without_a_loss_all_are_tried_after_a_change(tmp_path: Path) -> None:
    tried, said = watched(tmp_path, run(), run())
    assert tried == [[], [], []]
    assert said[0].endswith("to try all cells. Ctrl-C ends it.")
    assert watched(tmp_path, run(), cells=[FIRST])[0] == [[FIRST], [FIRST]]


def test_a_program_that_is_being_changed_is_waited_for(tmp_path: Path) -> None:
    tried, said = watched(tmp_path, run((FIRST, 500)), Failure("The command failed."), run())
    assert tried == [[], [FIRST], [FIRST], []]
    assert "The command failed." in said


def test_a_first_run_that_cannot_start_ends_it(tmp_path: Path) -> None:
    def attempt(_: Sequence[AnyCell]) -> Run:
        raise Failure("No sandbox runs.")

    with pytest.raises(Failure, match="No sandbox runs"):
        watch(attempt, tmp_path, (), list[str]().append)


def test_files_that_follow_from_others_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write: Callable[[str], object] = lambda name: (tmp_path / name).write_text("x")  # noqa: E731 - it is called thrice
    for folder in ("node_modules", ".git", "__pycache__", "src"):
        (tmp_path / folder).mkdir()
        write(f"{folder}/a")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert [*files_below(tmp_path)] == [str(tmp_path / "src" / "a")]
    monkeypatch.setattr("cli.lose.watch._MOST_FILES", 1)
    write("src/b")
    with pytest.raises(Failure, match="more than 1 files"):
        files_below(tmp_path)
