"""The cloud assembly of a checkout: synthesized once for the same sources, whatever home and port it is for."""

from pathlib import Path

import pytest

from cli.connection.target import LOCAL, Target
from cli.deploy.cached_folders import CachedFolders
from cli.deploy.sources import ASSEMBLIES_MAX, CheckoutSources
from cli.state.image import FOLDER_VARIABLE
from cli.state.state_dir import StateDir


def at(port: int) -> Target:
    return Target(LOCAL, "us-east-1", f"http://localhost:{port}", f"http://localhost:{port}", None)


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CachedFolders:
    """Return the cache of assemblies, which is empty."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "images"))
    return CachedFolders(tmp_path / "assemblies", ASSEMBLIES_MAX)


def keep(cached: CachedFolders, digest: str) -> None:
    def write(folder: Path) -> bool:
        (folder / "cloud_assembly" / "asset.handlers").mkdir(parents=True)
        (folder / "cloud_assembly" / "asset.handlers" / "handler.py").write_text("URL = 'http://localhost:4610'\n")
        (folder / "cloud_assembly" / "api.template.json").write_text('{"Url": "http://localhost:4610"}')
        return True

    cached.keep(digest, write)


def test_the_assembly_of_the_same_sources_is_copied_for_another_port(cached: CachedFolders, home: StateDir) -> None:
    (home.cloud_assembly / "asset.older").mkdir(parents=True)
    keep(cached, CheckoutSources().fingerprint(LOCAL).whole)
    CheckoutSources().assemble(home, at(4700), None)

    assert sorted(file.name for file in home.cloud_assembly.iterdir()) == ["api.template.json", "asset.handlers"]
    assert (home.cloud_assembly / "api.template.json").read_text() == '{"Url": "http://localhost:4700"}'
    assert not (home.path / "synth.log").exists()


def urls(assembly: Path, port: int) -> dict[str, int]:
    """Return the number of URLs with this port in each file that has some."""
    counts = {file.name: file.read_text().count(f"127.0.0.1:{port}") for file in assembly.glob("*.json")}
    return {name: count for name, count in counts.items() if count}


@pytest.mark.full
@pytest.mark.timeout(120)
@pytest.mark.parametrize("there", ["of other sources", "damaged"])
def test_any_other_assembly_is_synthesized_and_kept(
    there: str, cached: CachedFolders, home: StateDir, tmp_path: Path
) -> None:
    of_these = CheckoutSources().fingerprint(LOCAL).whole
    keep(cached, "0" * 64 if there == "of other sources" else of_these)
    if there == "damaged":
        (cached.folder / of_these / "cloud_assembly" / "api.template.json").write_text("{}")
    CheckoutSources().assemble(home, at(4700), None)
    assert (home.path / "synth.log").exists()

    other = StateDir(tmp_path / "another home")
    other.make()
    CheckoutSources().assemble(other, at(4701), None)
    assert not (other.path / "synth.log").exists()
    assert (found := urls(home.cloud_assembly, 4700))
    assert urls(other.cloud_assembly, 4701) == found
