"""The merchants and their keys, listed and created by the program that started the engine.

The engine's environment has none of the program's libraries. So each call runs the program's Python once, with the code
of `paysandbox keys create` (cli/sandbox/dashboard_keys.py).
"""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_ROOT: Final = Path(__file__).resolve().parents[2]
COMMAND: Final = (
    # -I keeps the current folder and the environment's Python settings out of it.
    "-I",
    "-c",
    # First on the path, since an installed package may be named like one of the program's, such as `cli`.
    "import sys; sys.path[:0] = sys.argv[1:]; from cli.sandbox.dashboard_keys import main; sys.exit(main())",
    str(_ROOT),
    str(_ROOT / "layers" / "shared" / "python"),
)
PATIENCE_S: Final = 60.0

# The rest of the engine's environment is for its functions, and contains its access key.
_INHERITED: Final = ("PATH", "LANG", "TMPDIR", "HOME")


class MerchantKeysError(Exception):
    """The program did not answer, with its reason."""


def ask(python: str | None, home: Path, environment: Mapping[str, str], merchant: str | None = None) -> dict[str, Any]:
    """Return `merchants` with their keys and `clock_key`; with `merchant`, of that one, which is created if need be.

    `python` is the interpreter that ran the last `paysandbox up`. Waits up to a minute. Raises MerchantKeysError.
    """
    if python is None:
        raise MerchantKeysError("Run paysandbox up.")
    try:
        done = subprocess.run(
            [python, *COMMAND],
            input=json.dumps({"merchant": merchant}),
            env={name: environment[name] for name in _INHERITED if name in environment}
            | {"PAYSANDBOX_HOME": str(home)},
            cwd=home,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise MerchantKeysError(f"{type(error).__name__}. Run paysandbox up.") from error
    if done.returncode != 0:
        # The program prints a failure as its last line. It contains no key.
        raise MerchantKeysError((done.stderr.strip().splitlines() or ["Run paysandbox doctor."])[-1][:300])
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
