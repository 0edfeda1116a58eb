"""Names of files and trace numbers: each says the other."""

from datetime import date, timedelta

import pytest

from paysandbox.disbursements.ach.file_name import FileName, read_file_name, traced


@pytest.mark.parametrize("name", ["2026-11-23.0.1", "2026-11-23.3.8", "2027-01-04.1.1", "2030-12-31.2.5"])
def test_a_trace_number_says_the_file(name: str) -> None:
    file = read_file_name(name)
    assert str(file) == name
    for place in (1, 999):
        trace = file.trace_number("11000000", place)
        assert len(trace) == 15
        for later in (0, 1, 100, 311):
            assert traced(trace, file.day + timedelta(days=later)) == (file, place)


def test_files_of_many_days_have_different_trace_numbers_and_those_of_a_day_different_modifiers() -> None:
    days = [date(2026, 11, 23) + timedelta(days=number) for number in range(312)]
    files = [FileName(day=day, window=window, part=part) for day in days for window in range(4) for part in range(1, 9)]
    assert len({file.trace_number("11000000", 1) for file in files}) == len(files)
    assert len({file.modifier for file in files[:32]}) == 32


@pytest.mark.parametrize(
    "text", ["", "2026-11-23", "2026-11-23.1", "2026-11-23.4.1", "2026-11-23.1.0", "2026-11-23.1.9", "x/2026-11-23.1.1"]
)
def test_a_name_of_no_file(text: str) -> None:
    with pytest.raises(ValueError, match="is no file of credits"):
        read_file_name(text)


@pytest.mark.parametrize("trace", ["", "110000000000000", "11000000501600", "11000000501600x", "1100000050160011"])
def test_a_trace_number_of_no_entry(trace: str) -> None:
    with pytest.raises(ValueError, match="no entry"):
        traced(trace, date(2026, 11, 23))


@pytest.mark.parametrize("place", [0, 1_000])
def test_an_entry_that_a_file_cannot_have(place: int) -> None:
    with pytest.raises(ValueError, match="no entry"):
        FileName(day=date(2026, 11, 23), window=1).trace_number("11000000", place)
