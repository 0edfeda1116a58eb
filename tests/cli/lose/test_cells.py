"""Cells: their names, and their order."""

import pytest

from cli.lose.cells import Cell, EventCell, Extent, Loss, WebhookFault, cells, read_cell


@pytest.mark.parametrize("loss", Loss)
@pytest.mark.parametrize("extent", Extent)
def test_names_are_read_back(loss: Loss, extent: Extent) -> None:
    cell = Cell(12, extent, loss)
    assert read_cell(str(cell)) == cell


@pytest.mark.parametrize("fault", WebhookFault)
def test_names_of_events_are_read_back(fault: WebhookFault) -> None:
    cell = EventCell(3, fault)
    assert read_cell(str(cell)) == cell


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "0-first-reset",
        "1-first",
        "1-second-reset",
        "1-first-reset-x",
        "1-first-fire",
        "event-1",
        "event-0-drop",
    ],
)
def test_other_texts_are_no_cells(text: str) -> None:
    assert read_cell(text) is None


def test_every_call_is_tried_with_every_loss() -> None:
    found = cells(3, [Loss.RESET, Loss.BEFORE], seed=1)
    assert len({*found}) == len(found) == 3 * 2 * 2


def test_every_event_is_tried_with_every_fault() -> None:
    found = cells(1, [Loss.RESET], 1, events=4, faults=[WebhookFault.DROP, WebhookFault.LATE])
    assert len({*found}) == len(found) == 2 + 4 * 2


def test_calls_are_listed_before_events() -> None:
    every = cells(2, [Loss.RESET], 1, events=1, faults=[WebhookFault.TWIN])
    assert [str(cell) for cell in sorted(every, key=lambda each: each.place)] == [
        "1-first-reset",
        "1-given-up-reset",
        "2-first-reset",
        "2-given-up-reset",
        "event-1-twin",
    ]


def test_the_order_follows_from_the_seed() -> None:
    assert cells(9, [Loss.RESET], seed=1) == cells(9, [Loss.RESET], seed=1)
    assert cells(9, [Loss.RESET], seed=1) != cells(9, [Loss.RESET], seed=2)


def test_words() -> None:
    assert Cell(4, Extent.GIVEN_UP, Loss.RESET).title == "call 4, given up, reset"
    assert EventCell(2, WebhookFault.BEFORE_ANSWER).title == "event 2, before answer"
