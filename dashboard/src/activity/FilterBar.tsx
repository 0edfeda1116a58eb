import { useMemo, useState } from "react";
import type { FeedEntry } from "../api/shapes";
import { paymentOf } from "../api/paymentId";
import { messages } from "../messages";
import { cardText } from "../parts/card";
import { Button, IconButton } from "../parts/Button";
import { SelectField, TextField } from "../parts/Field";
import { Time } from "../parts/Time";
import { choicesOf, isFiltered, KINDS, STATUSES, type Filters } from "./filters";
import { OpenPayment } from "./PaymentLink";

const text = messages.activity.filters;

interface FilterBarProps {
  filters: Filters;
  /** The entries whose codes, routes and cards can be chosen. */
  entries: readonly FeedEntry[];
  /** Text of the search field. */
  search: string;
  onSearch: (value: string) => void;
  onChange: (name: keyof Filters, value: string) => void;
  onClear: () => void;
  /** Whether each entry has a row of its own. */
  isEach: boolean;
  onEach: (isEach: boolean) => void;
}

/** Search and filters. */
export function FilterBar({ filters, entries, search, onSearch, onChange, onClear, isEach, onEach }: FilterBarProps) {
  const [isOpen, setOpen] = useState(() => isEach || isFiltered({ ...filters, q: null }));
  const choices = useMemo(() => choicesOf(entries), [entries]);
  const payment = paymentOf(search);
  return (
    <section aria-label={text.label} className="mb-3 flex flex-col gap-2">
      <div className="flex gap-2">
        <TextField
          label={text.search}
          hideLabel
          type="search"
          placeholder={text.search}
          value={search}
          onChange={(event) => onSearch(event.target.value)}
          className="min-w-0 grow"
          autoComplete="off"
          spellCheck={false}
        />
        <Button aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {text.show}
        </Button>
        {isFiltered(filters) && <IconButton icon="close" label={text.clear} onClick={onClear} />}
      </div>
      {payment !== null && (
        <p>
          <OpenPayment id={payment} />
        </p>
      )}
      {isOpen && (
        <div className="grid grid-cols-2 gap-2 lg:grid-cols-6">
          <Choice
            label={text.kind}
            value={filters.kind}
            options={KINDS.map((value) => ({ value, text: messages.activity.kinds[value] }))}
            onChange={(value) => onChange("kind", value)}
          />
          <Choice
            label={text.status}
            value={filters.status}
            options={STATUSES.map((value) => ({ value, text: text.statuses[value] }))}
            onChange={(value) => onChange("status", value)}
          />
          <Choice
            label={text.route}
            value={filters.route}
            options={choices.routes.map((value) => ({ value, text: value }))}
            onChange={(value) => onChange("route", value)}
          />
          <Choice
            label={text.code}
            value={filters.code}
            options={choices.codes.map((value) => ({ value, text: value }))}
            onChange={(value) => onChange("code", value)}
          />
          <Choice
            label={text.card}
            value={filters.card}
            options={choices.cards.map((card) => ({ value: card.last4, text: cardText(card) }))}
            onChange={(value) => onChange("card", value)}
          />
          <SelectField
            label={text.rows}
            value={isEach ? "each" : ""}
            onChange={(event) => onEach(event.target.value !== "")}
            options={[
              { value: "", text: text.grouped },
              { value: "each", text: text.each },
            ]}
          />
        </div>
      )}
      {(filters.from ?? filters.to) && (
        <p className="flex flex-wrap items-center gap-2 text-muted">
          {filters.from && (
            <span>
              {text.from} <ReadableTime at={filters.from} />
            </span>
          )}
          {filters.to && (
            <span>
              {text.to} <ReadableTime at={filters.to} />
            </span>
          )}
        </p>
      )}
    </section>
  );
}

/** A time of the URL, which may be anything. */
function ReadableTime({ at }: { at: string }) {
  return Number.isNaN(Date.parse(at)) ? at : <Time at={at} />;
}

interface ChoiceProps {
  label: string;
  value: string | null;
  options: readonly { value: string; text: string }[];
  onChange: (value: string) => void;
}

/** A filter. A value that no entry has, from a shared link for instance, can be chosen too. */
function Choice({ label, value, options, onChange }: ChoiceProps) {
  const isKnown = value === null || options.some((option) => option.value === value);
  return (
    <SelectField
      label={label}
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value)}
      options={[{ value: "", text: text.any }, ...(isKnown ? [] : [{ value, text: value }]), ...options]}
    />
  );
}
