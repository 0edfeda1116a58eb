"""Writes docs/explanation/performance.md and its pictures from the measured results, and says which targets are met."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks import donations_report, kills, settlement_report, shared_functions, stripe_report
from benchmarks.markdown import ratio_cells
from benchmarks.svg import Bar, bars

ROOT: Final = Path(__file__).resolve().parent.parent
RESULTS: Final = ROOT / "benchmarks" / "results"
DOCUMENT: Final = ROOT / "docs" / "explanation" / "performance.md"
PICTURES: Final = ROOT / "docs" / "explanation" / "performance"

Result = Mapping[str, Any]


def result(name: str) -> Result:
    """What was measured last, to that question."""
    return json.loads((RESULTS / f"{name}.json").read_text())


def documents() -> dict[Path, str]:
    """The report and its pictures, as they should be."""
    warm, cold = result("warm_authorize"), result("cold_import")
    units, deployed, model = result("units_of_operations"), result("deployed"), result("modelled")
    changed = _before_and_after(result("before_and_after"))
    sections = (
        *(
            _head(warm),
            _warm(warm),
            stripe_report.section(result("stripe_translation")),
            _cold(cold),
            changed,
            shared_functions.section(result("shared_functions")),
            _units(units),
            _deployed(deployed),
            _earlier_sandbox(result("earlier_sandbox")),
            _modelled(model),
        ),
        _webhooks(result("webhooks")),
        settlement_report.section(result("settlement")),
        donations_report.section(result("donations")),
        kills.section(result("kills")),
    )
    text = "\n".join(line for section in sections for line in section) + "\n"
    return {
        DOCUMENT: text,
        PICTURES / "warm.svg": bars(
            "A warm authorization, DynamoDB answering at once",
            "CPU µs, median and spread",
            _bars(warm, ("ours", "ours, call only")),
            target=warm["target"] * warm["cases"][warm["base"]]["value"]["median"],
        ),
        PICTURES / "cold.svg": bars(
            "What a new environment loads",
            "ms, median and spread",
            _bars(cold, tuple(name for name in cold["cases"] if "_payment" in name or name == "get_health")),
            target=cold["target"] * cold["cases"][cold["base"]]["value"]["median"],
        ),
        PICTURES / "deployed.svg": bars(
            "One payment per request, through the gateway",
            "requests/s, median and spread",
            [
                Bar(
                    f"{case['server']}, {case['held'][0]:,} stored, {case['connections']} at once",
                    *(case["per_s"][part] for part in ("median", "least", "most")),
                    ours=case["server"].startswith("paysandbox"),
                )
                for case in deployed["cases"]
            ],
        ),
    }


def _bars(found: Result, ours: tuple[str, ...]) -> list[Bar]:
    return [
        Bar(name, case["value"]["median"], case["value"]["least"], case["value"]["most"], ours=name in ours)
        for name, case in found["cases"].items()
    ]


def _verdict(met: bool) -> str:
    return "**met**" if met else "**missed**"


def _head(warm: Result) -> Iterator[str]:
    ran_on = warm["machine"]
    yield "# Performance"
    yield ""
    yield "<!-- Written by benchmarks/report.py from benchmarks/results; run `make bench`. -->"
    yield ""
    yield f"Measured on {ran_on['cores']} shared cores ({ran_on['processor']}), Python {ran_on['python']},"
    yield f"{ran_on['kernel']}. Nothing ran on AWS. Absolute values are this machine's; what carries to another are the"
    yield "ratios: what is compared takes turns within one run, a ratio is taken within each round, and the median of"
    yield "the rounds counts, with the smallest and largest beside it. The raw values are in `benchmarks/results`."
    yield ""
    yield "Others worked on these cores too: each part names the load average that it met. More than there are cores"
    yield "means waiting, which stretches wall times, spreads, and CPU times a little."
    yield ""
    yield "`make bench` measures all of it anew (some minutes, and localstripe from the package index);"
    yield "`make bench ARGS=warm_authorize` one question. `make profile` shows where a warm authorization spends its"
    yield "time."
    yield ""


def _table(found: Result, value: str, digits: int) -> Iterator[str]:
    yield f"| case | {value} | least – most | ratio | least – most |"
    yield "|---|---:|---:|---:|---:|"
    for name, case in found["cases"].items():
        mine, ratio = case["value"], case["ratio"]
        yield (
            f"| {name} | {mine['median']:,.{digits}f} | {mine['least']:,.{digits}f} – {mine['most']:,.{digits}f} "
            f"| {ratio['median']:.2f} | {ratio['least']:.2f} – {ratio['most']:.2f} |"
        )
    yield ""


def _warm(found: Result) -> Iterator[str]:
    ours = found["cases"]["ours"]["ratio"]["median"]
    powertools = found["cases"]["Powertools' default"]["ratio"]["median"]
    yield "## A warm authorization"
    yield ""
    yield f"{found['rounds']} rounds of {found['calls_per_round']} calls each; botocore's request is answered before it"
    yield "reaches a socket, so this is the CPU time of our side alone. The yardstick is one `put_item` of boto3 as it"
    yield "comes, of the same item under the same condition. Powertools' default is its idempotent handler around it."
    yield f"Load {found['machine']['load']}."
    yield ""
    yield "![CPU time of a warm authorization](performance/warm.svg)"
    yield ""
    yield from _table(found, "CPU µs", 0)
    yield f"Target, at most {found['target']} × the bare call: {_verdict(ours <= found['target'])} ({ours:.2f} ×)."
    yield f"It is {ours / powertools:.2f} × Powertools' default, which makes three calls."
    yield ""
    yield "Where it goes (own time of each layer in the running handler, median of the requests; within a handler each"
    yield "part finds the processor's caches cold, so parts are dearer here than in a loop of their own):"
    yield ""
    yield "| layer | µs | share |"
    yield "|---|---:|---:|"
    for layer, cost in sorted(found["layers"].items(), key=lambda entry: -entry[1]["us"]):
        yield f"| {layer} | {cost['us']:,.0f} | {cost['share']:.0%} |"
    yield ""


def _before_and_after(found: Result) -> Iterator[str]:
    yield "## What was lowered"
    yield ""
    yield f"This version beside commit `{found['before']}`, in turns: {found['rounds']} rounds, each in a process of"
    yield "its own, CPU time of that process (`benchmarks/before_and_after.py`). Where least and most lie on both sides"
    yield "of 1, no gain is shown. What each change gained stands in the commits since then. Load"
    yield f"{found['machine']['load']}."
    yield ""
    yield "| | before | after | ratio | least – most |"
    yield "|---|---:|---:|---:|---:|"
    for name, row in found["cases"].items():
        yield f"| {name} | {ratio_cells(row)}"
    yield ""


def _cold(found: Result) -> Iterator[str]:
    ours = found["cases"]["authorize_payment, with its client"]["ratio"]["median"]
    yield "## A cold start"
    yield ""
    yield f"Wall time of a whole process, {found['rounds']} rounds, byte code present. Handlers are loaded with the"
    yield "layer's packages; the usual stack with boto3 as pip installs it. Measured here, on this Python; Lambda adds"
    yield f"its own start. What `warm` asks of Parameter Store is not in it. Load {found['machine']['load']}."
    yield ""
    yield "![What a new environment loads](performance/cold.svg)"
    yield ""
    yield from _table(found, "ms", 0)
    yield f"Target, authorize with its client at most {found['target']:.1f} × the usual stack:"
    yield f"{_verdict(ours <= found['target'])} ({ours:.2f} ×)."
    yield ""
    yield "What authorize loads, by package, and what of it runs in no request (own time of the modules, one run):"
    yield ""
    yield "| package | modules | ms | that never run | ms | the dearest of those |"
    yield "|---|---:|---:|---:|---:|---|"
    for package, cost in sorted(found["loaded"].items(), key=lambda entry: -entry[1]["ms"])[:10]:
        idle = ", ".join(f"`{name}`" for name in cost["idle"][:3])
        figures = f"{cost['modules']} | {cost['ms']:.0f} | {cost['idle_modules']} | {cost['idle_ms']:.0f}"
        yield f"| {package} | {figures} | {idle} |"
    yield ""
    yield 'A module without functions of its own (constants, base classes) never "runs" and is needed all the same.'
    yield "What payments must not load is a test: `tests/benchmarks/test_imports.py`."
    yield ""


def _units(found: Result) -> Iterator[str]:
    authorize, target = found["operations"]["authorize"], found["target"]
    named = found["tables"]
    met = authorize["all"] <= target["authorize_units"] and authorize["item_bytes"] <= target["authorize_item_bytes"]
    yield "## Calls and write units"
    yield ""
    yield "Counted, not timed: the calls of the real handlers as they are sent, and the sizes and keys of the items"
    yield "before and after (`benchmarks/write_units.py`). A write whose condition fails is paid for too."
    yield ""
    yield f"| operation | calls | {' | '.join(f'`{name}`' for name in named)} | claim | refused | units | item, bytes |"
    yield f"|---|---|{'---:|' * (len(named) + 4)}"
    for name, operation in found["operations"].items():
        cells = [operation["units"].get(place, 0) for place in (*named, "claims")]
        yield (
            f"| {name} | {', '.join(operation['calls'])} | {' | '.join(map(str, cells))} "
            f"| {operation['refused_writes']} | {operation['all']} | {operation['item_bytes'] or ''} |"
        )
    yield ""
    yield "| lifecycle | units |"
    yield "|---|---:|"
    for name, units in found["lifecycles"].items():
        yield f"| {name} | {units} |"
    yield ""
    yield f"Target, at most {target['authorize_units']} units and {target['authorize_item_bytes']:,} bytes for an"
    yield f"authorization: {_verdict(met)}."
    yield ""


_CROWDED: Final = 5
"""A load average before a part above which others had the cores: one process then gets a fraction of one."""


def _deployed(found: Result) -> Iterator[str]:
    yield "## Deployed on this machine"
    yield ""
    yield f"Through the gateway of the local engine, {found['rounds']} rounds of {found['seconds_per_round']} s, each"
    yield "request a new payment: a native authorization, and a PaymentIntent that is created and confirmed in one"
    yield f"request as Stripe's SDK sends it, the same bytes to us and to `{found['peer']}`. Load generator and servers"
    yield "share the cores. What each server holds grows from row to row, by what the rounds store and a warm-up before"
    yield f"them; between the parts of the table as many were put in as lead up to {found.get('stored', 2_000):,}, or"
    yield "as many as a server took in two minutes. Percentiles are of one round: of few requests, p95 and p99 are the"
    yield "slowest one."
    yield f"Load {found['machine']['load']}: a server with one process gets a part of one core."
    yield ""
    if found["machine"]["load"] > _CROWDED:
        yield "**Not a fair race.** On these crowded cores the peer, which is one process, was starved: alone on a"
        yield "machine of this kind it created and confirmed 84 intents a second. Neither its rates nor the distance to"
        yield "ours may be quoted from here; what the rows show is how each behaves as it holds more."
        yield ""
    yield from _first_requests(found)
    yield "![Requests a second](performance/deployed.svg)"
    yield ""
    yield "| server | holds | connections | requests/s | least – most | p50 ms | p95 ms | p99 ms | not a 200 |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for case in found["cases"]:
        rate = case["per_s"]
        tail = " | ".join(f"{case[share]['median']:,.1f}" for share in ("p50", "p95", "p99"))
        holds = " – ".join(f"{count:,}" for count in case["held"])
        yield (
            f"| {case['server']} | {holds} | {case['connections']} | {rate['median']:,.0f} "
            f"| {rate['least']:,.0f} – {rate['most']:,.0f} | {tail} | {case['not_200']} of {case['requests']:,} |"
        )
    yield ""
    for server in dict.fromkeys(case["server"] for case in found["cases"]):
        (few, early), (many, late) = _over_one_connection(found, server)
        yield f"- {server}: p50 over one connection {early:,.1f} ms with {few:,} held, {late:,.1f} ms with {many:,}"
        yield f"  ({late / early:.2f} ×): {_growth(late / early)}."
    yield ""


def _first_requests(found: Result) -> Iterator[str]:
    if "first" not in found:
        return
    yield "A sandbox that was just started, before anything had warmed it up. p99 later leaves the first second out, in"
    yield "which functions start:"
    yield ""
    yield "| first requests | connections | requests/s | p50 ms | p99 ms | p99 later ms | not a 200 |"
    yield "|---:|---:|---:|---:|---:|---:|---:|"
    for case in found["first"]:
        tail = " | ".join(f"{case[share]:,.1f}" for share in ("p50", "p99", "p99_later"))
        yield f"| {case['requests']:,} | {case['connections']} | {case['per_s']:,.0f} | {tail} | {case['not_200']} |"
    yield ""
    yield "Memory (shared pages counted in parts, PSS) and disk after `paysandbox verify`, which calls the routes:"
    yield ""
    yield "| seconds after | processes | memory MB | disk MB |"
    yield "|---:|---:|---:|---:|"
    for row in found["footprint"]:
        yield f"| {row['after_s']} | {row['processes']} | {row['memory_mb']:,} | {row['disk_mb']:,} |"
    yield ""


def _earlier_sandbox(found: Result) -> Iterator[str]:
    yield "### Beside an earlier sandbox"
    yield ""
    yield f"This version beside commit `{found['before']}`, both up on this machine and asked in turns:"
    yield f"{found['rounds']} rounds of {found['seconds_per_round']:.0f} s (`benchmarks/earlier_sandbox.py`)."
    yield f"Load {found['machine']['load']}."
    yield ""
    yield "| first requests after a start, one connection | requests/s | p50 ms | p99 ms | not a 200 |"
    yield "|---|---:|---:|---:|---:|"
    for version, first in found["first"].items():
        yield (
            f"| {version} | {first['per_s']:,.0f} | {first['p50']:,.1f} | {first['p99']:,.1f} "
            f"| {first['not_200']} of {first['requests']} |"
        )
    yield ""
    yield "| warm, ms | connections | requests/s before | after | ratio | least – most | p50 before | after | p99 |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for case in found["cases"]:
        rate, p50, p99 = case["per_s"], case["p50"], case["p99"]
        yield (
            f"| {case['way']} | {case['connections']} "
            f"| {rate['before']['median']:,.0f} | {rate['after']['median']:,.0f} "
            f"| {rate['ratio']['median']:.2f} | {rate['ratio']['least']:.2f} – {rate['ratio']['most']:.2f} "
            f"| {p50['before']['median']:,.1f} | {p50['after']['median']:,.1f} | {p99['after']['median']:,.1f} |"
        )
    yield ""


def _over_one_connection(found: Result, server: str) -> list[tuple[int, float]]:
    """Payments held and p50 (ms), with few and with many."""
    rows = [case for case in found["cases"] if (case["server"], case["connections"]) == (server, 1)]
    ranked = sorted((case["held"][0], case["p50"]["median"]) for case in rows)
    return [ranked[0], ranked[-1]]


def _growth(ratio: float) -> str:
    return "flat in the number of payments" if ratio < 1.25 else "grows with the number of payments"


def _modelled(found: Result) -> Iterator[str]:
    assumed = ", ".join(f"{part} {spread['p50']}/{spread['p95']}" for part, spread in found["assumed_ms"].items())
    yield "## On AWS, modelled"
    yield ""
    yield "**Modelled, not measured.** Latency: the CPU time above, stretched to the share of a processor that"
    yield f"{found['memory_mb']} MB have, and assumed times of AWS's parts (p50/p95 ms, lognormal: {assumed}), warm"
    yield "and in the Region."
    yield ""
    yield "| route | p50 ms | p95 ms | p99 ms | billed ms |"
    yield "|---|---:|---:|---:|---:|"
    for name, times in found["latency_ms"].items():
        yield f"| {name} | {times['p50']} | {times['p95']} | {times['p99']} | {times['billed_ms']} |"
    yield ""
    yield f"Cost of a million payments ({found['payment']}), {found['prices']}, from the units and bytes"
    yield "counted above. Not in it: storage, backups, traces, cold starts, what is refused or retried, and the"
    yield "function that keeps the log."
    yield ""
    yield "| what | US dollars |"
    yield "|---|---:|"
    for item, usd in found["usd_per_million"].items():
        yield f"| {item} | {usd:,.2f} |"
    yield f"| in all | {found['usd_in_all']:,.2f} |"
    yield ""


def _largest_first(parts: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(parts.items(), key=lambda part: -part[1])


def _webhooks(found: Result) -> Iterator[str]:
    one, many, budget, cost = (found[name] for name in ("one_endpoint", "several_endpoints", "budget", "cost"))
    yield "## Webhooks"
    yield ""
    yield "From the answer of an authorization, by the client's clock, to the receipt of its event's first attempt by a"
    yield f"real HTTP receiver, on the sandbox as deployed here: {one['payments']:,} payments,"
    yield f"{found['per_s']} a second, one endpoint. Load {found['machine']['load']}."
    yield ""
    yield "| mean ms | p50 ms | p95 ms | p99 ms | all arrived |"
    yield "|---:|---:|---:|---:|---|"
    shares = " | ".join(f"{one[f'{name}_ms']:,.0f}" for name in ("mean", "p50", "p95", "p99"))
    yield f"| {shares} | {'yes' if one['all_arrived'] else '**no**'} |"
    yield ""
    yield f"Target, {found['target_ms']} ms on average: {_verdict(one['mean_ms'] <= found['target_ms'])} here, where"
    yield "the engine looks into a stream or a queue as soon as something is in it. Where it goes, on average, by when"
    yield "SNS gave the event to another queue, the functions' REPORT lines (which hold the engine's own call of the"
    yield "function too), and the attempt that the delivery keeps:"
    yield ""
    yield "| part | ms |"
    yield "|---|---:|"
    for name, ms in _largest_first(one["parts_ms"]):
        yield f"| {name} | {ms:,.0f} |"
    yield ""
    yield f"The largest is *{one['largest']}*. {one['requests']:,} requests"
    yield f"came over {one['connections']} new connections: they are kept across invocations."
    yield ""
    yield f"{many['events']:,} events to {many['endpoints']} endpoints, paid as fast as four clients can:"
    yield f"{'all delivered' if many['all_arrived'] else str(many['missing']) + ' **missing**'}, the last one"
    yield f"{many['until_the_last_s']:,.0f} s after the first payment was begun and"
    yield f"{many['until_the_last_s'] - many['paying_s']:,.0f} s after the last was answered;"
    yield f"{many['deliveries_per_s']:,.0f} deliveries a second, {many['requests']:,} requests over"
    yield f"{many['connections']:,} connections."
    yield ""
    yield "### Webhooks on AWS, modelled"
    yield ""
    yield f"**Modelled, not measured**, against {budget['target_ms']} ms on average:"
    yield f"{_verdict(budget['mean_ms'] <= budget['target_ms'])} (mean {budget['mean_ms']:,.0f}, p50"
    yield f"{budget['p50_ms']:,.0f}, p95 {budget['p95_ms']:,.0f} ms). The largest part is the *{budget['largest']}*:"
    yield "Lambda looks into a shard four times a second, so a record waits an eighth of one on average, and no setting"
    yield "of ours shortens that. What would: the handler publishing by itself, which gives up that an event exists if"
    yield "and only if its operation is in the ledger."
    yield ""
    yield "| part | mean ms, assumed |"
    yield "|---|---:|"
    for name, ms in _largest_first(budget["parts_ms"]):
        yield f"| {name} | {ms:,.0f} |"
    yield ""
    yield f"A million deliveries to one endpoint, {cost['prices']}:"
    yield "calls and write units counted from the real workers (`benchmarks/webhook_cost.py`), billed time assumed"
    billed = ", ".join(f"{name} {ms} ms" for name, ms in cost["billed_ms"].items())
    yield f"({billed}, {cost['memory_mb']} MB). Not in it: storage, traces, retries, the data"
    yield "that leaves AWS, and the calls by which Lambda looks into empty queues."
    yield ""
    batches = cost["by_batch"]
    yield f"| US dollars | {' | '.join(f'in batches of {batch}' for batch in batches)} |"
    yield f"|---|{'---:|' * len(batches)}"
    for item in next(iter(batches.values()))["usd_per_million"]:
        prices = [of["usd_per_million"][item] for of in batches.values()]
        yield f"| {item} | {' | '.join(f'{usd:,.2f}' for usd in prices)} |"
    whole = [of["usd_in_all"] for of in batches.values()]
    yield f"| in all | {' | '.join(f'{usd:,.2f}' for usd in whole)} |"
