"""The kinds of faults that can be injected into a request or a webhook, as a table: what each does, and where.

Behind API Gateway no function can break a connection, and a function that waits is paid for. So the wall of the local
engine does what AWS cannot (`engine/wall/broken_answers.py`), and a row says what happens there instead.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from paysandbox.core.record import record


class Moment(StrEnum):
    """When a fault happens: before the operation, which is then not done, after it, or to the webhook that follows."""

    BEFORE = "before"
    AFTER = "after"
    WEBHOOK = "webhook"


@record(kw_only=True)
class Parameter:
    """A parameter of a fault: a whole number in a range, or one of `choices`. `default` is None for one without."""

    default: int | str | None
    low: int = 0
    high: int = 0
    choices: tuple[str, ...] = ()

    @property
    def values(self) -> str:
        """The values that it can have, in words."""
        return " or ".join(self.choices) if self.choices else f"{self.low} to {self.high}"


@record(kw_only=True)
class Kind:
    """A kind of fault. `does`, `on_laptop` and `on_aws` are for the documentation."""

    name: str
    moment: Moment
    does: str
    on_laptop: str
    on_aws: str
    parameters: Mapping[str, Parameter]
    of_stripe: bool = False


SLOW: Final = "slow"
FAIL_BEFORE_COMMIT: Final = "fail_before_commit"
TIMEOUT_BEFORE_COMMIT: Final = "timeout_before_commit"
THROTTLE: Final = "throttle"
CONFLICT_IN_PROGRESS: Final = "conflict_in_progress"
COMMIT_THEN_TIMEOUT: Final = "commit_then_timeout"
COMMIT_THEN_RESET: Final = "commit_then_reset"
COMMIT_THEN_TRUNCATE: Final = "commit_then_truncate"
GATEWAY_5XX: Final = "gateway_5xx"
STRIPE_500: Final = "stripe_500"
SLOW_AFTER_COMMIT: Final = "slow_after_commit"
WEBHOOK_DUPLICATE: Final = "webhook_duplicate"
WEBHOOK_CONCURRENT: Final = "webhook_concurrent"
WEBHOOK_TWIN: Final = "webhook_twin"
WEBHOOK_BURST: Final = "webhook_burst"
WEBHOOK_REORDER: Final = "webhook_reorder"
WEBHOOK_DELAY: Final = "webhook_delay"
WEBHOOK_DROP: Final = "webhook_drop"
WEBHOOK_BAD_SIGNATURE: Final = "webhook_bad_signature"
WEBHOOK_TAMPERED_BODY: Final = "webhook_tampered_body"
WEBHOOK_STALE: Final = "webhook_stale"
WEBHOOK_REPLAY: Final = "webhook_replay"
WEBHOOK_SLOW_BODY: Final = "webhook_slow_body"
WEBHOOK_WHITESPACE: Final = "webhook_whitespace"
WEBHOOK_UNKNOWN_TYPE: Final = "webhook_unknown_type"

MAX_SLOW_MS: Final = 8_000
"""A function is stopped after 10 seconds, and has to answer afterwards."""
MAX_HELD_MS: Final = 5_000
"""A worker that holds a webhook sends no other in its place."""

_SAME: Final = "The same."
_HELD: Final = Parameter(default=30, low=1, high=120)
_WAITS: Final = "The function waits, which is paid for."
_AT_ONCE: Final = "504 at once: a function that waits is paid for."


def _webhook(name: str, does: str, parameters: Mapping[str, Parameter]) -> Kind:
    sends = "The worker that sends webhooks does it."
    return Kind(name=name, moment=Moment.WEBHOOK, does=does, on_laptop=sends, on_aws=_SAME, parameters=parameters)


KINDS: Final = (
    Kind(
        name=SLOW,
        moment=Moment.BEFORE,
        does="The request waits, then is handled. `ms` is the time; with `max_ms`, it is uniformly distributed between "
        "both; with `sigma_percent`, lognormally with the median `ms`, at most 8,000.",
        on_laptop="The request is held before its function is invoked.",
        on_aws=_WAITS,
        parameters={
            "ms": Parameter(default=3_000, low=1, high=MAX_SLOW_MS),
            "max_ms": Parameter(default=None, low=1, high=MAX_SLOW_MS),
            "sigma_percent": Parameter(default=None, low=1, high=300),
        },
    ),
    Kind(
        name=FAIL_BEFORE_COMMIT,
        moment=Moment.BEFORE,
        does="Nothing is done. The answer is an error with this status.",
        on_laptop="The function refuses the request.",
        on_aws=_SAME,
        parameters={"status": Parameter(default="503", choices=("500", "502", "503", "504"))},
    ),
    Kind(
        name=TIMEOUT_BEFORE_COMMIT,
        moment=Moment.BEFORE,
        does="Nothing is done, and no answer comes for `s` seconds; then it is a 504.",
        on_laptop="The connection is held open.",
        on_aws=_AT_ONCE,
        parameters={"s": _HELD},
    ),
    Kind(
        name=THROTTLE,
        moment=Moment.BEFORE,
        does="Nothing is done. The answer is a 429 with `Retry-After`.",
        on_laptop="The function refuses the request.",
        on_aws=_SAME,
        parameters={"retry_after": Parameter(default=2, low=0, high=60)},
    ),
    Kind(
        name=CONFLICT_IN_PROGRESS,
        moment=Moment.BEFORE,
        does="Nothing is done. The answer is the one to a request whose idempotency key is in use at the moment.",
        on_laptop="The function refuses the request.",
        on_aws=_SAME,
        parameters={},
    ),
    Kind(
        name=COMMIT_THEN_TIMEOUT,
        moment=Moment.AFTER,
        does="The operation is done, and no answer comes for `s` seconds; then it is a 504.",
        on_laptop="The connection is held open.",
        on_aws=_AT_ONCE,
        parameters={"s": _HELD},
    ),
    Kind(
        name=COMMIT_THEN_RESET,
        moment=Moment.AFTER,
        does="The operation is done, and the connection is reset.",
        on_laptop="The client gets a TCP RST instead of an answer.",
        on_aws="502, since API Gateway keeps the connection.",
        parameters={},
    ),
    Kind(
        name=COMMIT_THEN_TRUNCATE,
        moment=Moment.AFTER,
        does="The operation is done, and the answer ends after this many bytes of its body.",
        on_laptop="`Content-Length` is that of the whole body, and the connection closes.",
        on_aws="The body is cut, and `Content-Length` is that of what is left: invalid JSON.",
        parameters={"bytes": Parameter(default=20, low=0, high=10_000)},
    ),
    Kind(
        name=GATEWAY_5XX,
        moment=Moment.AFTER,
        does="The operation is done, and the answer is the error of a gateway in between. A replay has the real one.",
        on_laptop="The function answers so.",
        on_aws=_SAME,
        parameters={
            "status": Parameter(default="502", choices=("502", "503", "504")),
            "body": Parameter(default="html", choices=("html", "json", "empty")),
        },
    ),
    Kind(
        name=SLOW_AFTER_COMMIT,
        moment=Moment.AFTER,
        does="The operation is done, and its answer waits for `ms`, so that its webhook comes first.",
        on_laptop="The response is held back.",
        on_aws=_WAITS,
        parameters={"ms": Parameter(default=3_000, low=1, high=MAX_SLOW_MS)},
    ),
    Kind(
        name=STRIPE_500,
        moment=Moment.AFTER,
        does="The operation is done, and the answer is a 500 that is bound to the idempotency key: every replay within "
        '24 hours has it too, with `Stripe-Should-Retry: false` (Stripe, "Low-level error handling").',
        on_laptop="The function answers so.",
        on_aws=_SAME,
        parameters={},
        of_stripe=True,
    ),
    _webhook(
        WEBHOOK_DUPLICATE,
        "The same webhook comes `n` times, one after the other, with the same ID and signature.",
        {"n": Parameter(default=2, low=2, high=5)},
    ),
    _webhook(
        WEBHOOK_CONCURRENT,
        "The same webhook comes `n` times at once.",
        {"n": Parameter(default=5, low=2, high=10)},
    ),
    _webhook(
        WEBHOOK_TWIN, "The change comes as a second event too, with an ID of its own, which no list of events has.", {}
    ),
    _webhook(
        WEBHOOK_BURST,
        "Together with the webhook come `n` events of a type that does not exist, all at once.",
        {"n": Parameter(default=20, low=1, high=100)},
    ),
    _webhook(
        WEBHOOK_REORDER,
        "The webhook is held for `ms`, so that those of later events come first.",
        {"ms": Parameter(default=2_000, low=1, high=MAX_HELD_MS)},
    ),
    _webhook(
        WEBHOOK_DELAY,
        "The webhook comes `s` seconds later, by the sandbox's clock.",
        {"s": Parameter(default=3_600, low=1, high=86_400)},
    ),
    _webhook(WEBHOOK_DROP, "The webhook never comes. It can be listed, and sent again by hand.", {}),
    _webhook(WEBHOOK_BAD_SIGNATURE, "One bit of each signature is wrong. The next attempt is valid.", {}),
    _webhook(WEBHOOK_TAMPERED_BODY, "The body was changed after it was signed. The next attempt is valid.", {}),
    _webhook(
        WEBHOOK_STALE,
        "The signature is valid, and its time is `s` seconds ago. The next attempt is of now.",
        {"s": Parameter(default=600, low=1, high=86_400)},
    ),
    _webhook(
        WEBHOOK_REPLAY,
        "After the webhook, its bytes come once more with the valid signature that they had `s` seconds ago.",
        {"s": Parameter(default=600, low=1, high=86_400)},
    ),
    _webhook(
        WEBHOOK_SLOW_BODY,
        "The body takes `s` seconds to arrive.",
        {"s": Parameter(default=5, low=1, high=8)},
    ),
    _webhook(WEBHOOK_WHITESPACE, "The body has the same JSON in other bytes, with a valid signature.", {}),
    _webhook(WEBHOOK_UNKNOWN_TYPE, "The event has a type that does not exist, with a valid signature.", {}),
)
BY_NAME: Final[Mapping[str, Kind]] = {kind.name: kind for kind in KINDS}
