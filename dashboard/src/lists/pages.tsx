import { ListPage } from "./ListPage";
import { DISPUTES, EVENTS, PAYMENTS, PAYOUTS, REQUESTS, SETTLEMENTS } from "./lists";

export const PaymentsPage = () => <ListPage list={PAYMENTS} />;
export const DisputesPage = () => <ListPage list={DISPUTES} />;
export const SettlementsPage = () => <ListPage list={SETTLEMENTS} />;
export const PayoutsPage = () => <ListPage list={PAYOUTS} />;
export const EventsPage = () => <ListPage list={EVENTS} />;
export const RequestsPage = () => <ListPage list={REQUESTS} />;
