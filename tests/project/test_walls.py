"""The walls between rooms stand around every folder, and hold."""

import shutil
from pathlib import Path

import pytest

from tests import walls

ROOM = "stripe_api"
"""The youngest group of handlers: it stood outside of every wall once."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the sources."""
    for folder in (walls.SHARED, walls.LAMBDAS, "stacks", "cli", "api_reference", "dashboard_site"):
        shutil.copytree(walls.ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", ".built"))
    return tmp_path


def plant(checkout: Path, file: str, line: str) -> None:
    (checkout / file).parent.mkdir(exist_ok=True)
    (checkout / file).write_text(f'"""Planted."""\n\n{line}\n')


@pytest.mark.parametrize(
    "file, line, broken",
    [
        (f"lambdas/{ROOM}/planted.py", "import boto3", "boto3 stays at the rim"),
        (f"lambdas/{ROOM}/planted.py", "import stacks.environments", "what runs in the cloud does not know"),
        (f"lambdas/{ROOM}/planted.py", "import payments.void_payment", "handler groups never call each other"),
        (f"lambdas/{ROOM}/planted.py", "import paysandbox.reference.error_docs", "payments never read prose"),
        ("cli/planted.py", f"import {ROOM}.create_refund", "the program never calls a handler"),
        (
            "dashboard_site/planted.py",
            "import stacks.environments",
            "facts about the dashboard's site know only Python",
        ),
        ("stacks/planted.py", "import paysandbox.aws.runtime", "stacks read facts, never behaviour"),
        ("lambdas/brand_new/planted.py", "import boto3", "boto3 stays at the rim"),
        ("layers/shared/python/paysandbox/core/planted.py", "import time", "rules know only Python"),
        (
            "layers/shared/python/paysandbox/core/planted.py",
            "import paysandbox.payments.ledger.items",
            "the layer has floors",
        ),
        ("layers/shared/python/paysandbox/planted.py", "", "the layer has floors"),
    ],
)
@pytest.mark.full
def test_a_planted_violation_is_found(checkout: Path, file: str, line: str, broken: str) -> None:
    plant(checkout, file, line)
    (checkout / file).with_name("__init__.py").touch()
    done = walls.judge(checkout)
    assert done.returncode == 1, done.stdout
    assert any(said.startswith(broken) and " BROKEN" in said for said in done.stdout.splitlines()), done.stdout


def test_a_new_handler_group_is_covered_by_every_wall(checkout: Path) -> None:
    plant(
        checkout, "lambdas/brand_new/planted.py", "import boto3\nimport stacks\nimport paysandbox.reference.error_docs"
    )
    (checkout / "lambdas/brand_new/__init__.py").touch()
    done = walls.judge(checkout)
    broken = {said.removesuffix(" BROKEN") for said in done.stdout.splitlines() if said.endswith(" BROKEN")}
    assert broken == {
        "boto3 stays at the rim",
        "what runs in the cloud does not know what puts it there",
        "payments never read prose",
    }


def test_the_exception_exists() -> None:
    assert set(walls.CALLS_AWS_ITSELF) <= set(walls.groups(walls.ROOT))


def test_the_exception_is_needed(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walls, "CALLS_AWS_ITSELF", ())
    assert walls.judge(checkout).returncode == 1
