import type { Query } from "@tanstack/react-query";

/** Whether a list is reading the next page that somebody asked for. Reading the list again now would cancel it. */
export function readsNextPage({ state }: Query): boolean {
  return state.fetchStatus === "fetching" && state.fetchMeta?.fetchMore !== undefined;
}
