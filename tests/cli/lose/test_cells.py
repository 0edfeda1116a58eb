"""Cells: their names, and their order."""

import pytest

from cli.lose.cells import Cell, Extent, Loss, cells, read_cell


@pytest.mark.parametrize("loss", Loss)
@pytest.mark.parametrize("extent", Extent)
def test_names_are_read_back(loss: Loss, extent: Extent) -> None:
    cell = Cell(12, extent, loss)
    assert read_cell(str(cell)) == cell


@pytest.mark.parametrize(
    "text", ["", "1", "0-first-reset", "1-first", "1-second-reset", "1-first-reset-x", "1-first-fire"]
)
def test_other_texts_are_no_cells(text: str) -> None:
    assert read_cell(text) is None


def test_every_call_is_tried_with_every_loss() -> None:
    found = cells(3, [Loss.RESET, Loss.BEFORE], seed=1)
    assert sorted(found) == sorted({*found})
    assert len(found) == 3 * 2 * 2


def test_the_order_follows_from_the_seed() -> None:
    assert cells(9, [Loss.RESET], seed=1) == cells(9, [Loss.RESET], seed=1)
    assert cells(9, [Loss.RESET], seed=1) != cells(9, [Loss.RESET], seed=2)


def test_words() -> None:
    assert Cell(4, Extent.GIVEN_UP, Loss.RESET).title == "call 4, given up, reset"
