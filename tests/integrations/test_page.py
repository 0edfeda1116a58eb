"""The page: its count is of rows whose last run is current, and it names the others. tests/project/docs compares it."""

from dataclasses import replace
from datetime import date

import pytest

from integrations.flow import FlowStep, Worked
from integrations.listed import Integration, Kind
from integrations.outcome import Outcome, Refusal, ended
from integrations.page import Row, headline, page
from integrations.stored_runs import StoredRun

NAMES = ("first", "second", "third")
PAID = Worked("charge", FlowStep.PAY)
CALL = "POST /v1/subscriptions"


def row(name: str, how: str, kind: Kind = Kind.LIBRARY) -> Row:
    one = Integration(kind, name, (FlowStep.PAY,), "someone/shop", "0123456789" * 4, "shop.rb")
    outcomes = {
        "stops": ended(one, [], refused=Refusal(CALL, "Not simulated yet.")),
        "fails": ended(one, [], fault="status 500"),
    }
    outcome: Outcome = outcomes.get(how, ended(one, [PAID]))
    run = StoredRun(outcome, date(2026, 11, 28), "f" * 40, "digest")
    return Row(one, None if how == "not run" else run, is_current=how not in ("stale", "not run"))


@pytest.mark.parametrize(
    "hows, count, named",
    [
        (("runs", "runs", "runs"), "3 of 3", ""),
        (("runs", "stops", "runs"), "2 of 3", "because it does not simulate it yet: second."),
        (("runs", "runs", "fails"), "2 of 3", "Fail, by a fault of the sandbox or of the run: third."),
        (("stale", "stale", "runs"), "1 of 3", "since something changed that they depend on: first, second."),
        (("not run", "runs", "runs"), "2 of 3", "Not run yet: first."),
    ],
)
def test_only_what_ran_and_is_current_counts(hows: tuple[str, ...], count: str, named: str) -> None:
    listed = [row(name, how) for name, how in zip(NAMES, hows, strict=True)]
    lines = [*headline([*listed, row("fourth", "runs", Kind.OTHER), row("fifth", "not run", Kind.OTHER)])]
    assert lines[0] == f"**{count}** integrations that others wrote run as they are."
    assert [line for line in lines[1:] if line] == ([lines[-1]] if named else [])
    assert lines[-1].endswith(named)


@pytest.mark.parametrize(
    "how, result",
    [
        ("runs", "runs | – | charge | replay | 2026-11-28, `fffffffff` |"),
        ("stale", "runs | – | charge | replay | 2026-11-28, `fffffffff`, not current |"),
        ("stops", f"stops | pay: `{CALL}`: Not simulated yet. | – | replay | 2026-11-28, `fffffffff` |"),
        ("fails", "fails | pay: status 500 | – | replay | 2026-11-28, `fffffffff` |"),
        ("not run", "not run yet | – | – | – | – |"),
    ],
)
def test_a_row_shows_its_last_run(how: str, result: str) -> None:
    link = f"https://github.com/someone/shop/blob/{'0123456789' * 4}/shop.rb"
    assert f"| [first]({link}) | `012345678` | pay | {result}" in page([row("first", how)]).splitlines()


def test_the_steps_in_use_are_explained() -> None:
    both = row("first", "runs")
    refunds = replace(both, integration=replace(both.integration, flow=(FlowStep.PAY, FlowStep.REFUND)))
    steps = [line for line in page([refunds]).splitlines() if line.startswith(("- **pay**", "- **re", "- **capture"))]
    assert [line.partition(":")[0] for line in steps] == ["- **pay**", "- **refund**", "- **replay**"]
