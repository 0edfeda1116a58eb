import { useMerchant } from "../api/session";
import { DONATIONS_MERCHANT } from "./donationsMerchant";
import { Navigate, useParams } from "react-router";
import { Kinds } from "./Kinds";
import { ListPage } from "./ListPage";
import { stripeList } from "./stripeList";
import { WithTotals } from "./Totals";
import { CUSTOMERS } from "./customers";
import {
  DISPUTES,
  DONATIONS,
  EVENTS,
  PAYEES,
  PAYMENTS,
  PAYOUTS,
  RECENT_DONATIONS,
  REQUESTS,
  SETTLEMENTS,
} from "./lists";

export const PaymentsPage = () => <ListPage list={PAYMENTS} />;
export const DisputesPage = () => <ListPage list={DISPUTES} />;
export const SettlementsPage = () => <ListPage list={SETTLEMENTS} />;
export const PayoutsPage = () => <ListPage list={PAYOUTS} />;
export const PayeesPage = () => <ListPage list={PAYEES} />;
export const CustomersPage = () => (
  <WithTotals>
    <ListPage list={CUSTOMERS} />
  </WithTotals>
);
export const EventsPage = () => <ListPage list={EVENTS} />;
export const RequestsPage = () => <ListPage list={REQUESTS} />;

/** A list of the Stripe-compatible API, whose path is in the address, with links to the other kinds. */
export function StripePage() {
  const path = useParams()["*"] ?? "";
  const list = stripeList(path || "checkout/sessions");
  if (!list) return <Navigate to="/stripe" replace />;
  return <ListPage key={list.path} list={{ ...list, intro: () => <Kinds /> }} />;
}

export function DonationsPage() {
  const isOwn = useMerchant()?.merchant === DONATIONS_MERCHANT;
  return isOwn ? <ListPage list={DONATIONS} /> : <ListPage list={RECENT_DONATIONS} />;
}
