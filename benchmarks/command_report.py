"""The section of docs/explanation/performance.md about the time of a single command."""

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.markdown import paragraph

Result = Mapping[str, Any]


def section(found: Result) -> Iterator[str]:
    """Yield the lines of the section."""
    cpu, wall, base = found["cpu_s"], found["wall_s"], found["import_boto3_cpu_s"]
    verdict = "**met**" if cpu["median"] <= found["target_s"] else "**missed**"
    boto3 = "boto3 is one of them" if found["loads_boto3"] else "boto3 is not one of them"
    yield "## A command"
    yield ""
    yield from paragraph(
        "`paysandbox pay authorize 10.00` in a new process, against a server that answers at once"
        f" (`benchmarks/command_start.py`), {found['rounds']} rounds: {cpu['median']:.2f} s of CPU time"
        f" ({cpu['least']:.2f} – {cpu['most']:.2f}), {wall['median']:.2f} s in all. Target: {found['target_s']} s:"
        f" {verdict}. It imports {found['modules']} modules, and {boto3}; `import boto3` alone takes"
        f" {base['median']:.2f} s of CPU time. Load {found['machine']['load']}."
    )
