"""The coverage of each file has a lower limit: a file without tests does not hide in a total.

coverage json -o coverage.json && python -m tests.coverage_by_file coverage.json
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

LEAST_PERCENT: Final = 85
"""Of statements and branches together, as `coverage report` counts."""


def too_low(report: Mapping[str, Any], least: float = LEAST_PERCENT) -> dict[str, float]:
    """Return the files of a report (coverage's JSON) that are below the limit, the lowest first."""
    covered = {file: found["summary"]["percent_covered"] for file, found in report["files"].items()}
    return {file: covered[file] for file in sorted(covered, key=lambda file: covered[file]) if covered[file] < least}


def main() -> int:
    """Print the files below the limit. Return the exit code."""
    [file] = sys.argv[1:]
    found = too_low(json.loads(Path(file).read_text(encoding="utf-8")))
    for name, percent in found.items():
        print(f"{name}: {percent:.1f} % is covered, and {LEAST_PERCENT} % is the least")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
