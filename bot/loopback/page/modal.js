// Modals that the bot asks for.

import { act } from "./api.js";
import { $, h, say } from "./dom.js";
import { markdown } from "./markdown.js";
import { menu } from "./menu.js";

/** Show the modal that an interaction was answered with. */
export function showModal(outcome) {
  const box = $("modal");
  const spec = outcome.modal;
  const values = {};
  const files = {};
  const error = h("p", { class: "failure", role: "alert" });
  const form = h("form", { method: "dialog" }, h("h2", { id: "modal-title" }, spec.title),
    spec.components.map((item) => field(item, values, files)), error,
    h("div", { class: "sheet-actions" },
      h("button", { type: "button", class: "button secondary", onclick: () => box.close() }, "Cancel"),
      h("button", { type: "submit", class: "button primary" }, "Submit")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    error.textContent = "";
    try {
      const answer = await act("modal", { interaction: outcome.id, values }, files);
      if (answer.outcome === "failed") throw new Error("Something went wrong. Try again.");
      box.close();
    } catch (problem) {
      error.textContent = problem.message;
      say(problem.message);
    }
  });
  box.replaceChildren(form);
  box.showModal();
  form.querySelector("input, textarea, select")?.focus();
}

function field(item, values, files, label = "", description = "") {
  if (item.type === 10) return h("div", { class: "text" }, markdown(item.content));
  if (item.type === 1) return item.components.map((child) => field(child, values, files));
  if (item.type === 18) return field(item.component, values, files, item.label, item.description);
  const name = label || item.label || item.placeholder || item.custom_id;
  const required = item.required ?? true;
  const title = h("span", { class: "label" }, name, required ? h("span", { class: "required", "aria-hidden": "true" }, " *") : "");
  const note = description ? h("small", {}, description) : null;
  return h("label", { class: "field" }, title, note, control(item, values, files, required));
}

function control(item, values, files, required) {
  const key = item.custom_id;
  if (item.type === 4) {
    values[key] = item.value ?? "";
    return h(item.style === 2 ? "textarea" : "input", { required, rows: 4, minlength: item.min_length, maxlength: item.max_length ?? 4000, placeholder: item.placeholder, value: item.value ?? "", oninput: (event) => (values[key] = event.target.value) });
  }
  if (item.type === 19) {
    return h("input", { type: "file", required, onchange: (event) => (event.target.files[0] ? (files[key] = event.target.files[0]) : delete files[key]) });
  }
  if (item.type === 23) return h("input", { type: "checkbox", checked: Boolean(item.default), onchange: (event) => (values[key] = event.target.checked) });
  if (item.type === 21) return h("span", {}, item.options.map((option) => h("label", { class: "radio" }, h("input", { type: "radio", name: key, value: option.value, required, onchange: () => (values[key] = option.value) }), " ", option.label)));
  if (item.type === 22) return menu({ ...item, type: 3, max_values: item.max_values ?? item.options.length }, (_, chosen) => (values[key] = chosen));
  const chosen = (item.options ?? []).filter((option) => option.default).map((option) => option.value);
  if (chosen.length) values[key] = chosen;
  return menu(item, (_, picked) => (values[key] = picked));
}
