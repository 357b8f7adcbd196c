// Filters of the services, and columns that sort.
const form = document.getElementById("filters");
const body = document.querySelector("#services tbody");
const rows = [...body.rows].map((element) => ({ element, data: element.dataset, text: element.textContent.toLowerCase() }));
const filter = () => {
  const wanted = [...new FormData(form)].filter(([, value]) => value);
  let amount = 0;
  for (const row of rows) {
    const shows = wanted.every(([name, value]) => (name === "q" ? row.text.includes(value.toLowerCase()) : row.data[name] === value));
    row.element.hidden = !shows;
    amount += shows;
  }
  form.elements.count.textContent = `${amount} of ${rows.length} shown`;
};
form.hidden = false;
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(filter));
filter();
const told = (row, at) => row.element.cells[at].dataset.sort ?? row.element.cells[at].textContent.trim();
const order = new Intl.Collator("en", { numeric: true });
const compared = (a, b, at) => {
  const [left, right] = [told(a, at), told(b, at)];
  return isNaN(left) || isNaN(right) ? order.compare(left, right) : left - right;
};
const heads = [...document.querySelectorAll("#services thead th")];
for (const [at, head] of heads.entries()) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const sorted = rows.toSorted((a, b) => (down ? compared(b, a, at) : compared(a, b, at)));
    body.append(...sorted.map((row) => row.element));
  });
}
