"""The writes that the endpoints' routes make: each one conditional update of the merchant's item, or the put of it.

A repeat of each is harmless: an endpoint's id, a rotation and an enabling are what an idempotency key stands for, and
all else says what is to be, not what is to be done. What was deleted stays known by its id for as long as a repeated
creation could bring it back.

No two targets of an update overlap: below `endpoints.<id>` single attributes are written, which others than these
(`failing`, `trouble_at`, `disabled`, by those who deliver) may write meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.conditional_write import is_condition_failure, item_on_conflict
from paysandbox.aws.schema import ENDPOINTS_KEY
from paysandbox.core.idempotency_record import KEY_LIFETIME
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.payments.expressions import Expression
from paysandbox.payments.items import text
from paysandbox.webhooks import endpoint as endpoints_domain
from paysandbox.webhooks.endpoint import (
    MAX_DELETED,
    MAX_ENDPOINTS,
    MAX_ROTATIONS,
    Disabled,
    DisabledBecause,
    Endpoint,
    EndpointChange,
)
from paysandbox.webhooks.endpoints import Endpoints, Item, disabled_entry, endpoint_entry, endpoints_from, endpoints_key

_HELD: Final = "endpoints"
_DELETED: Final = "deleted"
"""Map of what was deleted: when it was created, by id."""

_FORGET_AT_ONCE: Final = 100
_TICK: Final = timedelta(microseconds=1)


def add_endpoint(endpoints: Endpoints, endpoint: Endpoint) -> Endpoint:
    """Add an endpoint. Returns this one, or what was made under its id before, even if it was deleted since.

    Raises Refused(endpoint_limit_reached).
    """
    while True:
        expression = Expression()
        held, deleted = (expression.path((name,)) for name in (_HELD, _DELETED))
        own, own_deleted = (expression.path((name, endpoint.id)) for name in (_HELD, _DELETED))
        condition = (
            # First, since to moto the size of what is not there is an error.
            f"attribute_exists({held}) AND attribute_exists({deleted}) "
            f"AND attribute_not_exists({own}) AND attribute_not_exists({own_deleted}) "
            f"AND size({held}) < {expression.value(MAX_ENDPOINTS)} "
            f"AND size({deleted}) < {expression.value(MAX_DELETED)}"
        )
        update = f"SET {own} = {expression.value(endpoint_entry(endpoint))}"
        done = _update(endpoints, endpoint.merchant, expression, update, condition)
        if done.held or (done.item is None and _put_first(endpoints, endpoint)):
            return endpoint
        if done.item is not None:
            return _made_before(done.item, endpoint)


def change_endpoint(
    endpoints: Endpoints, merchant: str, endpoint_id: str, change: EndpointChange, now: datetime
) -> Endpoint:
    """Change an endpoint. Returns it as it is then. Raises Refused(resource_not_found).

    Enabling one that is disabled lets it hear what is recorded from now on. One that is disabled already keeps why.
    Raises Refused(parameter_invalid) for the events of an endpoint of the other kind.
    """
    if change.enabled:
        done = _change(endpoints, merchant, endpoint_id, change, now, enabling=True)
        if done.held:
            return _found(done, endpoint_id)
        current = _found(done, endpoint_id)
        if change == EndpointChange(enabled=True, stripe=change.stripe):
            return current
    done = _change(endpoints, merchant, endpoint_id, change, now, enabling=False)
    current = _found(done, endpoint_id)
    if not done.held:
        raise endpoints_domain.other_kind(stripe=change.stripe)
    return current


def enable_endpoint(
    endpoints: Endpoints, merchant: str, endpoint_id: str, now: datetime, *, requested_at: datetime | None
) -> Endpoint:
    """Enable an endpoint from now on, if it is disabled. Returns it as it is then. Raises Refused(resource_not_found).

    With `wished_at` only what was disabled by then: a wish that comes again does not undo what came after it.
    """
    expression = Expression()
    own = (_HELD, endpoint_id)
    condition = f"attribute_exists({expression.path((*own, 'disabled'))})"
    if requested_at is not None:
        disabled_at = expression.path((*own, "disabled", "at"))
        condition += f" AND {disabled_at} <= {expression.value(format_timestamp(requested_at))}"
    sets, removes = _enabling(expression, own, now)
    update = f"SET {', '.join(sets)} REMOVE {', '.join(removes)}"
    return _found(_update(endpoints, merchant, expression, update, condition), endpoint_id)


def rotate_secret(endpoints: Endpoints, merchant: str, endpoint_id: str, rotation_id: str, now: datetime) -> Endpoint:
    """Rotate an endpoint's secret, once per `rotation_id`. Returns it as it is then.

    No two rotations get the same time, and a later one none that is earlier, so that each makes one version for ever.
    Raises Refused: resource_not_found, too_many_rotations.
    """
    while True:
        expression = Expression()
        own = (_HELD, endpoint_id)
        rotations, last = (expression.path((*own, name)) for name in ("rotations", "rotated_at"))
        this = expression.path((*own, "rotations", rotation_id))
        at = expression.value(format_timestamp(now))
        condition = (
            f"attribute_exists({expression.path(own)}) AND attribute_not_exists({this}) "
            f"AND size({rotations}) < {expression.value(MAX_ROTATIONS)} "
            f"AND (attribute_not_exists({last}) OR {last} < {at})"
        )
        done = _update(endpoints, merchant, expression, f"SET {this} = {at}, {last} = {at}", condition)
        current = _found(done, endpoint_id)
        if done.held or rotation_id in (current.rotations or {}):
            return current
        if current.secret_version > MAX_ROTATIONS:
            raise endpoints_domain.too_many_rotations()
        now = (current.rotated_at or now) + _TICK


def delete_endpoint(
    endpoints: Endpoints, merchant: str, endpoint_id: str, now: datetime, *, only_of_stripe: bool = False
) -> None:
    """Delete an endpoint. Again, for a day or more, makes no difference. Raises Refused(resource_not_found).

    With `only_of_stripe`, one that was made natively is not found.

    Takes a second call where it meets old ones that need not be known any longer.
    """
    expression = Expression()
    own, deleted = expression.path((_HELD, endpoint_id)), expression.path((_DELETED, endpoint_id))
    created_at = expression.path((_HELD, endpoint_id, "created_at"))
    update = f"SET {deleted} = {created_at} REMOVE {own}"
    needed = expression.path((_HELD, endpoint_id, "stripe")) if only_of_stripe else own
    done = _update(endpoints, merchant, expression, update, f"attribute_exists({needed})")
    known = _deleted(done.item)
    if endpoint_id not in known:
        raise endpoints_domain.not_found()
    # A key that made it is free a day after it was bound, so that by then no repetition means this one.
    needless = [name for name, at in known.items() if name != endpoint_id and now - at > 2 * KEY_LIFETIME]
    if done.held and needless:
        _forget(endpoints, merchant, needless[:_FORGET_AT_ONCE])


@dataclass(frozen=True, slots=True)
class _Done:
    """An update: whether its condition held, and the merchant's item after it, or as it was met (None: none there)."""

    held: bool
    item: Item | None


def _update(endpoints: Endpoints, merchant: str, expression: Expression, update: str, condition: str) -> _Done:
    values: dict[str, Any] = {"ExpressionAttributeValues": expression.values} if expression.values else {}
    try:
        answer = endpoints.client.update_item(
            TableName=endpoints.table,
            Key=endpoints_key(merchant),
            UpdateExpression=update,
            ConditionExpression=condition,
            ExpressionAttributeNames=expression.names,
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **values,
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return _Done(held=False, item=item_on_conflict(error))
    return _Done(held=True, item={**answer["Attributes"]})


def _put_first(endpoints: Endpoints, endpoint: Endpoint) -> bool:
    """Make the merchant's item with this endpoint in it; False where somebody else was first."""
    item: Item = {
        **endpoints_key(endpoint.merchant),
        _HELD: {"M": {endpoint.id: endpoint_entry(endpoint)}},
        _DELETED: {"M": {}},
    }
    try:
        endpoints.client.put_item(
            TableName=endpoints.table,
            Item=item,
            ConditionExpression="attribute_not_exists(#0)",
            ExpressionAttributeNames={"#0": ENDPOINTS_KEY},
        )
    except ClientError as error:
        if not is_condition_failure(error):
            raise
        return False
    return True


def _made_before(item: Item, endpoint: Endpoint) -> Endpoint:
    known, deleted = endpoints_from(item), _deleted(item)
    if endpoint.id in known:
        return known[endpoint.id]
    if endpoint.id in deleted:
        at = deleted[endpoint.id]
        return replace(endpoint, created_at=at, listens_since=at, request_id="")
    raise endpoints_domain.limit_reached(len(known))


def _change(
    endpoints: Endpoints, merchant: str, endpoint_id: str, change: EndpointChange, now: datetime, *, enabling: bool
) -> _Done:
    expression = Expression()
    own = (_HELD, endpoint_id)
    sets, removes = _enabling(expression, own, now) if enabling else ([], [])
    parts: dict[str, str | Item | None] = {
        "url": change.url,
        "events": {"L": [text(name) for name in change.events]} if change.events is not None else None,
        "description": change.description,
    }
    for name, value in parts.items():
        if value is not None:
            sets.append(f"{expression.path((*own, name))} = {expression.value(value)}")
    if change.enabled is False:
        disabled = expression.path((*own, "disabled"))
        # Who asks knows, so nobody is told.
        asked = disabled_entry(Disabled(now, DisabledBecause.ASKED, told=True))
        sets.append(f"{disabled} = if_not_exists({disabled}, {expression.value(asked)})")
    if change.forgets_description:
        removes.append(expression.path((*own, "description")))
    if change.url is not None and not enabling:
        # What failed was the address before.
        removes += _health(expression, own)
    update = " ".join(
        f"{verb} {', '.join(actions)}" for verb, actions in (("SET", sets), ("REMOVE", removes)) if actions
    )
    needed = (*own, "disabled") if enabling else own
    condition = f"attribute_exists({expression.path(needed)})"
    if change.events is not None:
        known = "attribute_exists" if change.stripe else "attribute_not_exists"
        condition += f" AND {known}({expression.path((*own, 'stripe'))})"
    return _update(endpoints, merchant, expression, update, condition)


def _enabling(expression: Expression, own: tuple[str, ...], now: datetime) -> tuple[list[str], list[str]]:
    """What enabling sets and removes: a new generation begins, which hears what comes and is in good health."""
    generation = expression.path((*own, "generation"))
    sets = [
        f"{generation} = {generation} + {expression.value(1)}",
        f"{expression.path((*own, 'listens_since'))} = {expression.value(format_timestamp(now))}",
    ]
    return sets, [expression.path((*own, "disabled")), *_health(expression, own)]


def _health(expression: Expression, own: tuple[str, ...]) -> list[str]:
    return [expression.path((*own, name)) for name in ("failing", "trouble_at")]


def _found(done: _Done, endpoint_id: str) -> Endpoint:
    endpoint = endpoints_from(done.item).get(endpoint_id) if done.item else None
    if endpoint is None:
        raise endpoints_domain.not_found()
    return endpoint


def _deleted(item: Item | None) -> dict[str, datetime]:
    """What was deleted and is known still, by id: when it was created."""
    return {name: parse_timestamp(at["S"]) for name, at in item[_DELETED]["M"].items()} if item else {}


def _forget(endpoints: Endpoints, merchant: str, deleted_ids: Sequence[str]) -> None:
    expression = Expression()
    needless = ", ".join(expression.path((_DELETED, name)) for name in deleted_ids)
    known = f"attribute_exists({expression.path((_DELETED,))})"
    _update(endpoints, merchant, expression, f"REMOVE {needless}", known)
