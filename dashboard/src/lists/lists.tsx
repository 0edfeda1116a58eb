import type {
  Customer,
  Disbursement,
  Dispute,
  Donation,
  EventSummary,
  ListedDonation,
  LoggedRequest,
  Payment,
  SettlementSummary,
} from "../api/schema";
import { pageOfPath } from "../api/pageOf";
import { intentOf, paymentOf } from "../api/paymentId";
import { messages } from "../messages";
import { Badge, DisputeBadge, HttpStatusBadge, StatusBadge } from "../parts/Badge";
import { bankAccountText } from "../parts/bankAccount";
import { cardText } from "../parts/card";
import { decimalText } from "../parts/currency";
import { IdLink } from "../parts/IdLink";
import { Money } from "../parts/Money";
import { EVENT_TYPES } from "./choices";
import { DonationsIntro } from "./DonationsIntro";
import { SettlementsIntro } from "./SettlementsIntro";
import { linkColumn, moneyColumn, statusColumn, textColumn, timeColumn } from "./columns";
import { choicesOf, type Filter, type List } from "./list";

const text = messages.lists;

const CREATED: readonly Filter[] = [
  { name: "created_from", label: text.from, kind: "time" },
  { name: "created_to", label: text.to, kind: "time" },
];

export const PAYMENTS: List<Payment> = {
  title: text.payments.title,
  path: "/payments",
  filters: [
    {
      name: "reference",
      label: text.payments.search,
      kind: "text",
      hint: text.payments.searchHint,
      opensPayments: true,
    },
    {
      name: "status",
      label: text.status,
      kind: "choice",
      choices: choicesOf<Payment["status"]>({
        requires_action: true,
        processing: true,
        pending: true,
        approved: true,
        declined: true,
        partially_captured: true,
        captured: true,
        partially_refunded: true,
        refunded: true,
        voided: true,
        reversed: true,
        expired: true,
      }),
    },
    {
      name: "last4",
      label: text.payments.last4,
      kind: "text",
      hint: "4242",
      isShort: true,
    },
    { name: "customer", label: text.payments.customer, kind: "text", hint: "cus_…", isShort: true },
    { name: "disputed", label: text.payments.disputed, kind: "choice", choices: ["true", "false"], isShort: true },
    ...CREATED,
  ],
  sortedBy: text.created,
  columns: [
    timeColumn(text.created, ({ created_at }) => created_at),
    moneyColumn(text.amount, (payment) => payment),
    {
      id: "status",
      title: text.status,
      render: ({ status, dispute }) => (
        <span className="inline-flex flex-wrap gap-1">
          <StatusBadge status={status} />
          {dispute && <DisputeBadge status={dispute.status} />}
        </span>
      ),
      heads: [text.status, text.disputes.dispute],
      cells: ({ status, dispute }) => [status, dispute?.status],
    },
    textColumn(text.payments.reference, ({ reference }) => reference),
    textColumn(text.payments.card, ({ card }) => card && cardText(card)),
    linkColumn(
      text.payments.customer,
      ({ customer }) => customer ?? null,
      (id) => pageOfPath(`/v1/customers/${id}`),
    ),
    linkColumn(
      text.payments.payment,
      (payment) => intentOf(payment) ?? payment.auth_id,
      (_, { auth_id }) => `/payments/${auth_id}`,
    ),
  ],
  keyOf: ({ auth_id }) => auth_id,
  money: (payment) => payment,
  empty: { ...text.payments.empty, to: "/try" },
};

export const DISPUTES: List<Dispute> = {
  title: text.disputes.title,
  path: "/disputes",
  filters: [
    { name: "auth_id", label: text.payments.payment, kind: "text", hint: "auth_…" },
    {
      name: "status",
      label: text.status,
      kind: "choice",
      choices: choicesOf<Dispute["status"]>({
        warning_needs_response: true,
        warning_under_review: true,
        warning_closed: true,
        needs_response: true,
        under_review: true,
        won: true,
        lost: true,
      }),
      names: messages.parts.disputes,
    },
    ...CREATED,
  ],
  sortedBy: text.created,
  columns: [
    timeColumn(text.created, ({ created_at }) => created_at),
    moneyColumn(text.amount, (dispute) => dispute),
    statusColumn(text.status, ({ status }) => status),
    textColumn(text.disputes.reason, ({ reason }) => reason.replaceAll("_", " ")),
    timeColumn(text.disputes.due, ({ status, due_by }) => (status.endsWith("needs_response") ? due_by : null)),
    linkColumn(
      text.disputes.dispute,
      ({ dispute_id }) => dispute_id,
      (id) => `/disputes/${id}`,
    ),
    linkColumn(
      text.payments.payment,
      ({ auth_id }) => auth_id,
      (id) => `/payments/${id}`,
    ),
  ],
  keyOf: ({ dispute_id }) => dispute_id,
  money: (dispute) => dispute,
  empty: { ...text.disputes.empty, to: "/payments?status=captured" },
};

export const SETTLEMENTS: List<SettlementSummary> = {
  title: text.settlements.title,
  path: "/settlements",
  filters: [],
  sortedBy: text.settlements.cutoff,
  columns: [
    linkColumn(
      text.settlements.batch,
      ({ batch }) => batch,
      // A path with a dot in its last part is a file, on AWS (stacks/operations/dashboard_paths.js).
      (batch) => `/settlements/${batch.replace(".", "_")}`,
    ),
    statusColumn(text.status, ({ status }) => status),
    timeColumn(text.settlements.cutoff, ({ cutoff }) => cutoff),
    {
      id: "net",
      title: text.settlements.net,
      align: "right",
      render: ({ totals }) =>
        totals.map(({ currency, net }) => (
          <span key={currency} className="block">
            <Money amount={net} currency={currency} />
          </span>
        )),
      cells: ({ totals }) => [
        totals.map(({ currency, net }) => `${decimalText(net, currency)} ${currency}`).join("; "),
      ],
    },
    {
      id: "payout",
      title: text.settlements.payout,
      align: "right",
      render: ({ totals }) =>
        totals.map(({ currency, payout }) => (
          <span key={currency} className="block">
            <Money amount={payout} currency={currency} />
          </span>
        )),
      cells: ({ totals }) => [
        totals.map(({ currency, payout }) => `${decimalText(payout, currency)} ${currency}`).join("; "),
      ],
    },
  ],
  keyOf: ({ batch }) => batch,
  empty: text.settlements.empty,
  intro: () => <SettlementsIntro />,
};

export const PAYOUTS: List<Disbursement> = {
  title: text.payouts.title,
  path: "/v1/api/payment",
  filters: [
    { name: "customer_id", label: text.payouts.payee, kind: "text" },
    {
      name: "status",
      label: text.status,
      kind: "choice",
      choices: choicesOf<Disbursement["status"]>({
        pending: true,
        processing: true,
        paid: true,
        failed: true,
        unclaimed: true,
        held: true,
        blocked: true,
        returned: true,
        canceled: true,
        requires_attention: true,
      }),
    },
    {
      name: "payment_method",
      label: text.payouts.method,
      kind: "choice",
      choices: choicesOf<Disbursement["payment_method"]>({ paypal: true, ach: true, stripe: true }),
    },
    ...CREATED,
  ],
  sortedBy: text.created,
  columns: [
    timeColumn(text.created, ({ created_at }) => created_at),
    moneyColumn(text.amount, (payout) => payout),
    statusColumn(text.status, ({ status }) => status),
    textColumn(text.payouts.to, ({ email, last4, stripe_account: account }) =>
      last4 ? bankAccountText(last4) : (account ?? email),
    ),
    textColumn(text.payouts.method, ({ payment_method }) => payment_method),
    textColumn(text.payouts.code, ({ code }) => code),
    textColumn(text.payouts.settlesOn, ({ effective_date }) => effective_date),
    textColumn(text.payments.reference, ({ reference }) => reference),
    linkColumn(
      text.payouts.payee,
      ({ customer_id }) => customer_id,
      (id) => pageOfPath(`/v1/api/customer/${id}`),
    ),
    {
      id: "payout",
      title: text.payouts.payout,
      shrinks: true,
      render: ({ customer_id, payment_id }) => (
        <IdLink id={payment_id} to={pageOfPath(`/v1/api/payment/${customer_id}/${payment_id}`)} />
      ),
      cells: ({ payment_id }) => [payment_id],
    },
  ],
  keyOf: ({ payment_id }) => payment_id,
  money: (payout) => payout,
  empty: { ...text.payouts.empty, command: "paysandbox disbursements create unixuser1 12.50", isOfMerchant: true },
};

export const PAYEES: List<Customer> = {
  title: text.payees.title,
  path: "/v1/api/customer",
  filters: [{ name: "email", label: text.payees.email, kind: "text", hint: "ada@example.com" }, ...CREATED],
  sortedBy: text.created,
  columns: [
    timeColumn(text.created, ({ created_at }) => created_at),
    textColumn(text.payees.email, ({ email }) => email),
    textColumn(text.payees.name, ({ name }) => name),
    textColumn(text.payees.bankAccount, ({ bank_account }) => bank_account && bankAccountText(bank_account.last4)),
    textColumn(text.payees.routingNumber, ({ bank_account }) => bank_account?.routing_number),
    textColumn(text.payees.stripeAccount, ({ stripe_account }) => stripe_account),
    linkColumn(
      text.payouts.payee,
      ({ customer_id }) => customer_id,
      (id) => pageOfPath(`/v1/api/customer/${id}`),
    ),
    linkColumn(
      text.payouts.title,
      ({ customer_id }) => customer_id,
      (id) => `/payouts?customer_id=${encodeURIComponent(id)}`,
      text.payees.payouts,
    ),
  ],
  keyOf: ({ customer_id }) => customer_id,
  empty: {
    ...text.payees.empty,
    command: "paysandbox disbursements customers create unixuser1 ada@example.com",
    isOfMerchant: true,
  },
  intro: () => <p className="mb-4 text-muted">{text.payees.intro}</p>,
};

export const DONATIONS: List<ListedDonation> = {
  title: text.donations.title,
  path: "/donations",
  filters: [
    {
      name: "status",
      label: text.status,
      kind: "choice",
      choices: choicesOf<ListedDonation["status"]>({ SUCCEEDED: true, PENDING: true, FAILED: true, REFUNDED: true }),
      byDefault: "SUCCEEDED",
    },
    ...CREATED,
  ],
  sortedBy: text.created,
  columns: [
    timeColumn(text.created, ({ created_at }) => created_at),
    moneyColumn(text.amount, (donation) => donation),
    {
      id: "status",
      title: text.status,
      render: ({ status, amount, currency, refunded, failure }) => (
        <span className="inline-flex flex-wrap items-center gap-1 xl:flex-nowrap">
          <StatusBadge status={status.toLowerCase()} />
          {refunded > 0 && refunded < amount && (
            <Badge>
              <Money amount={refunded} currency={currency} />
              &nbsp;{text.donations.refunded}
            </Badge>
          )}
          {status === "FAILED" && failure && (
            <span className="text-muted xl:text-nowrap">{failure.replaceAll("_", " ")}</span>
          )}
        </span>
      ),
      heads: [text.status, text.donations.failure, text.donations.refundedAmount],
      cells: ({ status, failure, refunded, currency }) => [status, failure, decimalText(refunded, currency)],
    },
    textColumn(text.donations.donor, ({ donor_name }) => donor_name),
    textColumn(text.donations.receipt, ({ receipt }) => (receipt === "none" ? null : receipt)),
    {
      id: "payment",
      title: text.payments.payment,
      shrinks: true,
      render: ({ payment_intent }) => {
        if (!payment_intent) return null;
        // An intent of Stripe's own account has no page here.
        const payment = paymentOf(payment_intent);
        return <IdLink id={payment_intent} to={payment && `/payments/${payment}`} />;
      },
      cells: ({ payment_intent }) => [payment_intent],
    },
    {
      id: "donation",
      title: text.donations.donation,
      render: ({ donation_id }) => (
        <code className="font-mono text-xs max-sm:break-all sm:text-nowrap">{donation_id}</code>
      ),
      cells: ({ donation_id }) => [donation_id],
    },
  ],
  keyOf: ({ donation_id }) => donation_id,
  money: (donation) => donation,
  empty: text.donations.empty,
  intro: () => <DonationsIntro />,
};

/** What merchants without donations see. */
export const RECENT_DONATIONS: List<Donation> = {
  title: text.donations.title,
  path: "/donations/recent",
  isArray: true,
  filters: [],
  columns: [
    timeColumn(text.created, ({ created_at }) => created_at),
    moneyColumn(text.amount, (donation) => donation),
    textColumn(text.donations.donor, ({ donor_name }) => donor_name),
  ],
  keyOf: ({ created_at, donor_name, amount }) => `${created_at} ${donor_name} ${amount}`,
  empty: text.donations.publicEmpty,
  intro: () => <DonationsIntro />,
};

export const EVENTS: List<EventSummary> = {
  title: text.events.title,
  path: "/events",
  filters: [
    { name: "transaction_id", label: text.payments.payment, kind: "text", hint: "auth_…" },
    { name: "type", label: text.events.type, kind: "choice", choices: EVENT_TYPES },
    { name: "from", label: text.from, kind: "time" },
    { name: "to", label: text.to, kind: "time" },
  ],
  sortedBy: text.events.at,
  columns: [
    timeColumn(text.events.at, ({ timestamp }) => timestamp),
    textColumn(text.events.type, ({ type }) => type),
    linkColumn(
      text.payments.payment,
      ({ data }) => (typeof data["auth_id"] === "string" ? data["auth_id"] : null),
      (id) => `/payments/${id}`,
    ),
    linkColumn(
      text.events.event,
      ({ id }) => id,
      (id) => pageOfPath(`/events/${id}`),
    ),
  ],
  keyOf: ({ id }) => id,
  empty: { ...text.events.empty, to: "/try" },
};

export const REQUESTS: List<LoggedRequest> = {
  title: text.requests.title,
  path: "/requests",
  filters: [
    { name: "status", label: text.status, kind: "choice", choices: ["2xx", "4xx", "5xx"] },
    { name: "failed", label: text.requests.failed, kind: "choice", choices: ["true", "false"], isShort: true },
    { name: "route", label: text.requests.route, kind: "text", hint: "authorize_payment" },
    { name: "payment_id", label: text.payments.payment, kind: "text", hint: "auth_…" },
    { name: "reference", label: text.payments.reference, kind: "text", hint: "order-1042" },
    { name: "from", label: text.from, kind: "time" },
    { name: "to", label: text.to, kind: "time" },
  ],
  sortedBy: text.requests.at,
  columns: [
    timeColumn(text.requests.at, ({ created_at }) => created_at),
    {
      id: "status",
      title: text.status,
      render: ({ status, code }) => (
        <span className="inline-flex flex-wrap items-center gap-1">
          <HttpStatusBadge status={status} /> {code}
        </span>
      ),
      heads: [text.status, text.requests.code],
      cells: ({ status, code }) => [String(status), code],
    },
    textColumn(text.requests.path, ({ method, path }) => `${method} ${path}`),
    textColumn(text.requests.duration, ({ duration_ms }) => messages.activity.ms(duration_ms)),
    linkColumn(
      text.payments.payment,
      ({ payment_id }) => (payment_id ? paymentOf(payment_id) : null),
      (id) => `/payments/${id}`,
    ),
    linkColumn(
      text.requests.request,
      ({ request_id }) => request_id,
      (id) => `/?id=${id}`,
    ),
  ],
  keyOf: ({ request_id }) => request_id,
  empty: { ...text.requests.empty, to: "/try" },
};
