// How behaviours find their elements. data-behaviour may hold several names.
const selectorOf = (behaviour) => `[data-behaviour~="${behaviour}"]`;

export function all(root, behaviour) {
  const selector = selectorOf(behaviour);
  return [...(root.matches?.(selector) ? [root] : []), ...root.querySelectorAll(selector)];
}

export const closest = (element, behaviour) => element.closest(selectorOf(behaviour));

// data-target, data-count and data-dialog name an element by its id, with or without "#".
export const named = (reference) => (reference ? document.getElementById(reference.replace(/^#/, "")) : null);
