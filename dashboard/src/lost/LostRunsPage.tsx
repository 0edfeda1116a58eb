import { Link } from "react-router";
import { messages } from "../messages";
import { CopyLine } from "../parts/CodeBlock";
import { Page } from "../parts/Page";
import { Empty, ErrorState, Loading } from "../parts/states";
import { Table, type Column } from "../parts/Table";
import { Time } from "../parts/Time";
import { UserText } from "../parts/visible";
import { VerdictBadge } from "./VerdictBadge";
import { commandOf, useLostRuns, type LostRun } from "./reports";

const text = messages.lost;

/** The last runs of `paysandbox lose` on this machine. */
export default function LostRunsPage() {
  const { data: runs, error, refetch } = useLostRuns();
  return (
    <Page title={text.title}>
      <p className="mb-4 max-w-3xl text-muted">{text.intro}</p>
      {error && <ErrorState error={error} retry={() => void refetch()} />}
      {!error && !runs && <Loading />}
      {runs?.length === 0 && (
        <Empty title={text.empty.title} icon="unplugged">
          <p className="mb-2">{text.empty.text}</p>
          <CopyLine text={text.empty.command} />
        </Empty>
      )}
      {runs && runs.length > 0 && <Table label={text.title} columns={COLUMNS} rows={runs} keyOf={({ id }) => id} />}
    </Page>
  );
}

const COLUMNS: readonly Column<LostRun>[] = [
  {
    id: "at",
    title: text.at,
    render: ({ id, at_ms }) => (
      <Link className="text-accent underline" to={`/lost-answers/${id}`}>
        <Time at={new Date(at_ms).toISOString()} />
      </Link>
    ),
  },
  { id: "outcome", title: text.outcome, render: (run) => <VerdictBadge exitCode={run.exit_code} /> },
  { id: "verdict", title: text.verdict, render: ({ verdict }) => <UserText>{verdict}</UserText> },
  {
    id: "command",
    title: text.command,
    render: (run) => (
      <code className="font-mono text-xs wrap-anywhere">
        <UserText>{commandOf(run)}</UserText>
      </code>
    ),
  },
  { id: "cells", title: text.cells, align: "right", render: ({ counts }) => text.count(counts) },
];
