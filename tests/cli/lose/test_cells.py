"""Cells: their names, and their order."""

import pytest

from cli.lose.cells import LABELS, Cell, EventCell, Extent, Loss, WebhookFault, cells, quick_cells, read_cell
from tests.support.tools.blocks import ROOT


@pytest.mark.parametrize("loss", Loss)
@pytest.mark.parametrize("extent", Extent)
def test_names_are_read_back(loss: Loss, extent: Extent) -> None:
    cell = Cell(12, extent, loss)
    assert read_cell(str(cell)) == cell


@pytest.mark.parametrize("fault", WebhookFault)
@pytest.mark.parametrize("more", [(), (5, 12)])
def test_names_of_events_are_read_back(fault: WebhookFault, more: tuple[int, ...]) -> None:
    cell = EventCell(3, fault, more)
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
    assert Cell(4, Extent.GIVEN_UP, Loss.RESET).title == "call 4, every answer lost to a reset connection"
    assert EventCell(2, WebhookFault.BEFORE_ANSWER).title == "event 2, delivered before the answer to its call"
    assert EventCell(2, WebhookFault.AFTER_ALL, (4,)).title == "events 2+4, delivered after all others of its payment"


GUIDE = (ROOT / "docs" / "how-to" / "lose-answers.md").read_text(encoding="utf-8")


def test_every_part_of_a_cell_has_a_label_of_its_own() -> None:
    parts = [*Extent, *Loss, *WebhookFault]
    assert [*LABELS] == parts
    assert len({*LABELS.values()}) == len(parts)
    assert [label for label in LABELS.values() if "," in label or len(label.split()) < 2] == []


@pytest.mark.parametrize("part", LABELS, ids=str)
def test_the_guide_has_a_sentence_for_each_label(part: Extent | Loss | WebhookFault) -> None:
    [row] = [line for line in GUIDE.splitlines() if line.startswith(f"| `{part}`")]
    _, label, *rest = [cell.strip() for cell in row.strip("|").split("|")]
    assert label == LABELS[part]
    assert all(len(cell.split()) > 1 or cell in {"yes", "no"} for cell in rest), row


def test_a_quick_run_is_a_list() -> None:
    found, left_out = quick_cells([False, True], [Loss.RESET], [False, True, False], seed=1)
    assert sorted(map(str, found)) == [
        "1-first-reset",
        "1-given-up-reset",
        "2-first-reset",
        "2-given-up-reset",
        "event-1+3-after-all",
        "event-2-after-all",
        "event-2-duplicate",
    ]
    assert left_out == ["13 other faults of webhooks"]


def test_a_quick_run_says_what_it_leaves_out() -> None:
    """Of five calls it takes the three that change something, and of nine events eight."""
    found, left_out = quick_cells([True, False, True, False, False], [Loss.RESET], [True] * 9, seed=1)
    calls = {cell.call for cell in found if isinstance(cell, Cell)}
    events = {cell.event for cell in found if isinstance(cell, EventCell)}
    assert (calls, events) == ({2, 4, 5}, set(range(1, 9)))
    assert left_out == ["call 1", "call 3", "event 9", "13 other faults of webhooks"]
    assert quick_cells([False], [Loss.RESET], [], seed=1)[1] == []
