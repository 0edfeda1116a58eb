"""The results of a synth, cached by their sources: the same sources are synthesized once, in whichever process.

The cache is `.cache/synthesized/` in the checkout, which git ignores and `make clean` removes.
"""

import fcntl
import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cli.deploy.fingerprint import fingerprint

ROOT: Final = Path(__file__).resolve().parents[3]
MAX_AGE_S: Final = 86_400


def kept(context: Mapping[str, str], make: Callable[[], Any], *, maker: Path, root: Path = ROOT) -> Any:
    """Return the result of `make` for this CDK context, after a round trip through JSON.

    `maker` is the file of `make`. When it changes, or any source of a synth under `root`, `make` runs again. Concurrent
    processes wait for the first of them.
    """
    folder = root / ".cache" / "synthesized"
    name = f"{maker.stem}-{sha256(json.dumps(context, sort_keys=True).encode()).hexdigest()[:16]}"
    sources = fingerprint(context, root=root).whole + sha256(maker.read_bytes()).hexdigest()
    file = folder / f"{name}-{sha256(sources.encode()).hexdigest()[:32]}.json"
    with suppress(FileNotFoundError):
        return _read(file)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            return _read(file)
        _forget_unused(folder)
        # Written under another name and renamed: a reader sees all of it or nothing.
        beside = file.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps(make()))
        beside.replace(file)
    return _read(file)


def _read(file: Path) -> Any:
    text = file.read_text()
    with suppress(FileNotFoundError):
        os.utime(file)
    return json.loads(text)


def _forget_unused(folder: Path) -> None:
    for file in folder.glob("*.json"):
        with suppress(FileNotFoundError):
            if file.stat().st_mtime < time.time() - MAX_AGE_S:
                file.unlink()
