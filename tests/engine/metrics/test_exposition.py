"""The two text formats, as the parsers of Prometheus' own client library read them."""

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parsed_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parsed_text

from engine.metrics.durations import BOUNDS_S, Durations
from engine.metrics.exposition import CONTENT_TYPES, OPENMETRICS, TEXT, Family, Sample, exposition

PARSERS = {TEXT: parsed_text, OPENMETRICS: parsed_openmetrics}
FORMATS = pytest.mark.parametrize("media_type", [TEXT, OPENMETRICS])

COUNTER = Family("jobs", "counter", "Jobs.", [Sample(3, [("state", "done")]), Sample(0, [("state", "lost")])])
GAUGE = Family("size_bytes", "gauge", "Size.", [Sample(1.5)])
INFO = Family("build", "info", "Build.", [Sample(1, [("version", "1.2.3")])])
EMPTY = Family("nothing", "gauge", "Nothing yet.", [])


def read(
    families: list[Family], media_type: str
) -> dict[str, tuple[str, str, list[tuple[str, dict[str, str], float]]]]:
    """Return type, text and samples of each metric, as they are read."""
    text = exposition(families, media_type).decode()
    return {
        family.name: (
            family.type,
            family.documentation,
            [(each.name, each.labels, each.value) for each in family.samples],
        )
        for family in PARSERS[media_type](text)
    }


@FORMATS
@pytest.mark.parametrize("family, kind, samples", [
    (COUNTER, "counter", [("jobs_total", {"state": "done"}, 3), ("jobs_total", {"state": "lost"}, 0)]),
    (GAUGE, "gauge", [("size_bytes", {}, 1.5)]),
    (INFO, "info", [("build_info", {"version": "1.2.3"}, 1)]),
    (EMPTY, "gauge", []),
], ids=lambda value: getattr(value, "name", None))  # fmt: skip
def test_kinds(media_type, family, kind, samples):
    name, kind = ("build_info", "gauge") if kind == "info" and media_type == TEXT else (family.name, kind)
    assert read([family], media_type) == {name: (kind, family.text, samples)}


@FORMATS
def test_several_are_in_order_and_each_once(media_type):
    assert len(read([COUNTER, GAUGE, INFO], media_type)) == 3


@FORMATS
@pytest.mark.parametrize("text", ['a "quote"', "a \\ backslash", "two\nlines", "\\n", 'all\\"\n', "Größe"])
def test_escaping(media_type, text):
    family = Family("odd", "gauge", text, [Sample(1, [("label", text)])])
    assert read([family], media_type) == {"odd": ("gauge", text, [("odd", {"label": text}, 1)])}


@FORMATS
def test_the_end(media_type):
    document = exposition([GAUGE], media_type)
    assert document.endswith(b"# EOF\n") == (media_type == OPENMETRICS)
    assert document.endswith(b"\n")


@FORMATS
def test_histograms(media_type):
    """A bucket has all that took no longer than its bound, and the last one has all."""
    durations = Durations(("operation", "status"))
    for seconds in (0.005, 0.0051, 3.0, 60.0):
        durations.count(("pay", "2xx"), seconds)
    durations.count(("pay", "5xx"), 0.001)
    durations.count(("refund", "2xx"), 0.3)

    families = [
        durations.counter("requests", "Requests."),
        durations.histogram("took_seconds", "Took.", ("operation",)),
    ]
    found = read(families, media_type)
    assert sorted((labels["operation"], labels["status"], value) for _, labels, value in found["requests"][2]) == [
        ("pay", "2xx", 4),
        ("pay", "5xx", 1),
        ("refund", "2xx", 1),
    ]
    samples = [each for each in found["took_seconds"][2] if each[1]["operation"] == "pay"]
    buckets = {labels["le"]: value for name, labels, value in samples if name == "took_seconds_bucket"}
    assert [float(bound) for bound in buckets] == [*BOUNDS_S, float("inf")]
    assert [buckets[bound] for bound in ("0.005", "0.01", "2.5", "5.0", "10.0", "+Inf")] == [2, 3, 3, 4, 4, 5]
    others = {name: value for name, labels, value in samples if "le" not in labels}
    assert others == {"took_seconds_count": 5, "took_seconds_sum": pytest.approx(63.0111)}


def test_content_types():
    assert CONTENT_TYPES == {
        TEXT: "text/plain; version=0.0.4; charset=utf-8",
        OPENMETRICS: "application/openmetrics-text; version=1.0.0; charset=utf-8",
    }
