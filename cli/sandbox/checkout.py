"""A checkout of the repository, which synthesizes what it deploys: with Node.js, the CDK CLI and virtual environments.

`make` installs them before it starts this program; after a pull, this program installs what changed. Both use the same
scripts, so they cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cli.sandbox.installation import ROOT, Installation, Say, output_as_detail, python_version
from cli.terminal.failure import Failure

if TYPE_CHECKING:
    from types import ModuleType

    from cli.connection.target import Target
    from cli.sandbox.fingerprint import Fingerprint
    from cli.sandbox.state_dir import StateDir

_ENGINE: Final = ".venv-engine"


class Checkout(Installation):
    """The repository that contains this file."""

    home = ROOT / ".sandbox"
    images = ROOT / ".cache" / "images"
    engine_python = ROOT / _ENGINE / "bin" / "python"
    environment = ROOT / ".venv"
    remedy = "Run `make up` to install it."
    needs_make = True

    def stale_parts(self) -> list[str]:
        """Return the names of the parts that `make up` would reinstall."""
        install = _script("requirements.install")
        python = install.python_to_use(this=True)
        return [part.name for part in install.PARTS if part.to_run and not part.is_ready(python)]

    def is_engine_stale(self) -> bool:
        """Return whether `make up` would reinstall the engine's environment."""
        return _ENGINE in self.stale_parts()

    def install_tools(self, say: Say) -> str:
        """Install Node.js, the CDK CLI at the version in package-lock.json, and the engine's virtual environment.

        The environment has this program's Python, for which the vendor layer is built.
        """
        install = _script("requirements.install")
        with output_as_detail(say), _failing_with(install.InstallError):
            install.install("node_modules", _ENGINE)
        return f"Python {python_version()}, Node.js and CDK installed"

    def vendor_layer(self, say: Say) -> Path:
        """Build the functions' third-party packages for this machine."""
        build = _script("layers.build")
        with output_as_detail(say), _failing_with(build.BuildError):
            return build.vendor_layer("local")

    def sources(self, environment: str) -> Fingerprint:
        """Return the fingerprint of the files that a synth reads."""
        from cli.sandbox.fingerprint import fingerprint

        return fingerprint({"env": environment})

    def assemble(self, home: StateDir, target: Target, held: int | None) -> None:
        """Run `cdk synth` into the home."""
        from cli.sandbox.cdk import CdkError, cdk

        port = target.base_url.rpartition(":")[2]
        context = ("-c", f"env={target.environment}", "-c", f"port={port}")
        with (home.path / "synth.log").open("w", encoding="utf-8") as log:
            try:
                cdk(
                    "synth",
                    "--quiet",
                    "--build=true",  # the program `true`: cdk.json's step builds the layer for AWS
                    *context,
                    "--output",
                    home.cloud_assembly,
                    target=target,
                    home=home,
                    folder=ROOT,
                    log=log,
                    held=held,
                )
            except CdkError as error:
                raise Failure(
                    [*error.said, "", "The CDK app could not be synthesized."],
                    "Fix the error in app.py or stacks/ that is shown above, then run the command again.",
                ) from None

    def how_to_deploy(self, environment: str) -> str:
        """Return the sentence that says how to deploy an environment to AWS."""
        return f"Deploy it with `npx cdk deploy --all -c env={environment}`."

    def app_sources(self) -> Iterator[tuple[str, bytes]]:
        """Yield the sources of this checkout."""
        from cli.sandbox.eject import read_sources

        return read_sources()


def _script(name: str) -> ModuleType:
    # These are scripts of the checkout, not part of the installed program, so they are imported by name when needed.
    import importlib

    return importlib.import_module(name)


@contextmanager
def _failing_with(kind: type[BaseException]) -> Iterator[None]:
    try:
        yield
    except kind as error:
        raise Failure(str(error)) from None
