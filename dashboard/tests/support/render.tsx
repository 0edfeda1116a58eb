import { render, type RenderResult } from "@testing-library/react";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import type { ReactNode } from "react";
import { MemoryRouter, Route, Routes } from "react-router";
import { ConfigContext, type Config } from "../../src/api/config";
import { resetSession, type Merchant } from "../../src/api/session";
import { AppRoutes } from "../../src/app/App";
import { MerchantScope } from "../../src/app/MerchantScope";
import { CONFIG, DASHBOARD_KEY, SECRET_KEY } from "./sandbox";

export const DEMO: Merchant = {
  merchant: "demo",
  api_key: DASHBOARD_KEY,
  secret_key: SECRET_KEY,
  publishable_key: `pk_test_demo_${"c".repeat(32)}`,
};

interface PageOptions {
  /** Address, below /dashboard. */
  at?: string;
  /** Pattern of the page's route, such as `/payments/:id`. */
  route?: string;
  config?: Partial<Config>;
  /** Who is signed in. */
  merchant?: Merchant;
}

/** Render one page, without the layout; signed in as `demo`, unless it says otherwise. Call `startSandbox` first. */
export function renderPage(page: ReactNode, options: PageOptions = {}): RenderResult & { user: UserEvent } {
  const { at = "/", route = "*", config = {}, merchant = DEMO } = options;
  resetSession({ merchants: [merchant], selected: merchant.merchant });
  const result = render(
    <ConfigContext value={{ ...CONFIG, ...config }}>
      <MemoryRouter initialEntries={[at]}>
        <MerchantScope merchant={merchant}>
          <Routes>
            <Route path={route} element={page} />
            <Route path="*" element={null} />
          </Routes>
        </MerchantScope>
      </MemoryRouter>
    </ConfigContext>,
  );
  return { ...result, user: userEvent.setup() };
}

/** Render the whole application with its layout; signed out unless `resetSession` was called. */
export function renderApp(options: Pick<PageOptions, "at" | "config"> = {}): RenderResult & { user: UserEvent } {
  const { at = "/", config = {} } = options;
  const result = render(
    <ConfigContext value={{ ...CONFIG, ...config }}>
      <MemoryRouter initialEntries={[at]}>
        <AppRoutes />
      </MemoryRouter>
    </ConfigContext>,
  );
  return { ...result, user: userEvent.setup() };
}
