"""Builds the vendor layer: the third-party packages of the Lambda functions, as pinned in requirements/layer.txt.

    python layers/build.py [--target local|aws]

`local` is this machine and the Python that runs this file, for the local engine: its packages are copied from those of
this Python, if these are the locked ones. `aws` is the functions' platform in an AWS account; pip installs its
packages, from wheels only, since nothing can be compiled for another processor here. One folder per build:

    layers/vendor/<platform>-<python>-<lock>/python/…        the folder above `python` is the layer's asset

Byte code must be written by the functions' Python. The command looks for it on this machine and installs it with uv
otherwise. Where that fails too, the folder's name ends in `-sources`, and `app.py` refuses to deploy it.

An existing folder is complete: it is built under another name and renamed. A build of `local` needs no network, and
that of `aws` none if the folder exists.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from layers.aws_models import Services, trim
from layers.installed_packages import PackagesError, copy_packages

# The functions' runtime, for stacks and build alike: the newest Python in aws-cdk-lib 2.275.0, on the processor that
# costs less per millisecond. Change them here only: the layer's wheels must match the functions.
LAMBDA_PYTHON = "3.14"
LAMBDA_ARCHITECTURE: Literal["arm64", "x86_64"] = "arm64"

TargetName = Literal["local", "aws"]

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "layer.txt"
VENDOR = ROOT / "layers" / "vendor"
SHARED = ROOT / "layers" / "shared"
STRIPE_NAMES = SHARED / "python" / "paysandbox" / "stripe_api" / "catalog" / "operations.txt"

# Increase this when a change of the steps below changes the folder's content, so that existing builds are not reused.
RECIPE = b"12"

# An execution environment unpacks the layer before its first request, so every file costs time. boto3's AWS models are
# 2,000 files; these are the services and operations that handlers call. A client of another service fails at once with
# the service's name, and another operation is not an attribute of its client. The test of this list reads the handlers'
# sources.
AWS_SERVICES: Services = {
    "apigateway": ("CreateApiKey", "CreateUsagePlanKey", "GetStage", "GetUsagePlanKeys", "UpdateStage"),
    "cloudfront": ("CreateInvalidation",),
    "dynamodb": (
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactWriteItems",
        "UpdateItem",
    ),
    "lambda": ("Invoke",),
    "s3": (
        "AbortMultipartUpload",
        "CompleteMultipartUpload",
        "CreateMultipartUpload",
        "DeleteObject",
        "DeleteObjects",
        "GetBucketTagging",
        "GetObject",
        "ListObjectVersions",
        "ListObjectsV2",
        "PutObject",
        "UploadPart",
    ),
    "secretsmanager": ("CreateSecret", "DeleteSecret", "GetSecretValue", "UpdateSecret"),
    "sesv2": ("SendEmail",),
    "sns": ("Publish", "PublishBatch"),
    "sqs": ("SendMessage", "SendMessageBatch"),
    "ssm": ("GetParameter",),
}
# Parts of packages that no handler imports: another 1,700 files.
UNUSED = (
    "bin",  # scripts, which also start with the path of the Python that installed them
    "aws_lambda_powertools/event_handler",
    *(
        f"aws_lambda_powertools/utilities/{part}"
        for part in (
            "auth_alpha", "circuit_breaker", "data_masking", "feature_flags", "kafka", "parameters", "parser",
            "streaming", "validation",
        )
    ),
    *(
        f"aws_xray_sdk/ext/{part}"
        for part in (
            "aiobotocore", "aiohttp", "bottle", "django", "flask", "flask_sqlalchemy", "httplib", "httpx", "mysql",
            "pg8000", "psycopg", "psycopg2", "pymongo", "pymysql", "pynamodb", "requests", "sqlalchemy",
            "sqlalchemy_core", "sqlite3",
        )
    ),
    "boto3/examples",
    "pydantic/v1",
    # Type stubs, and modules unrelated to a PaymentIntent: 1,200 of 1,650 files.
    *(
        f"stripe/{part}"
        for part in (
            "apps", "billing", "billing_portal", "climate", "entitlements", "events", "financial_connections",
            "forwarding", "identity", "issuing", "params", "product_catalog", "radar", "reporting", "sigma", "tax",
            "terminal", "test_helpers", "treasury",
        )
    ),
)  # fmt: skip

_BOTOCORE_DATA = "botocore/data/"

# The X-Ray SDK and what only it needs. Left out of the layer in environments that do not import it.
TRACING_PACKAGES = ("aws_xray_sdk", "wrapt")

WHEEL_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
# Lambda runs Amazon Linux 2023 with glibc 2.34, which supports wheels for this and older versions.
MANYLINUX = ("manylinux2014", "manylinux_2_17", "manylinux_2_28", "manylinux_2_34")


# Ends the name of a folder without byte code.
WITHOUT_BYTE_CODE = "-sources"
# Where `make build` installs the functions' Python, and `make clean` removes it.
PYTHONS = ROOT / ".cache" / "python"
PYTHON_INSTALL_MAX_S = 300


class BuildError(Exception):
    """A build error and its remedy, for the person at the terminal."""


@dataclass(frozen=True)
class Target:
    """A platform and Python version that packages are fetched for."""

    name: TargetName
    platform: str  # as in the folder's name
    python: str  # "3.14"
    pip_options: tuple[str, ...]

    @property
    def stem(self) -> str:
        return f"{self.platform}-cp{self.python.replace('.', '')}"

    @property
    def folder(self) -> Path:
        lock_hash = hashlib.sha256(RECIPE + repr(AWS_SERVICES).encode() + LOCK.read_bytes()).hexdigest()[:12]
        return self.folder_named(f"{self.stem}-{lock_hash}")

    @property
    def shared_stem(self) -> str:
        return f"shared-{self.stem}"

    @property
    def shared_folder(self) -> Path:
        digest = hashlib.sha256(RECIPE)
        files = (file for file in (SHARED / "python").rglob("*") if file.is_file() and file.suffix != ".pyc")
        for source in sorted(files):
            digest.update(source.relative_to(SHARED).as_posix().encode() + b"\0" + source.read_bytes() + b"\0")
        return self.folder_named(f"{self.shared_stem}-{digest.hexdigest()[:12]}")

    def folder_named(self, name: str) -> Path:
        """Return the folder of a build, whose name says whether byte code is in it.

        Otherwise a folder built without the functions' Python would be deployed unnoticed, and another machine would
        publish another layer from the same sources. A build with byte code is used wherever it came from.
        """
        complete = VENDOR / name
        if complete.is_dir() or python_for(self) is not None:
            return complete
        return VENDOR / f"{name}{WITHOUT_BYTE_CODE}"


def target_named(name: TargetName) -> Target:
    if name == "local":
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        return Target(name, platform, f"{sys.version_info.major}.{sys.version_info.minor}", ())
    machine = WHEEL_MACHINES[LAMBDA_ARCHITECTURE]
    options = ["--implementation", "cp", "--python-version", LAMBDA_PYTHON]
    options += ["--abi", f"cp{LAMBDA_PYTHON.replace('.', '')}"]
    for tag in MANYLINUX:
        options += ["--platform", f"{tag}_{machine}"]
    return Target(name, f"lambda_{machine}", LAMBDA_PYTHON, tuple(options))


def vendor_layer(target: TargetName, *, into: Path | None = None, may_fetch: bool = True) -> Path:
    """Build that target's layer unless it exists, and return the asset's folder, which contains `python/`.

    `into` is the folder of all builds, by default VENDOR. With `may_fetch`, pip installs the packages if those of this
    Python are not the locked ones.
    """
    wanted = target_named(target)
    into = into or VENDOR
    folder = into / wanted.folder.name
    if folder.is_dir():
        return folder
    into.mkdir(parents=True, exist_ok=True)
    with (into / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not folder.is_dir():  # otherwise another process built it meanwhile
            # Left by a killed build: this process holds the lock, so none is running.
            for abandoned in into.glob(".building-*"):
                shutil.rmtree(abandoned)
            build(wanted, folder, may_fetch=may_fetch)
    return folder


def shared_layer(target: TargetName, *, into: Path | None = None) -> Path:
    """Return our own layer with bytecode beside its sources: the asset's folder, which contains `python/`.

    It is rebuilt when a source has changed, in less than a second. Without bytecode, each cold start compiles 60
    modules.
    """
    if not STRIPE_NAMES.is_file():  # `make setup` writes it, and a work tree of git may have been made without make
        run([sys.executable, str(ROOT / "layers" / "stripe_names.py")])
    wanted = target_named(target)
    into = into or VENDOR
    folder = into / wanted.shared_folder.name
    if folder.is_dir():
        return folder
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".sharing-", dir=into) as scratch:
        built = Path(scratch) / "layer"
        shutil.copytree(SHARED / "python", built / "python", ignore=shutil.ignore_patterns("__pycache__"))
        if has_byte_code(folder):
            compile_modules(wanted, built / "python", in_place=False)
        with contextlib.suppress(OSError):  # another process was faster, with the same files
            built.rename(folder)
    for other in into.glob(f"{wanted.shared_stem}-*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    return folder


def build(target: Target, folder: Path, *, may_fetch: bool) -> None:
    started = time.monotonic()
    say(f"vendor layer for {target.name} ({target.platform}, Python {target.python}) …")
    with tempfile.TemporaryDirectory(prefix=".building-", dir=folder.parent) as scratch:
        packages = Path(scratch) / "layer" / "python"
        if target.name == "aws" or not is_copied(packages, or_raise=not may_fetch):
            fetch(target, packages)
        strip(packages)
        if has_byte_code(folder):
            compile_modules(target, packages, in_place=target.name == "local")
        packages.parent.rename(folder)
    for other in folder.parent.glob(f"{target.stem}-*"):
        if other != folder:
            shutil.rmtree(other)
    size_mb = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
    took_s = time.monotonic() - started
    say(f"vendor layer for {target.name}: {folder.name}, {size_mb:.0f} MB, {took_s:.0f} s")


def has_byte_code(folder: Path) -> bool:
    """Return whether this layer's folder has byte code, by its name."""
    return not folder.name.endswith(WITHOUT_BYTE_CODE)


def missing_byte_code(target: TargetName) -> str | None:
    """Return why the layers have no byte code and what to do, or None if they have it. Has no side effects."""
    wanted = target_named(target)
    if all(map(has_byte_code, (wanted.folder, wanted.shared_folder))):
        return None
    return (
        f"Python {wanted.python} is not on this machine, so the layers for AWS have no byte code, and every cold start "
        f"compiles them. To deploy them with byte code, install it so that python{wanted.python} is on the PATH: "
        f"uv python install {wanted.python}"
    )


def is_copied(packages: Path, *, or_raise: bool) -> bool:
    """Copy the locked packages from those of this Python. Return False, or raise BuildError, if it has others."""
    try:
        copy_packages(LOCK, packages, is_unused=is_unused)
    except PackagesError as error:
        if or_raise:
            raise BuildError(str(error)) from None
        say(f"{error} Fetching the locked packages.")
        shutil.rmtree(packages, ignore_errors=True)
        return False
    return True


def fetch(target: Target, packages: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    wheels = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--requirement", str(LOCK)]
    run([*pip, *wheels, *target.pip_options, "--target", str(packages)])


def is_unused(file: str) -> bool:
    """Return whether `strip` would remove a file, by its path in the layer, so that it need not be copied at all."""
    if file.startswith(_BOTOCORE_DATA) and file.count("/") > _BOTOCORE_DATA.count("/"):
        return file.removeprefix(_BOTOCORE_DATA).partition("/")[0] not in AWS_SERVICES
    return file.endswith(".pyi") or file.startswith(tuple(f"{part}/" for part in UNUSED))


def strip(packages: Path) -> None:
    """Remove files that no handler uses."""
    for part in UNUSED:
        shutil.rmtree(packages / part, ignore_errors=True)
    # pip's lists of the installed files, which have the hashes of scripts that start with a path of this machine.
    for record in packages.glob("*.dist-info/RECORD"):
        record.unlink()
    trim(packages / "botocore" / "data", AWS_SERVICES)
    for unused in [*packages.rglob("*.pyi")]:
        unused.unlink()


def compile_modules(target: Target, packages: Path, *, in_place: bool) -> None:
    """Write bytecode beside the sources, since a layer is read-only and every cold start would compile them again.

    Unchecked bytecode: CDK sets every file's time to 1980 in the zip, so bytecode that compares times would never be
    used. Source paths are those of the mounted layer, for tracebacks and to keep this machine's paths out. The same
    sources give the same bytes on every machine with that version of Python.
    """
    python = python_for(target)
    if python is None:
        raise BuildError(f"Python {target.python} was here a moment ago, and is not any more.")
    compileall = [python, "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash"]
    # With a random seed, sets in the code would be written in a different order each time, and the layer's hash would
    # change.
    fixed = {**os.environ, "PYTHONHASHSEED": "0"}
    # The local engine unpacks a layer for each worker, fifty times for fifty concurrent requests. There, bytecode
    # replaces the sources, which halves the number of files. On AWS the sources stay, for tracebacks.
    where = ["-b"] if in_place else []
    run([*compileall, *where, "-s", str(packages), "-p", "/opt/python", str(packages)], env=fixed)
    if in_place:
        for source in packages.rglob("*.py"):
            source.unlink()


def python_for(target: Target) -> str | None:
    """Return an interpreter of exactly that version, or None. Bytecode does not depend on the processor."""
    if target.name == "local" or target.python == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    program = f"python{target.python}"
    installed = sorted(PYTHONS.glob(f"cpython-{target.python}.*/bin/{program}"))
    candidates = [found for found in (shutil.which(program), *map(str, installed)) if found]
    return next(filter(_runs, candidates), None)


def _runs(python: str) -> bool:
    # It may exist and still not run, like the shims of version managers.
    return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


def install_python(target: Target) -> None:
    """Install that Python with uv into this folder. It comes from GitHub, which not every network can reach."""
    say(f"no Python {target.python} here for the byte code of the layers for {target.name}: installing it with uv …")
    uv = [str(Path(sys.executable).parent / "uv"), "python", "install", target.python]
    # One retry: a network without access to GitHub is no reason to wait.
    patience = {**os.environ, "UV_HTTP_RETRIES": "1"}
    try:
        done = subprocess.run(
            [*uv, "--install-dir", str(PYTHONS), "--no-bin"],
            env=patience,
            text=True,
            capture_output=True,
            check=False,
            timeout=PYTHON_INSTALL_MAX_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        say(f"not installed: {error}")
        return
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["uv gave no reason"]
        say(f"not installed: {lines[-1].strip()}. The layers for AWS get no byte code.")


def run(command: Sequence[str], *, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=ROOT, env=env, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip()
        raise BuildError(f"{said}\n\nThe layer was not built; nothing was left behind.")


def say(text: str) -> None:
    """Print what is being done. Not to the standard output, which is that of `cdk ls` and `cdk synth`."""
    print(f"  {text}", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the vendor layer unless it is there.")
    parser.add_argument("--target", choices=get_args(TargetName), default="local")
    target: TargetName = parser.parse_args().target
    wanted = target_named(target)
    if python_for(wanted) is None:
        install_python(wanted)
    try:
        vendor_layer(target)
    except BuildError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
