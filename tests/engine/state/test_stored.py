"""The file of a service in a generation: the JSON that ministack reads, written part by part."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.ministack import view
from engine.state import generations
from engine.state.generations import Generation, Mark
from engine.state.stored import Reader, Writer


class Scoped:
    """ministack's dictionary by account and Region, which JSON does not know."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data


def default(value: Any) -> Any:
    return {"__account_region_scoped__": True, "data": value.data}


PERSISTENCE = view(
    "persistence",
    SimpleNamespace(_state_format_version=lambda _: 1, _json_default=default, _json_object_hook=lambda value: value),
)
GROUP = {"streams": {"a": {"events": [{"message": 'a "line"\n', "timestamp": 1}]}}, "arn": "arn:é"}


@pytest.mark.parametrize(
    "state",
    [
        {"log_groups": Scoped({"one": GROUP, "two": {}}), "empty": Scoped({})},
        {
            "numbers": {1: "a key of JSON is a text", None: 2},
            "flag": True,
            "none": None,
            "list": [1, Scoped({"x": [2]})],
        },
        {},
    ],
)
def test_a_service_is_written_as_json_and_linked_if_it_is_the_same(tmp_path: Path, state: dict[str, Any]) -> None:
    expected = {"__ministack_format__": 1, "payload": state}
    before, numbers = None, list[int]()
    for _ in range(2):
        folder = generations.begin(tmp_path)
        Writer(folder, before, PERSISTENCE).write({"logs": lambda: state})
        assert (folder / "logs.json").read_text() == json.dumps(expected, default=default)
        before = generations.commit(folder, Mark("2030-01-07T10:00:00Z", 1, "17 then", last=False))
        numbers.append((before.path / "logs.json").stat().st_ino)
    assert isinstance(before, Generation)
    assert numbers[0] == numbers[1]
    assert Reader(before, 1, PERSISTENCE).read("logs") == json.loads(json.dumps(state, default=default))


def test_writing_a_service_ends_when_the_engine_has_ended(tmp_path: Path) -> None:
    def alive() -> None:
        if any(tmp_path.glob("*/logs.json")):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Writer(generations.begin(tmp_path), None, PERSISTENCE, alive).write({"logs": lambda: {"a": {"b": 1}}})
