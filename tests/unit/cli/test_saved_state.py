"""One whole generation of the engine's state, or none: never parts of two."""

import pytest

from cli import saved_state
from cli.engine_process.state import SAVED_NAME, marking
from cli.saved_state import Loss

MONDAY, TUESDAY = "2030-01-07T10:00:00Z", "2030-01-08T10:00:00Z"


def save(home, text, *, at=MONDAY, services=("dynamodb", "lambda")):
    """What a graceful stop of the engine leaves."""
    for name in services:
        file = home.state / f"{name}.json"
        file.unlink(missing_ok=True)  # the engine replaces files, it does not write into them
        file.write_text(text)
    (home.state / SAVED_NAME).write_text(at)


def start(home):
    """What `up` does before it starts the engine, and the launcher's first act."""
    loss = saved_state.prepare(home)
    home.engine_lock.write_text("{}")
    return loss


def state(home):
    return {file.name: file.read_text() for file in home.state.iterdir() if file.suffix == ".json"}


def test_the_first_start_has_nothing_to_lose(home):
    assert start(home) is None
    assert saved_state.saved_at(home) is None


def test_a_graceful_stop_loses_nothing(home):
    start(home)
    save(home, "monday")

    assert saved_state.saved_by_last_stop(home)
    assert saved_state.expected_loss(home) is None
    assert start(home) is None
    assert state(home) == {"dynamodb.json": "monday", "lambda.json": "monday"}
    assert saved_state.saved_at(home) == MONDAY


def test_a_killed_engine_loses_what_came_after_its_last_graceful_stop(home):
    start(home)
    save(home, "monday")
    start(home)

    assert saved_state.expected_loss(home) == Loss(MONDAY)
    assert start(home) == Loss(MONDAY)
    assert "since its last graceful stop, at 2030-01-07T10:00:00Z, is lost" in str(Loss(MONDAY))
    assert state(home) == {"dynamodb.json": "monday", "lambda.json": "monday"}


def test_an_engine_killed_while_it_saved_leaves_no_mixture(home):
    start(home)
    save(home, "monday")
    start(home)
    (home.state / "dynamodb.json").unlink()
    (home.state / "dynamodb.json").write_text("tuesday")
    (home.state / "sqs.json.tmp").write_text("tues")

    assert start(home) == Loss(MONDAY)
    assert state(home) == {"dynamodb.json": "monday", "lambda.json": "monday"}


def test_an_engine_killed_before_it_ever_saved_leaves_nothing(home):
    start(home)
    (home.state / "dynamodb.json").write_text("half")

    assert start(home) == Loss(None)
    assert state(home) == {}


def test_an_up_that_was_killed_before_the_engine_ran_lost_nothing(home):
    start(home)
    save(home, "monday")
    saved_state.prepare(home)

    assert start(home) is None
    assert state(home)["dynamodb.json"] == "monday"


def test_the_latest_generation_counts(home):
    start(home)
    save(home, "monday")
    start(home)
    save(home, "tuesday", at=TUESDAY)
    start(home)

    assert start(home) == Loss(TUESDAY)
    assert set(state(home).values()) == {"tuesday"}


def test_dropping_forgets_everything(home):
    start(home)
    save(home, "monday")
    start(home)
    saved_state.drop(home)
    home.make()

    assert start(home) is None
    assert state(home) == {}


@pytest.mark.parametrize("fault", ["cannot be read", "cannot be written", None])
def test_the_mark_is_set_only_when_every_service_was_saved(home, fault):
    (home.state / SAVED_NAME).write_text(MONDAY)

    def unreadable():
        raise RuntimeError

    def save_all(services):  # as ministack does it: a service that fails is logged and passed over
        for name, get_state in services.items():
            try:
                content = get_state()
            except RuntimeError:
                continue
            if content is not None and fault != "cannot be written":
                (home.state / f"{name}.json").write_text(content)

    services = {"dynamodb": lambda: "payments", "iot": lambda: None}
    if fault == "cannot be read":
        services["sqs"] = unreadable
    marking(save_all, home.state)(services)

    assert saved_state.saved_by_last_stop(home) == (fault is None)
