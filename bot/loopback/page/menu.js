// Select menus.

import { world } from "./api.js";
import { h } from "./dom.js";

function choices(item) {
  const overview = world.overview;
  const guild = overview.guilds.find((entry) => entry.channels.some((channel) => channel.id === world.channel));
  const people = overview.people.map((person) => ({ value: person.id, label: person.name }));
  const roles = Object.entries(overview.roles).map(([value, label]) => ({ value, label }));
  const channels = (guild?.channels ?? []).map((channel) => ({ value: channel.id, label: `#${channel.name}`, kind: channel.kind }));
  if (item.type === 3) return item.options;
  const before = new Set((item.default_values ?? []).map((value) => value.id));
  const found = { 5: people, 6: roles, 7: [...people, ...roles], 8: channels.filter((channel) => !item.channel_types?.length || item.channel_types.includes(channel.kind)) }[item.type];
  return found.map((option) => ({ ...option, default: before.has(option.value) }));
}

/** Send what was chosen; nothing, where one may choose nothing. */
function choose(field, item, send) {
  if (field.value) send(field, [field.value]);
  else if (item.min_values === 0) send(field, []);
}

/** A select menu: the browser's own for one value, a list of boxes for several. */
export function menu(item, send) {
  const options = choices(item);
  const label = item.placeholder || "Make a selection";
  if ((item.max_values ?? 1) <= 1) {
    const field = h("select", { class: "select", "aria-label": label, disabled: item.disabled, "data-key": item.custom_id, onchange: (event) => choose(event.currentTarget, item, send) },
      h("option", { value: "" }, label),
      options.map((option) => h("option", { value: option.value, selected: Boolean(option.default) }, option.label + (option.description ? ` · ${option.description}` : ""))));
    return h("span", { class: "select-box" }, field);
  }
  const boxes = options.map((option) => h("label", {}, h("input", { type: "checkbox", value: option.value, checked: Boolean(option.default) }), " ", option.label));
  const chosen = () => boxes.map((box) => box.firstChild).filter((box) => box.checked).map((box) => box.value);
  const done = h("button", { type: "button", class: "button primary", onclick: (event) => send(event.currentTarget, chosen()) }, "Choose");
  return h("details", { class: "several" }, h("summary", { "data-key": item.custom_id }, options.filter((option) => option.default).map((option) => option.label).join(", ") || label), h("div", {}, boxes, done));
}
