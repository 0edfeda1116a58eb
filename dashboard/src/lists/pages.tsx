import { useMerchant } from "../api/session";
import { DONATIONS_MERCHANT } from "./donationsMerchant";
import { ListPage } from "./ListPage";
import {
  CUSTOMERS,
  DISPUTES,
  DONATIONS,
  EVENTS,
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
export const CustomersPage = () => <ListPage list={CUSTOMERS} />;
export const EventsPage = () => <ListPage list={EVENTS} />;
export const RequestsPage = () => <ListPage list={REQUESTS} />;

export function DonationsPage() {
  const isOwn = useMerchant()?.merchant === DONATIONS_MERCHANT;
  return isOwn ? <ListPage list={DONATIONS} /> : <ListPage list={RECENT_DONATIONS} />;
}
