"""Layers, unpacked once and shared, and the answer to a client when no worker is free."""

import io
import json
import os
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engine.workers.busy import refuse_as_unavailable
from engine.workers.layers import DIRECTORIES_VARIABLE, Layers, share_layers

NO_LAYERS: dict[Any, bytes] = {}


def zipped(**files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"python/{name}.py", text)
    return content.getvalue()


def test_the_same_content_is_unpacked_once(tmp_path):
    content = zipped(one="1")
    layers = Layers(tmp_path / "layers", NO_LAYERS.get)
    place = layers.unpacked(content)
    again = Layers(tmp_path / "layers", NO_LAYERS.get).unpacked(bytes(bytearray(content)))

    assert again == layers.unpacked(content) == place
    assert [entry.name for entry in (tmp_path / "layers").iterdir()] == [place.name]
    assert (place / "python" / "one.py").read_text() == "1"


def damage_nothing(_place):
    """Leave it as it is."""


def change(place):
    (place / "python" / "one.py").write_text("2")


def cut_off(place):
    (place / "python" / "one.py").write_text("")


def remove(place):
    (place / "python" / "two.py").unlink()


def add(place):
    (place / "python" / "boto3.py").touch()


@pytest.mark.parametrize("damage, kept", [
    (damage_nothing, True),
    (change, False),
    (cut_off, False),
    (remove, False),
    (add, False),
])  # fmt: skip
def test_next_engine_uses_a_folder_that_is_whole(tmp_path, damage, kept):
    content = zipped(one="1", two="2")
    place = Layers(tmp_path, NO_LAYERS.get).unpacked(content)
    before = place.stat().st_ino
    damage(place)

    assert Layers(tmp_path, NO_LAYERS.get).unpacked(content) == place
    assert (place.stat().st_ino == before) is kept
    assert {file.name: file.read_text() for file in (place / "python").iterdir()} == {"one.py": "1", "two.py": "2"}
    assert [*tmp_path.iterdir()] == [place]


def test_folders_that_were_not_used_are_removed(tmp_path):
    before, content = zipped(one="1"), zipped(one="2")
    Layers(tmp_path, NO_LAYERS.get).unpacked(before)
    (tmp_path / "unpacking-killed").mkdir()
    layers = Layers(tmp_path, NO_LAYERS.get)
    place = layers.unpacked(content)
    layers.discard_unused()

    assert [*tmp_path.iterdir()] == [place]
    assert (place / "python" / "one.py").read_text() == "2"
    layers.unpacked(before)
    assert len([*tmp_path.iterdir()]) == 2, "an earlier layer can be deployed again"


def test_nothing_is_removed_where_nothing_was_unpacked(tmp_path):
    Layers(tmp_path / "layers", NO_LAYERS.get).discard_unused()
    assert [*tmp_path.iterdir()] == []


def test_different_content_has_another_folder(tmp_path):
    layers = Layers(tmp_path, NO_LAYERS.get)
    assert layers.unpacked(zipped(one="1")) != layers.unpacked(zipped(one="2"))


def test_an_invalid_archive_leaves_nothing(tmp_path):
    with pytest.raises(zipfile.BadZipFile):
        Layers(tmp_path / "layers", NO_LAYERS.get).unpacked(b"not one")
    assert list((tmp_path / "layers").iterdir()) == []


def test_workers_get_the_paths_of_their_layers(tmp_path):
    told = []

    class Worker:
        def __init__(self, config):
            self.config = config

        def _spawn(self):
            told.append(self.config)

    contents = {"a": zipped(one="1"), "b": zipped(two="2")}
    share_layers(SimpleNamespace(Worker=Worker), Layers(tmp_path, contents.get))
    before = {"Layers": ["a", "b", "gone"], "Environment": {"Variables": {"X": "1"}}}
    worker = Worker(before)
    worker._spawn()

    [config] = told
    directories = config["Environment"]["Variables"][DIRECTORIES_VARIABLE].split(os.pathsep)
    assert [[file.name for file in Path(one, "python").iterdir()] for one in directories] == [["one.py"], ["two.py"]]
    assert (config["Layers"], config["Environment"]["Variables"]["X"]) == ([], "1")
    assert worker.config is before, "ministack goes by it elsewhere"


def test_edited_code_comes_first_on_a_workers_path(tmp_path):
    """ministack puts each folder before the ones that it has read."""
    told = []

    class Worker:
        def __init__(self):
            self.config: dict[str, Any] = {"Layers": ["a"]}
            self.edited = ("/edited/layer", "/edited/payments")

        def _spawn(self):
            told.append(self.config["Environment"]["Variables"][DIRECTORIES_VARIABLE].split(os.pathsep))

    share_layers(SimpleNamespace(Worker=Worker), Layers(tmp_path, {"a": zipped(one="1")}.get))
    Worker()._spawn()

    assert told[0][1:] == ["/edited/layer", "/edited/payments"]


def test_engine_throttling_is_a_problem_with_retry_after():
    functions = SimpleNamespace(lambda_execute_result_to_api_proxy_response=lambda result: (result, None))
    refuse_as_unavailable(functions, lambda: {"code": "service_unavailable", "status": 503})
    answer = functions.lambda_execute_result_to_api_proxy_response

    refused, error = answer({"throttle": True, "body": {"__type": "TooManyRequestsException"}})
    assert (refused["statusCode"], refused["headers"]["Retry-After"], error) == (503, "1", None)
    assert json.loads(refused["body"])["code"] == "service_unavailable"
    assert "request_id" in json.loads(refused["body"])
    assert answer({"body": "x"}) == ({"body": "x"}, None)
