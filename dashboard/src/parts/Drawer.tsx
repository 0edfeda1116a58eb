import clsx from "clsx";
import { Dialog as Radix } from "radix-ui";
import { useEffect, useRef, type ReactNode } from "react";
import { messages } from "../messages";
import { Icon } from "./Icon";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** One sentence below the title. */
  description?: string;
  children: ReactNode;
}

/**
 * A modal dialog. Radix's own overlay is not used: to lock scrolling it inserts a <style> element, which the
 * Content-Security-Policy forbids. An attribute of <html> locks it instead.
 */
function Modal({ open, onClose, title, description, children, className }: DialogProps & { className: string }) {
  const openedFrom = useRef<HTMLElement | null>(null);
  useEffect(() => {
    // Noted before it opens: a button that is removed or disabled by what it did has lost the focus by then.
    const note = ({ target }: FocusEvent) => {
      if (target instanceof HTMLElement && !target.closest('[role="dialog"]')) openedFrom.current = target;
    };
    document.addEventListener("focusin", note);
    return () => document.removeEventListener("focusin", note);
  }, []);
  useEffect(() => {
    if (!open) return undefined;
    document.documentElement.dataset["dialog"] = "open";
    return () => {
      delete document.documentElement.dataset["dialog"];
    };
  }, [open]);
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <div className="fixed inset-0 z-20 bg-[rgb(0_0_0/0.45)]" />
        <Radix.Content
          // Radix returns the focus to its own trigger only, and these dialogs are opened from anywhere.
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            const opener = openedFrom.current;
            const canFocus = opener?.isConnected && !opener.matches(":disabled");
            (canFocus ? opener : document.getElementById("content"))?.focus();
          }}
          className={clsx("fixed z-30 flex flex-col bg-surface shadow-2xl focus:outline-none", className)}
          {...(description === undefined && { "aria-describedby": undefined })}
        >
          <header className="flex items-start gap-3 border-b border-line px-4 py-3">
            <div className="min-w-0 grow">
              <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
              {description !== undefined && <Radix.Description className="text-muted">{description}</Radix.Description>}
            </div>
            <Radix.Close
              aria-label={messages.parts.close}
              className="inline-flex size-8 items-center justify-center rounded-md text-muted hover:bg-raised"
            >
              <Icon name="close" />
            </Radix.Close>
          </header>
          <div className="min-h-0 grow overflow-y-auto p-4">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/**
 * A modal panel at the right edge; the whole screen below 640 px. Esc closes it, and the focus returns to where it was,
 * or to the page's content if that is gone.
 */
export function Drawer(props: DialogProps) {
  return <Modal {...props} className="inset-y-0 right-0 w-full border-l border-line sm:max-w-xl" />;
}

/** A modal dialog in the middle of the screen. */
export function Dialog(props: DialogProps) {
  return (
    <Modal
      {...props}
      className="top-1/2 left-1/2 max-h-[90dvh] w-[calc(100%-2rem)] max-w-md -translate-x-1/2 -translate-y-1/2 rounded-lg border border-line"
    />
  );
}
