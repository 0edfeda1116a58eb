"""CloudWatch's metric math and its evaluation of alarms, as far as our alarms use them. Anything else is refused.

A series is a list with a value for each period, oldest first, None where the metric has none. What is computed from a
missing value, or by a division by zero, is missing.
"""

import ast
import operator
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

Series = Sequence[float | None]

OK: Final = "OK"
ALARM: Final = "ALARM"
INSUFFICIENT_DATA: Final = "INSUFFICIENT_DATA"

_OPERATORS: Final[Mapping[type, Callable[[Any, Any], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_COMPARISONS: Final = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
}


def evaluate(expression: str, series: Mapping[str, Series], *, period_s: int) -> list[float | None]:
    """Return the values of an expression over series of the same length by id.

    Raises KeyError at an unknown id or operator, ValueError at an unknown function or other syntax.
    """
    # It is Python's syntax but for two operators.
    tree = ast.parse(re.sub(r"\b(AND|OR)\b", lambda found: found[0].lower(), expression), mode="eval").body
    (length,) = {len(values) for values in series.values()}
    return [_value(tree, {name: values[at] for name, values in series.items()}, period_s) for at in range(length)]


def state(alarm: Mapping[str, Any], datapoints: Mapping[str, Series]) -> str:
    """Return the state of an alarm, by its properties in a template, with datapoints by `name_of` their metrics.

    A metric that is not given has no datapoints. Raises KeyError at a metric that the alarm does not watch.
    """
    length = alarm["EvaluationPeriods"]
    series = {metric_id: [None] * length for metric_id in watched(alarm).values()}
    for name, values in datapoints.items():
        series[watched(alarm)[name]] = [*[None] * (length - len(values)), *values]
    (expression,) = [q["Expression"] for q in alarm.get("Metrics", []) if "Expression" in q] or ["alone"]
    (period_s,) = {q["MetricStat"]["Period"] for q in alarm.get("Metrics", []) if "MetricStat" in q} or {
        alarm["Period"]
    }
    values = evaluate(expression, series, period_s=period_s)
    missing = values.count(None)
    if alarm["TreatMissingData"] == "missing" and missing:
        if missing < length:
            raise ValueError("where some are missing, CloudWatch looks further back")
        return INSUFFICIENT_DATA
    breaches = _COMPARISONS[alarm["ComparisonOperator"]]
    beyond = sum(value is not None and breaches(value, alarm["Threshold"]) for value in values)
    if alarm["TreatMissingData"] == "breaching":
        beyond += missing
    return ALARM if beyond >= alarm.get("DatapointsToAlarm", length) else OK


def watched(alarm: Mapping[str, Any]) -> dict[str, str]:
    """Return the metrics of an alarm by name: each id, or `alone`."""
    queries = {q["Id"]: q["MetricStat"] for q in alarm.get("Metrics", []) if "MetricStat" in q}
    named = {metric_id: name_of(stat["Metric"]) for metric_id, stat in queries.items()} or {"alone": name_of(alarm)}
    twice = {name for name, times in Counter(named.values()).items() if times > 1}
    found: dict[str, str] = {}
    for metric_id, name in named.items():
        # Of two statistics of one metric, the number of its values has a name of its own.
        is_number = name in twice and queries[metric_id]["Stat"] == "SampleCount"
        found[f"{name}, number of values" if is_number else name] = metric_id
    if len(found) < len(queries):
        raise ValueError(f"two metrics have the same name: {sorted(found)}")
    return found


def name_of(metric: Mapping[str, Any]) -> str:
    """Return a metric's name, and of which function, alias, queue or API it is: `Errors of expire_payments`."""
    for dimension in reversed(metric.get("Dimensions", [])):
        value = dimension["Value"]
        if dimension["Name"] in {"FunctionName", "Resource", "QueueName", "ApiName"} and isinstance(value, str):
            return f"{metric['MetricName']} of {re.sub(r'^paysandbox-[a-z]+-', '', value)}"
    return metric["MetricName"]


def _value(node: ast.AST, values: Mapping[str, float | None], period_s: int) -> float | None:
    """Return the value of an expression in one period."""

    def of(*nodes: ast.AST) -> list[float | None]:
        return [_value(each, values, period_s) for each in nodes]

    match node:
        case ast.Constant(value=int() | float() as constant):
            return constant
        case ast.Name(id=name):
            return values[name]
        case (
            ast.BinOp(left=left, op=operation, right=right)
            | ast.Compare(left=left, ops=[operation], comparators=[right])
        ):
            return _combined(_OPERATORS[type(operation)], *of(left, right))
        case ast.BoolOp(op=operation, values=parts):
            of_all = all if isinstance(operation, ast.And) else any
            return None if None in (each := of(*parts)) else of_all(each)
        case ast.Call(func=ast.Name(id="PERIOD"), args=[ast.Name()]):
            return period_s
        case ast.Call(func=ast.Name(id="FILL"), args=[filled, other]):
            value, replacement = of(filled, other)
            return replacement if value is None else value
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
            (holds,) = of(condition)
            return None if holds is None else of(then if holds else otherwise)[0]
        case ast.Call(func=ast.Name(id="MAX"), args=[ast.List(elts=parts)]):
            return max((value for value in of(*parts) if value is not None), default=None)
        case _:
            raise ValueError(ast.dump(node))


def _combined(combine: Callable[[Any, Any], float], left: float | None, right: float | None) -> float | None:
    if left is None or right is None or (combine is operator.truediv and right == 0):
        return None
    return combine(left, right)
