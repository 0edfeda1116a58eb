"""The fingerprint of everything that is deployed."""

import shutil
import time

import pytest

from cli.deploy.fingerprint import SOURCES, fingerprint
from cli.deploy.installation import ROOT

LOCAL = {"env": "local", "port": "4566"}


@pytest.fixture
def checkout(tmp_path):
    """Return a small tree with the names of the real one."""
    for name in ("app.py", "cdk.json", "stacks/api.py", "lambdas/payments/authorize.py", "layers/shared/python/a.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return tmp_path


def test_every_source_is_included():
    assert [name for name in SOURCES if not (ROOT / name).exists()] == []


def test_fingerprint_does_not_depend_on_location(checkout, tmp_path_factory):
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
def test_fingerprint_changes_with_deployed_files(checkout, name):
    before = fingerprint(LOCAL, root=checkout)
    (checkout / name).parent.mkdir(exist_ok=True)
    (checkout / name).write_text("changed")
    after = fingerprint(LOCAL, root=checkout)

    assert after.whole != before.whole
    assert after.changed_since(before.files) == [name]


def test_fingerprint_changes_with_file_names_and_context(checkout):
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
        "cli/up/up.py",
    ],
)
def test_fingerprint_ignores_other_files(checkout, name):
    before = fingerprint(LOCAL, root=checkout)
    (checkout / name).parent.mkdir(parents=True, exist_ok=True)
    (checkout / name).write_text("changed")

    assert fingerprint(LOCAL, root=checkout) == before


def test_fingerprint_is_fast():
    began = time.process_time()
    fingerprint(LOCAL)

    assert time.process_time() - began < 1
