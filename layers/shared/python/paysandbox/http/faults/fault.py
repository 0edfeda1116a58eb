"""A fault as it is asked for: `name;parameter=value;…`, in a header, in metadata, or in a rule. Pure."""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import field
from typing import Final

from paysandbox.core.errors import Code, Refused
from paysandbox.core.record import record
from paysandbox.core.suggestion import did_you_mean
from paysandbox.http.faults.kinds import BY_NAME, MAX_SLOW_MS, Kind, Moment, Parameter

CHANGES: Final = frozenset({"POST", "DELETE", "PUT", "PATCH"})
"""The methods of requests whose answer is worth losing."""

DRAWS: Final = 2**48
"""How many numbers `draw` has."""

TIMES: Final = "times"
"""How often a request's own fault happens to the same request: once, unless it says otherwise."""
_TIMES: Final = Parameter(default=1, low=1, high=100)
_NUMBER: Final = re.compile(r"[0-9]{1,6}")


@record
class Fault:
    """A kind of fault with all its parameters: numbers, or one of the parameter's choices. One without is left out."""

    kind: Kind
    values: Mapping[str, int | str] = field(default_factory=dict[str, int | str], hash=False)
    times: int = 1

    @property
    def text(self) -> str:
        """The fault as it can be asked for, with what is not its default."""
        given = {name: value for name, value in self.values.items() if value != self.kind.parameters[name].default}
        return ";".join([self.kind.name, *(f"{name}={value}" for name, value in given.items())])

    def fits(self, method: str, *, of_stripe: bool) -> bool:
        """Whether it can happen to a request: an answer is lost of a change, and Stripe's 500 has its API."""
        if self.kind.moment is Moment.WEBHOOK or (self.kind.of_stripe and not of_stripe):
            return False
        return self.kind.moment is Moment.BEFORE or method in CHANGES

    def number(self, name: str) -> int:
        """Return the value of a parameter that has one."""
        return int(self.values[name])

    def slow_ms(self, seed: str) -> int:
        """Return the milliseconds that a slow request waits: the same for the same seed."""
        ms, chance = self.number("ms"), draw(f"{seed}:ms")
        if "max_ms" in self.values:
            return ms + chance % (self.number("max_ms") - ms + 1)
        if "sigma_percent" in self.values:
            # Box and Muller's transform of two uniform numbers, of which the first is not 0.
            angle = 2 * math.pi * draw(f"{seed}:angle") / DRAWS
            normal = math.sqrt(-2 * math.log((chance + 1) / DRAWS)) * math.cos(angle)
            return min(int(ms * math.exp(normal * self.number("sigma_percent") / 100)), MAX_SLOW_MS)
        return ms


def draw(text: str) -> int:
    """Return a number from 0 to below `DRAWS` that follows from a text, and is as good as random."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")


def read_fault(text: str, param: str, *, may_repeat: bool = True) -> Fault:
    """Return the fault that a text asks for. `may_repeat`: it may say how many `times`.

    Raises Refused(fault_unknown) for another kind, parameter or value.
    """
    name, *pairs = (part.strip() for part in text.split(";"))
    kind = BY_NAME.get(name)
    if kind is None:
        known = ", ".join(BY_NAME)
        raise Refused(Code.FAULT_UNKNOWN, f"{did_you_mean(name, BY_NAME)}Use one of {known}.", param)
    known = {**kind.parameters, TIMES: _TIMES} if may_repeat else dict(kind.parameters)
    given: dict[str, int | str] = {}
    for pair in filter(None, pairs):
        parameter, _, value = (part.strip() for part in pair.partition("="))
        if parameter not in known or parameter in given:
            forms = [f"{each}=<{about.values}>" for each, about in known.items()]
            detail = f"{name} has the parameters {', '.join(forms)}." if forms else f"{name} has no parameters."
            raise Refused(Code.FAULT_UNKNOWN, detail, param)
        given[parameter] = _value(parameter, value, known[parameter], param)
    times = given.pop(TIMES, 1)
    defaults = {each: about.default for each, about in kind.parameters.items() if about.default is not None}
    fault = Fault(kind, {**defaults, **given}, int(times))
    _check_distribution(fault, param)
    return fault


def _value(name: str, text: str, parameter: Parameter, param: str) -> int | str:
    if parameter.choices and text in parameter.choices:
        return text
    if not parameter.choices and _NUMBER.fullmatch(text) and parameter.low <= int(text) <= parameter.high:
        return int(text)
    raise Refused(Code.FAULT_UNKNOWN, f"{name} is {parameter.values}.", param)


def _check_distribution(fault: Fault, param: str) -> None:
    """Refuse a time that is uniformly and lognormally distributed, and a range that ends before it begins."""
    if "max_ms" in fault.values and "sigma_percent" in fault.values:
        raise Refused(Code.FAULT_UNKNOWN, "Send max_ms or sigma_percent, not both.", param)
    if "max_ms" in fault.values and fault.number("max_ms") < fault.number("ms"):
        raise Refused(Code.FAULT_UNKNOWN, "max_ms is at least ms.", param)
