"""Which rooms may import which. `make test` and `make check` call it.

    python -m tests.walls [ROOT]

import-linter judges. The rooms are the folders that are there, so a new one stands behind the walls as soon as it
exists: whoever may do more than the others is named here.
"""

import configparser
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
LAMBDAS: Final = "lambdas"
SHARED: Final = "layers/shared/python"

# It makes secrets with AWS's own client, before there is anything that the layer could read.
CALLS_AWS_ITSELF: Final = ("provisioning",)
# Its answers are the prose.
READS_PROSE: Final = ("reference",)

# From the top down: each may import those below it. Those between bars do not know each other.
FLOORS: Final = (
    "runtime",
    "openapi",
    "examples",
    "routes",
    "resources",
    "table | contract | pages",
    "domain",
    "advice",
    "settings | errors | cors | counts",
)
PROSE: Final = ("paysandbox.advice", "paysandbox.examples", "paysandbox.pages", "paysandbox.openapi")

Contract = Mapping[str, str | Sequence[str]]


def groups(root: Path) -> list[str]:
    """The handlers' folders, each a package of its own in the cloud."""
    return sorted(folder.name for folder in (root / LAMBDAS).iterdir() if any(folder.glob("*.py")))


def contracts(root: Path) -> Mapping[str, Contract]:
    """What import-linter is to hold, by name."""
    handlers = groups(root)
    return {
        # Exhaustive: a new module in the layer must be given its floor.
        "the layer has floors": {
            "type": "layers",
            "containers": ["paysandbox"],
            "layers": FLOORS,
            "exhaustive": "true",
        },
        "the domain knows only Python": {
            "type": "forbidden",
            "source_modules": ["paysandbox.domain", "paysandbox.errors"],
            "forbidden_modules": [
                *("boto3", "botocore", "pydantic", "httpx", "aws_lambda_powertools"),
                *("os", "time", "random", "secrets", "uuid"),
            ],
        },
        "stacks read facts, never behaviour": {
            "type": "forbidden",
            "source_modules": ["stacks"],
            "forbidden_modules": ["paysandbox.runtime", "paysandbox.table.*", *handlers],
            # Key names, index names and the like: facts, in a module that knows the standard library only.
            "ignore_imports": [
                "stacks.** -> paysandbox.table.schema",
                "paysandbox.routes.* -> paysandbox.table.schema",
                "paysandbox.resources -> paysandbox.table.schema",
            ],
        },
        "handler groups never call each other": {"type": "independence", "modules": handlers},
        # Direct imports only: handlers reach AWS through table and runtime.
        "boto3 stays at the rim": {
            "type": "forbidden",
            "source_modules": [
                *("paysandbox.contract", "paysandbox.openapi", "paysandbox.routes", "paysandbox.settings"),
                *(group for group in handlers if group not in CALLS_AWS_ITSELF),
            ],
            "forbidden_modules": ["boto3", "botocore"],
            "allow_indirect_imports": "true",
        },
        "what runs in the cloud does not know what puts it there": {
            "type": "forbidden",
            "source_modules": ["paysandbox", *handlers],
            "forbidden_modules": ["stacks", "cli", "aws_cdk", "constructs"],
        },
        # It talks to the deployed thing as everybody does.
        "the program never calls a handler": {
            "type": "forbidden",
            "source_modules": ["cli"],
            "forbidden_modules": [*handlers, "paysandbox.runtime"],
        },
        # A payer would wait for prose at every cold start.
        "payments never read prose": {
            "type": "forbidden",
            "source_modules": [
                *(group for group in handlers if group not in READS_PROSE),
                *("paysandbox.runtime", "paysandbox.contract", "paysandbox.domain", "paysandbox.table"),
            ],
            "forbidden_modules": PROSE,
        },
    }


def configuration(root: Path) -> configparser.ConfigParser:
    """The same as import-linter reads it."""
    written = configparser.ConfigParser(interpolation=None)
    packages = ["paysandbox", *groups(root), "stacks", "cli"]
    written["importlinter"] = {"root_packages": _lines(packages), "include_external_packages": "true"}
    for number, (name, contract) in enumerate(contracts(root).items()):
        written[f"importlinter:contract:{number}"] = {
            "name": name,
            **{option: value if isinstance(value, str) else _lines(value) for option, value in contract.items()},
        }
    return written


def _lines(values: Sequence[str]) -> str:
    return "\n".join(["", *values])


def judge(root: Path) -> subprocess.CompletedProcess[str]:
    """What import-linter says of the sources under `root`."""
    with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
        configuration(root).write(file)
        file.flush()
        words = ["lint-imports", "--no-logo", "--config", file.name, "--cache-dir", str(root / ".import_linter_cache")]
        path = os.pathsep.join(str(root / folder) for folder in (SHARED, LAMBDAS, "."))
        return subprocess.run(
            [Path(sys.executable).with_name(words[0]), *words[1:]],
            cwd=root,
            env=os.environ | {"PYTHONPATH": path},
            text=True,
            capture_output=True,
            check=False,
        )


def main() -> int:
    """Print what is said, and end as it ended."""
    done = judge(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT)
    print(done.stdout + done.stderr, end="")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
