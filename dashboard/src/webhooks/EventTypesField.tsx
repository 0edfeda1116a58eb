import { useId, useState } from "react";
import { messages } from "../messages";
import { TextField } from "../parts/Field";

const text = messages.webhooks.create;

interface EventTypesProps {
  types: readonly string[];
  /** Null: all, also those of the future. */
  chosen: readonly string[] | null;
  onChange: (chosen: readonly string[] | null) => void;
}

/** All event types, or some of a list that can be searched. */
export function EventTypesField({ types, chosen, onChange }: EventTypesProps) {
  const name = useId();
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const found = types.filter((type) => type.toLowerCase().includes(wanted));
  const toggle = (type: string, isChosen: boolean) =>
    // In the order of the list.
    onChange(types.filter((one) => (one === type ? isChosen : chosen?.includes(one))));
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 font-medium">{text.events}</legend>
      <div className="flex flex-wrap gap-x-4 gap-y-1">
        <label className="flex min-h-6 items-center gap-2">
          <input type="radio" name={name} checked={chosen === null} onChange={() => onChange(null)} />
          {text.all}
        </label>
        <label className="flex min-h-6 items-center gap-2">
          <input type="radio" name={name} checked={chosen !== null} onChange={() => onChange(chosen ?? [])} />
          {text.some}
        </label>
      </div>
      {chosen && (
        <div className="mt-2 flex flex-col gap-2">
          <TextField
            label={text.search}
            hideLabel
            type="search"
            placeholder={text.search}
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            autoComplete="off"
            spellCheck={false}
          />
          <ul
            aria-label={text.events}
            tabIndex={0}
            className="h-44 overflow-y-auto rounded-md border border-strong-line px-2.5 py-1"
          >
            {found.map((type) => (
              <li key={type}>
                <label className="flex min-h-6 items-center gap-2 font-mono text-xs">
                  <input
                    type="checkbox"
                    checked={chosen.includes(type)}
                    onChange={(event) => toggle(type, event.target.checked)}
                  />
                  {type}
                </label>
              </li>
            ))}
            {found.length === 0 && <li className="text-muted">{text.noType}</li>}
          </ul>
          <p role="status" className="text-xs text-muted">
            {text.chosen(chosen.length)}
          </p>
        </div>
      )}
    </fieldset>
  );
}
