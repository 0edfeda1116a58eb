"""The simulator's payouts, in a SQLite file of the home: they survive the engine, its snapshots and a rebuild.

A payout is a batch with its one item. Its statuses are known from the start, each with the time from which the item has
it, so reading one computes its status. Times are seconds since 1970 on the sandbox's clock.
"""

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FILE_NAME: Final = "payouts.sqlite3"

REMEMBERED_S: Final = 30 * 86_400
"""For so long a repeated sender_batch_id is refused ("Payouts API: create batch payout"). Later it would pay again."""

_ID_CHARACTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

_SCHEMA: Final = """
create table if not exists payouts (
    batch_id text primary key,
    item_id text not null unique,
    sender_batch_id text not null,
    body text not null,
    created_at real not null,
    statuses text not null,
    reported integer not null default 0,
    next_at real
);
create index if not exists payouts_by_sender on payouts (sender_batch_id, created_at);
create index if not exists payouts_by_next on payouts (next_at) where next_at is not null;
create table if not exists requests (sender_batch_id text primary key, count integer not null);
"""


@dataclass(frozen=True, kw_only=True)
class DatedStatus:
    """A status of an item, the time from which it has it, and the name of its error."""

    at: float
    status: str
    code: str | None = None


@dataclass(frozen=True, kw_only=True)
class Payout:
    """A payout: the IDs of its batch and its item, the request's body, and its statuses in the order of their times.

    `reported` counts those for which a webhook was sent.
    """

    batch_id: str
    item_id: str
    sender_batch_id: str
    body: dict[str, Any]
    created_at: float
    statuses: tuple[DatedStatus, ...]
    reported: int = 0

    @property
    def item(self) -> dict[str, Any]:
        """The item as it was requested."""
        return self.body["items"][0]

    def at(self, now: float) -> DatedStatus | None:
        """Return the status that the item has, or None before it is processed.

        A status that was reported stays, even if the clock is moved back.
        """
        return next(reversed(self.until(now)), None)

    def until(self, now: float) -> tuple[DatedStatus, ...]:
        """Return the statuses that the item has had."""
        return self.statuses[: max(self.reported, sum(status.at <= now for status in self.statuses))]


class Payouts:
    """The payouts of a home. Every method is one transaction."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE_NAME
        self._one_at_a_time = threading.Lock()

    def count_request(self, sender_batch_id: str) -> int:
        """Count a request under a sender_batch_id. Returns how many there were, with this one."""
        with self._transaction() as db:
            db.execute(
                "insert into requests values (?, 1) on conflict (sender_batch_id) do update set count = count + 1",
                [sender_batch_id],
            )
            return int(
                db.execute("select count from requests where sender_batch_id = ?", [sender_batch_id]).fetchone()[0]
            )

    def create(
        self, sender_batch_id: str, body: dict[str, Any], statuses: Sequence[DatedStatus], *, now: float
    ) -> tuple[Payout, bool]:
        """Store a payout, or return the one with the same sender_batch_id, and whether it is new."""
        with self._transaction() as db:
            known = db.execute(
                "select * from payouts where sender_batch_id = ? and created_at > ? order by created_at desc limit 1",
                [sender_batch_id, now - REMEMBERED_S],
            ).fetchone()
            if known is not None:
                return _payout(known), False
            made = Payout(
                batch_id=_random_id(),
                item_id=_random_id(),
                sender_batch_id=sender_batch_id,
                body=body,
                created_at=now,
                statuses=tuple(statuses),
            )
            db.execute(
                "insert into payouts values (?, ?, ?, ?, ?, ?, 0, ?)",
                [
                    made.batch_id,
                    made.item_id,
                    made.sender_batch_id,
                    json.dumps(body),
                    now,
                    _statuses_text(made.statuses),
                    made.statuses[0].at if made.statuses else None,
                ],
            )
            return made, True

    def batch(self, batch_id: str) -> Payout | None:
        """Return the payout of a batch, or None."""
        return self._one("batch_id", batch_id)

    def of_item(self, item_id: str) -> Payout | None:
        """Return the payout of an item, or None."""
        return self._one("item_id", item_id)

    def with_sender_batch_id(self, sender_batch_id: str) -> list[Payout]:
        """Return all payouts under a sender_batch_id, oldest first: more than one paid more than once."""
        with self._transaction() as db:
            found = db.execute(
                "select * from payouts where sender_batch_id = ? order by created_at", [sender_batch_id]
            ).fetchall()
        return [_payout(row) for row in found]

    def of_day(self, start: float, end: float) -> list[Payout]:
        """Return the payouts that were created from `start` on and before `end`, oldest first."""
        with self._transaction() as db:
            found = db.execute(
                "select * from payouts where created_at >= ? and created_at < ? order by created_at", [start, end]
            ).fetchall()
        return [_payout(row) for row in found]

    def cancel(self, item_id: str, *, now: float) -> Payout | None:
        """Return an unclaimed item's money from now on. Returns None, and changes nothing, if it is not unclaimed."""
        with self._transaction() as db:
            row = db.execute("select * from payouts where item_id = ?", [item_id]).fetchone()
            payout = _payout(row) if row is not None else None
            status = payout.at(now) if payout else None
            if payout is None or status is None or status.status != "UNCLAIMED":
                return None
            statuses = [*payout.until(now), DatedStatus(at=now, status="RETURNED", code=status.code)]
            db.execute(
                "update payouts set statuses = ?, next_at = coalesce(min(next_at, ?), ?) where item_id = ?",
                [_statuses_text(statuses), now, now, item_id],
            )
            return _payout(db.execute("select * from payouts where item_id = ?", [item_id]).fetchone())

    def to_report(self, *, now: float, limit: int) -> list[Payout]:
        """Return payouts with a status that no webhook reported yet, the earliest first."""
        with self._transaction() as db:
            found = db.execute(
                "select * from payouts where next_at <= ? order by next_at limit ?", [now, limit]
            ).fetchall()
        return [_payout(row) for row in found]

    def report(self, payout: Payout) -> None:
        """Note that a webhook reported the payout's next status."""
        reported = payout.reported + 1
        with self._transaction() as db:
            row = db.execute("select statuses from payouts where batch_id = ?", [payout.batch_id]).fetchone()
            statuses = _statuses(row["statuses"])
            next_at = statuses[reported].at if reported < len(statuses) else None
            db.execute(
                "update payouts set reported = ?, next_at = ? where batch_id = ?", [reported, next_at, payout.batch_id]
            )

    def next_at(self) -> float | None:
        """Return when the next status has to be reported, or None if there is none."""
        if not self._file.exists():
            return None
        with self._transaction() as db:
            return db.execute("select min(next_at) from payouts").fetchone()[0]

    def _one(self, column: str, value: str) -> Payout | None:
        with self._transaction() as db:
            row = db.execute(f"select * from payouts where {column} = ?", [value]).fetchone()  # noqa: S608 - a column of ours
        return _payout(row) if row is not None else None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction: the engine's process forks, and a connection must not be inherited."""
        with self._one_at_a_time:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            db = sqlite3.connect(self._file, isolation_level=None, timeout=10)
            try:
                db.row_factory = sqlite3.Row
                db.executescript(_SCHEMA)
                db.execute("begin immediate")
                yield db
                db.execute("commit")
            finally:
                db.close()


def _payout(row: sqlite3.Row) -> Payout:
    return Payout(
        batch_id=row["batch_id"],
        item_id=row["item_id"],
        sender_batch_id=row["sender_batch_id"],
        body=json.loads(row["body"]),
        created_at=row["created_at"],
        statuses=_statuses(row["statuses"]),
        reported=row["reported"],
    )


def _statuses(text: str) -> tuple[DatedStatus, ...]:
    return tuple(DatedStatus(at=at, status=status, code=code) for at, status, code in json.loads(text))


def _statuses_text(statuses: Sequence[DatedStatus]) -> str:
    return json.dumps([[status.at, status.status, status.code] for status in statuses])


def _random_id() -> str:
    return "".join(secrets.choice(_ID_CHARACTERS) for _ in range(13))
