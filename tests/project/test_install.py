"""What `make up` installs, side by side: what a sandbox of a checkout needs, and nothing that only tests need."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from layers.installed_packages import locked_packages
from requirements import install
from requirements.install import PARTS, InstallError, Part, Purpose

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
