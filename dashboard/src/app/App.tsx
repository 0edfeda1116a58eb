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
const WebhooksPage = lazy(() => import("../webhooks/WebhooksPage"));
const EndpointPage = lazy(() => import("../webhooks/EndpointPage"));
const TryPage = lazy(() => import("../try/TryPage"));
const MetricsPage = lazy(() => import("../metrics/MetricsPage"));
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
          <Route path="payments/:id" element={<PaymentPage />} />
          <Route path="webhooks" element={<WebhooksPage />} />
          <Route path="webhooks/:endpointId" element={<EndpointPage />} />
          <Route path="try" element={<TryPage />} />
          <Route path="metrics" element={<MetricsPage />} />
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
