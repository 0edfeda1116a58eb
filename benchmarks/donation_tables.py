"""A donations' table of any size in this process, with workers and routes that find it, and a Stripe that takes all.

What it holds is written as the platform writes it, past the wire: donations that Stripe told the end of, who they are
of, donors' profiles, and the totals. A test holds that and the real functions together.
"""

import io
import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final
from unittest.mock import patch

from benchmarks.settlement import accept
from benchmarks.stubbed_aws import ANSWERS, ENVIRONMENT, lines_to
from benchmarks.tables_in_sqlite import Json, Keys, Tables
from paysandbox import settings
from paysandbox.domain.donation import Donation, Observation, Receipt, donation_id, observed
from paysandbox.domain.donor import Donor
from paysandbox.domain.instant import to_text
from paysandbox.runtime import donation_tables, effects, stripe_account, stripe_secrets
from paysandbox.table import schema
from paysandbox.table.donation_writes import SUM, TOTAL, TOTALS
from paysandbox.table.donations import DONATION, OWNER, PROFILE, donation_item
from paysandbox.table.items import number, text
from paysandbox.table.schema import DONATIONS_KEY, DONATIONS_SORT, TOTAL_SHARDS, shard_of_text

TABLE: Final = "paysandbox-benchmark-DonationsPlatformTable"
INDEXES: Final = (schema.RECENT_DONATIONS, schema.OPEN_RECEIPTS)
KEYS: Final = Keys(
    DONATIONS_KEY, DONATIONS_SORT, INDEXES, queried=schema.RECENT_DONATIONS, whole=(schema.RECENT_DONATIONS,)
)

CURRENCIES: Final[Mapping[str, float]] = {"usd": 70, "eur": 15, "gbp": 8, "cad": 4, "jpy": 3}
"""What donors give in, by weight."""
BEGAN: Final = datetime(2026, 1, 5, 8, tzinfo=UTC)
PACE: Final = timedelta(minutes=4)
"""Between one donation and the next."""
OF_A_DONOR: Final = 3
"""Donations of one donor, on average."""
FAILED: Final = 0.03
REFUNDED: Final = 0.02

POOL: Final = "us-east-1_Benchmark"
CLIENT: Final = "6n4bcgvnqkscmc6c7h8tq9benchm"
SECRET: Final = str(json.loads(ANSWERS["GetParameter"])["Parameter"]["Value"])
"""What Parameter Store answers here, whichever secret is asked for."""

_QUEUES: Final = "https://sqs.us-east-1.amazonaws.com/123456789012/paysandbox-benchmark"
_FOREIGN: Final = ("AWS_", "PAYSANDBOX_", "POWERTOOLS_")
_TAKEN: Final = '{"MessageId": "0100018f"}'


def donations(count: int, currencies: Mapping[str, float] = CURRENCIES) -> Iterator[Donation]:
    """That many donations of which Stripe told the end, the oldest first; the same each time."""
    dice = random.Random(7)
    given = dice.choices([*currencies], [*currencies.values()], k=count)
    for place, currency in enumerate(given):
        at = BEGAN + place * PACE
        opened = Donation(
            id=donation_id(at, dice.randbytes(10)),
            donor=donor(dice.randrange(max(1, count // OF_A_DONOR))),
            amount=dice.randrange(5, 250) * 100,
            currency=currency,
            message="In memory of Ada, who would have liked it." if place % 3 == 0 else None,
            anonymous=place % 5 == 0,
            created_at=at,
        )
        yield ended(opened, f"pi_{place:024}", dice.random())


def donor(place: int) -> Donor:
    """A donor, by a number."""
    return Donor(
        user_id=f"0d4c1d4e-7a57-4a3a-8c3c-{place:012}",
        email=f"donor-{place:06}@example.com",
        name=f"Donor No. {place:06}",
    )


def ended(opened: Donation, intent_id: str, chance: float) -> Donation:
    """A donation once Stripe has told all of it, by a number from 0 to 1."""
    opened = replace(opened, intent_id=intent_id, version=opened.version + 1)
    heard = Observation(donation_id=opened.id, intent_id=intent_id, currency=opened.currency, at=opened.created_at)
    if chance < FAILED:
        return observed(opened, replace(heard, failed=True, failure="card_declined"))
    paid = thanked(observed(opened, replace(heard, paid=opened.amount)))
    if chance < FAILED + REFUNDED:
        return observed(paid, replace(heard, paid=opened.amount, refunded=opened.amount))
    return paid


def thanked(paid: Donation) -> Donation:
    """A donation whose receipt was claimed and sent."""
    return replace(paid, receipt=Receipt.SENT, receipt_note="0100018f", version=paid.version + 2)


def items_of(held: Iterator[Donation]) -> Iterator[Json]:
    """The items that are kept of these donations."""
    totals: Counter[tuple[str, int]] = Counter()
    profiles: dict[Donor, datetime] = {}
    for donation in held:
        yield donation_item(donation)
        yield _item(DONATION + donation.id, OWNER, email=text(donation.donor.email))
        profiles.setdefault(donation.donor, donation.created_at)
        if donation.paid:
            totals[donation.currency, shard_of_text(donation.id, TOTAL_SHARDS)] += donation.net
    for one, since in profiles.items():
        facts = {"email": one.email, "name": one.name, "user_id": one.user_id, "created_at": to_text(since)}
        yield _item(f"USER#{one.email}", PROFILE, **{name: text(fact) for name, fact in facts.items()})
    for (currency, shard), amount in totals.items():
        yield _item(TOTALS, f"{SUM}{currency}#{shard:02}", **{TOTAL: number(amount)})


@contextmanager
def holding(count: int, currencies: Mapping[str, float] = CURRENCIES) -> Iterator[Tables]:
    """A table of that many donations."""
    made = Tables({TABLE: KEYS})
    made.put(TABLE, items_of(donations(count, currencies)))
    try:
        yield made
    finally:
        made.close()


def variables(stripe_port: int = 1) -> dict[str, str]:
    """What the functions of the donations are told by their environments."""
    needs: tuple[settings.Settings, ...] = (
        settings.DonationsTableSettings(TABLE),
        settings.PaymentQueueSettings(f"{_QUEUES}-donation-payments"),
        settings.NotificationQueueSettings(f"{_QUEUES}-donation-notifications"),
        settings.ParkingSettings(f"{_QUEUES}-donation-payments-dead"),
        settings.DonorPoolSettings(POOL, CLIENT),
        settings.ReceiptSettings("receipts@donate-now.example"),
        settings.ReceiptDeliverySettings("paysandbox-benchmark"),
        settings.StripeAccountSettings("/key", "/webhook", f"http://127.0.0.1:{stripe_port}"),
    )
    return dict(ENVIRONMENT) | {name: value for need in needs for name, value in need.to_env().items()}


@contextmanager
def deployed(kept: Tables) -> Iterator["Deployed"]:
    """Functions of this process find this table, queues and mail that take everything, and Stripe.

    Log lines are counted and go nowhere.
    """
    kept_variables = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    with Stripe.running() as stripe, patch.dict(os.environ, kept_variables | variables(stripe.port), clear=True):
        forget()
        kept.answer(effects.dynamodb())
        accept(effects.sqs(), kept.used, _TAKEN)
        accept(effects.ses(), kept.used, _TAKEN)
        accept(effects.ssm(), kept.used, ANSWERS["GetParameter"].decode())
        with lines_to(_Lines()) as lines:
            try:
                yield Deployed(kept, stripe, lines)
            finally:
                forget()


def forget() -> None:
    """What a new execution environment would not know."""
    effects._settings.cache_clear()  # noqa: SLF001 - there is no other way to make it forget
    stripe_account._client.cache_clear()  # noqa: SLF001 - as above
    for made in (
        effects.dynamodb,
        donation_tables.donations,
        effects.sqs,
        effects.ses,
        effects.ssm,
        stripe_secrets.secret_key,
        stripe_secrets.webhook_secret,
    ):
        made.cache_clear()


@dataclass(frozen=True, slots=True)
class Spent:
    """What something took: calls of AWS by operation, calls of Stripe, request units, CPU time of our side (s), and
    bytes of log lines."""

    calls: Counter[str]
    stripe_calls: int
    write_units: float
    read_units: float
    cpu_s: float
    log_bytes: int

    def since(self, before: "Spent") -> "Spent":
        """What came to it."""
        return Spent(
            self.calls - before.calls,
            self.stripe_calls - before.stripe_calls,
            self.write_units - before.write_units,
            self.read_units - before.read_units,
            self.cpu_s - before.cpu_s,
            self.log_bytes - before.log_bytes,
        )


@dataclass(frozen=True, slots=True)
class Deployed:
    """What functions find here."""

    kept: Tables
    stripe: "Stripe"
    lines: "_Lines"

    def spent(self) -> Spent:
        """What was taken so far, all in all. Answering, which is AWS's side and Stripe's, is not in the time."""
        used = self.kept.used
        cpu_s = time.process_time() - used.answering_s - self.stripe.answering_s
        calls = Counter(used.calls)
        return Spent(calls, self.stripe.asked, used.write_units, used.read_units, cpu_s, self.lines.written)


class _Lines(io.TextIOBase):
    """Counts what is written, in bytes."""

    written = 0

    def write(self, line: str) -> int:
        self.written += len(line.encode())
        return len(line)


class Stripe(ThreadingHTTPServer):
    """Makes every PaymentIntent that is asked for. `asked` are its calls, `answering_s` their CPU time here."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.asked, self.answering_s = 0, 0.0

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.server_port

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["Stripe"]:
        """One that answers, for a while."""
        server = cls()
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Answering(BaseHTTPRequestHandler):
    """A connection to it, which is kept, as Stripe keeps it."""

    protocol_version = "HTTP/1.1"
    server: Stripe  # pyright: ignore[reportIncompatibleVariableOverride] - what it is started by
    # Else headers and body are two packets, and the second waits for the first to be acknowledged.
    wbufsize = -1

    def do_POST(self) -> None:
        """Any intent is made."""
        started = time.thread_time()
        self.server.asked += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        intent = f"pi_{self.headers['Idempotency-Key']}"
        body = json.dumps({"id": intent, "object": "payment_intent", "client_secret": f"{intent}_secret_x"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.server.answering_s += time.thread_time() - started

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's word
        """Say nothing."""


def _item(partition: str, sort: str, **facts: Json) -> Json:
    return {DONATIONS_KEY: text(partition), DONATIONS_SORT: text(sort), **facts}
