"""Starting from an image of a deployment: on another port, with its own secrets, even during concurrent writes."""

import base64
import json
import re
from pathlib import Path

import pytest

from cli.engine_process import generations
from cli.engine_process.generations import Mark
from cli.sandbox import image, saved_state
from cli.sandbox.image import Images
from cli.sandbox.state_dir import StateDir, read_json
from cli.terminal.failure import Failure

PEPPER = json.dumps({"card": base64.b64encode(b"c" * 32).decode(), "body": {"1": base64.b64encode(b"b" * 32).decode()}})


def deployed(home: StateDir, text: str = "deployed") -> StateDir:
    """Return the home of an engine stopped after a deployment at port 4566."""
    saved_state.prepare(home)
    beside = generations.begin(home.saved)
    (beside / "lambda.json").write_text(text)
    generations.commit(beside, Mark("2030-01-07T10:00:00Z", 4566, "", last=True))
    (home.state / "s3" / "bucket").mkdir(parents=True)
    (home.state / "cognito-rsa-key.pem").write_text("secret")
    (home.path / "access-key.json").write_text("secret")
    home.cloud_assembly.mkdir()
    (home.cloud_assembly / "api.template.json").write_text('{"url": "http://127.0.0.1:4566/v1"}')
    home.outputs.write_text("{}")
    home.assembly_record.write_text(json.dumps({"fingerprint": "f", "port": "4566"}))
    return home


@pytest.fixture
def images(tmp_path: Path) -> Images:
    """Return images in a folder that does not exist yet."""
    return Images(tmp_path / "cache" / "images")


@pytest.fixture
def other(tmp_path: Path) -> StateDir:
    """Return an empty home."""
    made = StateDir(tmp_path / "another home")
    made.make()
    return made


def test_a_copy_has_the_deployment_without_its_secrets(home: StateDir, other: StateDir, images: Images) -> None:
    images.keep("f", deployed(home))
    assert image.is_empty(other)
    assert images.copy("f", other, 4600)

    newest = generations.newest(other.saved)
    assert newest is not None
    assert (newest.path / "lambda.json").read_text() == "deployed"
    assert newest.mark.port == 4566, "the engine moves it when it loads it"
    assert (other.cloud_assembly / "api.template.json").read_text() == '{"url": "http://127.0.0.1:4600/v1"}'
    assert read_json(other.assembly_record) == {"fingerprint": "f", "port": "4600"}
    assert not any("secret" in file.read_text() for file in other.path.rglob("*") if file.is_file())
    assert saved_state.prepare(other) is None, "nothing was lost"


def test_without_an_image_the_state_folder_is_unchanged(other: StateDir, images: Images) -> None:
    assert not images.copy("f", other, 4600)
    assert image.is_empty(other)
    assert not other.cloud_assembly.exists()


def test_first_of_two_concurrent_images_is_used(
    home: StateDir, other: StateDir, images: Images, tmp_path: Path
) -> None:
    images.keep("f", deployed(home, "first"))
    images.keep("f", deployed(other, "second"))
    third = StateDir(tmp_path / "third")
    third.make()
    images.copy("f", third, 4600)
    newest = generations.newest(third.saved)

    assert newest is not None
    assert (newest.path / "lambda.json").read_text() == "first"


def test_outdated_images_are_removed(home: StateDir, images: Images) -> None:
    deployed(home)
    for number in range(image.KEPT_MAX + 2):
        images.keep(f"f{number}", home)

    assert len([each for each in images.folder.iterdir() if each.is_dir()]) == image.KEPT_MAX
    assert (images.folder / f"f{image.KEPT_MAX + 1}").is_dir()


def test_secrets_are_replaced_with_others_of_the_same_length() -> None:
    fresh = json.loads(image.renewed("/pepper", PEPPER))
    before = json.loads(PEPPER)

    assert fresh.keys() == before.keys()
    assert {fresh["card"], fresh["body"]["1"]}.isdisjoint(re.findall(r"[^\"]{44}", PEPPER))
    assert len(base64.b64decode(fresh["card"])) == 32
    assert fresh["card"] != fresh["body"]["1"]


def test_values_that_cannot_be_regenerated_are_rejected() -> None:
    with pytest.raises(Failure, match="/stripe comes from the image"):
        image.renewed("/stripe", "sk_test_1")
