"""The list of integrations: fifty, pinned, each with its flow and a way to run it."""

import re

import pytest

from integrations.buyers_pages import PAGES, REACT_PAGES
from integrations.flow import MEANINGS, FlowStep, flow_of
from integrations.listed import Kind, Proof, integrations
from integrations.replays import REPLAYS, with_parameters
from integrations.run_program import PROGRAMS
from integrations.samples import EVENTS, SCENARIOS

LIST = integrations()
# These were read before calls named their lines, in repositories that are too large to fetch here.
UNSOURCED = {
    ("Odoo", "action_stripe_create_webhook"),
    ("cal.com", "retrieveOrCreateStripeCustomerByEmail"),
    ("cal.com", "retrieveOrCreateStripeCustomerByEmail: create"),
    *(("Hyperswitch", operation) for operation in ("PSync", "Refund", "Capture", "Void")),
}


def test_there_are_fifty() -> None:
    kinds = [one.kind for one in LIST]
    assert [kinds.count(kind) for kind in (Kind.SAMPLE, Kind.LIBRARY, Kind.APPLICATION)] == [17, 15, 18]


def test_each_is_pinned(subtests: pytest.Subtests) -> None:
    for one in LIST:
        with subtests.test(str(one.name)):
            if one.package is not None:
                assert re.fullmatch(r"\d+\.\d+\.\d+", one.package.version)
            else:
                assert re.fullmatch(r"[0-9a-f]{40}", one.commit)
                assert re.fullmatch(r"[\w-]+/[\w.-]+", one.repository)


def test_each_step_of_a_flow_has_its_meaning() -> None:
    assert MEANINGS.keys() == {*FlowStep}


@pytest.mark.parametrize("flow", [[], ["pay", "pray"]])
def test_a_flow_has_known_steps(flow: list[str]) -> None:
    with pytest.raises(ValueError, match=r"flow|pray"):
        flow_of(flow)


def test_each_has_its_scenario_its_program_or_its_calls() -> None:
    by_proof = {proof: [one for one in LIST if one.proof is proof] for proof in Proof}
    assert [one.name for one in by_proof[Proof.SAMPLE]] == [*SCENARIOS]
    assert {one.name for one in by_proof[Proof.REPLAY]} == REPLAYS.keys()
    assert all((PROGRAMS / one.place).is_file() for one in by_proof[Proof.OWN_CODE])
    assert {one.place for one in by_proof[Proof.SUITE]} == {"spec"}
    assert EVENTS.keys() <= SCENARIOS.keys()


def test_each_page_is_of_a_sample_and_has_its_buyer() -> None:
    assert REACT_PAGES.keys() <= PAGES.keys() <= SCENARIOS.keys()
    buyers = (PROGRAMS / "sample_pages.py").read_text()
    flows = {page.flow for pages in (PAGES, REACT_PAGES) for page in pages.values()}
    assert {flow for flow in flows if f"\ndef {flow}(page: Page, shop: str)" not in buyers} == set()


def test_each_call_of_a_replay_names_its_source(subtests: pytest.Subtests) -> None:
    for name, replay in REPLAYS.items():
        for step in with_parameters(replay):
            with subtests.test(f"{name}: {step.operation}"):
                assert bool(step.source) is not ((name, step.operation) in UNSOURCED)


def test_the_calls_of_each_replay_do_its_whole_flow(subtests: pytest.Subtests) -> None:
    """One that leaves out a step of its flow could never run, whatever the sandbox simulates."""
    for one in LIST:
        if one.proof is Proof.REPLAY:
            with subtests.test(str(one.name)):
                assert {*one.flow} == {step.does for step in REPLAYS[one.name].steps if step.does is not None}
