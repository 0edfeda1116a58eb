import clsx from "clsx";
import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes } from "react";

/** Classes of a control. */
export const CONTROL =
  "min-h-9 w-full rounded-md border border-strong-line bg-surface px-2.5 py-1 placeholder:text-muted disabled:opacity-60";

interface FieldProps {
  label: string;
  /** One sentence below the control. */
  hint?: ReactNode;
  error?: string | null;
  hideLabel?: boolean;
}

function Described({ id, hint, error }: { id: string; hint: ReactNode; error: string | null | undefined }) {
  return (
    <div id={id} className="mt-1 text-xs empty:hidden">
      {error ? (
        <p role="alert" className="text-bad">
          {error}
        </p>
      ) : (
        hint && <p className="text-muted">{hint}</p>
      )}
    </div>
  );
}

type TextFieldProps = FieldProps & InputHTMLAttributes<HTMLInputElement>;

export function TextField({ label, hint, error, hideLabel, className, ...rest }: TextFieldProps) {
  const id = useId();
  return (
    <div className={className}>
      <label htmlFor={id} className={clsx("mb-1 block font-medium", hideLabel && "sr-only")}>
        {label}
      </label>
      <input
        {...rest}
        id={id}
        aria-describedby={`${id}-hint`}
        aria-invalid={error ? true : undefined}
        className={CONTROL}
      />
      <Described id={`${id}-hint`} hint={hint} error={error} />
    </div>
  );
}

type SelectFieldProps = FieldProps &
  SelectHTMLAttributes<HTMLSelectElement> & { options: readonly { value: string; text: string }[] };

/** The browser's own select: usable by keyboard and on phones, without code. */
export function SelectField({ label, hint, error, hideLabel, options, className, ...rest }: SelectFieldProps) {
  const id = useId();
  return (
    <div className={className}>
      <label htmlFor={id} className={clsx("mb-1 block font-medium", hideLabel && "sr-only")}>
        {label}
      </label>
      <select {...rest} id={id} aria-describedby={`${id}-hint`} className={CONTROL}>
        {options.map(({ value, text }) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
      <Described id={`${id}-hint`} hint={hint} error={error} />
    </div>
  );
}
