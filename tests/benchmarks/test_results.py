"""The stored results of benchmarks: a line for each measurement, so that a new run's difference can be read."""

import json
from typing import Any

import pytest

from benchmarks.results import FOLDER, result, text_of

SPREAD = {"least": 1.5, "median": 2.25, "most": 9.0}
LONG = "the name of a case, as long as those of the benchmark of cold imports are, " * 2


@pytest.mark.parametrize(
    "value, lines",
    [
        ({"most": 1, "least": 0}, ['{"least": 0, "most": 1}']),
        ({"a": SPREAD, LONG: SPREAD}, ["{", f' "a": {json.dumps(SPREAD)},', f' "{LONG}": {json.dumps(SPREAD)}', "}"]),
        ({LONG: [*range(99)]}, ["{", f' "{LONG}": {json.dumps([*range(99)])}', "}"]),
        (
            {"of": [SPREAD, {LONG: 1}]},
            ["{", ' "of": [', f"  {json.dumps(SPREAD)},", "  {", f'   "{LONG}": 1', "  }", " ]", "}"],
        ),
    ],
)
def test_a_measurement_is_a_line(value: Any, lines: list[str]) -> None:
    assert text_of(value).splitlines() == lines
    assert json.loads(text_of(value)) == value


def test_the_stored_results_are_as_a_run_writes_them() -> None:
    for file in FOLDER.glob("*.json"):
        assert file.read_text() == text_of(result(file.stem)) + "\n", file.name
