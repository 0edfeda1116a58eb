import clsx from "clsx";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { NavLink, Outlet, useLocation, useNavigate } from "react-router";
import { useConfig } from "../api/config";
import { useFeedStatus, type FeedState } from "../api/feed";
import { selectMerchant, useMerchant, useSession } from "../api/session";
import { messages } from "../messages";
import { Badge } from "../parts/Badge";
import { IconButton } from "../parts/Button";
import { Icon, type IconName } from "../parts/Icon";
import { Loading } from "../parts/states";
import { setZone, useZone, zoneName } from "../parts/times";
import { Banner } from "./Banner";
import { Search } from "./Search";
import { ErrorBoundary } from "./ErrorBoundary";
import { KeysHelp } from "./KeysHelp";
import { nextTheme, useTheme } from "./theme";

// Queries are not needed before the first page is shown.
const ClockChip = lazy(async () => ({ default: (await import("./ClockChip")).ClockChip }));
const ClockWatch = lazy(async () => ({ default: (await import("./ClockChip")).ClockWatch }));

const { pages } = messages.app;

interface PageLink {
  to: string;
  icon: IconName;
  title: string;
  isLocal?: true;
}

const LINKS: readonly PageLink[] = [
  { to: "/", icon: "activity", title: pages.activity },
  { to: "/payments", icon: "card", title: pages.payments },
  { to: "/customers", icon: "person", title: pages.customers },
  { to: "/stripe", icon: "box", title: pages.stripe },
  { to: "/disputes", icon: "flag", title: pages.disputes },
  { to: "/balance", icon: "scales", title: pages.balance },
  { to: "/settlements", icon: "bank", title: pages.settlements },
  { to: "/payouts", icon: "send", title: pages.payouts },
  { to: "/payees", icon: "people", title: pages.payees },
  { to: "/donations", icon: "heart", title: pages.donations },
  { to: "/events", icon: "list", title: pages.events },
  { to: "/requests", icon: "search", title: pages.requests },
  { to: "/webhooks", icon: "webhook", title: pages.webhooks },
  { to: "/try", icon: "try", title: pages.try },
  { to: "/metrics", icon: "metrics", title: pages.metrics },
  { to: "/lost-answers", icon: "unplugged", title: pages.lost, isLocal: true },
  { to: "/keys", icon: "key", title: pages.keys },
];

/** The pages that the environment has: some are of the sandbox on this machine. */
function useLinks() {
  const { session } = useConfig();
  return LINKS.filter(({ isLocal }) => session || !isLocal);
}

/** Sidebar and page; below 640 px a bar at the top and one at the bottom. */
export function Layout() {
  const isSignedIn = useMerchant() !== null;
  const bottom = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    bottom.current?.querySelector("[aria-current=page]")?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [pathname]);
  const links = useLinks();
  const hasClock = useConfig().clock === "moves" && isSignedIn;
  return (
    <div className="min-h-dvh sm:grid sm:grid-cols-[15rem_minmax(0,1fr)]">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:bg-surface focus:p-2"
      >
        {messages.app.skip}
      </a>
      <header className="sticky top-0 z-10 flex items-center gap-2 border-b border-line bg-surface px-3 py-2 sm:hidden">
        <Mark />
        <Environment />
        <MerchantSwitch />
        {hasClock && (
          <Suspense>
            <ClockChip />
          </Suspense>
        )}
        {isSignedIn && <FeedIndicator />}
        {isSignedIn && <Search isCompact />}
        <ThemeSwitch />
      </header>
      <aside className="sticky top-0 hidden h-dvh flex-col gap-4 overflow-y-auto border-r border-line bg-surface p-3 sm:flex">
        <div className="flex flex-wrap items-center gap-2 px-1 pt-1">
          <span className="inline-flex items-center gap-1.5 font-semibold whitespace-nowrap">
            <Mark />
            {messages.app.name}
          </span>
          <Environment />
        </div>
        <MerchantSwitch />
        {isSignedIn && <Search />}
        <nav aria-label={messages.app.navigation} className="flex flex-col gap-0.5">
          {links.map((link) => (
            <SideLink key={link.to} {...link} />
          ))}
          <ReferenceLink />
        </nav>
        <div className="mt-auto flex flex-col gap-1 px-2 text-xs text-muted">
          {hasClock && (
            <Suspense>
              <ClockChip />
            </Suspense>
          )}
          {isSignedIn && <FeedIndicator />}
          <div className="flex items-center justify-between">
            <ZoneSwitch />
            <span className="flex">
              {isSignedIn && <KeysHelp />}
              <ThemeSwitch />
            </span>
          </div>
        </div>
      </aside>
      <main
        id="content"
        tabIndex={-1}
        className="flex min-h-[calc(100dvh-3rem)] flex-col pb-16 outline-none sm:min-h-dvh sm:pb-0"
      >
        {isSignedIn && <Banner />}
        {hasClock && (
          <Suspense>
            <ClockWatch />
          </Suspense>
        )}
        <Content />
        <footer className="mt-auto flex items-center justify-between gap-3 px-4 py-2 text-xs text-muted sm:hidden">
          <ZoneSwitch />
          <ReferenceLink />
        </footer>
      </main>
      <nav
        ref={bottom}
        aria-label={messages.app.navigation}
        className="fixed inset-x-0 bottom-0 z-10 flex overflow-x-auto border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] sm:hidden"
      >
        {links.map((link) => (
          <BottomLink key={link.to} {...link} />
        ))}
      </nav>
    </div>
  );
}

function Content() {
  const { pathname } = useLocation();
  return (
    <ErrorBoundary resetKey={pathname}>
      <Suspense fallback={<Loading />}>
        <Outlet />
      </Suspense>
    </ErrorBoundary>
  );
}

function SideLink({ to, icon, title }: PageLink) {
  return (
    <NavLink
      to={to}
      end={to === "/"}
      className={({ isActive }) =>
        clsx(
          "flex items-center gap-2.5 rounded-md px-2 py-1.5 font-medium",
          isActive ? "bg-accent-soft text-accent" : "text-muted hover:bg-raised hover:text-ink",
        )
      }
    >
      <Icon name={icon} size={18} />
      {title}
    </NavLink>
  );
}

function BottomLink({ to, icon, title }: PageLink) {
  return (
    <NavLink
      to={to}
      end={to === "/"}
      className={({ isActive }) =>
        clsx(
          "flex min-h-14 min-w-20 grow basis-auto px-1.5 flex-col items-center justify-center gap-0.5 text-xs whitespace-nowrap focus-visible:-outline-offset-2",
          isActive ? "text-accent" : "text-muted",
        )
      }
    >
      <Icon name={icon} size={20} />
      {title}
    </NavLink>
  );
}

function ReferenceLink() {
  const config = useConfig();
  return (
    <a
      href={`${config.api_base}/docs`}
      target="_blank"
      rel="noreferrer"
      className="flex items-center gap-2.5 rounded-md px-2 py-1.5 font-medium text-muted hover:bg-raised hover:text-ink"
    >
      <Icon name="book" size={18} />
      <span className="grow">{pages.reference}</span>
      <Icon name="external" size={14} />
    </a>
  );
}

function Mark() {
  return <img src={`${import.meta.env.BASE_URL}icon.svg`} alt="" width={18} height={18} className="shrink-0" />;
}

function Environment() {
  const { environment } = useConfig();
  return (
    <span title={messages.app.environment(environment)}>
      <Badge tone={environment === "local" ? "info" : "accent"}>{environment}</Badge>
    </span>
  );
}

/** The page for another merchant: of an object, such as a payment, its list, since an object is of one merchant. */
function pageForAnother(pathname: string, search: string): string {
  const [, list = "", id] = pathname.split("/");
  const query = new URLSearchParams(search);
  // The selected entry of Activity.
  query.delete("id");
  const rest = query.toString();
  return id ? `/${list}` : pathname + (rest && `?${rest}`);
}

function MerchantSwitch() {
  const { merchants, selected } = useSession();
  const { pathname, search } = useLocation();
  const navigate = useNavigate();
  const [next, setNext] = useState<string | null>(null);
  const page = pageForAnother(pathname, search);
  const isThere = page === pathname + search;
  useEffect(() => {
    // Only once the page is left: it would ask for its object with the other merchant's key.
    if (next !== null && isThere) selectMerchant(next);
  }, [next, isThere]);
  if (selected === null) return null;
  const select = (merchant: string) => {
    setNext(merchant);
    if (!isThere) void navigate(page);
  };
  return (
    <select
      aria-label={messages.app.merchant}
      value={next ?? selected}
      onChange={(event) => select(event.target.value)}
      className="min-h-8 w-full min-w-0 rounded-md border border-strong-line bg-surface px-2 py-1 font-medium"
    >
      {merchants.map(({ merchant }) => (
        <option key={merchant} value={merchant}>
          {merchant}
        </option>
      ))}
    </select>
  );
}

const DOTS: Record<FeedState, string> = {
  connecting: "bg-muted",
  live: "bg-good",
  throttled: "bg-warn",
  offline: "bg-bad",
  failed: "bg-bad",
  signed_out: "bg-bad",
  stopped: "bg-muted",
};

function FeedIndicator() {
  const { state } = useFeedStatus();
  return (
    <span className="inline-flex items-center gap-1.5 text-xs whitespace-nowrap text-muted">
      <span className={clsx("size-2 rounded-full", DOTS[state])} aria-hidden="true" />
      {messages.app.states[state]}
    </span>
  );
}

function ThemeSwitch() {
  const theme = useTheme();
  const icon = theme === "light" ? "sun" : theme === "dark" ? "moon" : "system";
  return <IconButton icon={icon} label={messages.app.theme[theme]} onClick={nextTheme} />;
}

function ZoneSwitch() {
  const zone = useZone();
  const name = zoneName(zone);
  return (
    <button
      type="button"
      title={messages.app.zone(name)}
      onClick={() => setZone(zone === "UTC" ? "local" : "UTC")}
      className="min-h-6 truncate rounded-sm hover:text-ink"
    >
      {name}
    </button>
  );
}
