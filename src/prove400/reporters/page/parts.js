// The compressed parts: JSON in zlib's format in base64, see prove400/reporters/details.py.
globalThis.made = (tag, text, attributes = {}) => {
  const element = document.createElement(tag);
  element.append(text);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};
const opened = new Map();
const inflated = async (id) => {
  const packed = document.getElementById(`part-${id}`).textContent;
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
};
globalThis.part = (id) => {
  if (!opened.has(id)) opened.set(id, inflated(id));
  return opened.get(id);
};
// Text that shares its start and its end with the one before; characters are code points, as Python counts them.
globalThis.restored = (before, [start, end, middle]) => {
  const letters = Array.from(before);
  return letters.slice(0, start).join("") + middle + (end ? letters.slice(-end).join("") : "");
};
// A part that has markup was rendered and escaped as the page was; scripts in it would not run, and none are admitted.
globalThis.filled = async (box) => {
  const id = box.dataset.part;
  if (!id || box.dataset.filled) return;
  box.dataset.filled = "yes";
  const { html } = await part(id);
  if (!html) return;
  box.querySelector(":scope > .unscripted")?.remove();
  box.append(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
};
