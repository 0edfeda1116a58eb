"""What CONTRIBUTING.md says a change costs: each change is made in a copy of the sources, and works end to end there.

A change is a patch in `changes`, with `works.py`, a program that fails unless the change works. A patch that no longer
applies is made again: apply it by hand, and write `git diff -U1 --no-prefix` over it.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.support.tiers import full_but

ROOT: Final = Path(__file__).resolve().parents[2]
CHANGES: Final = Path(__file__).parent / "changes"
COPIED: Final = ("api_reference", "lambdas", "layers/shared/python")
LAYER: Final = "layers/shared/python/paysandbox/"
SEARCHED: Final = (".", "lambdas", "layers/shared/python")

PATCHES: Final[Mapping[str, str]] = {
    "an optional field on authorize": "optional_field",
    "a native route over existing tables": "native_route",
    "an event type for an existing operation": "event_type",
    "a Stripe resource with a table": "stripe_resource",
    "a test card that declines": "declining_card",
}
"""The patch of each row of the table in CONTRIBUTING.md."""
NAMED_APART: Final = {"api_reference/examples.py": "its example", "lambdas/stripe_api/": "its handlers"}
"""What the table does not count, and the words with which it says so."""


def patch_of(row: str) -> Path:
    return CHANGES / f"{PATCHES[row]}.patch"


def edited_files(row: str) -> list[str]:
    """The files of the product that a change edits, sorted."""
    files = re.findall(r"^\+\+\+ (.+)$", patch_of(row).read_text(), re.MULTILINE)
    return sorted(file for file in files if file != "works.py")


def cost_of(row: str) -> str:
    """What the table says."""
    rows = dict(re.findall(r"^\| (.+?) \| (.+) \|$", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE))
    return rows[row]


@pytest.mark.parametrize(
    "row", full_but(PATCHES.keys(), keep=lambda row: row == "an optional field on authorize"), ids=str
)
def test_a_change_works_with_the_edits_of_its_row(row: str, tmp_path: Path) -> None:
    for folder in COPIED:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    alone = os.environ | {"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
    subprocess.run(["git", "apply", "-p0", "-C1", patch_of(row)], cwd=tmp_path, env=alone, check=True)
    found_first = os.pathsep.join([*(str(tmp_path / folder) for folder in SEARCHED), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "works.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": found_first},
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("row", PATCHES)
def test_the_table_counts_and_names_the_files_of_a_change(row: str) -> None:
    counted, apart = [], set[str]()
    for file in edited_files(row):
        words = next((words for place, words in NAMED_APART.items() if file.startswith(place)), None)
        if words is None:
            counted.append(file)
        else:
            apart.add(words)
    cost = cost_of(row)
    if row == "a test card that declines":
        assert (cost, len(counted)) == ("1 row", 1)
        return
    number, _, names = cost.partition(": ")
    assert number.split()[0] == str(len(counted)), counted
    assert sorted(re.findall(r"`([^`]+\.py)`", names)) == sorted(file.removeprefix(LAYER) for file in counted)
    assert all(words in cost for words in apart)


def test_every_row_of_the_table_has_a_patch() -> None:
    section = (ROOT / "CONTRIBUTING.md").read_text().partition("## The cost of a change")[2]
    rows = re.findall(r"^\| (an? .+?) \|", section, re.MULTILINE)
    assert rows == [*PATCHES]
    assert {patch.stem for patch in CHANGES.iterdir()} == {*PATCHES.values()}
