import { lazy } from "react";
import { BrowserRouter, Link, Navigate, Outlet, Route, Routes, useLocation } from "react-router";
import { ConfigContext, type Config } from "../api/config";
import { useMerchant } from "../api/session";
import { messages } from "../messages";
import { Page } from "../parts/Page";
import { Layout } from "./Layout";
import { MerchantScope } from "./MerchantScope";

const ActivityPage = lazy(() => import("../activity/ActivityPage"));
const PaymentPage = lazy(() => import("../payment/PaymentPage"));
const lists = () => import("../lists/pages");
const PaymentsPage = lazy(async () => ({ default: (await lists()).PaymentsPage }));
const DisputesPage = lazy(async () => ({ default: (await lists()).DisputesPage }));
const SettlementsPage = lazy(async () => ({ default: (await lists()).SettlementsPage }));
const PayoutsPage = lazy(async () => ({ default: (await lists()).PayoutsPage }));
const PayeesPage = lazy(async () => ({ default: (await lists()).PayeesPage }));
const CustomersPage = lazy(async () => ({ default: (await lists()).CustomersPage }));
const StripePage = lazy(async () => ({ default: (await lists()).StripePage }));
const DonationsPage = lazy(async () => ({ default: (await lists()).DonationsPage }));
const EventsPage = lazy(async () => ({ default: (await lists()).EventsPage }));
const RequestsPage = lazy(async () => ({ default: (await lists()).RequestsPage }));
const BalancePage = lazy(() => import("../balance/BalancePage"));
const DisputePage = lazy(() => import("../disputes/DisputePage"));
const SettlementPage = lazy(() => import("../settlements/SettlementPage"));
const ObjectPage = lazy(() => import("../objects/ObjectPage"));
const WebhooksPage = lazy(() => import("../webhooks/WebhooksPage"));
const EndpointPage = lazy(() => import("../webhooks/EndpointPage"));
const TryPage = lazy(() => import("../try/TryPage"));
const MetricsPage = lazy(() => import("../metrics/MetricsPage"));
const LostRunsPage = lazy(() => import("../lost/LostRunsPage"));
const LostRunPage = lazy(() => import("../lost/LostRunPage"));
const KeysPage = lazy(() => import("../keys/KeysPage"));

// Without the last slash, since /dashboard is the page too.
const BASENAME = import.meta.env.BASE_URL.replace(/\/$/, "");

export function App({ config }: { config: Config }) {
  return (
    <ConfigContext value={config}>
      <BrowserRouter basename={BASENAME}>
        <AppRoutes />
      </BrowserRouter>
    </ConfigContext>
  );
}

/** Address of every page, below /dashboard. */
export function AppRoutes() {
  return (
    <Routes>
      <Route element={<Scope />}>
        <Route path="keys" element={<KeysPage />} />
        <Route element={<SignedIn />}>
          <Route index element={<ActivityPage />} />
          <Route path="payments" element={<PaymentsPage />} />
          <Route path="payments/:id" element={<PaymentPage />} />
          <Route path="disputes" element={<DisputesPage />} />
          <Route path="disputes/:id" element={<DisputePage />} />
          <Route path="balance" element={<BalancePage />} />
          <Route path="settlements" element={<SettlementsPage />} />
          <Route path="settlements/:batch" element={<SettlementPage />} />
          <Route path="payouts" element={<PayoutsPage />} />
          <Route path="payees" element={<PayeesPage />} />
          <Route path="customers" element={<CustomersPage />} />
          <Route path="stripe/*" element={<StripePage />} />
          <Route path="donations" element={<DonationsPage />} />
          <Route path="events" element={<EventsPage />} />
          <Route path="requests" element={<RequestsPage />} />
          <Route path="object" element={<ObjectPage />} />
          <Route path="webhooks" element={<WebhooksPage />} />
          <Route path="webhooks/:endpointId" element={<EndpointPage />} />
          <Route path="try" element={<TryPage />} />
          <Route path="metrics" element={<MetricsPage />} />
          <Route path="lost-answers" element={<LostRunsPage />} />
          <Route path="lost-answers/:id" element={<LostRunPage />} />
        </Route>
        <Route path="*" element={<NotFound />} />
      </Route>
    </Routes>
  );
}

/** The layout, with the selected merchant's clients around it. */
function Scope() {
  const merchant = useMerchant();
  if (!merchant) return <Layout />;
  return (
    <MerchantScope key={merchant.api_key} merchant={merchant}>
      <Layout />
    </MerchantScope>
  );
}

/** Pages that need a key; without one the sign-in page is shown, and then the page that was asked for. */
function SignedIn() {
  const merchant = useMerchant();
  const { pathname, search } = useLocation();
  if (!merchant) return <Navigate to="/keys" replace state={{ next: pathname + search }} />;
  return <Outlet />;
}

function NotFound() {
  const { title, text, home } = messages.app.notFound;
  return (
    <Page title={title}>
      <p className="mb-3 text-muted">{text}</p>
      <Link className="text-accent underline" to="/">
        {home}
      </Link>
    </Page>
  );
}
