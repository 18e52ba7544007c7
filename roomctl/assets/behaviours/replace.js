// Brings the children of an element to those of a freshly parsed one. What is equal stays as it
// is, so focus, typed text and a button under a finger outlive the change.

// These decide what an element does: where they differ it is another element, never the same
// one changed, so that no press meant for one thing lands on another.
const IDENTITY = ["id", "href", "action", "name", "type", "data-key"];

function isSame(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) return false;
  if (old.nodeType !== Node.ELEMENT_NODE) return true;
  if (old.localName === "button" && old.value !== fresh.value) return false;
  return IDENTITY.every((name) => old.getAttribute(name) === fresh.getAttribute(name));
}

function copyAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
}

function update(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (!isSame(old, fresh)) old.replaceWith(document.adoptNode(fresh));
  else if (old.nodeType !== Node.ELEMENT_NODE) old.data = fresh.data;
  else if (old.localName !== "dialog" || !old.open) {
    // A dialog someone is answering is left alone.
    copyAttributes(old, fresh);
    replaceChildren(old, fresh);
  }
}

export function replaceChildren(old, fresh) {
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  after.forEach((node, index) => {
    if (index < before.length) update(before[index], node);
    else old.append(document.adoptNode(node));
  });
  for (const node of before.slice(after.length)) node.remove();
}
