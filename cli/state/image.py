"""Images of deployed sandboxes, from which new ones start: one for each version of the sources, in a folder.

If a home is empty, `paysandbox up` copies the image of its sources instead of deploying them. If there is none, the
first deployment saves one. PAYSANDBOX_IMAGES names another folder.

An image is the engine's state right after the deployment, without API keys and payments. It holds no secret: they are
removed when it is saved, and each copy generates its own before its engine starts (stored_secrets.py). Cognito's
signing keys and the sandbox's access key are not part of an image.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cli.deploy.cached_folders import CachedFolders
from cli.deploy.installation import installation
from cli.state import stored_secrets
from cli.state.state_dir import StateDir, read_json, write_json
from engine.state import generations
from engine.state.generations import Generation
from engine.state.stored import at_port

FOLDER_VARIABLE: Final = "PAYSANDBOX_IMAGES"

# Enough for the branches that a checkout switches between in a day. Each image is about 45 MB.
IMAGES_MAX: Final = 3

_S3: Final = Path("state") / "s3"
_ASSEMBLY: Final = "cdk.out"


@dataclass(frozen=True)
class Images:
    """The images in a folder, by the fingerprint of their deployment."""

    folder: Path

    @classmethod
    def find(cls) -> Self:
        """Return the images in the folder that PAYSANDBOX_IMAGES names, or else in the installation's own."""
        named = os.environ.get(FOLDER_VARIABLE)
        return cls(Path(named).absolute() if named else installation().images)

    @property
    def assemblies(self) -> Path:
        """The folder beside the images with the cloud assemblies of checkouts (sources.py)."""
        return self.folder.with_name("assemblies")

    def copy(self, fingerprint: str, home: StateDir, port: int) -> bool:
        """Copy the image of this fingerprint into an empty home, for that port. Return False if there is no image.

        If the copy is killed, the home is still empty: the state is moved into place last, in one step.
        Raises DamagedFolderError.
        """
        return self._folders.use(fingerprint, lambda image: _copy(image, home, port))

    def keep(self, fingerprint: str, home: StateDir, generation: Generation) -> bool:
        """Save an image of a home in this generation. Of two concurrent calls, the first wins.

        Return False if it has a secret that a copy could not generate.
        """

        def write(image: Path) -> bool:
            saved = image / home.saved.name / generation.path.name
            shutil.copytree(generation.path, saved)
            if not stored_secrets.remove(saved):
                return False
            shutil.copytree(home.path / _S3, image / _S3)
            # Without the functions' code, which is in S3: templates are compared and, if changed, synthesized again.
            (image / _ASSEMBLY).mkdir()
            for file in home.cloud_assembly.glob("*.json"):
                shutil.copy2(file, image / _ASSEMBLY)
            shutil.copy2(home.assembly_record, image / home.assembly_record.name)
            return True

        return self._folders.keep(fingerprint, write)

    @property
    def _folders(self) -> CachedFolders:
        return CachedFolders(self.folder, IMAGES_MAX)


def is_empty(home: StateDir) -> bool:
    """Return whether nothing was ever saved in a home, so that a copy over it loses nothing."""
    return generations.newest(home.saved) is None and not home.engine_lock.exists()


def _copy(image: Path, home: StateDir, port: int) -> None:
    for name in (_S3, Path(_ASSEMBLY)):
        shutil.rmtree(home.path / name, ignore_errors=True)
        shutil.copytree(image / name, home.path / name)
    shutil.copy2(image / home.assembly_record.name, home.assembly_record)
    _move_assembly(home, port)
    beside = home.path / f"{home.saved.name}.new"
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(image / home.saved.name, beside)
    copied = generations.newest(beside)
    assert copied is not None  # noqa: S101 - its digest says that it is there
    stored_secrets.generate(copied.path)
    shutil.rmtree(home.saved, ignore_errors=True)
    beside.rename(home.saved)


def _move_assembly(home: StateDir, port: int) -> None:
    record = read_json(home.assembly_record)
    before = int(record["port"])
    for file in home.cloud_assembly.glob("*.json"):
        text = file.read_text(encoding="utf-8")
        moved = at_port(text, before, port)
        if moved != text:
            file.write_text(moved, encoding="utf-8")
    write_json(home.assembly_record, record | {"port": str(port)})
