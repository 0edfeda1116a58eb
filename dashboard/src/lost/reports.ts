import { useQuery } from "@tanstack/react-query";
import { createSandboxClient } from "../api/client";
import { useSession } from "../api/session";

/** What the list shows of a run of `paysandbox lose`. Amounts are in minor units by currency. */
export interface LostRun {
  id: string;
  /** When it ended, in milliseconds since 1970. */
  at_ms: number;
  command: string[];
  /** The command with short paths. Reports of earlier versions have none. */
  command_shown?: string | null;
  verdict: string;
  exit_code: number;
  counts: Record<string, number>;
  lost: Record<string, number>;
  seconds: number;
  seed: number;
  calls: string[];
  events: string[];
}

/** The command of a run, as it is shown. */
export function commandOf({ command, command_shown }: Pick<LostRun, "command" | "command_shown">): string {
  return command_shown ?? command.join(" ");
}

/** A call or an event with its fault: what came of it, and how to repeat it. */
export interface LostCell {
  cell: string;
  /** The cell in words. Reports of earlier versions have none. */
  title?: string;
  request: string;
  outcome: string;
  reason: string | null;
  where: string;
  findings: { words: string; payments: string[] }[];
  likely_cause: string | null;
  merchant: string | null;
  timeline: string[];
  repeat: string;
}

export interface LostReport extends LostRun {
  cells: LostCell[];
  not_tried: string;
}

/** The last runs on this machine, the newest first. */
export function useLostRuns() {
  const { bearer } = useSession();
  return useQuery({
    queryKey: ["lost-answers", bearer],
    queryFn: ({ signal }) => createSandboxClient(bearer).get<{ data: LostRun[] }>("/lost-answers", undefined, signal),
    select: ({ data }) => data,
  });
}

/** The report of one run. */
export function useLostReport(id: string) {
  const { bearer } = useSession();
  return useQuery({
    queryKey: ["lost-answers", bearer, id],
    queryFn: ({ signal }) =>
      createSandboxClient(bearer).get<LostReport>(`/lost-answers/${encodeURIComponent(id)}`, undefined, signal),
  });
}
