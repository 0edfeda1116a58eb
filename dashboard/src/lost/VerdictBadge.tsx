import { messages } from "../messages";
import { Badge } from "../parts/Badge";

const { verdicts } = messages.lost;

/** What a run found, by its exit code: 0 without a loss, 1 with one, anything else undecided. */
export function VerdictBadge({ exitCode }: { exitCode: number }) {
  if (exitCode === 0) return <Badge tone="good">{verdicts.none}</Badge>;
  if (exitCode === 1) return <Badge tone="bad">{verdicts.lost}</Badge>;
  return <Badge tone="warn">{verdicts.undecided}</Badge>;
}
