import clsx from "clsx";
import { Link } from "react-router";

const OF_ID = "font-mono text-xs max-sm:break-all sm:block sm:w-0 sm:min-w-full sm:truncate";

/** An ID that leads to a page of the dashboard, if it has one, in a column that shrinks. */
export function IdLink({ id, to }: { id: string; to: string | null }) {
  if (to === null) {
    return (
      <span className={OF_ID} title={id}>
        {id}
      </span>
    );
  }
  return (
    <Link className={clsx(OF_ID, "text-accent underline")} title={id} to={to}>
      {id}
    </Link>
  );
}
