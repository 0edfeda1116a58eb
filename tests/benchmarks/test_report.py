"""docs/explanation/performance.md and its pictures are what the committed results say, and name no machine."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import report
from benchmarks.__main__ import BENCHMARKS
from benchmarks.shared_functions import still_shared
from benchmarks.svg import Bar, bars


@pytest.mark.parametrize("path", report.documents(), ids=lambda path: path.name)
def test_committed_report_matches_the_results(path: Path) -> None:
    assert path.read_text() == report.documents()[path], "python -m benchmarks --report"


def test_routes_that_have_moved_to_another_function_are_left_out() -> None:
    measured = report.result("shared_functions")["routes"]
    row = measured["capture_payment_intent"]
    assert still_shared({"capture_payment_intent": row, "get_payment": row, "of_old": row}) == {
        "capture_payment_intent": row
    }
    assert "read_payments" not in report.DOCUMENT.read_text()


def test_every_benchmark_has_results() -> None:
    assert {file.stem for file in report.RESULTS.glob("*.json")} == set(BENCHMARKS)


@pytest.mark.parametrize("file", [*report.RESULTS.glob("*.json"), *report.documents()], ids=lambda file: file.name)
def test_results_identify_no_machine_or_person(file: Path) -> None:
    assert not re.search(r"(/home|/Users|/root|/tmp|/work)\b|\.(local|internal|lan)\b", file.read_text())


@pytest.mark.parametrize(
    "name", ["warm_authorize", "stripe_translation", "cold_import", "deployed", "before_and_after"]
)
def test_timings_have_at_least_five_rounds(name: str) -> None:
    found = report.result(name)
    assert found["rounds"] >= 5
    assert all(len(values) == found["rounds"] for values in found.get("samples", {}).values())


def test_modelled_figures_are_labelled() -> None:
    assert report.result("modelled")["modelled"] is True
    assert "**Modelled, not measured.**" in report.DOCUMENT.read_text()


def test_charts_are_valid_svg() -> None:
    picture = bars("a < b", "ms", [Bar("one & two", 2.0, 1.0, 3.0, ours=True), Bar("three", 0.0, 0.0, 0.0)], target=2.5)
    texts = [element.text for element in ElementTree.fromstring(picture).iter() if element.text]  # noqa: S314 - our own
    assert {"a < b (ms)", "one & two", "three", "2"} <= set(texts)
