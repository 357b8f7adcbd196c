// Cells: one stop of the Tab key for each table, arrow keys inside it, and the cases of a cell below its table.
const WORD = { discharged: "holds", broken: "broken", unreachable: "no verdict", disputed: "disputed" };
const inside = (table) => [...table.querySelectorAll("tbody .c > :is(a:not(.fn), button)")];
const stopped = (table) => {
  inside(table).forEach((item, at) => { item.tabIndex = at ? -1 : 0; });
};
const neighbour = (cell, key) => {
  const row = cell.parentElement;
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[key];
  const rows = row.parentElement.rows;
  for (let y = row.rowIndex - rows[0].rowIndex + step[0], x = cell.cellIndex + step[1]; rows[y]?.cells[x]; y += step[0], x += step[1]) {
    const item = rows[y].cells[x].querySelector(":scope > :is(a:not(.fn), button)");
    if (item) return item;
  }
  return null;
};
const prepared = (root) => {
  for (const cell of root.querySelectorAll("td[data-i]")) {
    const button = made("button", "", { type: "button", "aria-expanded": "false" });
    const shown = cell.querySelector(":scope > a:not(.fn)") ?? cell;
    const kept = [...shown.childNodes].filter((node) => !node.classList?.contains("fn"));
    button.append(...kept);
    if (shown !== cell) shown.replaceWith(button); else cell.prepend(button);
  }
  root.querySelectorAll("table.matrix").forEach(stopped);
};
const listed = (outcomes, wanted) => {
  const list = made("ol", "");
  const chosen = [];
  let before = "";
  for (const [index, place, operator, status, side, amount, isolated, marks, cases] of outcomes) {
    const mine = wanted.has(String(index));
    if (mine) chosen.push({ place, operator, status, side, amount, isolated, marks, told: cases.length });
    for (const [location, reply, verdict, size, ...shared] of cases) {
      if (shared.length) before = restored(before, shared);
      if (!mine) continue;
      const item = made("li", made("code", location || "the whole value"));
      item.append(` got ${reply || "no reply"}: ${verdict}`);
      item.append(shared.length ? made("pre", before, { tabindex: "0", role: "group", "aria-label": "Request" }) : `, a body of ${size.toLocaleString("en")} bytes`);
      list.append(item);
    }
  }
  return { list, chosen };
};
const panel = async (button, box, table) => {
  const { outcomes } = await part(box.dataset.part);
  const { list, chosen } = listed(outcomes, new Set(button.parentElement.dataset.i.split(" ")));
  const one = chosen[0];
  const region = made("section", "", { class: "cases", tabindex: "-1", "aria-label": `Cases of ${one.place} › ${one.operator}` });
  const head = made("header", made("h4", `${one.place} › ${one.operator}`));
  const close = made("button", "Close", { type: "button" });
  head.append(close);
  region.append(head);
  for (const { status, side, amount, isolated, marks, told } of chosen) {
    const must = side === "invalid" ? "must be refused" : "must be answered";
    const line = made("p", `${WORD[status]}: ${amount} case${amount === 1 ? "" : "s"} that ${must}${isolated || side !== "invalid" ? "" : ", broken together with other constraints"}${told < amount ? `; ${told} are told here` : ""}. `);
    for (const mark of marks) line.append(made("a", `finding ${mark}`, { href: `#finding-${mark}` }), " ");
    region.append(line);
  }
  region.append(list);
  const shut = () => { region.remove(); button.setAttribute("aria-expanded", "false"); };
  const left = () => { shut(); button.focus(); };
  close.addEventListener("click", left);
  region.addEventListener("keydown", (event) => { if (event.key === "Escape") left(); });
  region.addEventListener("shut", shut);
  box.querySelector(":scope .cases")?.dispatchEvent(new Event("shut"));
  button.setAttribute("aria-expanded", "true");
  table.closest(".scroll").after(region);
  region.focus({ preventScroll: true });
  region.scrollIntoView({ block: "nearest" });
};
document.addEventListener("click", (event) => {
  const button = event.target.closest("td[data-i] > button");
  if (!button) return;
  if (button.getAttribute("aria-expanded") === "true") {
    button.closest("[data-part]").querySelector(".cases").dispatchEvent(new Event("shut"));
    return;
  }
  panel(button, button.closest("[data-part]"), button.closest("table"));
});
document.addEventListener("keydown", (event) => {
  const item = event.target.closest?.("tbody .c > :is(a, button)");
  if (!item || !event.key.startsWith("Arrow") || event.altKey || event.ctrlKey || event.metaKey) return;
  const next = neighbour(item.parentElement, event.key);
  event.preventDefault();
  if (!next) return;
  item.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});
globalThis.prepare = async (box) => {
  await filled(box);
  if (box.dataset.ready) return;
  box.dataset.ready = "yes";
  prepared(box);
};
globalThis.settle = (operation) => operation.querySelectorAll(":scope > .scroll > table").forEach(stopped);
document.querySelectorAll(".operation[open]").forEach(settle);
