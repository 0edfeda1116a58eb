"""`paysandbox eject`: which files it writes, and that it overwrites none."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.deploy.archive import read_archive, write_archive
from cli.deploy.eject import eject
from cli.deploy.installation import ROOT
from cli.deploy.npm_lock import without_workspaces
from cli.deploy.sources import DEPLOYED, PACKED, archived_sources, read_sources
from cli.terminal.failure import Failure
from tests.support.clients.program import paysandbox

SOURCES = {"app.py": b"import aws_cdk\n", "cdk.json": b"{}\n", "stacks/data/data_stack.py": b"KEPT = 1\n"}


def written(folder: Path) -> dict[str, bytes]:
    """Return the content of every file in a folder, by its name."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


@pytest.mark.parametrize("exists", [False, True])
def test_a_new_or_empty_folder_gets_every_file(tmp_path: Path, exists: bool) -> None:
    folder = tmp_path / "team" / "payments"
    if exists:
        folder.mkdir(parents=True)

    assert eject(folder, SOURCES.items()) == 3
    assert written(folder) == SOURCES


def test_a_folder_with_a_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("ours\n")
    with pytest.raises(Failure, match="is not empty") as refused:
        eject(tmp_path, SOURCES.items())

    assert "Name a folder that is empty or does not exist" in refused.value.advice
    assert written(tmp_path) == {"app.py": b"ours\n"}


@pytest.mark.parametrize("name", ["notes.txt", "notes.txt/payments"])
def test_a_file_is_no_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("ours\n")
    with pytest.raises(Failure, match="is not a folder"):
        eject(tmp_path / name, SOURCES.items())


def test_an_interrupted_folder_cannot_be_deployed_and_is_refused(tmp_path: Path) -> None:
    failing = SOURCES | {"stacks": b"a file where a folder is needed"}
    with pytest.raises(OSError, match="stacks"):
        eject(tmp_path, failing.items())
    assert "app.py" in written(tmp_path)
    assert "cdk.json" not in written(tmp_path)

    with pytest.raises(Failure) as refused:
        eject(tmp_path, SOURCES.items())
    assert "was interrupted, remove its folder" in refused.value.advice


def test_what_is_generated_or_installed_is_not_ejected() -> None:
    names = {name for name, _ in read_sources()}

    assert {"app.py", "Makefile", "requirements/install.py", "dashboard/built/index.html", ".gitignore"} <= names
    assert (ROOT / "layers" / "vendor").is_dir()
    ours = (
        "api_reference/",
        "cli/",
        "dashboard/built/",
        "dashboard_site/",
        "docs/",
        "engine/",
        "environments/",
        "lambdas/",
        "layers/",
        "release/",
    )
    folders = (*ours, "requirements/", "stacks/", "stripe_js/")
    assert {name for name in names if not name.startswith(folders)} == {
        *(".gitignore", "LICENSE", "Makefile", "app.py", "cdk.json", "pyproject.toml"),
        *("package.json", "package-lock.json"),
    }
    assert [name for name in names if "__pycache__" in name or "/vendor/" in name or "/.built/" in name] == []


def test_a_wheel_contains_the_names_of_stripes_api() -> None:
    """A build writes them from an SDK that hatchling does not have when it builds a wheel of the sdist."""
    names = {name for name, _ in read_sources(ROOT, PACKED)}
    assert "layers/shared/python/paysandbox/stripe_api/catalog/operations.txt" in names


def test_npm_finds_its_lock_in_an_ejected_folder_as_it_would_write_it(tmp_path: Path) -> None:
    """The lock of a checkout is also that of its workspaces, whose folders are not ejected."""
    ejected = dict(read_sources())
    packages = json.loads(ejected["package-lock.json"])["packages"]
    assert {"node_modules/aws-cdk", "node_modules/minisearch"} < packages.keys()
    assert {"dashboard", "node_modules/react", "node_modules/jest"}.isdisjoint(packages)
    of_checkout = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert all(package == of_checkout[path] for path, package in packages.items() if path)

    for name in ("package.json", "package-lock.json"):
        (tmp_path / name).write_bytes(ejected[name])
    shutil.copy(ROOT / ".npmrc", tmp_path)
    bin_folder = Path(sys.executable).parent
    env = os.environ | {"PATH": os.pathsep.join([str(bin_folder), os.environ["PATH"]])}
    command = [bin_folder / "npm", "install", "--package-lock-only", "--offline", "--silent"]
    subprocess.run(command, cwd=tmp_path, env=env, check=True)
    assert (tmp_path / "package-lock.json").read_bytes() == ejected["package-lock.json"]


def test_the_sources_of_an_ejected_folder_are_those_that_were_ejected() -> None:
    ejected = dict(read_sources())
    again = without_workspaces(ejected["package.json"], ejected["package-lock.json"])
    assert again == (ejected["package.json"], ejected["package-lock.json"])


def test_a_package_inside_of_another_is_that_one_only() -> None:
    """As Node.js looks for it: beside what needs it, then further up."""
    lock = {
        "packages": {
            "": {"workspaces": ["shop"], "dependencies": {"a": "1"}},
            "node_modules/a": {"dependencies": {"b": "1"}, "peerDependencies": {"c": "1", "d": "1"},
                               "peerDependenciesMeta": {"d": {"optional": True}}},
            "node_modules/a/node_modules/b": {"dependencies": {"c": "1"}},
            "node_modules/b": {},
            "node_modules/c": {},
            "node_modules/d": {},
            "node_modules/shop": {"link": True, "resolved": "shop"},
            "shop": {"dependencies": {"b": "2", "d": "1"}},
        }
    }  # fmt: skip
    manifest, ejected = without_workspaces(b'{"workspaces": ["shop"]}', json.dumps(lock).encode())
    assert json.loads(manifest) == {}
    assert [*json.loads(ejected)["packages"]] == [
        "",
        "node_modules/a",
        "node_modules/a/node_modules/b",
        "node_modules/c",
    ]


def test_the_archive_holds_what_neither_the_program_nor_the_assembly_does() -> None:
    program, archived = (dict(files) for files in (read_sources(ROOT, (*PACKED, DEPLOYED)), archived_sources()))

    assert program.keys().isdisjoint(archived)
    assert {**program, **archived} == dict(read_sources())


def test_the_same_sources_are_the_same_archive(tmp_path: Path) -> None:
    for name in ("first", "second"):
        write_archive(tmp_path / name, SOURCES.items())

    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    assert dict(read_archive(tmp_path / "first")) == SOURCES


def test_the_command_prints_how_to_deploy(tmp_path: Path) -> None:
    folder = tmp_path / "a team" / "payments"
    said = paysandbox("eject", str(folder))

    assert said.exit_code == 0, said.stderr
    assert said.stdout.startswith(f"Wrote {len(written(folder))} files to {folder}. To deploy them to AWS:\n")
    commands = [line.strip() for line in said.stdout.splitlines() if line.startswith("  ")]
    assert commands[:2] == [f"cd '{folder}'", "make build"]
    guide = (ROOT / "docs" / "how-to" / "deploy.md").read_text()
    assert [command for command in commands[1:] if f"$ {command} " not in guide] == []

    again = paysandbox("eject", str(folder), "--json")
    assert again.problem["title"] == f"{folder} is not empty."


@pytest.mark.full
def test_json_names_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "payments"
    said = json.loads(paysandbox("eject", str(folder), "--json").stdout)
    assert said == {"folder": str(folder), "files": len(written(folder))}
