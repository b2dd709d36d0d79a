// A list of suggestions under a text field, worked with arrows, Enter, Tab and Esc.

import { h } from "./dom.js";

let counter = 0;

/** Attach to `input`; `show(items)` offers {label, note, value}, `pick(item)` is called with the chosen one. */
export class Suggestions {
  constructor(input, host, pick, label) {
    this.input = input;
    this.pick = pick;
    this.items = [];
    this.at = -1;
    this.id = `suggestions-${++counter}`;
    this.list = h("ul", { class: "suggestions", role: "listbox", id: this.id, "aria-label": label, hidden: true });
    host.append(this.list);
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", this.id);
    input.setAttribute("aria-expanded", "false");
    input.addEventListener("keydown", (event) => this.key(event));
    // Late, so that a click on the list still finds it; and not if the field has the focus again by then.
    input.addEventListener("blur", () => setTimeout(() => document.activeElement !== input && this.hide(), 150));
  }

  get open() {
    return !this.list.hidden;
  }

  show(items, { choose = true } = {}) {
    this.items = items;
    this.at = -1;
    this.list.replaceChildren(...items.map((item, index) =>
      h("li", { role: "option", id: `${this.id}-${index}`, onpointerdown: (event) => event.preventDefault(), onclick: () => this.take(index), onpointermove: () => this.move(index) },
        h("span", {}, item.label), item.note && h("small", {}, item.note))));
    this.list.hidden = !items.length;
    this.input.setAttribute("aria-expanded", String(this.open));
    if (choose && items.length) this.move(0);
    else this.input.removeAttribute("aria-activedescendant");
  }

  hide() {
    this.list.hidden = true;
    this.at = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  move(index) {
    if (!this.items.length) return;
    this.list.children[this.at]?.removeAttribute("aria-selected");
    this.at = (index + this.items.length) % this.items.length;
    const chosen = this.list.children[this.at];
    chosen.setAttribute("aria-selected", "true");
    chosen.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", chosen.id);
  }

  take(index) {
    const item = this.items[index];
    this.hide();
    if (item) this.pick(item);
  }

  key(event) {
    if (!this.open || event.isComposing) return;
    if (event.key === "ArrowDown") this.move(this.at + 1);
    else if (event.key === "ArrowUp") this.move(this.at < 0 ? this.items.length - 1 : this.at - 1);
    else if ((event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) && this.at >= 0) this.take(this.at);
    else if (event.key === "Escape") this.hide();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}
