"""The list of integrations: thirty, pinned, each with a way to run it, and the page of the last run agrees with it."""

import re

import pytest

from integrations.libraries import LIBRARIES
from integrations.listed import Kind, integrations
from integrations.outcome import Verdict
from integrations.page import PAGE, rows
from integrations.samples import SCENARIOS

LIST = integrations()


def test_there_are_thirty_of_which_seventeen_are_stripes_own() -> None:
    assert [len([one for one in LIST if one.kind is kind]) for kind in (Kind.SAMPLE, Kind.LIBRARY)] == [17, 13]


def test_each_is_pinned_by_commit(subtests: pytest.Subtests) -> None:
    for one in LIST:
        with subtests.test(str(one.name)):
            assert re.fullmatch(r"[0-9a-f]{40}", one.commit)
            assert re.fullmatch(r"[\w-]+/[\w.-]+", one.repository)


def test_each_has_its_scenario_or_its_calls() -> None:
    assert [one.name for one in LIST if one.kind is Kind.SAMPLE] == [*SCENARIOS]
    assert [one.name for one in LIST if one.kind is Kind.LIBRARY] == [*LIBRARIES]


def test_the_page_has_each_of_them_in_order() -> None:
    assert [*rows()] == [one.name for one in LIST]


def test_the_page_counts_right() -> None:
    runs = [verdict for verdict, _ in rows().values()].count(Verdict.RUNS)
    assert f"**{runs} of 30** integrations" in PAGE.read_text()


def test_at_least_half_run_and_none_fails() -> None:
    found = [verdict for verdict, _ in rows().values()]
    assert found.count(Verdict.RUNS) >= 15
    assert {*found} == {Verdict.RUNS, Verdict.STOPS}


def test_each_library_that_stops_names_its_call(subtests: pytest.Subtests) -> None:
    for name in rows():
        with subtests.test(str(name)):
            verdict, stopped_at = rows()[name]
            if verdict == Verdict.STOPS:
                assert re.match(r"`(GET|POST|DELETE) /v1/[\w/{}]+`: \S", stopped_at)
