"""The private names of ministack: which there are, and what happens when a version lacks one."""

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from cli.deploy.installation import ROOT, installation
from cli.sandbox import engine
from cli.state.state_dir import StateDir
from engine.ministack import MODULES, PRIVATE, View, view, worker

LOADING = """
import importlib
import sys

sys.path.insert(0, sys.argv[1])
from engine.ministack import MODULES, PRIVATE, load

load()
twins = [f"{name}.{each}" for name, private in PRIVATE.items() for each in private.split()
         if each[1:] in vars(importlib.import_module(MODULES[name]))]
# Nothing of ours uses the public ones: a submodule, and a function that wakes the pollers.
assert set(twins) <= {"cloudformation._stacks", "lambda_svc._esm_wake"}, f"these hide a public name: {twins}"
for name in sys.argv[2:]:
    module, _, attribute = name.rpartition(".")
    owner = importlib.import_module(module.removesuffix(".Worker"))
    delattr(owner.Worker if module.endswith(".Worker") else owner, attribute)
load()
"""


def loading_without(*names: str) -> subprocess.CompletedProcess[str]:
    """Load the pinned version, then again without these names."""
    command = [installation().engine_python, "-I", "-c", LOADING, ROOT, *names]
    return subprocess.run(command, text=True, capture_output=True, check=False)


def test_the_pinned_version_has_every_name() -> None:
    done = loading_without()
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.full
def test_a_version_that_lacks_names_is_refused_by_name() -> None:
    lacking = [
        "ministack.core.lambda_runtime.Worker._spawn",
        "ministack.core.lambda_runtime._lock",
        "ministack.services.cloudformation._stacks",
        "ministack.services.dynamodb._tables",
    ]
    done = loading_without(*lacking)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("engine.ministack.MissingNamesError: ministack "), done.stderr
    assert last.endswith(f" lacks {', '.join(lacking)}.")


BEFOREHAND = """
import os
import sys

sys.path[:0] = sys.argv[1:3]
home, touched = sys.argv[3], []


def audit(event, args):
    if event.startswith(("open", "os.", "shutil.", "tempfile.")):
        touched.extend((event, arg) for arg in args if isinstance(arg, str) and arg.startswith(home))


class Variables(dict):
    def __getitem__(self, name):
        # The engine's own credentials are in the home.
        touched.extend([name] if name.startswith((b"AWS_ACCESS_KEY_ID", b"AWS_SECRET")) else [])
        return super().__getitem__(name)


sys.addaudithook(audit)
os.environ._data = Variables(os.environ._data)
from engine.ministack import OF_STATE, MODULES
from engine.start import import_beforehand

import_beforehand()
assert not touched, touched
early = {name for name, path in MODULES.items() if path in sys.modules}
assert early == MODULES.keys() - OF_STATE, early
from engine.ministack import load

load()
assert touched, "those that are left read the state"
touched.clear()
assert os.environ.get("AWS_ACCESS_KEY_ID") is None
assert touched
"""


def test_what_is_imported_beforehand_reads_nothing_of_the_home(tmp_path: Path) -> None:
    """Another engine may run in it, and its state may be replaced."""
    home = StateDir(tmp_path / "a home")
    home.make()
    command = [installation().engine_python, "-I", "-c", BEFOREHAND, ROOT, f"{ROOT}/layers/shared/python", home.path]
    done = subprocess.run(
        command, env=engine.environment(home, 4999), cwd=home.path, text=True, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def test_names_are_of_modules_that_are_imported() -> None:
    assert PRIVATE.keys() <= MODULES.keys()
    every = [name for names in PRIVATE.values() for name in names.split()]
    assert [name for name in every if not name.startswith("_") or name.startswith("__")] == []


def test_a_view_reads_and_changes_the_object_itself() -> None:
    module = SimpleNamespace(_tables=1, public=2)
    seen = view("dynamodb", module)
    assert (seen.tables, seen.public) == (1, 2)
    seen.tables, seen.public, seen.get_state = 3, 4, 5
    assert vars(module) == {"_tables": 3, "public": 4, "get_state": 5}
    process = SimpleNamespace(_proc=None)
    worker(process).proc = 1
    assert process._proc == 1


@pytest.mark.parametrize("name", ["_tables", "_other", "other"])
def test_a_view_has_no_other_names(name: str) -> None:
    seen: View = view("dynamodb", SimpleNamespace(_tables=1, _other=2))
    with pytest.raises(AttributeError, match=name):
        getattr(seen, name)


@pytest.mark.parametrize("name", ["_tables", "_other"])
def test_a_private_name_is_not_set_by_itself(name: str) -> None:
    with pytest.raises(AttributeError, match=name):
        setattr(view("dynamodb", SimpleNamespace()), name, 1)
