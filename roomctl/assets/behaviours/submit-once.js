// Every form: once it is on its way its submit buttons are out of reach, until the page is shown
// again (back button). A form whose answer is a download leaves the page standing; mark it
// data-allow-resubmit.
const locked = new Map(); // form -> the buttons disabled here

const onItsWay = (form) => locked.has(form);

function lock(form) {
  if (onItsWay(form)) return;
  locked.set(form, []);
  form.setAttribute("aria-busy", "true");
  // After a tick: a disabled button would not be sent along with the form.
  setTimeout(() => {
    const buttons = locked.get(form);
    if (!buttons) return;
    for (const button of form.elements) {
      if (button.type !== "submit" || button.disabled) continue;
      button.disabled = true;
      button.setAttribute("autocomplete", "off"); // or Firefox keeps it disabled over a reload
      buttons.push(button);
    }
  });
}

function release(form) {
  for (const button of locked.get(form) ?? []) button.disabled = false;
  if (locked.delete(form)) form.removeAttribute("aria-busy");
}

function submit(event) {
  const form = event.target;
  if (onItsWay(form)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}

function submitted(event) {
  const form = event.target;
  const { submitter } = event;
  const method = submitter?.getAttribute("formmethod") ?? form.getAttribute("method");
  const target = submitter?.getAttribute("formtarget") ?? form.getAttribute("target");
  const staysHere = method === "dialog" || (target && target !== "_self") || form.hasAttribute("data-allow-resubmit");
  if (!event.defaultPrevented && !staysHere) lock(form);
}

export function listen() {
  document.addEventListener("submit", submit, true);
  // On window: after every listener that may still have called the sending off.
  window.addEventListener("submit", submitted);
  window.addEventListener("pageshow", () => {
    for (const form of [...locked.keys()]) release(form);
  });
}
