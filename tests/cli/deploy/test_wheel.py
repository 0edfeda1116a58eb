"""What a wheel deploys, and what it ejects."""

from pathlib import Path

import pytest

from cli.connection.target import LOCAL
from cli.deploy.archive import write_archive
from cli.deploy.installation import ASSEMBLY_ARCHIVE, CLOUD_ASSEMBLY, Wheel
from cli.deploy.sources import ARCHIVE, DEPLOYED, PACKED, BuildRecord, WheelSources, read_sources

BUILT = BuildRecord(
    "sources-1", {"app.py": "digest"}, port=4610, shared_layer="asset.shared", vendor_layer="asset.vendor"
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Provide the files of a wheel, and an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "wheel"
    (root / "requirements").mkdir(parents=True)
    (root / "requirements" / "engine.txt").write_text("ministack==1.0\n")
    assembly = root / CLOUD_ASSEMBLY
    assembly.mkdir()
    BUILT.write(assembly)
    return root


def test_another_assembly_is_another_deployment(root: Path) -> None:
    first = WheelSources(Wheel(root)).fingerprint(LOCAL)
    assert WheelSources(Wheel(root)).fingerprint(LOCAL) == first

    BuildRecord("sources-2", {"app.py": "other"}, 4610, "asset.shared", "asset.vendor").write(root / CLOUD_ASSEMBLY)
    second = WheelSources(Wheel(root)).fingerprint(LOCAL)

    assert second.whole != first.whole
    assert second.changed_since(first.files) == ["app.py"]


def test_a_wheel_says_how_to_deploy_to_aws_without_it(root: Path) -> None:
    assert Wheel(root).how_to_deploy("staging") == (
        "The installed program does not deploy to AWS. Run `paysandbox eject DIR`, and in that folder `make build` and "
        "`npx cdk deploy --all -c env=staging`."
    )


def test_a_wheel_ejects_the_sources_that_it_was_built_from(root: Path) -> None:
    write_archive(root / ARCHIVE, [("app.py", b"import aws_cdk\n")])
    page = f"asset.1/{DEPLOYED.removeprefix('lambdas/')}/index.html"
    write_archive(root / ASSEMBLY_ARCHIVE, [("asset.1/handler.py", b""), (page, b"<!doctype html>")])

    assert dict(WheelSources(Wheel(root)).files()) == {
        "app.py": b"import aws_cdk\n",
        f"{DEPLOYED}/index.html": b"<!doctype html>",
        **dict(read_sources(root, PACKED)),
    }


def test_another_lock_file_is_another_environment_of_the_engine(root: Path) -> None:
    first = Wheel(root)
    (root / "requirements" / "engine.txt").write_text("ministack==1.1\n")

    assert Wheel(root).engine_python != first.engine_python
    assert first.is_engine_stale()
    assert first.stale_parts() == ["the engine's environment"]
