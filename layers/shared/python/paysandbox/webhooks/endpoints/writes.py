"""Writes of the endpoint routes: each one conditional update of the merchant's item, or the put that creates it.

All of them are idempotent: endpoint IDs, rotations and enablings are derived from the idempotency key, and all other
changes set absolute values. A deleted endpoint's ID is remembered for as long as a repeated creation could recreate it.

No two targets of an update overlap: below `endpoints.<id>`, single attributes are written, since workers that deliver
events may write others (`failing`, `trouble_at`, `disabled`) concurrently.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from botocore.exceptions import ClientError

from paysandbox.aws.dynamodb.conditional_write import is_condition_failure, item_on_conflict
from paysandbox.aws.schema import ENDPOINTS_KEY
from paysandbox.core.idempotency_record import KEY_LIFETIME
from paysandbox.core.record import record, replace
from paysandbox.core.timestamps import format_timestamp, parse_timestamp
from paysandbox.payments.ledger.expressions import Expression
from paysandbox.webhooks import endpoint as endpoints_domain
from paysandbox.webhooks.endpoint import (
    MAX_DELETED,
    MAX_ENDPOINTS,
    MAX_ROTATIONS,
    Disabled,
    DisabledBecause,
    Endpoint,
    EndpointChange,
    MetadataChange,
)
from paysandbox.webhooks.endpoints.endpoints import (
    Endpoints,
    Item,
    disabled_entry,
    endpoint_entry,
    endpoints_from,
    endpoints_key,
)

_ENDPOINTS: Final = "endpoints"
_DELETED: Final = "deleted"
_DELETED_BY: Final = "deleted_by"
"""Map of deleted endpoints: creation time by ID."""

_PURGE_BATCH: Final = 100
_TICK: Final = timedelta(microseconds=1)


def add_endpoint(endpoints: Endpoints, endpoint: Endpoint) -> Endpoint:
    """Add an endpoint. Returns it, or the one created earlier under its ID, even if it was deleted since.

    Raises Refused(endpoint_limit_reached).
    """
    while True:
        expression = Expression()
        stored, deleted = (expression.path((name,)) for name in (_ENDPOINTS, _DELETED))
        entry, deleted_entry = (expression.path((name, endpoint.id)) for name in (_ENDPOINTS, _DELETED))
        condition = (
            # First, because moto raises an error for the size of a missing attribute.
            f"attribute_exists({stored}) AND attribute_exists({deleted}) "
            f"AND attribute_not_exists({entry}) AND attribute_not_exists({deleted_entry}) "
            f"AND size({stored}) < {expression.value(MAX_ENDPOINTS)} "
            f"AND size({deleted}) < {expression.value(MAX_DELETED)}"
        )
        update = f"SET {entry} = {expression.value(endpoint_entry(endpoint))}"
        result = _update(endpoints, endpoint.merchant, expression, update, condition)
        if result.applied or (result.item is None and _put_first(endpoints, endpoint)):
            return endpoint
        if result.item is not None:
            return _existing(result.item, endpoint)


def change_endpoint(
    endpoints: Endpoints,
    merchant: str,
    endpoint_id: str,
    change: EndpointChange,
    now: datetime,
    *,
    metadata: MetadataChange | None = None,
) -> Endpoint:
    """Change an endpoint and return it. Raises Refused(resource_not_found).

    A disabled endpoint that is enabled receives events recorded from now on. Disabling a disabled endpoint keeps its
    reason. A new URL starts in good health; the URL that it has keeps its health, so that no endpoint recovers by being
    updated. Raises Refused(parameter_invalid) when changing the events of an endpoint of the other kind, and what
    `metadata.merge` raises.
    """
    nothing, enabled = (EndpointChange(enabled=to, stripe=change.stripe) for to in (None, True))
    enabling, has_url = change.enabled is True, False
    while True:
        result = _change(
            endpoints, merchant, endpoint_id, change, now, enabling=enabling, has_url=has_url, metadata=metadata
        )
        current = _endpoint_or_refuse(result, endpoint_id)
        if result.applied:
            return current
        if change.events is not None and current.stripe is not change.stripe:
            raise endpoints_domain.other_kind(stripe=change.stripe)
        enabling = enabling and not current.enabled
        if metadata is not None:
            metadata = replace(metadata, read=current.metadata)
        elif change == enabled and current.enabled:
            return current
        has_url = current.url == change.url
        if metadata is None and has_url and replace(change, url=None) in (nothing, enabled):
            return current


def enable_endpoint(
    endpoints: Endpoints, merchant: str, endpoint_id: str, now: datetime, *, requested_at: datetime | None
) -> Endpoint:
    """Enable a disabled endpoint from now on and return it. Raises Refused(resource_not_found).

    With `requested_at`, only enables an endpoint disabled by then: a repeated request must not undo later changes.
    """
    expression = Expression()
    own = (_ENDPOINTS, endpoint_id)
    condition = f"attribute_exists({expression.path((*own, 'disabled'))})"
    if requested_at is not None:
        disabled_at = expression.path((*own, "disabled", "at"))
        condition += f" AND {disabled_at} <= {expression.value(format_timestamp(requested_at))}"
    sets, removes = _enabling(expression, own, now)
    update = f"SET {', '.join(sets)} REMOVE {', '.join(removes)}"
    return _endpoint_or_refuse(_update(endpoints, merchant, expression, update, condition), endpoint_id)


def rotate_secret(endpoints: Endpoints, merchant: str, endpoint_id: str, rotation_id: str, now: datetime) -> Endpoint:
    """Rotate an endpoint's secret, once per `rotation_id`. Returns the endpoint.

    Rotation times are unique and increasing, so that each rotation maps to one version permanently. Raises Refused:
    resource_not_found, too_many_rotations.
    """
    while True:
        expression = Expression()
        own = (_ENDPOINTS, endpoint_id)
        rotations, last = (expression.path((*own, name)) for name in ("rotations", "rotated_at"))
        this = expression.path((*own, "rotations", rotation_id))
        at = expression.value(format_timestamp(now))
        condition = (
            f"attribute_exists({expression.path(own)}) AND attribute_not_exists({this}) "
            f"AND size({rotations}) < {expression.value(MAX_ROTATIONS)} "
            f"AND (attribute_not_exists({last}) OR {last} < {at})"
        )
        result = _update(endpoints, merchant, expression, f"SET {this} = {at}, {last} = {at}", condition)
        current = _endpoint_or_refuse(result, endpoint_id)
        if result.applied or rotation_id in (current.rotations or {}):
            return current
        if current.secret_version > MAX_ROTATIONS:
            raise endpoints_domain.too_many_rotations()
        now = (current.rotated_at or now) + _TICK


def delete_endpoint(
    endpoints: Endpoints, merchant: str, endpoint_id: str, now: datetime, *, stripe_request: str | None = None
) -> None:
    """Delete an endpoint. Idempotent for at least a day. Raises Refused(resource_not_found).

    With `stripe_request`, the ID of a request of the Stripe-compatible API, an endpoint created through the native API
    is not found, nor one that another request has deleted: Stripe deletes an object once. The merchant's item has the
    request that deleted last, for boto3's repetition of a call whose answer was lost.

    Makes a second call if there are old deleted IDs to purge.
    """
    expression = Expression()
    own, deleted = expression.path((_ENDPOINTS, endpoint_id)), expression.path((_DELETED, endpoint_id))
    created_at = expression.path((_ENDPOINTS, endpoint_id, "created_at"))
    required, sets = own, [f"{deleted} = {created_at}"]
    if stripe_request is not None:
        required = expression.path((_ENDPOINTS, endpoint_id, "stripe"))
        sets.append(f"{expression.path((_DELETED_BY,))} = {expression.value(stripe_request)}")
    update = f"SET {', '.join(sets)} REMOVE {own}"
    result = _update(endpoints, merchant, expression, update, f"attribute_exists({required})")
    known = _deleted(result.item)
    by_another = not result.applied and stripe_request not in (None, _deleted_by(result.item))
    if endpoint_id not in known or by_another:
        raise endpoints_domain.not_found()
    # The idempotency key that created an endpoint is free again a day after it was bound, so no retry can refer to it
    # by then.
    expired = [name for name, at in known.items() if name != endpoint_id and now - at > 2 * KEY_LIFETIME]
    if result.applied and expired:
        _purge_deleted(endpoints, merchant, expired[:_PURGE_BATCH])


@record
class _UpdateResult:
    """Result of an update: whether it was applied, and the merchant's item as now stored (None: no item)."""

    applied: bool
    item: Item | None


def _update(endpoints: Endpoints, merchant: str, expression: Expression, update: str, condition: str) -> _UpdateResult:
    values: dict[str, Any] = {"ExpressionAttributeValues": expression.values} if expression.values else {}
    try:
        response = endpoints.client.update_item(
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
        return _UpdateResult(applied=False, item=item_on_conflict(error))
    return _UpdateResult(applied=True, item={**response["Attributes"]})


def _put_first(endpoints: Endpoints, endpoint: Endpoint) -> bool:
    """Create the merchant's item with this endpoint. Returns False if the item already exists."""
    item: Item = {
        **endpoints_key(endpoint.merchant),
        _ENDPOINTS: {"M": {endpoint.id: endpoint_entry(endpoint)}},
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


def _existing(item: Item, endpoint: Endpoint) -> Endpoint:
    known, deleted = endpoints_from(item), _deleted(item)
    if endpoint.id in known:
        return known[endpoint.id]
    if endpoint.id in deleted:
        at = deleted[endpoint.id]
        return replace(endpoint, created_at=at, listens_since=at, request_id="")
    raise endpoints_domain.limit_reached(len(known))


def _change(
    endpoints: Endpoints,
    merchant: str,
    endpoint_id: str,
    change: EndpointChange,
    now: datetime,
    *,
    enabling: bool,
    has_url: bool = False,
    metadata: MetadataChange | None = None,
) -> _UpdateResult:
    """Apply a change to an endpoint that has another URL than the change sets, or with `has_url` that very one, and the
    metadata that was read."""
    expression = Expression()
    own = (_ENDPOINTS, endpoint_id)
    sets, removes = _enabling(expression, own, now) if enabling else ([], [])
    parts: dict[str, str | Item | None] = {
        "url": change.url,
        "events": {"L": [{"S": name} for name in change.events]} if change.events is not None else None,
        "description": change.description,
    }
    for name, value in parts.items():
        if value is not None:
            sets.append(f"{expression.path((*own, name))} = {expression.value(value)}")
    if change.enabled is False:
        disabled = expression.path((*own, "disabled"))
        # The caller disabled it, so no event is published.
        by_request = disabled_entry(Disabled(now, DisabledBecause.REQUESTED, published=True))
        sets.append(f"{disabled} = if_not_exists({disabled}, {expression.value(by_request)})")
    if change.forgets_description:
        removes.append(expression.path((*own, "description")))
    new_url = change.url if not enabling else None
    if new_url is not None and not has_url:
        # The failures belong to the previous URL.
        removes += _health(expression, own)
    guards: list[str] = []
    if metadata is not None:
        stored, new = expression.path((*own, "metadata")), metadata.merge(metadata.read)
        was = f"{stored} = {expression.value(metadata.read)}" if metadata.read else f"attribute_not_exists({stored})"
        guards.append(was)
        if new is not None:
            sets.append(f"{stored} = {expression.value(new)}")
        else:
            removes.append(stored)
    update = " ".join(
        f"{verb} {', '.join(actions)}" for verb, actions in (("SET", sets), ("REMOVE", removes)) if actions
    )
    required = (*own, "disabled") if enabling else own
    condition = f"attribute_exists({expression.path(required)})"
    if change.events is not None:
        known = "attribute_exists" if change.stripe else "attribute_not_exists"
        condition += f" AND {known}({expression.path((*own, 'stripe'))})"
    condition += "".join(f" AND {guard}" for guard in guards)
    if new_url is not None:
        condition += f" AND {expression.path((*own, 'url'))} {'=' if has_url else '<>'} {expression.value(new_url)}"
    return _update(endpoints, merchant, expression, update, condition)


def _enabling(expression: Expression, own: tuple[str, ...], now: datetime) -> tuple[list[str], list[str]]:
    """Return what enabling sets and removes: a new generation begins, in good health."""
    generation = expression.path((*own, "generation"))
    sets = [
        f"{generation} = {generation} + {expression.value(1)}",
        f"{expression.path((*own, 'listens_since'))} = {expression.value(format_timestamp(now))}",
    ]
    return sets, [expression.path((*own, "disabled")), *_health(expression, own)]


def _health(expression: Expression, own: tuple[str, ...]) -> list[str]:
    return [expression.path((*own, name)) for name in ("failing", "trouble_at")]


def _endpoint_or_refuse(result: _UpdateResult, endpoint_id: str) -> Endpoint:
    endpoint = endpoints_from(result.item).get(endpoint_id) if result.item else None
    if endpoint is None:
        raise endpoints_domain.not_found()
    return endpoint


def _deleted(item: Item | None) -> dict[str, datetime]:
    """Return the creation times of the remembered deleted endpoints, by ID."""
    return {name: parse_timestamp(at["S"]) for name, at in item[_DELETED]["M"].items()} if item else {}


def _deleted_by(item: Item | None) -> str | None:
    """Return the last request of the Stripe-compatible API that deleted an endpoint, or None."""
    return item[_DELETED_BY]["S"] if item and _DELETED_BY in item else None


def _purge_deleted(endpoints: Endpoints, merchant: str, deleted_ids: Sequence[str]) -> None:
    expression = Expression()
    expired = ", ".join(expression.path((_DELETED, name)) for name in deleted_ids)
    known = f"attribute_exists({expression.path((_DELETED,))})"
    _update(endpoints, merchant, expression, f"REMOVE {expired}", known)
