import clsx from "clsx";
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { Link } from "react-router";
import { Icon, type IconName } from "./Icon";

type Variant = "primary" | "secondary" | "danger" | "quiet";

const VARIANTS: Record<Variant, string> = {
  primary: "bg-accent-fill text-white hover:not-disabled:bg-accent-fill-hover",
  secondary: "border border-strong-line bg-surface hover:not-disabled:bg-raised",
  danger: "border border-bad bg-surface text-bad hover:not-disabled:bg-bad-soft",
  quiet: "text-accent hover:not-disabled:bg-raised",
};

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: Variant;
  icon?: IconName;
  /** While true the button does nothing, and is announced as busy. Unlike a disabled one, it keeps the focus. */
  busy?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({
  variant = "secondary",
  icon,
  busy = false,
  className,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      onClick={(event) => {
        // Also keeps a form from being submitted again.
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      className={clsx(
        "inline-flex min-h-8 items-center justify-center gap-1.5 rounded-md px-3 py-1 font-medium whitespace-nowrap",
        "disabled:opacity-60 aria-busy:opacity-60",
        VARIANTS[variant],
        className,
      )}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A link that looks like a button. */
export function ButtonLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <Link
      to={to}
      className={clsx(
        "inline-flex min-h-8 items-center justify-center rounded-md px-3 py-1 font-medium whitespace-nowrap",
        VARIANTS.secondary,
      )}
    >
      {children}
    </Link>
  );
}

interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "children"> {
  icon: IconName;
  /** Name for screen readers, and the tooltip. */
  label: string;
  ref?: Ref<HTMLButtonElement>;
}

export function IconButton({ icon, label, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={clsx(
        "inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted",
        "hover:not-disabled:bg-raised hover:not-disabled:text-ink disabled:opacity-60",
        className,
      )}
    >
      <Icon name={icon} />
    </button>
  );
}
