import { useMemo } from "react";
import { remembered, useRemembered } from "../api/remembered";

/** A list with filters, under a name that its reader chose. */
export interface View {
  name: string;
  /** The query of its address, without the question mark. */
  search: string;
}

const keyOf = (merchant: string, path: string) => `paysandbox.views.${merchant}.${path}`;

function isView(value: unknown): value is View {
  const { name, search } = (value ?? {}) as Partial<Record<keyof View, unknown>>;
  return typeof name === "string" && typeof search === "string";
}

/** The views that the browser has. What something else has written there is left out. */
function parse(text: string | null): readonly View[] {
  try {
    const views: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(views) ? views.filter(isView) : [];
  } catch {
    return [];
  }
}

/** The views of a list that a merchant's readers have saved in this browser, and functions that change them. */
export function useViews(merchant: string, path: string) {
  const key = keyOf(merchant, path);
  const [text, replace] = useRemembered(key);
  const views = useMemo(() => parse(text), [text]);
  return {
    views,
    /** Another view of the same name is replaced. */
    save: (view: View) =>
      replace(JSON.stringify([...parse(remembered(key)).filter(({ name }) => name !== view.name), view])),
    remove: (name: string) => replace(JSON.stringify(parse(remembered(key)).filter((view) => view.name !== name))),
  };
}
