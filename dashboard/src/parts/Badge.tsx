import clsx from "clsx";
import type { ReactNode } from "react";
import { messages } from "../messages";

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

type DisputeStatus = keyof typeof messages.parts.disputes;

const DISPUTE_TONES: Record<DisputeStatus, Tone> = {
  needs_response: "bad",
  under_review: "bad",
  lost: "bad",
  won: "good",
  warning_needs_response: "warn",
  warning_under_review: "warn",
  warning_closed: "neutral",
};

/** The status of a dispute or an inquiry, which says which of them it is. */
export function DisputeBadge({ status }: { status: DisputeStatus }) {
  return <Badge tone={DISPUTE_TONES[status]}>{messages.parts.disputes[status]}</Badge>;
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
  completed: "good",
  closed: "good",
  pending: "warn",
  processing: "warn",
  requires_action: "warn",
  open: "warn",
  partially_refunded: "warn",
  retrying: "warn",
  unclaimed: "warn",
  held: "warn",
  declined: "bad",
  failed: "bad",
  failing: "bad",
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

const isOfDispute = (status: string): status is DisputeStatus => Object.hasOwn(messages.parts.disputes, status);

/** A status of the API in words: `partially_captured`, or that of a dispute. */
export function StatusBadge({ status }: { status: string }) {
  if (isOfDispute(status)) return <DisputeBadge status={status} />;
  return <Badge tone={STATUS_TONES[status] ?? "neutral"}>{status.replaceAll("_", " ")}</Badge>;
}

/** An HTTP status, colored by its class; null if no answer came. */
export function HttpStatusBadge({ status, none = "no answer" }: { status: number | null; none?: string }) {
  if (status === null) return <Badge tone="bad">{none}</Badge>;
  return <Badge tone={status < 300 ? "good" : status < 400 ? "info" : status < 500 ? "warn" : "bad"}>{status}</Badge>;
}
