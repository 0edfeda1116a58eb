import { describe, expect, it } from "vitest";
import { deliveriesIn, rowsOf, shownRows, type Row } from "../src/activity/rows";
import type { FeedEntry } from "../src/api/shapes";
import { requestEntry } from "./support/sandbox";

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 22, 12, 0, 0) + seconds * 1000).toISOString();

const request = (id: string, seconds: number, status = 201): FeedEntry => {
  const entry = requestEntry(1, { id, recorded_at: at(seconds) });
  return { ...entry, request: { ...entry.request, status } };
};
const event = (id: string, seconds: number): FeedEntry => ({
  ...requestEntry(1, { recorded_at: at(seconds) }),
  id,
  kind: "event",
  event: { type: "payment_captured", object_id: "pay_1" },
});
const attempt = (
  delivery_id: string,
  number: number,
  seconds: number,
  status: number | null = 503,
  event_id = "evt_1",
  endpoint_id = "we_1",
): FeedEntry => ({
  ...requestEntry(1, { recorded_at: at(seconds) }),
  id: `${delivery_id}#${number}`,
  kind: "delivery_attempt",
  delivery_attempt: {
    delivery_id,
    event_id,
    event_type: "payment_captured",
    endpoint_id,
    url: "https://shop.example/hooks",
    attempt: number,
    status,
    error: null,
    latency_ms: 5,
    succeeded: status === 200,
  },
});
/** `id[inside,inside]` */
const text = ({ id, inside }: Row): string => id + (inside.length ? `[${inside.map(text).join()}]` : "");
const many = (count: number, make: (index: number) => FeedEntry) =>
  Array.from({ length: count }, (_, index) => make(count - 1 - index));

describe("rows", () => {
  const attempts = [attempt("wd_2", 2, 9), attempt("wd_1", 1, 8), attempt("wd_2", 1, 7)];
  const cases: [string, FeedEntry[], string][] = [
    ["an event has its attempts", [...attempts, event("evt_1", 6)], "evt_1[wd_2#2,wd_1#1,wd_2#1]"],
    ["attempts are within their event also if that is not loaded", attempts, "evt_1[wd_2#2,wd_1#1,wd_2#1]"],
    [
      "retries of events that are not loaded are one for each endpoint, where the newest is",
      [
        request("r1", 9),
        attempt("wd_3", 4, 8, 503, "evt_3"),
        event("evt_2", 7),
        attempt("wd_1", 3, 6),
        attempt("wd_4", 2, 5, 503, "evt_4", "we_2"),
        attempt("wd_1", 2, 4),
      ],
      "r1,retries we_1[evt_3[wd_3#4],evt_1[wd_1#3,wd_1#2]],evt_2,wd_4#2",
    ],
    [
      "an event whose first attempt is loaded is not among them",
      [attempt("wd_1", 2, 6), attempt("wd_3", 2, 5, 503, "evt_3"), attempt("wd_1", 1, 4)],
      "evt_1[wd_1#2,wd_1#1],wd_3#2",
    ],
    ["four that are alike are no burst", many(4, (index) => request(`r${index}`, 0)), "r3,r2,r1,r0"],
    ["five are", many(5, (index) => request(`r${index}`, index * 0.9)), "burst r0[r4,r3,r2,r1,r0]"],
    ["a second between them is too long", many(5, (index) => request(`r${index}`, index)), "r4,r3,r2,r1,r0"],
    [
      "another result is no part of it",
      [request("other", 1, 422), ...many(5, (index) => request(`r${index}`, 0))],
      "other,burst r0[r4,r3,r2,r1,r0]",
    ],
    [
      "events between requests make two",
      many(5, (index) => request(`r${index}`, 0)).flatMap((one) => [event(`evt_${one.id}`, 0), one]),
      "burst evt_r0[evt_r4,evt_r3,evt_r2,evt_r1,evt_r0],burst r0[r4,r3,r2,r1,r0]",
    ],
    ["after a minute the next begins", many(200, (index) => request(`r${index}`, index / 2)), "burst r120,burst r0"],
  ];

  it.each(cases)("%s", (_, entries, expected) => {
    const rows = rowsOf(entries).map(text).join();
    expect(expected.includes("[") || entries.length < 10 ? rows : rows.replaceAll(/\[[^\]]*\]/g, "")).toBe(expected);
  });

  it("show what is inside of those that are open", () => {
    const shown = shownRows(rowsOf([...attempts, event("evt_1", 6)]), new Set(["evt_1"]));
    expect(shown.map(({ row, depth }) => `${row.id} ${depth}`)).toEqual([
      "evt_1 0",
      "wd_2#2 1",
      "wd_1#1 1",
      "wd_2#1 1",
    ]);
  });

  it("of retries have the newest result of each delivery", () => {
    const [row] = rowsOf([attempt("wd_3", 2, 9, 500, "evt_3"), attempt("wd_1", 3, 8), attempt("wd_1", 2, 7, null)]);
    expect(row && deliveriesIn(row)).toEqual([
      { id: "wd_3", status: 500, attempts: 1 },
      { id: "wd_1", status: 503, attempts: 2 },
    ]);
  });

  it("have the newest result of each delivery", () => {
    const [row] = rowsOf([
      attempt("wd_1", 2, 9, 200),
      attempt("wd_2", 1, 8, null),
      attempt("wd_1", 1, 7),
      event("evt_1", 6),
    ]);
    expect(row && deliveriesIn(row)).toEqual([
      { id: "wd_1", status: 200, attempts: 2 },
      { id: "wd_2", status: null, attempts: 1 },
    ]);
  });
});
