"""Options of a load test beyond Locust's own."""

from dataclasses import dataclass
from pathlib import Path

from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

from load_tests.thresholds import DEFAULT_FILE


@dataclass(frozen=True, slots=True)
class Options:
    """The options of this run; on a worker, those of its master."""

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
    """Return the parsed options of a run."""
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
    """Add the options to Locust's parser. Secret ones are not shown on its web page."""
    add = parser.add_argument
    add("--api-key", env_var="PAYSANDBOX_API_KEY", default="", is_secret=True, help="API keys, separated by commas.")
    add(
        "--shape",
        choices=("closed", "open"),
        default="closed",
        help="Users that wait for responses, or a fixed arrival rate.",
    )
    add("--rate", type=float, default=20.0, help="Visits per second of all users together (open shape).")
    add("--warm-up", type=float, default=5.0, help="Seconds excluded from the statistics.")
    add("--read-back", type=int, default=20, help="Payments that each user reads back at the end.")
    add("--thresholds", default=str(DEFAULT_FILE), help="File of thresholds.", include_in_web_ui=False)
    add("--verdict", default="", help="File to write the verdicts to.", include_in_web_ui=False)
    add("--env", default="local", help="The environment that --host belongs to.", include_in_web_ui=False)
    add("--i-pay", action="store_true", help="Accept the AWS charges of this run.", include_in_web_ui=False)
