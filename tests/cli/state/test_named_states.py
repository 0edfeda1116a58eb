"""Copies of a state under names: what they contain, and what replaces what."""

import json

import pytest

from cli.state import named_states, saved_state
from cli.state.state_dir import StateDir, read_json, write_json
from cli.terminal.failure import Failure
from engine.state import generations
from engine.state.generations import Mark
from tests.support.clients.program import paysandbox

MONDAY, TUESDAY = "2030-01-07T10:00:00Z", "2030-01-08T10:00:00Z"


def fill(home: StateDir, text: str, at: str = MONDAY, *, format: int = generations.FORMAT) -> None:  # noqa: A002 - the mark's name
    """Write a state: a generation, an object in S3, PayPal's file, and the keys that belong to it."""
    beside = generations.begin(home.saved)
    generations.put(text, beside / "dynamodb.json", None)
    generations.commit(beside, Mark(at, 4566, "an engine", last=True, format=format))
    generations.prune(home.saved)
    for folder in (home.state / "s3", home.path / "paypal"):
        folder.mkdir(exist_ok=True)
        (folder / "file.json").write_text(text)
    write_json(home.served, {"demo_key": text, "operator_key": text, "hosts": [text], "routes": []})


def contents(home: StateDir) -> list[str]:
    """Return the texts of a state."""
    newest = generations.newest(home.saved)
    assert newest is not None
    files = [newest.path / "dynamodb.json", home.state / "s3" / "file.json", home.path / "paypal" / "file.json"]
    return [*(file.read_text() for file in files), read_json(home.served)["demo_key"]]


def test_a_state_is_put_back_as_it_was(home: StateDir) -> None:
    fill(home, "monday")
    saved = named_states.save(home, "shop")
    assert (saved.name, saved.at) == ("shop", MONDAY)
    fill(home, "tuesday", TUESDAY)
    (home.state / "s3" / "new.json").write_text("tuesday")

    named_states.put_back(home, "shop")

    assert contents(home) == ["monday"] * 4
    assert [file.name for file in (home.state / "s3").iterdir()] == ["file.json"]
    assert read_json(home.served)["hosts"] == ["tuesday"], "this is a setting, and no state"
    assert saved_state.saved_at(home) == MONDAY


def test_it_can_be_put_back_again_and_after_it_was_interrupted(home: StateDir) -> None:
    fill(home, "monday")
    named_states.save(home, "shop")
    for _ in range(2):
        (home.path / "saved.new").mkdir()  # as after a kill
        (home.path / "saved.new" / "1").touch()
        fill(home, "tuesday", TUESDAY)
        named_states.put_back(home, "shop")
        assert contents(home) == ["monday"] * 4


def test_a_start_after_it_reports_no_loss(home: StateDir) -> None:
    fill(home, "monday")
    named_states.save(home, "shop")
    home.engine_lock.write_text(json.dumps({"pid": 17, "started_at": "run 17"}))
    assert saved_state.expected_loss(home) is not None
    named_states.put_back(home, "shop")
    assert saved_state.prepare(home) is None


def test_a_state_of_the_same_name_is_replaced(home: StateDir) -> None:
    for text, at in (("monday", MONDAY), ("tuesday", TUESDAY)):
        fill(home, text, at)
        named_states.save(home, "shop")
    assert [(state.name, state.at) for state in named_states.listed(home)] == [("shop", TUESDAY)]
    fill(home, "wednesday")
    named_states.put_back(home, "shop")
    assert contents(home) == ["tuesday"] * 4


def test_a_state_says_which_shards_of_lists_have_entries_and_whether_the_journal_is_whole(home: StateDir) -> None:
    fill(home, "monday")
    home.change(index_shards_read=1, has_journal=True)
    named_states.save(home, "shop")
    home.change(index_shards_read=16, has_journal=False)
    assert named_states.index_shards_read(home, "shop") == 1
    named_states.put_back(home, "shop")
    assert (home.read().index_shards_read, home.read().has_journal) == (1, True)


def test_a_state_of_an_earlier_version_has_entries_in_all_shards_and_no_journal(home: StateDir) -> None:
    fill(home, "monday")
    named_states.save(home, "shop")
    StateDir(home.named_states / "shop").record_file.unlink()
    home.change(index_shards_read=1, has_journal=True)
    named_states.put_back(home, "shop")
    assert (home.read().index_shards_read, home.read().has_journal) == (16, False)


def test_states_survive_starting_over(home: StateDir) -> None:
    fill(home, "monday")
    named_states.save(home, "shop")
    saved_state.drop(home)
    home.make()
    named_states.put_back(home, "shop")
    assert contents(home) == ["monday"] * 4


def test_an_unknown_name_changes_nothing(home: StateDir) -> None:
    fill(home, "monday")
    named_states.save(home, "shop")
    fill(home, "tuesday")
    for change in (named_states.put_back, named_states.remove):
        with pytest.raises(Failure, match=r"There is no state other\. There are shop\."):
            change(home, "other")
    assert contents(home) == ["tuesday"] * 4


def test_a_state_of_another_version_changes_nothing(home: StateDir) -> None:
    fill(home, "monday", format=generations.FORMAT + 1)
    named_states.save(home, "shop")
    fill(home, "tuesday")
    with pytest.raises(Failure, match="Another version"):
        named_states.put_back(home, "shop")
    assert contents(home) == ["tuesday"] * 4


def test_nothing_is_saved_before_the_first_start(home: StateDir) -> None:
    with pytest.raises(Failure, match="Nothing was saved"):
        named_states.save(home, "shop")
    assert named_states.listed(home) == []


def test_states_are_listed_and_removed(home: StateDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYSANDBOX_HOME", str(home.path))
    fill(home, "monday")
    for name in ("b", "a"):
        assert paysandbox("state", "save", name).exit_code == 0
    assert paysandbox("state", "remove", "b").stdout == "Removed b.\n"
    [listed] = json.loads(paysandbox("state", "list", "--json").stdout)["data"]
    assert (listed["name"], listed["at"]) == ("a", MONDAY)
    assert listed["bytes"] > 0


@pytest.mark.parametrize("name", ["../shop", ".", "a b", ""])
def test_a_name_is_no_path(name: str) -> None:
    assert paysandbox("state", "save", name).exit_code == 2
