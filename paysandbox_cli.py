"""The entry point of `paysandbox`, and of `python -m paysandbox_cli`.

The program's packages have names that a developer's own may have, such as `cli`. This module imports them from its own
installation, whatever is in the working directory or on PYTHONPATH.
"""

import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent


def main() -> None:
    """Run the program."""
    sys.path[:0] = [str(_ROOT), str(_ROOT / "layers" / "shared" / "python")]
    from cli.main import main as run

    run()


if __name__ == "__main__":
    main()
