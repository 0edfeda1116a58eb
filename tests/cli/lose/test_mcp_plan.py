"""Plans: what is read, filled in, and refused."""

from pathlib import Path
from typing import Any

import pytest

from cli.lose.mcp_plan import NotMade, Plan, PlannedCall, PlanUnreadable, SetupRequest, filled, read_plan

PLAN = """
[[setup]]
name = "payment"
request = "POST /v1/payment_intents"
body = { amount = 10000, metadata = { order = "order-1" } }

[[setup]]
request = "POST /v1/payment_intents/{payment.id}"

[[call]]
tool = "create_refund"
arguments = { payment_intent = "{payment.id}", amount = 3000 }
"""
CALL = '[[call]]\ntool = "t"\n'


def written(folder: Path, text: str) -> Path:
    file = folder / "plan.toml"
    file.write_text(text)
    return file


def test_plan(tmp_path: Path) -> None:
    assert read_plan(written(tmp_path, PLAN)) == Plan(
        [
            SetupRequest("payment", "POST", "/v1/payment_intents", {"amount": 10000, "metadata": {"order": "order-1"}}),
            SetupRequest("", "POST", "/v1/payment_intents/{payment.id}", {}),
        ],
        [PlannedCall("create_refund", {"payment_intent": "{payment.id}", "amount": 3000})],
    )


@pytest.mark.parametrize(
    "text, words",
    [
        ("=", "it is not TOML"),
        ("", "it has no [[call]]"),
        ("[call]\ntool = 't'", "write [[call]]"),
        ("call = [1]", "call[0] is not a table"),
        (CALL + "key = 1", "call[0] has an unknown field 'key'"),
        ("[[call]]\ntool = ''", "call[0].tool"),
        (CALL + "arguments = 1", "call[0].arguments"),
        (CALL + "arguments = { id = '{payment.id}' }", "call[0] refers to {payment.id}"),
        (CALL + "arguments = { list = [{ id = '{payment.id}' }] }", "call[0] refers to {payment.id}"),
        (CALL + "arguments = { on = 2026-01-01 }", "call[0] has a date"),
        (CALL + "[[setup]]\nrequest = 'POST'", "setup[0].request"),
        (CALL + "[[setup]]\nrequest = 'POST /a'\nname = 'A'", "setup[0].name"),
        (CALL + "[[setup]]\nrequest = 'POST /a'\nname = 'run'", "'run' is taken"),
        (CALL + "[[setup]]\nrequest = 'POST /a'\nbody = 'a'", "setup[0].body"),
        (CALL + "[[setup]]\nrequest = 'POST /{a.id}'\nname = 'a'", "setup[0] refers to {a.id}"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(PlanUnreadable) as refused:
        read_plan(written(tmp_path, text))
    assert words in str(refused.value)


def test_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlanUnreadable, match="No such file"):
        read_plan(tmp_path / "plan.toml")


MADE = {"run": "7-a", "payment": {"id": "pi_1", "amount": 5, "charges": [{"id": "ch_1"}]}}


@pytest.mark.parametrize(
    "value, wanted",
    [
        ("{payment.amount}", 5),
        ("order {run} of {payment.id}", "order 7-a of pi_1"),
        ({"ids": ["{payment.charges.0.id}", 1, True]}, {"ids": ["ch_1", 1, True]}),
        ("{Payment.id} {}", "{Payment.id} {}"),
    ],
)
def test_references_are_filled_in(value: Any, wanted: Any) -> None:
    assert filled(value, MADE) == wanted


@pytest.mark.parametrize("text", ["{payment.refund}", "{payment.charges.1.id}", "{run.id}"])
def test_what_was_not_made_is_refused(text: str) -> None:
    with pytest.raises(NotMade, match="there is no"):
        filled(text, MADE)
