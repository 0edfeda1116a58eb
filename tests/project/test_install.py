"""What `make up` installs, side by side: what a sandbox of a checkout needs, and nothing that only tests need."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from layers.installed_packages import locked_packages
from requirements import install
from requirements.install import (
    NODE_MODULES,
    NPM_FLAGS,
    PAGE_PACKAGES,
    PARTS,
    WORKSPACES,
    InstallError,
    Part,
    Purpose,
)

ROOT = Path(__file__).resolve().parents[2]


def versions(lock: str) -> dict[str, str]:
    return {package.name: package.version for package in locked_packages(ROOT / "requirements" / lock)}


def test_make_up_installs_no_packages_for_development() -> None:
    locks = {
        file
        for part in PARTS
        if part.purpose == Purpose.SANDBOX
        for file in part.made_of
        if file.startswith("requirements/")
    }
    assert locks == {"requirements/uv.txt", "requirements/checkout.txt", "requirements/engine.txt"}
    assert versions("checkout.txt").keys().isdisjoint({"pytest", "moto", "ruff", "schemathesis", "locust", "cfn-lint"})


def test_tests_run_with_the_packages_of_a_sandbox() -> None:
    assert versions("checkout.txt").items() <= versions("dev.txt").items()


NPM = Path(sys.executable).with_name("npm")
OF_THE_PAGES = {"minisearch", "swagger-ui-dist"}
OF_THE_TOOLS = {"aws-cdk", "pyright", "stripe", "typescript"}
OF_THE_DASHBOARD = {"react", "vite", "vitest", "axe-core"}
OF_THE_PACKAGES = {"jest", "testcontainers", "@playwright/test"}
EVERYTHING = OF_THE_PAGES | OF_THE_TOOLS | OF_THE_DASHBOARD | OF_THE_PACKAGES


@pytest.mark.parametrize(
    "part, folders, wanted",
    [
        # An ejected folder has no workspaces.
        (PAGE_PACKAGES, (), OF_THE_PAGES),
        (NODE_MODULES, (), OF_THE_PAGES | OF_THE_TOOLS),
        (WORKSPACES, ("dashboard",), OF_THE_PAGES | OF_THE_TOOLS | OF_THE_DASHBOARD),
    ],
    ids=lambda value: value.name if isinstance(value, Part) else "",
)
def test_npm_installs_what_a_part_needs_and_no_more(
    part: Part, folders: tuple[str, ...], wanted: set[str], tmp_path: Path
) -> None:
    for folder in ("", *folders):
        (tmp_path / folder).mkdir(exist_ok=True)
        shutil.copy(ROOT / folder / "package.json", tmp_path / folder)
    shutil.copy(ROOT / "package-lock.json", tmp_path)
    command = [NPM, "ci", "--dry-run", "--offline", *NPM_FLAGS[part.stamp]]
    path = os.pathsep.join([str(NPM.parent), os.environ["PATH"]])
    printed = subprocess.run(command, cwd=tmp_path, env=os.environ | {"PATH": path}, check=True, capture_output=True)
    added = {line.split()[1] for line in printed.stdout.decode().splitlines() if line.startswith("add ")}
    assert added & EVERYTHING == wanted


PAGES, READY, ALL = (part.stamp for part in (PAGE_PACKAGES, NODE_MODULES, WORKSPACES))


@pytest.mark.parametrize(
    "before, part, ran, after",
    [
        ((), PAGE_PACKAGES, PAGES, (PAGES,)),
        ((PAGES,), NODE_MODULES, READY, (PAGES, READY)),
        ((), WORKSPACES, ALL, (PAGES, READY, ALL)),
        # What was installed for development stays installed, and no part is outdated after another.
        ((PAGES, READY), PAGE_PACKAGES, READY, (PAGES, READY)),
        ((PAGES, READY, ALL), PAGE_PACKAGES, ALL, (PAGES, READY, ALL)),
    ],
)
def test_a_part_of_node_modules_includes_those_before_it(
    before: tuple[str, ...],
    part: Part,
    ran: str,
    after: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    npm = tmp_path / ".venv" / "bin" / "npm"
    npm.parent.mkdir(parents=True)
    npm.write_text('#!/bin/sh\necho "$@" > ran\n')
    npm.chmod(0o755)
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "package-lock.json").touch()
    for stamp in before:
        (tmp_path / stamp).write_text("of an earlier lock")
    monkeypatch.setattr(install, "ROOT", tmp_path)

    install.make_parts([part], sys.executable)

    assert (tmp_path / "ran").read_text().split() == ["ci", *NPM_FLAGS[ran], "--loglevel=error"]
    assert stamps(tmp_path) - {".venv/bin"} == {*after}
    assert all(
        each.is_ready(sys.executable) for each in (PAGE_PACKAGES, NODE_MODULES, WORKSPACES) if each.stamp in after
    )


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., set[str]]:
    """Return a function that installs these parts into an empty folder, and returns the stamps there."""

    def run(*parts: Part) -> set[str]:
        monkeypatch.setattr(install, "PARTS", parts)
        install.install(this_python=True)
        return stamps(tmp_path)

    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setattr(install, "ROOT", tmp_path)
    return run


def stamps(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.glob("*/.*")}


def part(stamp: str, make: Callable[[], object]) -> Part:
    def in_folder(_: str) -> None:
        (install.ROOT / stamp).parent.mkdir(exist_ok=True)
        make()

    return Part(f"the part {stamp}", stamp, (), in_folder)


def fail() -> None:
    raise InstallError("npm ci failed.")


def test_environments_are_installed_side_by_side(installed: Callable[..., set[str]]) -> None:
    both = threading.Barrier(2, timeout=20)

    assert installed(part("one/.ready", both.wait), part("two/.ready", both.wait)) == {"one/.ready", "two/.ready"}


def test_parts_of_one_environment_are_installed_in_order(installed: Callable[..., set[str]]) -> None:
    seen: list[set[str]] = []
    first, second = (part(stamp, lambda: seen.append(stamps(install.ROOT))) for stamp in ("one/.a", "one/.b"))
    installed(first, second)

    assert seen == [set(), {"one/.a"}]


def test_a_part_is_made_again_if_its_file_outside_is_removed(
    installed: Callable[..., set[str]], tmp_path: Path
) -> None:
    file = tmp_path / "written.txt"
    written = Part("a file", "one/.ready", (), lambda _: file.touch(), outside=file.name)
    (tmp_path / "one").mkdir()
    for _ in range(2):
        installed(written)
        assert file.is_file()
        file.unlink()


def test_a_failure_names_its_part_and_keeps_the_others(installed: Callable[..., set[str]], tmp_path: Path) -> None:
    with pytest.raises(InstallError, match=r"npm ci failed\.\n\nthe part two/\.ready was not installed"):
        installed(part("one/.ready", set), part("two/.ready", fail), part("two/.after", set))

    assert stamps(tmp_path) == {"one/.ready"}
