"""CPU time of the engine's own DynamoDB operations, relative to ministack's on the same tables.

    make bench ARGS=dynamodb_operations

Requests are like those of payments: a table with two indexes and a stream, of which items have 20 attributes. Parsing
the request and the HTTP server are not included, since both have the same.
"""

import json
import subprocess
from pathlib import Path
from typing import Any, Final

from benchmarks.measuring.command import command
from benchmarks.measuring.rounds import machine, ratios, spread
from cli.deploy.installation import ROOT, installation

PROGRAM: Final = Path(__file__).with_name("measuring") / "dynamodb_requests.py"


def measure(rounds: int = 9, times: int = 400) -> dict[str, Any]:
    """Return the CPU microseconds by operation; `times` is the number of requests per case and round."""
    words = (installation().engine_python, "-I", PROGRAM, ROOT, str(rounds), str(times))
    samples = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout)
    operations = dict.fromkeys(case.partition(",")[0] for case in samples)
    return {
        "machine": machine(),
        "unit": "CPU microseconds per request",
        "rounds": rounds,
        "requests_per_round": times,
        "base": "ministack",
        "cases": {
            operation: {
                "ministack": spread(samples[f"{operation}, ministack"]),
                "ours": spread(samples[f"{operation}, ours"]),
                "ratio": spread(ratios(samples, f"{operation}, ours", f"{operation}, ministack")),
            }
            for operation in operations
        },
        "samples": samples,
    }


if __name__ == "__main__":
    command("dynamodb_operations", measure, __doc__, rounds=9, times=400)
