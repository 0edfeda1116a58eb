"""Readers before writers: what a release lets its functions write can be read by the time that they write it.

CloudFormation updates a stack after those that it depends on. So the consumers of a table's stream are updated before
every function that writes to the table.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from tests.infra.rules import MAPPING, resolve
from tests.infra.templates import Resource, Synthesized, listed, statements

TABLE: Final = "AWS::DynamoDB::Table"
WRITES: Final = {f"dynamodb:{action}" for action in ("BatchWriteItem", "PutItem", "UpdateItem")}

_ONE_STACK: Final = "The consumers are in the stack that writes, which CloudFormation updates in any order."
_CYCLE: Final = "Disbursements are after settlement, whose bucket they use, and settlement after payments."
EXCEPTIONS: Final[Mapping[tuple[str, str], str]] = {
    ("events", "PaymentsLedger"): _ONE_STACK,  # local alone: timers on the second
    ("events", "StripeObjects"): _ONE_STACK,
    ("donations", "DonationsPlatformTable"): _ONE_STACK,
    ("disbursements", "Disbursements"): _ONE_STACK,
    ("payments", "Disbursements"): _CYCLE,  # simulated steps
    ("settlement", "Disbursements"): _CYCLE,  # the nightly statement
}
"""Stacks that may write to a table before its consumers are updated, and why. For them, a release reads what only the
next one writes (CONTRIBUTING.md, "Release")."""


def consumed(synthesized: Synthesized) -> Iterator[tuple[str, Resource]]:
    """Yield the stack of each function that consumes a stream, and the stream's table."""
    for mapping in synthesized.all(MAPPING):
        source = resolve(synthesized, mapping.stack, mapping.properties["EventSourceArn"])
        if source is not None and source.type == TABLE:
            yield mapping.stack, source


def written(synthesized: Synthesized) -> set[tuple[str, str]]:
    """Return the stacks with a role that may write to a table, each with the table's ID."""
    return {
        (policy.stack, table.id)
        for policy in synthesized.policies()
        for statement in statements(policy)
        if WRITES & {*listed(statement["Action"])}
        for arn in listed(statement["Resource"])
        if (table := resolve(synthesized, policy.stack, arn)) is not None
    }


def before(synthesized: Synthesized, stack: str) -> set[str]:
    """Return the stacks that are deployed before one, directly or not."""
    earlier = set(synthesized.after[stack])
    for each in synthesized.after[stack]:
        earlier |= before(synthesized, each)
    return earlier


def test_a_stream_is_read_by_the_new_release_before_it_is_written_to(synthesized: Synthesized) -> None:
    start, writers = synthesized.environment.named(""), written(synthesized)
    late = {
        (writer.removeprefix(start), table.id.rstrip("0123456789ABCDEF"))
        for consumer, table in consumed(synthesized)
        for writer, written_to in writers
        if written_to == table.id and consumer not in before(synthesized, writer)
    }
    of_local = {("events", "PaymentsLedger")} if synthesized.environment.name != "local" else set[tuple[str, str]]()
    assert late == EXCEPTIONS.keys() - of_local
