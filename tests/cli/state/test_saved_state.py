"""The saved generations that a start finds, and the losses that it reports."""

import json

import pytest

from cli.state import saved_state
from cli.state.saved_state import Loss
from cli.terminal.failure import Failure
from engine.state import generations
from engine.state.generations import Mark, engine_name

MONDAY, TUESDAY = "2030-01-07T10:00:00Z", "2030-01-08T10:00:00Z"


def save(home, text, *, at=MONDAY, last=False):
    """Save a state as the engine does, either periodically or at its graceful stop."""
    beside = generations.begin(home.saved)
    generations.put(text, beside / "dynamodb.json", None)
    engine = engine_name(json.loads(home.engine_lock.read_text()))
    generations.commit(beside, Mark(at, 4566, engine, last))


def start(home, *, pid=17):
    """Do the steps of `up` before it starts the engine, and the launcher's first step."""
    loss = saved_state.prepare(home)
    home.engine_lock.write_text(json.dumps({"pid": pid, "started_at": f"run {pid}"}))
    return loss


def loaded(home):
    """Return the state that the next engine loads, or None."""
    newest = generations.newest(home.saved)
    return None if newest is None else (newest.path / "dynamodb.json").read_text()


def test_a_first_start_loses_nothing(home):
    assert start(home) is None
    assert saved_state.saved_at(home) is None


def test_a_graceful_stop_loses_nothing(home):
    start(home)
    save(home, "monday", last=True)

    assert saved_state.saved_by_last_stop(home)
    assert saved_state.expected_loss(home) is None
    assert start(home, pid=18) is None
    assert (loaded(home), saved_state.saved_at(home)) == ("monday", MONDAY)


@pytest.mark.parametrize("last", [True, False])
def test_a_killed_engine_loses_changes_after_the_newest_generation(home, last):
    start(home)
    save(home, "monday", last=last)
    if last:
        start(home, pid=18)

    assert saved_state.expected_loss(home) == Loss(MONDAY)
    assert start(home, pid=19) == Loss(MONDAY)
    assert "All changes since 2030-01-07T10:00:00Z are lost" in str(Loss(MONDAY))
    assert loaded(home) == "monday"


def test_an_engine_killed_before_its_first_snapshot_leaves_nothing(home):
    start(home)

    assert start(home) == Loss(None)
    assert loaded(home) is None


def test_an_up_killed_before_the_engine_started_loses_nothing(home):
    start(home)
    save(home, "monday", last=True)
    saved_state.prepare(home)

    assert start(home) is None
    assert loaded(home) == "monday"


def test_reset_removes_everything(home):
    start(home)
    save(home, "monday", last=True)
    saved_state.drop(home)
    home.make()

    assert start(home) is None
    assert loaded(home) is None


def test_the_state_of_another_version_is_refused(home):
    start(home)
    save(home, "monday", last=True)
    newest = generations.newest(home.saved)
    assert newest is not None
    mark = newest.path / "generation.json"
    facts = json.loads(mark.read_text())
    for other in ({**facts, "format": 99}, {name: facts[name] for name in facts if name != "format"}):
        mark.write_text(json.dumps(other))
        with pytest.raises(Failure, match="cannot read it") as refused:
            saved_state.prepare(home)
        assert "paysandbox up --fresh" in str(refused.value.advice)
        assert loaded(home) == "monday", "it is kept"
