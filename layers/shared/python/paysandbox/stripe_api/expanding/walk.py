# pyright: standard
"""Replaces the IDs in an answer by the objects that its request expands.

`objects/expand.py` has what can be expanded, and to what. An object that is rendered with its payment already has the
other objects of that payment, as of the operation that the answer is of. What is still an ID is read here: of one kind,
all together, and shown as of now, deleted or not.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from paysandbox.http.answer import Body
from paysandbox.stripe_api.call import AnyStripeCall
from paysandbox.stripe_api.ids import kind_of_source
from paysandbox.stripe_api.objects.expand import CUSTOMER_SOURCE, LIST, Expansion, Kinds, below, holders, targets_of
from paysandbox.stripe_api.version_rows import included_lists

_SHOWN_TO_PAGES: Final = "payment_method"
_NOTHING: Final[Expansion] = {}


def with_expanded(call: AnyStripeCall, answer: Mapping[str, Any], kind: str, tree: Expansion) -> Body:
    """Return an answer with what the tree expands in it: an object of a kind, or a list of such objects.

    Takes a read for each kind of object at each level of the tree. A publishable key gets the payment method alone.
    """
    body = {**answer}
    if call.publishable:
        tree = {name: {} for name in tree if name == _SHOWN_TO_PAGES}
    is_list = body.get("object") != kind and isinstance(body.get(LIST), list)
    _expand(call, body[LIST] if is_list else [body], (kind,), tree)
    return body


def _expand(call: AnyStripeCall, bodies: Sequence[Body], kinds: Kinds, tree: Expansion) -> None:
    """Expand a tree in objects, each of one of these kinds. They are changed in place."""
    by_kind: dict[str, list[Body]] = {}
    for body in bodies:
        kind: str = body.get("object", kinds[0])
        by_kind.setdefault(kind, []).append(body)
    version = call.stripe_version
    for of, alike in by_kind.items():
        wanted = {**dict.fromkeys(included_lists(of, version), _NOTHING), **tree}
        for path, targets in targets_of(of, version).items():
            *outer, last = path.split(".")
            within = below(wanted, (*outer, last))
            if targets and within is not None:
                _expand_property(call, [*holders(alike, outer, last)], last, targets, within)


def _expand_property(
    call: AnyStripeCall, with_property: Sequence[Body], name: str, targets: Kinds, within: Expansion
) -> None:
    """Expand a property that is an ID, an object, or a list of objects, and a tree within."""
    with_id = [holder for holder in with_property if isinstance(holder[name], str)]
    ids: dict[str, set[str]] = {}
    for holder in with_id:
        kind = targets[0] if len(targets) == 1 or targets == CUSTOMER_SOURCE else kind_of_source(holder[name])
        if kind is not None and kind in targets:
            ids.setdefault(kind, set()).add(holder[name])
    if ids:
        from paysandbox.stripe_api.expanding.objects import read_expanded  # few requests expand anything

        found = [each for kind, names in ids.items() for each in read_expanded(call, kind, names, within)]
        # What is no object of its own shows no ID.
        read = {each["id"] if "object" in each else each.pop("id"): each for each in found}
        for holder in with_id:
            holder[name] = read.get(holder[name], holder[name])
    values = (holder[name] for holder in with_property)
    inner = [each for value in values for each in (value if isinstance(value, list) else [value])]
    # Several have the same object.
    _expand(call, [*{id(each): each for each in inner if isinstance(each, dict)}.values()], targets, within)
