// [data-behaviour="pin-pad"] holds an input and buttons [data-digit="7"] and [data-erase].
import { closest } from "./find.js";

function press(event) {
  const button = event.target.closest("[data-digit], [data-erase]");
  const input = button && closest(button, "pin-pad")?.querySelector('input:not([type="hidden"])');
  if (!input) return;
  event.preventDefault();
  if (button.disabled || input.disabled) return;
  const { digit } = button.dataset;
  if (digit === undefined) input.value = input.value.slice(0, -1);
  else if (input.maxLength < 0 || input.value.length < input.maxLength) input.value += digit;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

export function listen() {
  document.addEventListener("click", press);
}
