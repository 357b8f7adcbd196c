// Filters of the findings, kept in the fragment of the address, and links to a finding, which show it whatever the filters.
const form = document.getElementById("filters");
const articles = [...document.querySelectorAll(".finding")].map((element) => ({ element, data: element.dataset, text: element.textContent.toLowerCase() }));
const fits = ({ data, text }, state) => [...state].every(([name, value]) => {
  if (name === "q") return text.includes(value.toLowerCase());
  return name === "operator" ? data.operator.split("\n").includes(value) : data[name] === value;
});
const state = () => new URLSearchParams(form ? [...new FormData(form)].filter(([, value]) => value) : []);
const filter = () => {
  const wanted = state();
  let amount = 0;
  for (const article of articles) {
    const shows = fits(article, wanted);
    article.element.hidden = !shows;
    amount += shows;
  }
  for (const group of document.querySelectorAll(".group")) group.hidden = !group.querySelector(".finding:not([hidden])");
  for (const [selector, name] of [["#proof [data-operation]", "operation"], [".keywords > details", "keyword"]]) {
    const value = wanted.get(name);
    for (const box of document.querySelectorAll(selector)) box.hidden = Boolean(value) && box.dataset[name] !== value;
  }
  if (form) form.elements.count.textContent = `${amount} of ${articles.length} shown`;
};
const address = () => {
  const text = state().toString();
  history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
};
const reset = () => { form?.reset(); filter(); };
const read = () => {
  if (!form) return;
  const wanted = new URLSearchParams(location.hash.slice(1));
  for (const field of form.elements) if (field.name && field.name !== "count") field.value = wanted.get(field.name) ?? "";
  for (const field of form.querySelectorAll("select")) if (field.selectedIndex < 0) field.value = "";
  filter();
};
const reveal = async () => {
  const mark = location.hash.slice(1);
  let target = null;
  try { target = document.getElementById(decodeURIComponent(mark)); } catch { return; }
  if (!target) {
    if (mark.includes("=") || !mark) read();
    return;
  }
  if (target.closest("[hidden]")) reset();
  for (let box = target.closest("details") ?? target.querySelector(":scope > details"); box; box = box.parentElement.closest("details")) {
    box.open = true;
    await prepare(box);
  }
  target.scrollIntoView({ behavior: "instant" });
};
if (form) {
  form.hidden = false;
  form.addEventListener("input", () => { filter(); address(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { filter(); address(); }));
}
addEventListener("hashchange", reveal);
document.addEventListener("click", (event) => {
  if (event.target.closest?.("a")?.hash === location.hash && location.hash) reveal();
});
document.addEventListener("toggle", ({ target }) => {
  if (!target.open) return;
  if (target.dataset.part) prepare(target); else if (target.matches(".operation")) settle(target);
}, true);
for (const box of document.querySelectorAll("details[open][data-part]")) prepare(box);
filter();
reveal();
