/** Whether somebody types into a control, where a key such as `/` is a character, or a dialog is open. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [role=dialog]") !== null;
}
