"""The fingerprint of everything that is deployed."""

import shutil
import time

import pytest

from cli.sandbox.fingerprint import SOURCES, fingerprint
from cli.sandbox.state_dir import ROOT

LOCAL = {"env": "local", "port": "4566"}


@pytest.fixture
def checkout(tmp_path):
    """Return a small tree with the names of the real one."""
    for name in ("app.py", "cdk.json", "stacks/api.py", "lambdas/payments/authorize.py", "layers/shared/python/a.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return tmp_path


def test_every_source_is_there():
    assert [name for name in SOURCES if not (ROOT / name).exists()] == []


def test_it_is_the_same_for_the_same_tree_anywhere(checkout, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "checkout"
    shutil.copytree(checkout, elsewhere)

    assert fingerprint(LOCAL, root=checkout) == fingerprint(dict(reversed(LOCAL.items())), root=elsewhere)


@pytest.mark.parametrize(
    "name",
    [
        "app.py",
        "lambdas/payments/authorize.py",
        "stacks/new.py",
        "requirements/layer.txt",
        # Served under /docs.
        "docs/a.md",
    ],
)
def test_it_changes_with_what_is_deployed(checkout, name):
    before = fingerprint(LOCAL, root=checkout)
    (checkout / name).parent.mkdir(exist_ok=True)
    (checkout / name).write_text("changed")
    after = fingerprint(LOCAL, root=checkout)

    assert after.whole != before.whole
    assert after.changed_since(before.files) == [name]


def test_it_changes_with_the_name_of_a_file_and_with_the_context(checkout):
    before = fingerprint(LOCAL, root=checkout)

    assert fingerprint({**LOCAL, "port": "4600"}, root=checkout).whole != before.whole
    (checkout / "stacks/api.py").rename(checkout / "stacks/apis.py")
    after = fingerprint(LOCAL, root=checkout)
    assert after.whole != before.whole
    assert after.changed_since(before.files) == ["stacks/api.py", "stacks/apis.py"]


@pytest.mark.parametrize(
    "name",
    [
        "lambdas/__pycache__/a.cpython-311.pyc",
        "stacks/.cache/x.py",
        "tests/test_a.py",
        "README.md",
        "cli/sandbox/up.py",
    ],
)
def test_it_does_not_change_with_what_is_not_deployed(checkout, name):
    before = fingerprint(LOCAL, root=checkout)
    (checkout / name).parent.mkdir(parents=True, exist_ok=True)
    (checkout / name).write_text("changed")

    assert fingerprint(LOCAL, root=checkout) == before


def test_it_is_taken_quickly():
    began = time.process_time()
    fingerprint(LOCAL)

    assert time.process_time() - began < 1
