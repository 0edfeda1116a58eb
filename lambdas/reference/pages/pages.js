"use strict";

// The folder of this script is /docs, whatever stands before it.
const HERE = new URL(document.currentScript.src);
const DOCS = new URL(".", HERE);
const ROOT = new URL("..", DOCS);
const NARROW = window.matchMedia("(max-width: 60rem)");
const RESULTS_MAX = 12;
const SNIPPET_LENGTH = 140;

// --- navigation -------------------------------------------------------------------------------------------------------

const tree = document.querySelector("details.tree");
if (tree) {
  const fold = () => { tree.open = !NARROW.matches; };
  fold();
  NARROW.addEventListener("change", fold);
}

// --- copying ----------------------------------------------------------------------------------------------------------

function addCopyButton(block) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy this code");
  const text = block.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  const frame = document.createElement("div");
  frame.className = "code";
  block.replaceWith(frame);
  frame.append(block, button);
}

for (const block of document.querySelectorAll("main pre")) {
  // A block that scrolls sideways must be reachable by keyboard.
  block.tabIndex = 0;
  if (navigator.clipboard) addCopyButton(block);
}

// --- search -----------------------------------------------------------------------------------------------------------

const input = document.getElementById("search");
const list = document.getElementById("results");
let loading;

function loadIndex() {
  loading ??= fetch(new URL(`search.json${HERE.search}`, DOCS)).then(async (response) => {
    const index = new MiniSearch({
      fields: ["title", "heading", "text"],
      storeFields: ["address", "title", "heading", "text", "weight"],
      searchOptions: {
        boost: { title: 3, heading: 2 },
        // Guides before references before errors. The code of an error finds its page.
        boostDocument: (id, term, stored) => (stored.title === term ? 100 : stored.weight),
        prefix: true,
        fuzzy: 0.15,
        combineWith: "AND",
      },
    });
    const parts = await response.json();
    index.addAll(parts.map((part, id) => ({ id, ...part })));
    return index;
  });
  return loading;
}

function snippet(found) {
  const text = found.text;
  const at = Math.max(0, ...found.terms.map((term) => text.toLowerCase().indexOf(term)));
  const from = Math.max(0, at - SNIPPET_LENGTH / 3);
  return (from ? "…" : "") + text.slice(from, from + SNIPPET_LENGTH) + (text.length > from + SNIPPET_LENGTH ? "…" : "");
}

function line(kind, text) {
  const part = document.createElement("span");
  part.className = kind;
  part.textContent = text;
  return part;
}

function show(results) {
  const items = results.slice(0, RESULTS_MAX).map((found, number) => {
    const item = document.createElement("li");
    item.id = `result-${number}`;
    item.setAttribute("role", "option");
    const link = document.createElement("a");
    link.href = new URL(found.address, ROOT);
    link.tabIndex = -1;
    const page = found.heading === found.title ? "" : ` · ${found.title}`;
    link.append(line("heading", found.heading), line("page", page), line("snippet", snippet(found)));
    item.append(link);
    return item;
  });
  if (!items.length) {
    const none = document.createElement("li");
    none.className = "none";
    none.textContent = "Nothing found.";
    items.push(none);
  }
  list.replaceChildren(...items);
  list.hidden = false;
  input.setAttribute("aria-expanded", "true");
}

function close() {
  list.hidden = true;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function move(step) {
  const items = [...list.querySelectorAll("[role=option]")];
  if (!items.length) return;
  const now = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
  const next = items[(now + step + items.length) % items.length];
  for (const item of items) item.setAttribute("aria-selected", String(item === next));
  input.setAttribute("aria-activedescendant", next.id);
  next.scrollIntoView({ block: "nearest" });
}

async function search() {
  const words = input.value.trim();
  if (!words) return close();
  const index = await loadIndex();
  if (input.value.trim() === words) show(index.search(words));
}

if (input) {
  input.addEventListener("focus", loadIndex);
  input.addEventListener("input", search);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      const link = list.querySelector("[aria-selected=true] a") ?? list.querySelector("a");
      if (link && !list.hidden) link.click();
    } else if (event.key === "Escape") {
      close();
    }
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".search")) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input, textarea, select, [contenteditable]")) {
      event.preventDefault();
      input.focus();
    }
  });
}
