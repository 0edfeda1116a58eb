"""Images of deployed sandboxes, from which new ones start: one for each version of the sources, in a folder.

PAYSANDBOX_IMAGES names the folder. If a home is empty, `paysandbox up` copies the matching image instead of deploying;
if there is none, the first deployment saves one. The tests use images (.cache/images).

An image is the engine's state right after the deployment, without API keys and payments. Each copy gets new secrets
(`renew_secrets`): the hashing key and the secret of webhook endpoints. Cognito's signing keys and the sandbox's access
key are not part of an image. Only the KMS key material is the same in all copies, and the engine does not encrypt
parameters with it.
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

# Enough for the branches that a checkout switches between in a day. Each image is about 60 MB.
KEPT_MAX = 3

_S3 = Path("state") / "s3"
_ASSEMBLY = "cdk.out"
_RENEW = "secrets-to-renew"
_SECRET_BYTES = 32
_SECRET = re.compile(r"[A-Za-z0-9+/]{43}=")


@dataclass(frozen=True)
class Images:
    """The images in a folder, by the fingerprint of their deployment."""

    folder: Path

    @classmethod
    def find(cls) -> Self | None:
        """Return the images in the folder that PAYSANDBOX_IMAGES names, or None if it is not set."""
        named = os.environ.get(FOLDER_VARIABLE)
        return cls(Path(named).absolute()) if named else None

    def copy(self, fingerprint: str, home: StateDir, port: int) -> bool:
        """Copy the image of this fingerprint into an empty home, for that port. Return False if there is no image.

        If the copy is killed, the home is still empty: the state is moved into place last, in one step.
        """
        image = self.folder / fingerprint
        with self._locked(fcntl.LOCK_SH):
            if not image.is_dir():
                return False
            os.utime(image)  # images are removed by last use, the oldest first
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
        """Save an image of a home whose engine is stopped. Of two concurrent calls, the first wins."""
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
    """Return whether nothing was ever saved in a home, so that a copy over it loses nothing."""
    return generations.newest(home.saved) is None and not home.engine_lock.exists()


def renew_secrets(home: StateDir, target: Target) -> None:
    """Replace the secrets that a copy inherited from its image, unless that was done already."""
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
    """Return a generated value with every secret in it (32 bytes in Base64) replaced. Raises Failure if it has none."""

    def another(_: re.Match[str]) -> str:
        return base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()

    fresh, count = _SECRET.subn(another, value)
    if not count:
        raise Failure(f"{name} comes from the image and cannot be regenerated.", "Deploy without PAYSANDBOX_IMAGES.")
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
