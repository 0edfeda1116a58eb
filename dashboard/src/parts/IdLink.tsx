import { Link } from "react-router";

/** An ID that leads to a page of the dashboard, in a column that shrinks. */
export function IdLink({ id, to }: { id: string; to: string }) {
  return (
    <Link
      className="font-mono text-xs text-accent underline max-sm:break-all sm:block sm:w-0 sm:min-w-full sm:truncate"
      title={id}
      to={to}
    >
      {id}
    </Link>
  );
}
