import { useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import { useApi, useStripeApi } from "../api/client";
import { pageOfId } from "../api/pageOf";
import { messages } from "../messages";
import { CopyIcon } from "../parts/Copy";
import { stripeListOf, type StripeObject } from "../api/stripe";
import { JsonView } from "../parts/JsonView";
import { Page } from "../parts/Page";
import { ErrorState, Loading } from "../parts/states";
import { isPayout, PayoutFacts } from "./PayoutFacts";
import { RelatedLists } from "./RelatedLists";
import { relatedTo } from "./related";
import { CustomerPayments, StripeFacts } from "./StripeFacts";

const text = messages.objects;
const STRIPE = "/v1/";
/** Paths below /v1 that are the native API's all the same: those of customers and disbursements. */
const NATIVE = "/v1/api/";

/** An object of either API as it is retrieved. The path is in the address. Each ID in it leads to its page. */
export default function ObjectPage() {
  const [search] = useSearchParams();
  const path = search.get("path") ?? "";
  const native = useApi();
  const stripe = useStripeApi();
  const { data, error, refetch } = useQuery({
    queryKey: ["object", path],
    queryFn: ({ signal }) =>
      path.startsWith(STRIPE) && !path.startsWith(NATIVE)
        ? stripe.get<unknown>(path.slice(STRIPE.length - 1), undefined, signal)
        : native.get<unknown>(path, undefined, signal),
  });
  const id = path.slice(path.lastIndexOf("/") + 1);
  const listed = path.startsWith(STRIPE) ? path.slice(STRIPE.length, path.lastIndexOf("/")) : "";
  const isStripe = stripeListOf(listed) !== undefined && isObject(data);
  return (
    <Page title={id || text.title} actions={<CopyIcon text={id} label={messages.parts.copyOf(id)} />}>
      <p className="mb-3 font-mono text-xs text-muted break-all">GET {path}</p>
      {relatedTo(path).map(({ title, to }) => (
        <Link key={to} className="mb-3 block w-fit text-accent underline" to={to}>
          {title}
        </Link>
      ))}
      {error && <ErrorState error={error} retry={() => void refetch()} />}
      {!error && data === undefined && <Loading />}
      {isStripe && (
        <div className="mb-4 flex flex-col gap-4">
          <StripeFacts path={listed} object={data} />
          {data.object === "customer" && <CustomerPayments id={id} />}
          <RelatedLists path={listed} id={id} />
        </div>
      )}
      {isPayout(data) && <PayoutFacts payout={data} />}
      {data !== undefined && (
        <JsonView value={data} label={text.json} isWhole pageOf={(value) => (value === id ? null : pageOfId(value))} />
      )}
    </Page>
  );
}

function isObject(value: unknown): value is StripeObject {
  return typeof value === "object" && value !== null && "id" in value;
}
