"""What stands beside the reference handlers, made from the routes and from npm's package."""

import json

import pytest

from layers import reference
from layers.reference import COPIED, ReferenceFilesError, reference_files


def test_what_the_folder_holds(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "BUILT", tmp_path / "built")
    folder = reference_files()
    assert {file.name for file in folder.iterdir()} == {"openapi.json", *COPIED}
    assert json.loads((folder / "openapi.json").read_text())["servers"] == [{"url": "."}]
    assert b"sourceMappingURL" not in (folder / "swagger-ui.css").read_bytes()


def test_what_is_right_is_not_touched_and_what_is_wrong_is_mended(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "BUILT", tmp_path / "built")
    folder = reference_files()
    (folder / "NOTICE").write_text("spoilt")
    (folder / "old.js").touch()
    before = (folder / "LICENSE").stat().st_mtime_ns
    reference_files()
    assert (folder / "LICENSE").stat().st_mtime_ns == before
    assert "SmartBear" in (folder / "NOTICE").read_text()
    assert not (folder / "old.js").exists()


def test_a_missing_package_ends_in_a_sentence(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "SWAGGER_UI", reference.ROOT / "node_modules" / "nowhere")
    with pytest.raises(ReferenceFilesError, match="make build"):
        reference.swagger_ui("NOTICE")


def test_no_file_is_too_large_for_an_answer() -> None:
    """Lambda answers with at most 6 MB of JSON."""
    for file in reference_files().iterdir():
        assert len(json.dumps(file.read_text(encoding="utf-8"))) < 5_000_000, file.name
