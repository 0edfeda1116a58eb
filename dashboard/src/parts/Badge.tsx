import clsx from "clsx";
import type { ReactNode } from "react";

export type Tone = "neutral" | "good" | "warn" | "bad" | "info" | "accent";

const TONES: Record<Tone, string> = {
  neutral: "bg-raised text-muted",
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  info: "bg-info-soft text-info",
  accent: "bg-accent-soft text-accent",
};

export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={clsx(
        "inline-flex items-center rounded-sm px-1.5 py-px text-xs font-medium whitespace-nowrap",
        TONES[tone],
      )}
    >
      {children}
    </span>
  );
}

const STATUS_TONES: Record<string, Tone> = {
  approved: "good",
  authorized: "info",
  captured: "good",
  partially_captured: "info",
  settled: "good",
  paid: "good",
  succeeded: "good",
  delivered: "good",
  enabled: "good",
  won: "good",
  completed: "good",
  closed: "good",
  pending: "warn",
  processing: "warn",
  requires_action: "warn",
  needs_response: "warn",
  under_review: "warn",
  open: "warn",
  partially_refunded: "warn",
  retrying: "warn",
  unclaimed: "warn",
  held: "warn",
  declined: "bad",
  failed: "bad",
  failing: "bad",
  lost: "bad",
  disabled: "bad",
  exhausted: "bad",
  blocked: "bad",
  returned: "bad",
  refunded: "neutral",
  voided: "neutral",
  canceled: "neutral",
  expired: "neutral",
  reversed: "neutral",
};

/** A status of the API, such as `partially_captured`, in words. */
export function StatusBadge({ status }: { status: string }) {
  return <Badge tone={STATUS_TONES[status] ?? "neutral"}>{status.replaceAll("_", " ")}</Badge>;
}

/** An HTTP status, colored by its class; null if no answer came. */
export function HttpStatusBadge({ status, none = "no answer" }: { status: number | null; none?: string }) {
  if (status === null) return <Badge tone="bad">{none}</Badge>;
  return <Badge tone={status < 300 ? "good" : status < 400 ? "info" : status < 500 ? "warn" : "bad"}>{status}</Badge>;
}
