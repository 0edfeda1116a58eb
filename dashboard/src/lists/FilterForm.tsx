import { useState } from "react";
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
}

/** The filters of a list. A choice or a time applies at once, a text with Enter or when it is left. */
export function FilterForm({ filters, values, onChange, onClear }: FilterFormProps) {
  return (
    <form
      role="search"
      aria-label={text.label}
      className="mb-4 flex flex-wrap items-end gap-3"
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
      {Object.keys(values).length > 0 && <Button onClick={onClear}>{text.clear}</Button>}
    </form>
  );
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
          className="w-44 max-sm:grow"
          label={filter.label}
          value={value}
          options={[
            { value: "", text: text.any },
            ...filter.choices.map((choice) => ({ value: choice, text: choice.replaceAll("_", " ") })),
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
          className="min-w-56 grow"
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
