"""Options of a load test beyond Locust's own."""

from dataclasses import dataclass
from pathlib import Path

from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from load_tests.thresholds import WRITTEN


@dataclass(frozen=True, slots=True)
class Options:
    """What this one was asked for; on a worker, what its master was."""

    api_keys: tuple[str, ...]
    shape: str
    rate: float
    users: int
    warm_up_s: float
    read_back: int
    thresholds: Path
    verdict: Path | None
    environment: str
    paid_for: bool


def options_of(environment: Environment) -> Options:
    """The options of a run, by the names that they have here."""
    parsed = environment.parsed_options
    if parsed is None:
        raise AssertionError("Locust's program parses them before it fires any event")
    return Options(
        api_keys=tuple(key.strip() for key in parsed.api_key.split(",") if key.strip()),
        shape=parsed.shape,
        rate=parsed.rate,
        users=max(1, parsed.num_users or 1),
        warm_up_s=parsed.warm_up,
        read_back=parsed.read_back,
        thresholds=Path(parsed.thresholds),
        verdict=Path(parsed.verdict) if parsed.verdict else None,
        environment=parsed.env,
        paid_for=parsed.i_pay,
    )


def add_options(parser: LocustArgumentParser) -> None:
    """Add them to Locust's. What is secret is not shown on its web page."""
    add = parser.add_argument
    add("--api-key", env_var="PAYSANDBOX_API_KEY", default="", is_secret=True, help="One or more, by comma.")
    add("--shape", choices=("closed", "open"), default="closed", help="Users who wait, or arrivals that do not.")
    add("--rate", type=float, default=20.0, help="Visits a second of all users, in the open shape.")
    add("--warm-up", type=float, default=5.0, help="Seconds left out of the statistics.")
    add("--read-back", type=int, default=20, help="Payments that each user reads again at the end.")
    add("--thresholds", default=str(WRITTEN), help="What must hold.", include_in_web_ui=False)
    add("--verdict", default="", help="A file for what is printed at the end.", include_in_web_ui=False)
    add("--env", default="local", help="The environment that --host is, if not this machine.", include_in_web_ui=False)
    add("--i-pay", action="store_true", help="It costs money, and is meant to.", include_in_web_ui=False)
