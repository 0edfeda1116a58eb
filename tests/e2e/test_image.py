"""A second session's start from the first one's image: in seconds, at its own port, with its own secrets."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from paysandbox.core.ids import event_id
from tests.e2e.conftest import IMAGES, Sandbox
from tests.support.api import Api
from tests.support.ports import free_port
from tests.support.receiver import receiver
from tests.support.waiting import until


@pytest.fixture
def second(sandbox: Sandbox, tmp_path: Path) -> Iterator[tuple[Sandbox, dict[str, float]]]:
    """Provide a second sandbox, and the duration of each step of its start (s)."""
    assert sandbox.home.is_dir(), "the session's own made an image, or was made from one"
    it = Sandbox(tmp_path / "second", free_port())
    try:
        yield it, it.json("up", "--port", str(it.port))["seconds"]
    finally:
        it.run("down")


def secrets_of(sandbox: Sandbox) -> dict[str, str]:
    ssm = sandbox.target.client("ssm")
    described = ssm.describe_parameters(
        ParameterFilters=[{"Key": "Name", "Option": "BeginsWith", "Values": ["/paysandbox/"]}]
    )
    names = [found["Name"] for found in described["Parameters"] if found["Type"] == "SecureString"]
    return {name: ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] for name in names}


@pytest.mark.full
def test_an_image_needs_no_deployment_and_has_no_secret(
    sandbox: Sandbox, second: tuple[Sandbox, dict[str, float]]
) -> None:
    it, seconds = second
    assert not {"synth", "layer"} & seconds.keys()

    theirs, ours = secrets_of(sandbox), secrets_of(it)
    assert theirs.keys() == ours.keys()
    assert len(ours) >= 2
    assert set(theirs.values()).isdisjoint(ours.values())
    assert sandbox.target.access_key != it.target.access_key
    files = [file.read_bytes() for file in IMAGES.rglob("*") if file.is_file()]
    for secret in (part for value in (*theirs.values(), *ours.values()) for part in re.findall(r"[\w+/]{43}=", value)):
        assert not any(secret.encode() in content for content in files)

    made = it.json("keys", "create", "--merchant", "second", "--plan", "load")
    with Api(it.base_url, made["api_key"]) as api, receiver() as endpoint:
        assert api.http.get("/health").raise_for_status().json()["status"] == "ok"
        api.post("/webhooks/endpoints", {"url": endpoint.url, "events": ["*"]}).raise_for_status()
        event = event_id(api.authorize().raise_for_status().json()["auth_id"])
        until(lambda: event in endpoint.ids(), "the event")
