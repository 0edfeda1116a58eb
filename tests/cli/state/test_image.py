"""Starting from an image of a deployment: on another port, with its own secrets, even during concurrent writes."""

import base64
import json
import shutil
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from cli.deploy.cached_folders import DamagedFolderError
from cli.state import image, saved_state
from cli.state.image import Images
from cli.state.state_dir import StateDir, read_json
from cli.up import up
from engine.state import generations
from engine.state.generations import Generation, Mark
from tests.cli.killed_process import is_killed

CARD, BODY, KEY = (base64.b64encode(letter * 32).decode() for letter in (b"c", b"b", b"k"))
PEPPER = json.dumps({"card": CARD, "body": {"1": BODY}})


def deployed(home: StateDir, text: str = "deployed", secret: str = PEPPER, parameter: str = "String") -> Generation:
    """Save a home after a deployment at port 4566, as its engine does."""
    saved_state.prepare(home)
    beside = generations.begin(home.saved)
    (beside / "lambda.json").write_text(text)
    generated = {"0 us-east-1 '/pepper'": {"Name": "/pepper", "Versions": {"1": {"SecretString": secret}}}}
    (beside / "secretsmanager.json").write_text(json.dumps({"payload": {"secrets": {"data": generated}}}))
    parameters = {"0 us-east-1 '/one'": {"Type": parameter, "OriginalValue": "one", "Value": "one"}}
    (beside / "ssm.json").write_text(json.dumps({"payload": {"parameters": {"data": parameters}}}))
    kms = {"keys": {"data": {"1": {"_symmetric_key_b64": KEY}, "2": {"KeySpec": "RSA_2048"}}}}
    (beside / "kms.json").write_text(json.dumps({"payload": kms}))
    generation = generations.commit(beside, Mark("2030-01-07T10:00:00Z", 4566, "", last=True))
    (home.state / "s3" / "bucket").mkdir(parents=True, exist_ok=True)
    (home.state / "cognito-rsa-key.pem").write_text("confidential")
    (home.path / "access-key.json").write_text("confidential")
    home.cloud_assembly.mkdir(exist_ok=True)
    (home.cloud_assembly / "api.template.json").write_text('{"url": "http://127.0.0.1:4566/v1"}')
    (home.cloud_assembly / "asset.handlers").mkdir(exist_ok=True)
    (home.cloud_assembly / "asset.handlers" / "index.py").write_text("functions' code")
    home.assembly_record.write_text(json.dumps({"fingerprint": "f", "port": "4566"}))
    return generation


def secrets_in(home: StateDir) -> list[str]:
    """Return the secrets of the newest generation: of Secrets Manager, and of the KMS key."""
    newest = generations.newest(home.saved)
    assert newest is not None
    pepper = _payload(newest, "secretsmanager")["secrets"]["data"]["0 us-east-1 '/pepper'"]
    value = json.loads(pepper["Versions"]["1"]["SecretString"])
    return [value["card"], value["body"]["1"], _payload(newest, "kms")["keys"]["data"]["1"]["_symmetric_key_b64"]]


def _payload(generation: Generation, service: str) -> dict[str, Any]:
    return json.loads((generation.path / f"{service}.json").read_text())["payload"]


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
    assert images.keep("f", home, deployed(home))
    assert image.is_empty(other)
    assert images.copy("f", other, 4600)

    newest = generations.newest(other.saved)
    assert newest is not None
    assert (newest.path / "lambda.json").read_text() == "deployed"
    assert newest.mark.port == 4566, "the engine moves it when it loads it"
    assert (other.cloud_assembly / "api.template.json").read_text() == '{"url": "http://127.0.0.1:4600/v1"}'
    assert [file.name for file in other.cloud_assembly.iterdir()] == ["api.template.json"], "S3 has the functions' code"
    assert read_json(other.assembly_record) == {"fingerprint": "f", "port": "4600"}
    assert not any("confidential" in file.read_text() for file in other.path.rglob("*") if file.is_file())
    assert saved_state.prepare(other) is None, "nothing was lost"


def test_only_a_home_that_begins_reads_one_shard_of_its_lists_and_has_a_whole_journal(
    home: StateDir, other: StateDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it has an image or not: what it will have is written by this version."""
    monkeypatch.setenv(image.FOLDER_VARIABLE, str(tmp_path / "none"))
    deployed(home)
    assert up._copy_image(home, 4600, []) is None
    assert up._copy_image(other, 4600, []) is False
    assert (home.read().index_shards_read, other.read().index_shards_read) == (16, 1)
    assert (home.read().has_journal, other.read().has_journal) == (False, True)


def test_without_an_image_the_state_folder_is_unchanged(other: StateDir, images: Images) -> None:
    assert not images.copy("f", other, 4600)
    assert image.is_empty(other)
    assert not other.cloud_assembly.exists()


def test_first_of_two_concurrent_images_is_used(
    home: StateDir, other: StateDir, images: Images, tmp_path: Path
) -> None:
    images.keep("f", home, deployed(home, "first"))
    images.keep("f", other, deployed(other, "second"))
    third = StateDir(tmp_path / "third")
    third.make()
    images.copy("f", third, 4600)
    newest = generations.newest(third.saved)

    assert newest is not None
    assert (newest.path / "lambda.json").read_text() == "first"


def test_outdated_images_are_removed(home: StateDir, images: Images) -> None:
    generation = deployed(home)
    for number in range(image.IMAGES_MAX + 2):
        images.keep(f"f{number}", home, generation)

    assert len([each for each in images.folder.iterdir() if each.is_dir()]) == image.IMAGES_MAX
    assert (images.folder / f"f{image.IMAGES_MAX + 1}").is_dir()


def test_an_image_has_no_secret_and_each_copy_its_own(
    home: StateDir, other: StateDir, images: Images, tmp_path: Path
) -> None:
    images.keep("f", home, deployed(home))
    texts = [file.read_text() for file in images.folder.rglob("*") if file.is_file()]
    plain = [CARD, BODY, KEY, PEPPER]
    in_base64 = [base64.b64encode(secret.encode()).decode() for secret in plain]
    assert not [secret for secret in (*plain, *in_base64) for text in texts if secret in text]

    third = StateDir(tmp_path / "third")
    third.make()
    found = [CARD, BODY, KEY]
    for copy in (other, third):
        images.copy("f", copy, 4600)
        found += secrets_in(copy)
    assert len(set(found)) == 9
    assert {len(base64.b64decode(secret)) for secret in found} == {32}


def test_a_deployment_with_a_secret_that_cannot_be_generated_has_no_image(home: StateDir, images: Images) -> None:
    assert not images.keep("f", home, deployed(home, secret="sk_test_1"))
    assert not [each for each in images.folder.iterdir() if each.is_dir()]


def test_a_deployment_with_a_parameter_that_is_a_secret_has_no_image(home: StateDir, images: Images) -> None:
    """An operator set it, so a copy could not have another."""
    assert not images.keep("f", home, deployed(home, parameter="SecureString"))


@pytest.mark.parametrize("damage", ["changed", "cut off", "removed", "added"])
def test_a_damaged_image_is_removed_and_not_copied(
    damage: str, home: StateDir, other: StateDir, images: Images
) -> None:
    images.keep("f", home, deployed(home))
    [file] = images.folder.rglob("lambda.json")
    match damage:
        case "changed":
            file.write_text("DEPLOYED")
        case "cut off":
            file.write_text("deploy")
        case "removed":
            file.unlink()
        case _:
            (file.parent / "sqs.json").touch()
    with pytest.raises(DamagedFolderError):
        images.copy("f", other, 4600)
    assert image.is_empty(other)
    assert not images.copy("f", other, 4600), "the next deployment saves another"


@pytest.mark.full
def test_a_copy_that_is_killed_at_any_step_is_made_again(home: StateDir, images: Images, tmp_path: Path) -> None:
    images.keep("f", home, deployed(home))
    kill_at = 0
    for kill_at in count(1):
        copy = StateDir(tmp_path / "copy")
        copy.make()
        if not is_killed(lambda copy=copy: images.copy("f", copy, 4600), kill_at):
            break
        if image.is_empty(copy):
            images.copy("f", copy, 4600)
        assert {CARD, BODY, KEY}.isdisjoint(secrets_in(copy))
        shutil.rmtree(copy.path)
    assert kill_at > 20
