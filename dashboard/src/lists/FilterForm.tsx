import clsx from "clsx";
import { useId, useState, type ReactNode } from "react";
import { messages } from "../messages";
import { Button } from "../parts/Button";
import { SelectField, TextField } from "../parts/Field";
import { localTime, utcTime, type Filter } from "./list";

const text = messages.lists.filters;

interface FilterFormProps {
  filters: readonly Filter[];
  values: Record<string, string>;
  onChange: (name: string, value: string) => void;
  onClear: () => void;
  /** After the filters. */
  children?: ReactNode;
}

/** The filters of a list; a phone shows them on request. A choice or a time applies at once, a text with Enter or when it is left. */
export function FilterForm({ filters, values, onChange, onClear, children }: FilterFormProps) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const count = Object.keys(values).length;
  return (
    <>
      <Button className="mb-4 sm:hidden" aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
        {text.show(count)}
      </Button>
      <form
        id={id}
        role="search"
        aria-label={text.label}
        className={clsx(
          "mb-4 flex flex-wrap items-end gap-3",
          // A phone shows the rows first. Without a filter, there is only the order, which others have in the table.
          !isOpen && "max-sm:hidden",
          filters.length === 0 && "sm:hidden",
        )}
        onSubmit={(event) => event.preventDefault()}
      >
        {filters.map((filter) => (
          <Control
            // Another value in the address, as after "Back", is shown.
            key={`${filter.name} ${values[filter.name] ?? ""}`}
            filter={filter}
            value={values[filter.name] ?? ""}
            onChange={(value) => onChange(filter.name, value)}
          />
        ))}
        {children}
        {count > 0 && <Button onClick={onClear}>{text.clear}</Button>}
      </form>
    </>
  );
}

function inWords(choice: string): string {
  return choice.replaceAll("_", " ").toLowerCase();
}

function Control({ filter, value, onChange }: { filter: Filter; value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  const apply = () => {
    if (typed.trim() !== value) onChange(typed.trim());
  };
  switch (filter.kind) {
    case "choice":
      return (
        <SelectField
          className={clsx("max-sm:grow", filter.isShort ? "w-24" : "w-40")}
          label={filter.label}
          value={value}
          options={[
            { value: "", text: filter.byDefault === undefined ? text.any : inWords(filter.byDefault) },
            ...filter.choices
              .filter((choice) => choice !== filter.byDefault)
              .map((choice) => ({ value: choice, text: filter.names?.[choice] ?? inWords(choice) })),
          ]}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "time":
      return (
        <TextField
          className="w-48 max-sm:grow"
          type="datetime-local"
          label={filter.label}
          value={localTime(value)}
          onChange={(event) => onChange(utcTime(event.target.value))}
        />
      );
    case "text":
      return (
        <TextField
          className={filter.isShort ? "w-28 max-sm:grow" : "min-w-48 grow"}
          label={filter.label}
          placeholder={filter.hint}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={apply}
          onKeyDown={(event) => {
            if (event.key === "Enter") apply();
          }}
        />
      );
  }
}
