import { waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createNativeClient } from "../src/api/client";
import { createFeedStore, MAX_ENTRIES, mergeEntries, type FeedStore } from "../src/api/feed";
import type { FeedEntry } from "../src/api/shapes";
import { CONFIG, feedPage, problem, requestEntry, startSandbox } from "./support/sandbox";

const ids = (entries: readonly FeedEntry[]) => entries.map(({ id }) => id);
const [one, two, three] = [requestEntry(1), requestEntry(2), requestEntry(3)];

describe("mergeEntries", () => {
  it.each([
    ["puts the newest first", [], [one, two], ["req_2", "req_1"]],
    ["puts new entries above", [one], [two, three], ["req_3", "req_2", "req_1"]],
    ["keeps each ID once", [two, one], [one, two, three], ["req_3", "req_2", "req_1"]],
    ["keeps a repeated ID of one page once", [], [one, one], ["req_1"]],
    ["puts a late entry in its place", [three, one], [two], ["req_3", "req_2", "req_1"]],
  ])("%s", (_, entries, page, expected) => {
    expect(ids(mergeEntries(entries, page))).toEqual(expected);
  });

  it("returns the same array if nothing is new", () => {
    const entries = [two, one];
    expect(mergeEntries(entries, [one])).toBe(entries);
  });

  it("drops the oldest above the cap", () => {
    expect(ids(mergeEntries([two, one], [three], 2))).toEqual(["req_3", "req_2"]);
  });
});

describe("the feed", () => {
  let store: FeedStore | undefined;

  afterEach(() => store?.stop());

  const start = (pollMs = CONFIG.poll_ms) => {
    store = createFeedStore(createNativeClient("", "sk_test_demo_1"), pollMs);
    store.start();
    return store;
  };

  it("asks for the newest entries first, and then for those after the cursor", async () => {
    const pages = [feedPage([one], "c1"), feedPage([one, two], "c2")];
    const sandbox = startSandbox({ "GET /feed": () => ({ body: pages.shift() ?? feedPage([], "c3") }) });
    const feed = start();
    await waitFor(() => expect(sandbox.sent.length).toBeGreaterThan(2));
    expect(ids(feed.getEntries())).toEqual(["req_2", "req_1"]);
    expect(sandbox.sent.slice(0, 3).map(({ query }) => query.get("after"))).toEqual([null, "c1", "c2"]);
    expect(sandbox.sent[0]?.headers.get("X-Api-Key")).toBe("sk_test_demo_1");
  });

  it("asks again at once while there are more", async () => {
    const pages = [feedPage([one], "c1"), feedPage([two], "c2", true), feedPage([three], "c3")];
    startSandbox({ "GET /feed": () => ({ body: pages.shift() ?? feedPage([], "c4") }) });
    const feed = start();
    await waitFor(() => expect(feed.getEntries()).toHaveLength(3));
  });

  it("sends the ETag and keeps its entries and cursor at 304", async () => {
    const sandbox = startSandbox({
      "GET /feed": ({ headers }) =>
        headers.get("If-None-Match") === '"e1"'
          ? { status: 304 }
          : { body: feedPage([one], "c1"), headers: { ETag: '"e1"' } },
    });
    const feed = start();
    await waitFor(() => expect(sandbox.sent.length).toBeGreaterThan(2));
    expect(ids(feed.getEntries())).toEqual(["req_1"]);
    expect(sandbox.sent[2]?.query.get("after")).toBe("c1");
    expect(feed.getStatus().state).toBe("live");
  });

  it("waits as long as a 429 says", async () => {
    const replies = [{ ...problem(429, "rate_limited"), headers: { "Retry-After": "30" } }];
    startSandbox({ "GET /feed": () => replies[0] ?? { body: feedPage([]) } });
    const feed = start();
    await waitFor(() => expect(feed.getStatus().state).toBe("throttled"));
    const wait = (feed.getStatus().retryAt ?? 0) - Date.now();
    expect(wait).toBeGreaterThan(20_000);
    expect(wait).toBeLessThanOrEqual(30_000);
    // A person may ask earlier.
    replies.pop();
    feed.poll();
    await waitFor(() => expect(feed.getStatus().state).toBe("live"));
  });

  it("goes on after an interruption, and says that there was one", async () => {
    const sandbox = startSandbox({ "GET /feed": { body: feedPage([one], "c1") } });
    const feed = start();
    await waitFor(() => expect(feed.getEntries()).toHaveLength(1));
    sandbox.down = true;
    await waitFor(() => expect(feed.getStatus().state).toBe("offline"));
    expect(feed.getEntries()).toHaveLength(1);
    sandbox.down = false;
    sandbox.routes["GET /feed"] = { body: feedPage([two], "c2") };
    feed.poll();
    await waitFor(() => expect(feed.getEntries()).toHaveLength(2));
    expect(feed.getStatus()).toMatchObject({ state: "live", resumed: true });
    feed.acknowledge();
    expect(feed.getStatus().resumed).toBe(false);
  });

  it("starts anew after a refused cursor, and keeps the entries", async () => {
    const sandbox = startSandbox({ "GET /feed": { body: feedPage([one], "c1") } });
    const feed = start();
    await waitFor(() => expect(feed.getEntries()).toHaveLength(1));
    sandbox.routes["GET /feed"] = ({ query }) =>
      query.has("after") ? problem(400, "cursor_invalid") : { body: feedPage([two], "c9") };
    await waitFor(() => expect(ids(feed.getEntries())).toEqual(["req_2", "req_1"]));
  });

  describe("older entries", () => {
    /** The newest entry is entry 9, and the page before it has entries 7 and 8. */
    const newest = { body: feedPage([requestEntry(9)], "c1", false, "p1") };
    const startWith = async (older: () => ReturnType<typeof problem> | Promise<ReturnType<typeof problem>>) => {
      const sandbox = startSandbox({ "GET /feed": ({ query }) => (query.has("before") ? older() : newest) });
      const feed = start();
      await waitFor(() => expect(feed.getOlder().state).toBe("available"));
      const asked = () => sandbox.sent.flatMap(({ query }) => query.get("before") ?? []);
      return { sandbox, feed, asked };
    };

    it("are loaded page by page, until there are none", async () => {
      const pages = [
        feedPage([requestEntry(7), requestEntry(8)], "c1", true, "p2"),
        feedPage([requestEntry(6), requestEntry(7)], "c1", true),
      ];
      const { feed, asked } = await startWith(() => ({ body: pages.shift() }));
      await feed.loadOlder();
      expect(ids(feed.getEntries())).toEqual(["req_9", "req_8", "req_7"]);
      expect(feed.getOlder()).toEqual({ state: "available", error: null });
      await feed.loadOlder();
      expect(ids(feed.getEntries())).toEqual(["req_9", "req_8", "req_7", "req_6"]);
      expect(feed.getOlder().state).toBe("none");
      await feed.loadOlder();
      expect(asked()).toEqual(["p1", "p2"]);
    });

    it("are asked for once at a time, while new ones go on to arrive", async () => {
      let answer: (reply: ReturnType<typeof problem>) => void = () => undefined;
      const { sandbox, feed, asked } = await startWith(() => new Promise((resolve) => (answer = resolve)));
      const loading = Promise.all([feed.loadOlder(), feed.loadOlder()]);
      expect(feed.getOlder().state).toBe("loading");
      await waitFor(() => expect(asked()).toEqual(["p1"]));
      sandbox.routes["GET /feed"] = { body: feedPage([requestEntry(10)], "c2") };
      await waitFor(() => expect(feed.getEntries()).toHaveLength(2));
      answer({ body: feedPage([requestEntry(8)], "c1", true) });
      await loading;
      expect(ids(feed.getEntries())).toEqual(["req_10", "req_9", "req_8"]);
    });

    it("can be asked for again after a failure", async () => {
      const replies = [problem(500, "internal_error", "The table does not answer.")];
      const { feed, asked } = await startWith(() => replies.shift() ?? { body: feedPage([one], "c1", true) });
      await feed.loadOlder();
      expect(feed.getOlder().state).toBe("failed");
      expect(feed.getOlder().error?.message).toBe("The table does not answer.");
      await feed.loadOlder();
      expect(feed.getOlder()).toEqual({ state: "none", error: null });
      expect(asked()).toEqual(["p1", "p1"]);
    });

    it("are no longer waited for once the feed is stopped", async () => {
      const { feed } = await startWith(() => new Promise(() => undefined));
      const loading = feed.loadOlder();
      feed.stop();
      await loading;
      expect(feed.getOlder()).toEqual({ state: "available", error: null });
    });

    it("are not loaded above the cap", async () => {
      const entries = Array.from({ length: MAX_ENTRIES - 1 }, (_, index) => requestEntry(index + 10));
      newest.body = feedPage(entries, "c1", false, "p1");
      const { feed, asked } = await startWith(() => ({ body: feedPage([one, two], "c1", true, "p2") }));
      await feed.loadOlder();
      expect(ids(feed.getEntries().slice(-2))).toEqual(["req_10", "req_2"]);
      expect(feed.getOlder().state).toBe("full");
      await feed.loadOlder();
      expect(asked()).toEqual(["p1"]);
    });
  });

  it("stops when the key is not accepted any more", async () => {
    const sandbox = startSandbox({ "GET /feed": problem(401, "api_key_invalid") });
    const feed = start();
    await waitFor(() => expect(feed.getStatus().state).toBe("signed_out"));
    expect(sandbox.sent).toHaveLength(1);
  });

  it("asks rarely while the page is hidden, and at once when it is shown", async () => {
    const sandbox = startSandbox({ "GET /feed": { body: feedPage([]) } });
    const visibility = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    const feed = start({ active: 1, idle: 1, quiet: 1, hidden: 3_600_000 });
    await waitFor(() => expect(feed.getStatus().state).toBe("live"));
    expect(sandbox.sent).toHaveLength(1);
    visibility.mockReturnValue(false);
    document.dispatchEvent(new Event("visibilitychange"));
    await waitFor(() => expect(sandbox.sent.length).toBeGreaterThan(1));
  });

  it("asks less and less often while nothing happens, and at once when somebody is there", async () => {
    const sandbox = startSandbox({ "GET /feed": { body: feedPage([]) } });
    const start_ms = Date.now();
    const clock = vi.spyOn(Date, "now").mockReturnValue(start_ms);
    const feed = start({ active: 1, idle: 1, quiet: 3_600_000, hidden: 3_600_000 });
    await waitFor(() => expect(sandbox.sent.length).toBeGreaterThan(2));
    const timer = vi.spyOn(globalThis, "setTimeout");
    clock.mockReturnValue(start_ms + 40 * 60_000);
    await waitFor(() => expect(timer).toHaveBeenCalledWith(expect.any(Function), 60_000));
    const count = sandbox.sent.length;
    window.dispatchEvent(new Event("pointermove"));
    await waitFor(() => expect(sandbox.sent.length).toBeGreaterThan(count + 2));
    expect(feed.getStatus().state).toBe("live");
  });

  it("stops after 30 minutes hidden, until the page is shown", async () => {
    const sandbox = startSandbox({ "GET /feed": { body: feedPage([]) } });
    const visibility = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    const start_ms = Date.now();
    const clock = vi.spyOn(Date, "now").mockReturnValue(start_ms);
    const feed = start();
    await waitFor(() => expect(feed.getStatus().state).toBe("live"));
    clock.mockReturnValue(start_ms + 30 * 60_000);
    await waitFor(() => expect(feed.getStatus().state).toBe("stopped"));
    const count = sandbox.sent.length;
    visibility.mockReturnValue(false);
    document.dispatchEvent(new Event("visibilitychange"));
    await waitFor(() => expect(sandbox.sent.length).toBeGreaterThan(count));
    expect(feed.getStatus().state).not.toBe("stopped");
  });
});
