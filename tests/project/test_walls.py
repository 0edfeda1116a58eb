"""The walls between rooms stand around every folder, and hold."""

import re
import shutil
from pathlib import Path

import pytest

from tests import walls

ROOM = "stripe_api"
"""The youngest group of handlers: it stood outside of every wall once."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Every module, empty: that the real ones keep to the walls is not tested here, and takes three times as long."""
    for folder in (walls.SHARED, walls.LAMBDAS, "stacks", "cli", "engine", "api_reference", "dashboard_site"):
        for file in (walls.ROOT / folder).rglob("*.py"):
            empty = tmp_path / file.relative_to(walls.ROOT)
            empty.parent.mkdir(parents=True, exist_ok=True)
            empty.touch()
    return tmp_path


def plant(checkout: Path, file: str, *lines: str) -> None:
    (checkout / file).parent.mkdir(exist_ok=True)
    (checkout / file).write_text("\n".join(['"""Planted."""', "", *lines, ""]))


LAYER = "layers/shared/python/paysandbox"
CORE = f"{LAYER}/core"
VIOLATIONS = [
    (f"lambdas/{ROOM}/planted.py", "import boto3", "boto3 stays at the rim"),
    (f"lambdas/{ROOM}/planted.py", "import stacks.environments", "what runs in the cloud does not know"),
    (f"lambdas/{ROOM}/planted.py", "import payments.void_payment", "handler groups never call each other"),
    (f"lambdas/{ROOM}/planted.py", "import paysandbox.reference.error_docs", "payments never read prose"),
    ("cli/planted.py", f"import {ROOM}.refunds.change_stripe_payments", "the program never calls a handler"),
    ("engine/wall/planted.py", "import cli.main", "the engine knows neither the program nor what is deployed to it"),
    ("engine/state/planted.py", "import engine.wall.request", "the engine has floors"),
    ("engine/planted.py", "", "the engine has floors"),
    ("engine/wall/planted.py", "import ministack", "one adapter knows ministack"),
    ("engine/state/planted.py", "import engine.state.planted_too", "no modules import each other in a circle"),
    ("engine/state/planted_too.py", "def later(): import engine.state.planted", "no modules import each other"),
    (f"{LAYER}/stripe_api/tax_ids/planted.py", "import paysandbox.stripe_api.planted", "no rooms of stripe_api import"),
    (f"{LAYER}/stripe_api/planted.py", "def f(): import paysandbox.stripe_api.tax_ids.of_customers", "no rooms of"),
    ("dashboard_site/planted.py", "import stacks.environments", "facts about the dashboard's site know only Python"),
    ("stacks/planted.py", "import paysandbox.aws.runtime", "stacks read facts, never behaviour"),
    # A group that is new stands behind every wall.
    ("lambdas/brand_new/planted.py", "import boto3", "boto3 stays at the rim"),
    ("lambdas/brand_new/planted.py", "import stacks", "what runs in the cloud does not know"),
    ("lambdas/brand_new/planted.py", "import paysandbox.reference.error_docs", "payments never read prose"),
    (f"{CORE}/planted.py", "import time", "rules know only Python"),
    # Known by their names, wherever they lie.
    (f"{LAYER}/inbox/planted_rules.py", "import os", "rules know only Python"),
    (f"{LAYER}/inbox/planted_store.py", "import paysandbox.inbox.routes", "stores do not know who works with them"),
    (f"{CORE}/planted.py", "import paysandbox.payments.ledger.items", "the layer has floors"),
    (f"{LAYER}/payments/bank/planted.py", "import paysandbox.payments.payment", "payments have floors"),
    (f"{LAYER}/planted.py", "", "the layer has floors"),
]


@pytest.mark.full
def test_planted_violations_are_found(checkout: Path, subtests: pytest.Subtests) -> None:
    lines: dict[str, list[str]] = {}
    for file, line, _ in VIOLATIONS:
        lines.setdefault(file, []).append(line)
    for file, planted in lines.items():
        plant(checkout, file, *planted)
        (checkout / file).with_name("__init__.py").touch()
    done = walls.judge(checkout)
    assert done.returncode == 1, done.stdout
    # The name of each broken wall, underlined, then the imports that break it.
    broken = re.split(r"^(.+)\n-+$", done.stdout.partition("Broken contracts")[2], flags=re.MULTILINE)
    imports = dict(zip(broken[1::2], broken[2::2], strict=True))
    for file, line, wall in VIOLATIONS:
        module = (
            file.removesuffix(".py").removeprefix("lambdas/").removeprefix("layers/shared/python/").replace("/", ".")
        )
        found = f"{module} -> {line.rpartition('import ')[2]}" if line else module
        with subtests.test(f"{file}: {line}"):
            [shown] = [shown for name, shown in imports.items() if name.startswith(wall)]
            assert found in shown


def test_the_exception_exists() -> None:
    assert set(walls.CALLS_AWS_ITSELF) <= set(walls.groups(walls.ROOT))


@pytest.mark.full
def test_the_exception_is_needed(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for group in walls.CALLS_AWS_ITSELF:
        shutil.copytree(walls.ROOT / walls.LAMBDAS / group, checkout / walls.LAMBDAS / group, dirs_exist_ok=True)
    monkeypatch.setattr(walls, "CALLS_AWS_ITSELF", ())
    done = walls.judge(checkout)
    assert done.returncode == 1
    assert "boto3 stays at the rim BROKEN" in done.stdout
