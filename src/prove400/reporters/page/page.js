// Copy buttons, and light and dark.
const said = async (button, block) => {
  const text = block.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    getSelection().selectAllChildren(block);
    document.execCommand("copy");
  }
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
};
const offer = (root) => {
  for (const block of root.querySelectorAll("pre.copy")) {
    const button = made("button", "Copy", { type: "button", "aria-label": `Copy the ${block.getAttribute("aria-label")}` });
    button.addEventListener("click", () => said(button, block));
    block.before(button);
  }
};
offer(document);
for (const element of document.querySelectorAll(".scripted")) element.hidden = false;
const theme = document.getElementById("theme");
const dark = () => (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
const named = () => { theme.textContent = dark() ? "Light" : "Dark"; };
theme.hidden = false;
theme.addEventListener("click", () => { document.documentElement.dataset.theme = dark() ? "light" : "dark"; named(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", named);
named();
