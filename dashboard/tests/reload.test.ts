import { beforeEach, expect, it, vi } from "vitest";
import { reloadForNewBuild } from "../src/app/reload";

/** Loads the page of a build, as far as it is about missing files, and returns what to call when one is missing. */
function open(build: string, reload: () => void): () => void {
  const listening = vi.spyOn(window, "addEventListener").mockReturnValue();
  reloadForNewBuild(build, reload);
  const [name, listener] = listening.mock.lastCall as [string, EventListener];
  listening.mockRestore();
  return () => listener(new Event(name));
}

beforeEach(() => sessionStorage.clear());

it("reloads once for each build", () => {
  const reload = vi.fn();
  open("/assets/b1/index.js", reload)();
  expect(reload).toHaveBeenCalledTimes(1);
  open("/assets/b1/index.js", reload)();
  expect(reload).toHaveBeenCalledTimes(1);
  open("/assets/b2/index.js", reload)();
  expect(reload).toHaveBeenCalledTimes(2);
});

it("does not reload where it could not remember it", () => {
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new Error("blocked");
  });
  const reload = vi.fn();
  open("/assets/b1/index.js", reload)();
  expect(reload).not.toHaveBeenCalled();
});
