import { useQueries } from "@tanstack/react-query";
import { Link } from "react-router";
import { useStripeApi } from "../api/client";
import { readPage } from "../api/readPages";
import { belongingTo, pageOfList, type StripeObject } from "../api/stripe";
import { columnsOf } from "../lists/list";
import { stripeList } from "../lists/stripeList";
import { messages } from "../messages";
import { Card } from "../parts/Page";
import { ErrorState, Loading } from "../parts/states";
import { Table } from "../parts/Table";

const text = messages.objects;
const SHOWN = 5;
/** What other lists here show too: a payment intent has its charges, and a payment method is not only a card. */
const SHOWN_ELSEWHERE: ReadonlySet<string> = new Set(["customers charges", "customers customers/{id}/sources"]);

/** The newest of each kind of objects that belong to one, each kind with a link to all of them. */
export function RelatedLists({ path, id }: { path: string; id: string }) {
  const stripe = useStripeApi();
  const related = belongingTo(path, id).filter(({ list }) => !SHOWN_ELSEWHERE.has(`${path} ${list.path}`));
  const results = useQueries({
    queries: related.map((each) => ({
      queryKey: ["related", each.path, each.asked],
      queryFn: ({ signal }: { signal: AbortSignal }) => {
        const source = { client: stripe, path: `/${each.path}`, isStripe: true };
        return readPage<StripeObject>(source, each.asked, null, SHOWN, signal);
      },
    })),
  });
  const shown = related.flatMap((each, place) => {
    const list = stripeList(each.path);
    const result = results[place];
    return list ? [{ list, to: pageOfList(each.path, each.asked), rows: result?.data?.data, each }] : [];
  });
  const failed = results.find(({ error }) => error !== null);
  const empty = shown.filter(({ rows }) => rows?.length === 0);
  return (
    <>
      {shown.map(({ list, to, rows, each }) =>
        rows && rows.length > 0 ? (
          <Card
            key={each.path}
            title={list.title}
            actions={
              <Link className="text-accent underline" to={to} aria-label={`${text.all}: ${list.title}`}>
                {text.all}
              </Link>
            }
          >
            <Table label={list.title} columns={columnsOf(list.columns, rows)} rows={rows} keyOf={list.keyOf} />
          </Card>
        ) : null,
      )}
      {results.some(({ isPending }) => isPending) && <Loading />}
      {failed?.error && <ErrorState error={failed.error} retry={() => void failed.refetch()} />}
      {empty.length > 0 && (
        <p className="flex flex-wrap gap-x-2 text-muted">
          {text.none}
          {empty.map(({ list, to, each }) => (
            <Link key={each.path} className="text-accent underline" to={to}>
              {list.title}
            </Link>
          ))}
        </p>
      )}
    </>
  );
}
