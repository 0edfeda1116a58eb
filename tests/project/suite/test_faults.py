"""`make faults` runs in no tier, so its patches are tested here: each says what it is, and still applies."""

import re
import subprocess
from typing import Final

from tests.faults import ROOT, HeaderInvalidError, all_patches, fault_of

FEWEST: Final = {
    "money": 4, "tenancy": 4, "webhooks": 4, "settlement": 4, "disbursements": 4, "wall": 4, "templates": 4,
    "engine": 4,
}  # fmt: skip
"""Faults of a kind. Who takes one out replaces it, so that no area is left without."""

CHANGED: Final = re.compile(r"^\+\+\+ b/(.+)$", re.MULTILINE)
FIX: Final = re.compile(r"[0-9a-f]{8,40} .+")


def test_faults_apply_to_the_code() -> None:
    stale: list[str] = []
    for patch in all_patches():
        done = subprocess.run(["git", "apply", "--check", patch], cwd=ROOT, text=True, capture_output=True, check=False)
        if done.returncode:
            stale.append(f"{patch.stem} no longer applies: rewrite it for the code as it is now.\n{done.stderr}")
    assert not stale, "\n".join(stale)


def test_faults_say_what_they_are() -> None:
    wrong: list[str] = []
    for patch in all_patches():
        try:
            fault = fault_of(patch)
        except HeaderInvalidError as error:
            wrong.append(str(error))
            continue
        if fault.fix is not None and not FIX.fullmatch(fault.fix):
            wrong.append(f"{patch.name} has a Fix that is not a commit's short hash and subject.")
        if any(file.startswith(("tests/", "docs/")) for file in CHANGED.findall(patch.read_text())):
            wrong.append(f"{patch.name} changes more than the product's code.")
    assert not wrong, "\n".join(wrong)


def test_every_area_has_faults() -> None:
    kinds = [fault_of(patch).kind for patch in all_patches()]
    missing = {kind: number for kind, number in FEWEST.items() if kinds.count(kind) < number}
    assert not missing
