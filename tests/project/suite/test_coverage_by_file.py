"""The lower limit of each file's coverage."""

import pytest

from tests.coverage_by_file import too_low


def report(**percent: float) -> dict[str, object]:
    return {"files": {f"{name}.py": {"summary": {"percent_covered": covered}} for name, covered in percent.items()}}


@pytest.mark.parametrize(
    "percent, found",
    [
        ({}, []),
        ({"a": 100.0, "b": 85.0}, []),
        ({"a": 84.99}, ["a.py"]),
        ({"a": 70.0, "b": 99.0, "c": 0.0}, ["c.py", "a.py"]),
    ],
)
def test_files_below_the_limit_are_named_the_lowest_first(percent: dict[str, float], found: list[str]) -> None:
    assert [*too_low(report(**percent), least=85)] == found
