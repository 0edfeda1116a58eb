import { pageOfPath } from "../api/pageOf";
import { messages } from "../messages";

const { payouts } = messages.lists;
const CUSTOMER = /^\/v1\/api\/customer\/([^/]+)$/;
const PAYOUT = /^\/v1\/api\/payment\/([^/]+)\/[^/]+$/;

/** Pages of what belongs to an object and that no ID in it leads to, by the path that retrieves it. */
export function relatedTo(path: string): readonly { title: string; to: string }[] {
  const customer = CUSTOMER.exec(path)?.[1];
  if (customer !== undefined) {
    return [{ title: payouts.title, to: `/payouts?customer_id=${encodeURIComponent(customer)}` }];
  }
  const payee = PAYOUT.exec(path)?.[1];
  return payee === undefined ? [] : [{ title: payouts.payee, to: pageOfPath(`/v1/api/customer/${payee}`) }];
}
