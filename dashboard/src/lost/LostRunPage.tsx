import { Fragment } from "react";
import { useParams } from "react-router";
import { messages } from "../messages";
import { Badge, type Tone } from "../parts/Badge";
import { CodeBlock } from "../parts/CodeBlock";
import { Card, Page } from "../parts/Page";
import { ErrorState, Loading } from "../parts/states";
import { Table, type Column } from "../parts/Table";
import { UserText } from "../parts/visible";
import { VerdictBadge } from "./VerdictBadge";
import { commandOf, useLostReport, type LostCell, type LostReport } from "./reports";

const text = messages.lost;
const LOST = "lost";

const TONES: Record<string, Tone> = { [LOST]: "bad", "no loss": "good" };

/** One run of `paysandbox lose`: its verdict, each loss with its calls, and all cells. */
export default function LostRunPage() {
  const { id = "" } = useParams();
  const { data: report, error, refetch } = useLostReport(id);
  return (
    <Page title={text.run(id)} actions={report && <VerdictBadge exitCode={report.exit_code} />}>
      {error && <ErrorState error={error} retry={() => void refetch()} />}
      {!error && !report && <Loading />}
      {report && <Shown report={report} />}
    </Page>
  );
}

function Shown({ report }: { report: LostReport }) {
  const losses = report.cells.filter(({ outcome }) => outcome === LOST);
  return (
    <div className="flex flex-col gap-4">
      <p className="max-w-3xl">
        <UserText>{report.verdict}</UserText>
      </p>
      <CodeBlock code={commandOf(report)} label={text.command} />
      {losses.map((cell) => (
        <Loss key={cell.cell} cell={cell} />
      ))}
      <div>
        <h2 className="mb-2 text-base font-semibold">{text.cells}</h2>
        <Table label={text.cells} columns={COLUMNS} rows={report.cells} keyOf={({ cell }) => cell} />
      </div>
      <p className="text-xs text-muted">
        {report.not_tried} {text.seed(report.seed)}
      </p>
    </div>
  );
}

function wordsOf(findings: LostCell["findings"]): string {
  return findings.map(({ words }) => words).join(", ");
}

function Loss({ cell }: { cell: LostCell }) {
  const title = `${cell.where}: ${wordsOf(cell.findings)}`;
  return (
    <Card title={title}>
      <div className="flex flex-col gap-3">
        {cell.likely_cause && <UserText>{cell.likely_cause}</UserText>}
        <Payments cell={cell} />
        <CodeBlock code={cell.timeline.join("\n")} label={text.timeline} isWhole />
        <CodeBlock code={cell.repeat} label={text.repeat} />
      </div>
    </Card>
  );
}

/** The payments of a loss. Each run is a merchant of its own, whose key has ended: their IDs are for the engine's data. */
function Payments({ cell }: { cell: LostCell }) {
  const payments = [...new Set(cell.findings.flatMap((finding) => finding.payments))];
  if (payments.length === 0) return null;
  return (
    <p className="text-muted">
      {text.payments}{" "}
      {payments.map((payment, place) => (
        <Fragment key={payment}>
          {place > 0 && ", "}
          <code className="font-mono text-xs wrap-anywhere">{payment}</code>
        </Fragment>
      ))}
    </p>
  );
}

const COLUMNS: readonly Column<LostCell>[] = [
  {
    id: "cell",
    title: text.cell,
    render: ({ cell, title }) => (
      <>
        {title && <span className="block">{title}</span>}
        <code className="font-mono text-xs whitespace-nowrap text-muted">{cell}</code>
      </>
    ),
  },
  { id: "request", title: text.of, render: ({ request }) => <UserText>{request}</UserText> },
  {
    id: "outcome",
    title: text.outcome,
    render: ({ outcome }) => <Badge tone={TONES[outcome] ?? "warn"}>{outcome}</Badge>,
  },
  {
    id: "found",
    title: text.found,
    render: ({ findings, reason }) => (findings.length > 0 ? wordsOf(findings) : reason),
  },
];
