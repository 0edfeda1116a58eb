"""`cdk deploy --all` without AWS: the CDK CLI's own scheduler, driven with a synthesized app in virtual time.

The class `WorkGraph` is cut out of the locked CLI's bundle. It decides which stack is next and what a failure skips.
What is ours: how long a stack takes, and that its assets are already published, which the CLI does right before it.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tests.infra.templates import ROOT, Synthesized

CLI: Final = ROOT / "node_modules" / "aws-cdk"
BUNDLE: Final = CLI / "lib" / "index.js"
_MODULE: Final = re.compile(r"^// \S+/work-graph/work-graph\.ts$\n(.*?)^// \.\./", re.MULTILINE | re.DOTALL)
"""The module in the bundle: from the comment with its path to that of the next."""
_NODE: Final = Path(sys.executable).with_name("node")
_PROGRAM: Final = Path(__file__).with_suffix(".mjs")
_WITHIN_S: Final = 60

PIECES: Final = ("WorkGraph = class", "init_work_graph = __esm(", "doParallel(", "skipRest()")
"""What the module must have to be the CLI's scheduler."""

AT_ONCE: Final = (1, 4)
"""Stacks that are deployed at once: the CLI's default, and `--concurrency 4` of the guide."""
SOON_S: Final = 1
"""A failure that comes at once, before anything that started with the stack has ended."""

Order = Mapping[str, Sequence[str]]
"""For each stack of the manifest, in its order, the stacks that the CLI deploys before it."""


@dataclass(frozen=True)
class Deployment:
    """A run of `cdk deploy --all`: what each stack takes (in seconds), and which one fails, if any, and after what."""

    after: Order
    seconds: Mapping[str, int]
    at_once: int
    fails: str | None = None
    fails_after_s: int = 0


@dataclass(frozen=True)
class Result:
    """What a run did: the second in which each stack was started, those that are deployed, and the CLI's error."""

    started: Mapping[str, int]
    deployed: frozenset[str]
    seconds: int
    error: str | None


def work_graph(bundle: str) -> str:
    """Return the source of the module with the class `WorkGraph`. Raises AssertionError if the bundle has none."""
    match = _MODULE.search(bundle)
    source = match[1] if match else ""
    if missing := [piece for piece in PIECES if piece not in source]:
        raise AssertionError(
            f"{BUNDLE.relative_to(ROOT)} has no module `…/work-graph/work-graph.ts` with {', '.join(missing)}: these "
            f"tests drive the CDK CLI's own class `WorkGraph`. Find where this version of aws-cdk decides which stack "
            f"is next, and cut that out."
        )
    return source


def run(deployments: Sequence[Deployment]) -> list[Result]:
    """Return the result of each deployment, all in one process."""
    asked = {"module": work_graph(BUNDLE.read_text()), "deployments": [asdict(each) for each in deployments]}
    program = subprocess.run(
        [_NODE, _PROGRAM], input=json.dumps(asked), capture_output=True, text=True, timeout=_WITHIN_S, check=False
    )
    assert program.returncode == 0, program.stderr
    return [Result(**{**one, "deployed": frozenset(one["deployed"])}) for one in json.loads(program.stdout)]


def order_of(synthesized: Synthesized) -> dict[str, list[str]]:
    """Return the order of an environment's stacks, by what each name ends with: `api`, not `paysandbox-dev-api`."""
    start = f"paysandbox-{synthesized.environment.name}-"
    return {
        stack.removeprefix(start): sorted(other.removeprefix(start) for other in others)
        for stack, others in synthesized.after.items()
    }


def durations(synthesized: Synthesized) -> Iterator[Mapping[str, int]]:
    """Yield three sets of what each stack takes: all the same, by its number of resources, and the other way round.

    CloudFront takes minutes, with few resources.
    """
    counts = {stack.rpartition("-")[2]: len(made["Resources"]) for stack, made in synthesized.templates.items()}
    most = max(counts.values())
    yield dict.fromkeys(counts, 120)
    yield {stack: 50 + 2 * count for stack, count in counts.items()} | {"hosting": 300}
    yield {stack: 50 + 2 * (most - count) for stack, count in counts.items()}


def failures(synthesized: Synthesized) -> list[Deployment]:
    """Return a deployment for each stack that fails, for each set of durations, number at once, and early and late."""
    after = order_of(synthesized)
    return [
        Deployment(after, seconds, at_once, stack, fails_after_s)
        for stack in after
        for seconds in durations(synthesized)
        for at_once in AT_ONCE
        for fails_after_s in (SOON_S, seconds[stack])
    ]


def before(stack: str, after: Order) -> set[str]:
    """Return all stacks that a stack comes after, directly or by others."""
    return {earlier for other in after[stack] for earlier in (other, *before(other, after))}
