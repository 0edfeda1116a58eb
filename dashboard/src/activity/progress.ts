import { useCallback, useMemo } from "react";
import { remembered, useRemembered } from "../api/remembered";

/** What a merchant has done of the first steps, and whether it put them away. */
export interface Progress {
  /** IDs of steps. */
  done: readonly string[];
  isHidden: boolean;
}

const NONE: Progress = { done: [], isHidden: false };
const keyOf = (merchant: string) => `paysandbox.first_steps.${merchant}`;

function parse(text: string | null): Progress {
  try {
    return { ...NONE, ...(JSON.parse(text ?? "{}") as Partial<Progress>) };
  } catch {
    return NONE;
  }
}

/** A merchant's progress, which this browser remembers, and a function that changes it. */
export function useProgress(merchant: string): [Progress, (change: Partial<Progress>) => void] {
  const key = keyOf(merchant);
  const [text, replace] = useRemembered(key);
  const progress = useMemo(() => parse(text), [text]);
  const change = useCallback(
    (changed: Partial<Progress>) => replace(JSON.stringify({ ...parse(remembered(key)), ...changed })),
    [key, replace],
  );
  return [progress, change];
}
