import { ListPage } from "./ListPage";
import { CUSTOMERS, DISPUTES, DONATIONS, EVENTS, PAYMENTS, PAYOUTS, REQUESTS, SETTLEMENTS } from "./lists";

export const PaymentsPage = () => <ListPage list={PAYMENTS} />;
export const DisputesPage = () => <ListPage list={DISPUTES} />;
export const SettlementsPage = () => <ListPage list={SETTLEMENTS} />;
export const PayoutsPage = () => <ListPage list={PAYOUTS} />;
export const CustomersPage = () => <ListPage list={CUSTOMERS} />;
export const DonationsPage = () => <ListPage list={DONATIONS} />;
export const EventsPage = () => <ListPage list={EVENTS} />;
export const RequestsPage = () => <ListPage list={REQUESTS} />;
