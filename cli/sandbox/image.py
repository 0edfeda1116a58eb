"""Deployed sandboxes to start others from: one for each content of what is deployed, kept in a folder, and copied.

`paysandbox up` looks into the folder that PAYSANDBOX_IMAGES names, when its home holds nothing yet: a fitting image is
copied instead of deploying, and where there is none the first deployment leaves one. The tests do so (.cache/images).

An image is what the engine had saved right after the deployment: no keys, no payments. What is secret in it is made
anew in each copy (`renew_secrets`): the pepper and the secret of webhook endpoints. The keys that Cognito signs with
and the sandbox's access key are in no image. Only the key material of KMS is the same in all copies; the engine's
parameters are not encrypted with it.
"""

from __future__ import annotations

import base64
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cli.engine_process import generations
from cli.engine_process.stored import at_port
from cli.sandbox.state_dir import StateDir, read_json, write_json
from cli.terminal.failure import Failure

if TYPE_CHECKING:
    from cli.connection.target import Target

FOLDER_VARIABLE = "PAYSANDBOX_IMAGES"

# What a checkout's branches of a day need; each is about 60 MB.
KEPT_MAX = 3

_S3 = Path("state") / "s3"
_ASSEMBLY = "cdk.out"
_RENEW = "secrets-to-renew"
_SECRET_BYTES = 32
_SECRET = re.compile(r"[A-Za-z0-9+/]{43}=")


@dataclass(frozen=True)
class Images:
    """The images of a folder, by the fingerprint of what is deployed in them."""

    folder: Path

    @classmethod
    def find(cls) -> Self | None:
        """Those of the folder that PAYSANDBOX_IMAGES names; None when it names none."""
        named = os.environ.get(FOLDER_VARIABLE)
        return cls(Path(named).absolute()) if named else None

    def copy(self, fingerprint: str, home: StateDir, port: int) -> bool:
        """Make an empty home one in which this is deployed, at that port. Says whether there was an image of it.

        Killed on the way it leaves a home that is empty still: the state comes last, in one step.
        """
        image = self.folder / fingerprint
        with self._locked(fcntl.LOCK_SH):
            if not image.is_dir():
                return False
            os.utime(image)  # the ones that were not used for longest are removed
            (home.path / _RENEW).touch()
            for name in (_S3, Path(_ASSEMBLY)):
                shutil.rmtree(home.path / name, ignore_errors=True)
                shutil.copytree(image / name, home.path / name)
            for name in ("assembly.json", "outputs.json"):
                shutil.copy2(image / name, home.path / name)
            _move_assembly(home, port)
            beside = home.path / f"{home.saved.name}.new"
            shutil.rmtree(beside, ignore_errors=True)
            shutil.copytree(image / home.saved.name, beside)
        shutil.rmtree(home.saved, ignore_errors=True)
        beside.rename(home.saved)
        return True

    def keep(self, fingerprint: str, home: StateDir) -> None:
        """Make an image of a home whose engine was stopped. Of two that make the same one the first counts."""
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = self.folder / f"{fingerprint}.{os.getpid()}"
        shutil.rmtree(beside, ignore_errors=True)
        for name in (home.saved.name, _S3, _ASSEMBLY):
            shutil.copytree(home.path / name, beside / name)
        for name in ("assembly.json", "outputs.json"):
            shutil.copy2(home.path / name, beside / name)
        with self._locked(fcntl.LOCK_EX):
            if (self.folder / fingerprint).is_dir():
                shutil.rmtree(beside)
            else:
                beside.rename(self.folder / fingerprint)
            self._prune()

    def _prune(self) -> None:
        images = [each for each in self.folder.iterdir() if each.is_dir() and not each.suffix]
        for image in sorted(images, key=lambda each: each.stat().st_mtime, reverse=True)[KEPT_MAX:]:
            shutil.rmtree(image)

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("a") as held:
            fcntl.flock(held, how)
            yield


def is_empty(home: StateDir) -> bool:
    """Whether nothing was ever saved in a home, and nothing would be lost with a copy over it."""
    return generations.newest(home.saved) is None and not home.engine_lock.exists()


def renew_secrets(home: StateDir, target: Target) -> None:
    """Replace the secrets that a copy has from its image; nothing, in a home that is no copy or has its own by now."""
    todo = home.path / _RENEW
    if not todo.exists():
        return
    ssm = target.client("ssm")
    secret = [{"Key": "Type", "Option": "Equals", "Values": ["SecureString"]}]
    for found in ssm.describe_parameters(ParameterFilters=secret)["Parameters"]:
        name = found["Name"]
        before = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
        ssm.put_parameter(
            Name=name,
            Value=renewed(name, before),
            Type="SecureString",
            KeyId=found["KeyId"],
            Description=found.get("Description", ""),
            Overwrite=True,
        )
    todo.unlink()


def renewed(name: str, value: str) -> str:
    """A generated value with another secret for each in it (32 bytes in Base64). Raises Failure when it has none."""

    def another(_: re.Match[str]) -> str:
        return base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()

    fresh, count = _SECRET.subn(another, value)
    if not count:
        raise Failure(f"{name} came with the image and cannot be made anew.", "Deploy without PAYSANDBOX_IMAGES.")
    return fresh


def _move_assembly(home: StateDir, port: int) -> None:
    record = read_json(home.assembly_record)
    before = int(record["port"])
    for file in home.cloud_assembly.glob("*.json"):
        text = file.read_text(encoding="utf-8")
        moved = at_port(text, before, port)
        if moved != text:
            file.write_text(moved, encoding="utf-8")
    outputs = home.outputs.read_text(encoding="utf-8")
    home.outputs.write_text(at_port(outputs, before, port), encoding="utf-8")
    write_json(home.assembly_record, record | {"port": str(port)})
