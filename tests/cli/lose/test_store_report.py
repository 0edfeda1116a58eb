"""The reports that a sandbox's home keeps."""

import json
from pathlib import Path

from cli.lose.store_report import store_report
from engine.wall.lost_answers import FOLDER, MAX_RUNS, files, report, run_id


def test_a_report_is_read_back(tmp_path: Path) -> None:
    name = store_report(tmp_path, {"seed": 7, "verdict": "No loss found."})
    found = report(tmp_path, name)
    assert found is not None
    assert (found["id"], found["verdict"]) == (name, "No loss found.")


def test_the_newest_are_kept(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    for at in range(MAX_RUNS + 3):
        (tmp_path / FOLDER / f"{run_id(at, 1)}.json").write_text(json.dumps({}))
    newest = store_report(tmp_path, {"seed": 7})
    assert [file.stem for file in files(tmp_path)] == [
        newest,
        *(run_id(MAX_RUNS + 2 - each, 1) for each in range(MAX_RUNS - 1)),
    ]
