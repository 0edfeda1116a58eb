"""The reports that a sandbox's home keeps."""

import json
from pathlib import Path

import pytest

from cli.lose.store_report import store_report
from engine.wall.lost_answers import FOLDER, MAX_RUNS, files, report, run_id, runs


def test_a_report_is_read_back(tmp_path: Path) -> None:
    name = store_report(tmp_path, {"seed": 7, "verdict": "No loss found.", "command": ["python", "a shop.py"]})
    found = report(tmp_path, name)
    assert found is not None
    assert (found["id"], found["verdict"]) == (name, "No loss found.")
    assert found["command_shown"] == "python 'a shop.py'"


def test_the_command_is_shown_with_short_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = tmp_path / "ada" / "shop"
    shop.mkdir(parents=True)
    monkeypatch.chdir(shop)
    monkeypatch.setenv("HOME", str(tmp_path / "ada"))
    command = [f"{tmp_path}/ada/.venv/bin/python", f"{shop}/checkout.py", f"--log={shop}/log", f"{tmp_path}/x"]
    store_report(tmp_path, {"seed": 7, "command": command})
    [shown] = runs(tmp_path)
    assert shown["command_shown"] == f"~/.venv/bin/python checkout.py --log=log {tmp_path}/x"
    assert shown["command"] == command


def test_the_newest_are_kept(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    for at in range(MAX_RUNS + 3):
        (tmp_path / FOLDER / f"{run_id(at, 1)}.json").write_text(json.dumps({}))
    newest = store_report(tmp_path, {"seed": 7, "command": ["true"]})
    assert [file.stem for file in files(tmp_path)] == [
        newest,
        *(run_id(MAX_RUNS + 2 - each, 1) for each in range(MAX_RUNS - 1)),
    ]
