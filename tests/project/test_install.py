"""The packages that `make up` installs: what a sandbox of a checkout needs, and nothing that only development needs."""

from pathlib import Path

from layers.installed_packages import locked_packages
from requirements.install import PARTS

ROOT = Path(__file__).resolve().parents[2]


def versions(lock: str) -> dict[str, str]:
    return {package.name: package.version for package in locked_packages(ROOT / "requirements" / lock)}


def test_make_up_installs_no_packages_for_development() -> None:
    locks = {file for part in PARTS if part.to_run for file in part.made_of if file.startswith("requirements/")}
    assert locks == {"requirements/uv.txt", "requirements/checkout.txt", "requirements/engine.txt"}
    assert versions("checkout.txt").keys().isdisjoint({"pytest", "moto", "ruff", "schemathesis", "locust", "cfn-lint"})


def test_tests_run_with_the_packages_of_a_sandbox() -> None:
    assert versions("checkout.txt").items() <= versions("dev.txt").items()
