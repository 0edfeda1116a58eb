"""The browser of the tests, which npm has for machines without one."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.clients.browser import opened
from tests.support.tools import chromium

of_npm = pytest.mark.skipif(not chromium.IS_IN_NPM, reason="npm's Chromium is for Linux on x86-64")


@pytest.fixture
def without_chromium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave on the PATH what is needed to start a program and to list its libraries."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for program in ("env", "ldd"):
        (folder / program).symlink_to(str(shutil.which(program)))
    monkeypatch.setenv("PATH", str(folder))


@of_npm
@pytest.mark.full
@pytest.mark.timeout(chromium.INSTALL_S)
@pytest.mark.usefixtures("without_chromium")
def test_it_is_installed_where_there_is_none(tmp_path: Path) -> None:
    with opened(tmp_path / "profile") as page:
        page.open("data:text/html,<title>shown</title>")
        assert page.read("document.title") == "shown"


@of_npm
@pytest.mark.full
@pytest.mark.timeout(chromium.INSTALL_S)
@pytest.mark.usefixtures("without_chromium")
def test_it_brings_the_libraries_that_a_slim_machine_lacks() -> None:
    *variables, program = chromium.command()
    listed = subprocess.check_output([*variables, "ldd", program], text=True)
    libraries = {name: words[0] for name, _, *words in map(str.split, listed.splitlines()) if words}
    assert "not" not in libraries.values(), "none is not found"
    own = str(Path(program).parent)
    brought = {name for name, path in libraries.items() if path.startswith(own)}
    assert brought >= {"libnspr4.so", "libnss3.so", "libnssutil3.so", "libexpat.so.1"}
    assert "LD_LIBRARY_PATH" not in os.environ


@pytest.mark.usefixtures("without_chromium")
def test_a_failed_installation_says_why_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "CACHE", tmp_path / "cache")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    monkeypatch.setenv("npm_config_offline", "true")
    with pytest.raises(chromium.ChromiumError, match=r"npm ci: .*ENOTCACHED.*install Chromium"):
        chromium.command()
    assert [entry.name for entry in (tmp_path / "cache").iterdir()] == [".lock"], "nothing half done"
    assert not chromium.is_ready()


def test_the_lock_file_has_hashes_and_no_host() -> None:
    text = (chromium.PACKAGE / "package-lock.json").read_text()
    packages = {path: package for path, package in json.loads(text)["packages"].items() if path}
    assert [path for path, package in packages.items() if "integrity" not in package] == []
    assert '"resolved"' not in text
