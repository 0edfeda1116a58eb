"""The engine's entry point: cli/sandbox/engine.py starts it with the Python of .venv-engine.

python -I cli/engine_process <home>
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    checkout = Path(__file__).resolve().parents[2]
    # Python puts this folder first on the path; the package is imported from the checkout instead.
    sys.path[0] = str(checkout)
    # Last: the pages that it shows are made as the handlers make theirs.
    sys.path.append(str(checkout / "layers" / "shared" / "python"))

    from cli.engine_process.start import main

    main()
