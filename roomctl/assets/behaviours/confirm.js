// <form data-behaviour="confirm" data-dialog="#sure"> asks in the <dialog id="sure"> (inside the
// form or beside it) before it is sent. In the dialog, [data-confirm] sends the form as the button
// first pressed would have, [data-cancel] closes. Without JavaScript the form is simply sent.
import { named } from "./find.js";

const asked = new Map(); // dialog -> {form, submitter}
const confirmed = new WeakSet();

function ask(event) {
  const form = event.target;
  if (!form.matches('[data-behaviour~="confirm"]')) return;
  const { submitter } = event;
  const dialog = named(form.dataset.dialog);
  if (!dialog || confirmed.delete(form)) return;
  if (submitter && dialog.open && dialog.contains(submitter)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (dialog.open) return;
  asked.set(dialog, { form, submitter });
  dialog.showModal();
}

function answer(event) {
  const button = event.target.closest("[data-confirm], [data-cancel]");
  const dialog = button?.closest("dialog");
  const question = dialog && asked.get(dialog);
  if (!question) return;
  event.preventDefault();
  const { form, submitter } = question;
  if (button.matches("[data-confirm]")) {
    if (!form.noValidate && !submitter?.formNoValidate && !form.reportValidity()) return;
    confirmed.add(form);
    dialog.close();
    form.requestSubmit(submitter?.form === form ? submitter : null);
    confirmed.delete(form);
  } else dialog.close();
}

export function listen() {
  // Captured, so that submit-once does not take an unconfirmed form for a sent one.
  document.addEventListener("submit", ask, true);
  document.addEventListener("click", answer);
  document.addEventListener("close", ({ target }) => asked.delete(target), true);
}
