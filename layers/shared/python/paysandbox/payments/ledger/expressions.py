"""Compile changes and guards into DynamoDB expressions.

Every attribute name is a placeholder (`#…`), because many are reserved words. An update must not target both a map or
list and one of its entries: AWS rejects that, and local engines silently drop part of it.
"""

from typing import Any, Final

from paysandbox.aws.schema import BY_CARD, TTL_ATTRIBUTE
from paysandbox.core.guard import Guard, Path, Size, StoredValue
from paysandbox.payments.change import VERSION, Change, Minus, Plus, Term, Value
from paysandbox.payments.ledger.items import amounts_entry, card_key, key, operation_item
from paysandbox.payments.ledger.records import Item
from paysandbox.payments.payment import Attempt

_NEVER: Final = Guard(VERSION, "<", 0, None)


class Expression:
    """Collects the placeholders of one request while its expressions are built."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: Item = {}
        self._placeholders: dict[str, str] = {}

    def path(self, path: Path) -> str:
        """Return the document path of a field: `#0.#1`."""
        parts: list[str] = []
        for name in path:
            if name not in self._placeholders:
                self._placeholders[name] = f"#{len(self.names)}"
                self.names[self._placeholders[name]] = name
            parts.append(self._placeholders[name])
        return ".".join(parts)

    def value(self, value: int | str | Item) -> str:
        """Return the placeholder of a value: `:3`."""
        typed = value if isinstance(value, dict) else {"N": str(value)} if isinstance(value, int) else {"S": value}
        placeholder = f":{len(self.values)}"
        self.values[placeholder] = typed
        return placeholder

    def guard(self, guard: Guard) -> str:
        """Compile a guard into a condition."""
        left = f"size({self.path(guard.field.path)})" if isinstance(guard.field, Size) else self.path(guard.field)
        if guard.comparison == "exists":
            return f"attribute_exists({left})"
        if guard.comparison == "not_exists":
            return f"attribute_not_exists({left})"
        if guard.value is None:
            raise AssertionError(f"{guard} has no value to compare with")
        if isinstance(guard.value, tuple):
            return f"NOT ({left} IN ({', '.join(map(self.value, guard.value))}))"
        right = self.path(guard.value.path) if isinstance(guard.value, StoredValue) else self.value(guard.value)
        return f"{left} {guard.comparison} {right}"

    def operand(self, value: Value) -> str:
        """Compile a value into the right side of a SET action."""
        match value:
            case Term(path, absent):
                stored = self.path(path)
                return stored if absent is None else f"if_not_exists({stored}, {self.value(absent)})"
            case Plus(left, right):
                return f"{self.operand(left)} + {self.operand(right)}"
            case Minus(left, right):
                return f"{self.operand(left)} - {self.operand(right)}"
            case int() | str():
                return self.value(value)
            case _:
                return self.value(amounts_entry(value))


def targets(change: Change) -> tuple[Path, ...]:
    """Return the paths that a change writes."""
    indexed = ((BY_CARD.partition_key,),) if _attempt(change) else ()
    return (("operations",), ("version",), (TTL_ATTRIBUTE,), *indexed, *change.assign, *change.remove)


def _attempt(change: Change) -> Attempt | None:
    """Return the attempt that a change begins, by whose card the payment is listed from then on."""
    return change.operation if isinstance(change.operation, Attempt) else None


def update(change: Change, purge_at: int) -> dict[str, Any]:
    """Build the parameters of the single UpdateItem that records a change, except the table name.

    Two conditions precede the guards of every update: the item is this merchant's (with negative conditions only, the
    update would create a missing item), and the operation is not recorded yet.
    """
    written = targets(change)
    entered = {path[:1] for path in written if len(path) > 1}
    if entered & {*written} or len({*written}) != len(written):
        raise AssertionError(f"overlapping targets: {written}")
    write = Expression()
    conditions = [
        write.guard(Guard(("merchant",), "=", change.merchant, None)),
        write.guard(Guard(("amounts", change.operation.id), "not_exists", None, None)),
        *[write.guard(guard) for guard in change.guards],
        *([write.guard(_NEVER)] if change.needs_current else []),
    ]
    operations = write.path(("operations",))
    appended = [operation_item(operation) for operation in (change.operation, *change.also)]
    sets = [
        f"{operations} = list_append({operations}, {write.value({'L': appended})})",
        f"{write.path(('version',))} = {write.operand(Plus(Term(('version',)), len(appended)))}",
        f"{write.path((TTL_ATTRIBUTE,))} = {write.value(purge_at)}",
        *[f"{write.path(path)} = {write.operand(value)}" for path, value in change.assign.items()],
    ]
    if (attempt := _attempt(change)) is not None:
        listed_under = card_key(change.payment_id, attempt.card)
        sets.append(f"{write.path((BY_CARD.partition_key,))} = {write.value(listed_under)}")
    removes = f" REMOVE {', '.join(write.path(path) for path in change.remove)}" if change.remove else ""
    return {
        "Key": key(change.payment_id),
        "UpdateExpression": f"SET {', '.join(sets)}{removes}",
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": write.names,
        "ExpressionAttributeValues": write.values,
        "ReturnValues": "ALL_NEW",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
