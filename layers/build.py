"""Builds the vendor layer: the third-party packages of the Lambda functions, exactly as requirements/layer.txt says.

    python layers/build.py [--target local|aws]

`local` is this machine and the Python that runs this file, for the local engine; `aws` is what the functions run on in
an account, taken as wheels only, since nothing can be compiled for another processor here. One folder per build:

    layers/vendor/<platform>-<python>-<lock>/python/…        the folder above `python` is the layer's asset

A folder that is there is whole: it is built beside and renamed. Only pip is needed, and no network once it is built.
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

# The functions' runtime, for stacks and build alike: the newest Python that aws-cdk-lib 2.275.0 names, on the processor
# that costs less per millisecond. Change them here only: the layer's wheels and the functions must agree.
LAMBDA_PYTHON = "3.14"
LAMBDA_ARCHITECTURE: Literal["arm64", "x86_64"] = "arm64"

TargetName = Literal["local", "aws"]

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "layer.txt"
VENDOR = ROOT / "layers" / "vendor"
SHARED = ROOT / "layers" / "shared"

# Raise it when the steps below change what ends up in the folder, so that builds made before are not taken for new.
RECIPE = b"8"

# An execution environment unpacks the layer before its first request, so files cost time. What boto3 knows of AWS is
# 2,000 of them; these are the services and operations that handlers call. A client of another service fails at once and
# by name, and another operation is no attribute of its client. The test of this list reads the handlers' sources.
AWS_SERVICES: Services = {
    "apigateway": ("CreateApiKey", "CreateUsagePlanKey", "GetUsagePlanKeys"),
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
    "s3": (
        "AbortMultipartUpload",
        "CompleteMultipartUpload",
        "CreateMultipartUpload",
        "GetObject",
        "PutObject",
        "UploadPart",
    ),
    "sesv2": ("SendEmail",),
    "sns": ("Publish", "PublishBatch"),
    "sqs": ("SendMessage", "SendMessageBatch"),
    "ssm": ("DeleteParameter", "GetParameter", "PutParameter"),
}
# Parts of packages that no handler imports: 1,700 files more.
UNUSED = (
    "bin",  # scripts, which also begin with the path of the Python that installed them
    "aws_lambda_powertools/event_handler",
    *(
        f"aws_lambda_powertools/utilities/{part}"
        for part in (
            "auth_alpha", "circuit_breaker", "data_masking", "feature_flags", "kafka", "parameters", "parser",
            "streaming", "validation",
        )
    ),
    "boto3/examples",
    "pydantic/v1",
    # Types for checkers, and what has nothing to do with a PaymentIntent: 1,200 of 1,650 files.
    *(
        f"stripe/{part}"
        for part in (
            "apps", "billing", "billing_portal", "climate", "entitlements", "events", "financial_connections",
            "forwarding", "identity", "issuing", "params", "product_catalog", "radar", "reporting", "sigma", "tax",
            "terminal", "test_helpers", "treasury",
        )
    ),
)  # fmt: skip

WHEEL_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
# Lambda runs Amazon Linux 2023 with glibc 2.34: wheels for that or anything older run there.
MANYLINUX = ("manylinux2014", "manylinux_2_17", "manylinux_2_28", "manylinux_2_34")


class BuildError(Exception):
    """A build error and its remedy, for the person at the terminal."""


@dataclass(frozen=True)
class Target:
    """One platform and Python that packages are fetched for."""

    name: TargetName
    platform: str  # as it stands in the folder's name
    python: str  # "3.14"
    pip_options: tuple[str, ...]

    @property
    def stem(self) -> str:
        return f"{self.platform}-cp{self.python.replace('.', '')}"

    @property
    def folder(self) -> Path:
        lock_hash = hashlib.sha256(RECIPE + repr(AWS_SERVICES).encode() + LOCK.read_bytes()).hexdigest()[:12]
        return VENDOR / f"{self.stem}-{lock_hash}"


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


def vendor_layer_folder(target: TargetName) -> Path:
    """Return the path of that target's layer, built or not. Has no side effects, so a synth may call it."""
    return target_named(target).folder


def vendor_layer(target: TargetName) -> Path:
    """Build that target's layer unless it is there; returns the asset's folder, the one that holds `python/`."""
    wanted = target_named(target)
    folder = wanted.folder
    if folder.is_dir():
        return folder
    VENDOR.mkdir(parents=True, exist_ok=True)
    with (VENDOR / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not folder.is_dir():  # else another process built it while this one waited
            # Left by a build that was killed; the lock says that none is at work.
            for abandoned in VENDOR.glob(".building-*"):
                shutil.rmtree(abandoned)
            build(wanted, folder)
    return folder


def shared_layer(target: TargetName) -> Path:
    """Our own layer with byte code beside its sources; returns the asset's folder, the one that holds `python/`.

    Made anew when a source changed, in less than a second. Without byte code each cold start compiles 60 modules.
    """
    wanted = target_named(target)
    digest = hashlib.sha256(RECIPE)
    for source in sorted((SHARED / "python").rglob("*.py")):
        digest.update(source.relative_to(SHARED).as_posix().encode() + b"\0" + source.read_bytes() + b"\0")
    stem = f"shared-{wanted.stem}"
    folder = VENDOR / f"{stem}-{digest.hexdigest()[:12]}"
    if folder.is_dir():
        return folder
    VENDOR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".sharing-", dir=VENDOR) as scratch:
        built = Path(scratch) / "layer"
        shutil.copytree(SHARED / "python", built / "python", ignore=shutil.ignore_patterns("__pycache__"))
        compile_modules(wanted, built / "python", in_place=False)
        with contextlib.suppress(OSError):  # another process was faster, with the same files
            built.rename(folder)
    for other in VENDOR.glob(f"{stem}-*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)
    return folder


def build(target: Target, folder: Path) -> None:
    started = time.monotonic()
    say(f"vendor layer for {target.name} ({target.platform}, Python {target.python}): fetching …")
    with tempfile.TemporaryDirectory(prefix=".building-", dir=VENDOR) as scratch:
        packages = Path(scratch) / "layer" / "python"
        fetch(target, packages)
        strip(packages)
        compile_modules(target, packages, in_place=target.name == "local")
        packages.parent.rename(folder)
    for other in VENDOR.glob(f"{target.stem}-*"):
        if other != folder:
            shutil.rmtree(other)
    size_mb = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
    took_s = time.monotonic() - started
    say(f"vendor layer for {target.name}: {folder.relative_to(ROOT)}, {size_mb:.0f} MB, {took_s:.0f} s")


def fetch(target: Target, packages: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    wheels = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--requirement", str(LOCK)]
    run([*pip, *wheels, *target.pip_options, "--target", str(packages)])


def strip(packages: Path) -> None:
    """Remove files that no handler uses."""
    for part in UNUSED:
        shutil.rmtree(packages / part, ignore_errors=True)
    trim(packages / "botocore" / "data", AWS_SERVICES)
    for unused in [*packages.rglob("*.pyi")]:
        unused.unlink()


def compile_modules(target: Target, packages: Path, *, in_place: bool) -> None:
    """Put byte code beside the sources, since a layer is read-only and every cold start would compile anew.

    Unchecked: CDK sets every file's time to 1980 when it zips, so byte code that compares times would never be used.
    Sources are named as in the mounted layer, for tracebacks and so that no path of this machine is kept.
    """
    python = python_for(target)
    if python is None:
        say(f"no python{target.python} here, so no byte code for {target.name}: it works, with slower cold starts")
        return
    compileall = [python, "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash"]
    # A fixed seed, or sets in the code would be written in another order each time and the layer's hash would change.
    fixed = {**os.environ, "PYTHONHASHSEED": "0"}
    # The local engine unpacks a layer for each worker, fifty times when fifty requests come at once: there byte code
    # stands in the sources' place, which halves the files. On AWS the sources stay, for whoever reads a traceback.
    where = ["-b"] if in_place else []
    run([*compileall, *where, "-s", str(packages), "-p", "/opt/python", str(packages)], env=fixed)
    if in_place:
        for source in packages.rglob("*.py"):
            source.unlink()


def python_for(target: Target) -> str | None:
    """An interpreter of exactly that version, or None. Byte code does not care which processor wrote it."""
    if target.name == "local":
        return sys.executable
    candidate = shutil.which(f"python{target.python}")
    # It may be there and yet not run, as the shims of version managers do.
    works = candidate and subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode == 0
    return candidate if works else None


def run(command: Sequence[str], *, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, cwd=ROOT, env=env, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip()
        raise BuildError(f"{said}\n\nThe vendor layer was not built; nothing was left behind.")


def say(text: str) -> None:
    print(f"  {text}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the vendor layer unless it is there.")
    parser.add_argument("--target", choices=get_args(TargetName), default="local")
    target: TargetName = parser.parse_args().target
    try:
        vendor_layer(target)
    except BuildError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
