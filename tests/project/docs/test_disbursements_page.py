"""The page about disbursements says the steps and the special recipients as the tables in the code have them."""

import re

from paysandbox.disbursements.disbursement import Status
from paysandbox.disbursements.paypal.special_recipients import SPECIAL_RECIPIENTS
from paysandbox.disbursements.steps import TABLE, Step
from tests.support.tools.blocks import ROOT

PAGE = (ROOT / "docs" / "explanation" / "disbursements.md").read_text()
STEPS = {(row.step, before, row.after) for row in TABLE for before in row.before if before is not row.after}
CODE = re.compile(r"`(\w+)`")


def rows(header: str) -> list[list[str]]:
    """Return the cells of the table with this header."""
    lines = PAGE.partition(header)[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_the_table_of_steps() -> None:
    shown = {
        (Step(step.strip("` ")), Status(before), Status(CODE.findall(after)[0]))
        for step, befores, after, _ in rows("| Step | From | To | Because |")
        for before in CODE.findall(befores)
    }
    assert {one for one in shown if one[1] is not one[2]} == STEPS


def test_the_picture_has_every_status_and_no_other_step() -> None:
    drawing = PAGE.partition("stateDiagram-v2")[2].partition("```")[0]
    drawn = [(Status(a), Status(b)) for a, b in re.findall(r"^ +(\w+) --> (\w+)", drawing, re.MULTILINE)]
    assert {status for pair in drawn for status in pair} == set(Status)
    assert set(drawn) <= {(before, after) for _, before, after in STEPS}


def test_the_special_recipients() -> None:
    assert [tuple(row) for row in rows("| Address | Digits | Outcome |")] == [
        (f"`{row.name}@…`", str(row.cents), row.effect) for row in SPECIAL_RECIPIENTS
    ]
