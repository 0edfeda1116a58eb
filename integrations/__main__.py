"""`make integrations`: run the integrations of integrations.toml against a sandbox of its own. See command.py.

python -m integrations [NAME …] [--from FOLDER | --registries-only] [--write]        after `make setup`
"""

import sys
from importlib.util import find_spec
from typing import Final

MISUSED: Final = 2


def main() -> int:
    """Run the command, if the packages that it needs are installed: `make up` installs fewer."""
    if find_spec("trustme") is None or find_spec("pytest_paysandbox") is None:
        print("The packages for development are not installed. Install them: make setup", file=sys.stderr)
        return MISUSED
    from integrations.command import main as run

    return run()


if __name__ == "__main__":
    raise SystemExit(main())
