"""The engine's entry point: cli/sandbox/engine.py starts it with the Python of .venv-engine.

python -I engine <home>

It waits for a byte on stdin before it touches the home.
"""

import gc
import sys
from pathlib import Path

if __name__ == "__main__":
    checkout = Path(__file__).resolve().parents[1]
    # Until the state is loaded (start.py), since almost nothing of what a start creates is garbage.
    gc.disable()
    # Python puts this folder first on the path; the package is imported from the checkout instead.
    sys.path[0] = str(checkout)
    # Last on the path: to render its pages like the handlers do.
    sys.path.append(str(checkout / "layers" / "shared" / "python"))

    from engine.start import main

    main()
