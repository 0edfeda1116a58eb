import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";
import { resetSession } from "../src/api/session";

// How long a query waits on a busy machine. It returns as soon as there is a result.
configure({ asyncUtilTimeout: 15_000 });

// jsdom has no layout. Every element is as large as a small window, so that virtual lists have a view.
const VIEW_PX = 600;
for (const name of ["clientHeight", "clientWidth"] as const) {
  Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => VIEW_PX });
}
HTMLElement.prototype.scrollTo = () => undefined;
HTMLElement.prototype.scrollIntoView = () => undefined;

afterEach(() => {
  cleanup();
  resetSession();
  sessionStorage.clear();
  localStorage.clear();
});
