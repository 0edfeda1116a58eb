"""What stands beside the reference handlers, made from the routes and from npm's package."""

import json
import lzma
from collections.abc import Iterator
from pathlib import Path

import pytest

from layers import reference
from layers.reference import COMPRESSED, COPIED, ReferenceFilesError, reference_files


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Provide the folder as it is made where there is none. What is made again during these tests goes there too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference, "BUILT", tmp_path_factory.mktemp("reference") / "built")
        yield reference_files()


@pytest.mark.full
def test_contents_of_the_folder(folder: Path) -> None:
    assert {file.name for file in folder.iterdir()} == {
        *(f"{name}.xz" for name in COMPRESSED),
        "postman.json",
        "llms.txt",
        "docs",
        "stripe_js",
        *(COPIED.keys() - {*COMPRESSED}),
    }
    assert json.loads(lzma.decompress((folder / "openapi.json.xz").read_bytes()))["servers"] == [{"url": "."}]
    assert b"sourceMappingURL" not in lzma.decompress((folder / "swagger-ui.css.xz").read_bytes())
    assert b"sourceMappingURL" not in (folder / "minisearch.js").read_bytes()


@pytest.mark.full
def test_only_outdated_files_are_rewritten(folder: Path) -> None:
    (folder / "NOTICE").write_text("spoilt")
    (folder / "old.js").touch()
    (folder / "docs" / "old.html").touch()
    before = (folder / "LICENSE").stat().st_mtime_ns
    reference_files()
    assert (folder / "LICENSE").stat().st_mtime_ns == before
    assert "SmartBear" in (folder / "NOTICE").read_text()
    assert not (folder / "old.js").exists()
    assert not (folder / "docs" / "old.html").exists()


def test_a_missing_package_is_an_error_message(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "NODE_MODULES", reference.ROOT / "node_modules" / "nowhere")
    with pytest.raises(ReferenceFilesError, match="make build"):
        reference.packaged("NOTICE")


@pytest.mark.full
def test_files_fit_into_a_response(folder: Path) -> None:
    """Lambda answers with at most 6 MB of JSON."""
    for file in filter(Path.is_file, folder.rglob("*")):
        content = file.read_bytes()
        served = lzma.decompress(content) if file.suffix == ".xz" else content
        assert len(json.dumps(served.decode())) < 5_000_000, file.name
