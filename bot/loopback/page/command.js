// The fields of a slash command that is being filled in.

import { act, local, world } from "./api.js";
import { bytes, h, say } from "./dom.js";
import { Suggestions } from "./listbox.js";

const [STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT] = [3, 4, 5, 6, 7, 8, 9, 10, 11];
const PAUSE_MS = 180; // between typing and asking the bot for suggestions

export class CommandForm {
  constructor(command, rest, { run, cancel }) {
    this.command = command;
    this.run = run;
    this.cancel = cancel;
    this.fields = new Map();
    this.files = {};
    this.chosen = {};
    this.error = h("p", { class: "failure", role: "alert" });
    this.hint = h("p", { class: "hint" }, command.text);
    this.row = h("div", { class: "fields" });
    this.more = h("div", { class: "more", role: "group", "aria-label": "Further options" });
    this.element = h("div", { class: "command", role: "group", "aria-label": `/${command.label}` },
      h("div", { class: "command-head" }, h("strong", { class: "mention" }, `/${command.label}`), this.hint,
        h("button", { type: "button", class: "plain", "aria-label": "Put the command away", onclick: cancel }, "×")),
      this.row, this.error,
      h("div", { class: "command-foot" }, this.more, h("button", { type: "submit", class: "send" }, "Run")));
    for (const option of command.options) {
      if (option.required) this.add(option);
      else this.more.append(h("button", { type: "button", class: "option", "data-option": option.name, title: local(option, "description"), onclick: () => this.add(option)?.focus() }, `+ ${local(option, "name")}`));
    }
    this.element.addEventListener("keydown", (event) => this.key(event));
    const first = command.options.find((option) => option.type === STRING);
    if (rest && first) this.add(first).value = rest;
  }

  key(event) {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      this.cancel();
    } else if (event.key === "Enter" && !event.shiftKey && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "file") {
      event.preventDefault();
      this.run();
    } else if (event.key === "Backspace" && event.target.value === "" && event.target.tagName !== "SELECT") {
      const optional = event.target.closest("[data-name]");
      if (optional?.dataset.required === "no") this.remove(optional.dataset.name);
      else if (this.fields.size <= 1) this.cancel();
    }
  }

  focus() {
    (this.row.querySelector("input:not([type=file]), textarea, select, button") ?? this.element.querySelector(".send")).focus();
  }

  /** The field of an option, made if need be. */
  add(option) {
    const known = this.fields.get(option.name);
    if (known) return known;
    const label = h("span", { class: "label" }, local(option, "name"));
    const box = h("div", { class: `field ${option.type === STRING && !option.choices?.length ? "wide" : ""}`, "data-name": option.name, "data-required": option.required ? "yes" : "no" });
    const input = this.control(option, box);
    input.setAttribute("aria-label", `${local(option, "name")}: ${local(option, "description")}`);
    input.setAttribute("aria-required", String(Boolean(option.required)));
    input.addEventListener("focus", () => (this.hint.textContent = local(option, "description")));
    box.prepend(label);
    if (!option.required) box.append(h("button", { type: "button", class: "plain", "aria-label": `Remove ${local(option, "name")}`, onclick: () => this.remove(option.name) }, "×"));
    this.fields.set(option.name, input);
    this.row.append(box);
    this.more.querySelector(`[data-option="${CSS.escape(option.name)}"]`)?.setAttribute("hidden", "");
    return input;
  }

  remove(name) {
    this.fields.get(name)?.closest(".field").remove();
    this.fields.delete(name);
    delete this.files[name];
    delete this.chosen[name];
    this.more.querySelector(`[data-option="${CSS.escape(name)}"]`)?.removeAttribute("hidden");
    this.focus();
  }

  control(option, box) {
    const put = (element) => {
      box.append(element);
      return element;
    };
    if (option.type === ATTACHMENT) return this.upload(option, box);
    if (option.type === BOOLEAN) return put(h("select", {}, h("option", { value: "true" }, "True"), h("option", { value: "false" }, "False")));
    if ([USER, CHANNEL, ROLE, MENTIONABLE].includes(option.type)) return put(h("select", {}, this.entities(option).map(([value, label]) => h("option", { value }, label))));
    const number = option.type === INTEGER || option.type === NUMBER;
    const input = put(option.type === STRING && !option.choices?.length
      ? h("textarea", { rows: 1, maxlength: option.max_length ?? 6000, oninput: (event) => grow(event.target) })
      : h("input", { type: "text", inputmode: number ? (option.type === INTEGER ? "numeric" : "decimal") : "text", size: 12 }));
    input.placeholder = limits(option);
    if (option.choices?.length || option.autocomplete) this.suggest(option, input, box);
    return input;
  }

  entities(option) {
    const overview = world.overview;
    const people = [...overview.people.map((person) => [person.id, person.name]), [overview.bot.id, overview.bot.name]];
    const roles = Object.entries(overview.roles);
    const channels = overview.guilds.flatMap((guild) => guild.channels.map((channel) => [channel.id, `#${channel.name}`]));
    return { [USER]: people, [CHANNEL]: channels, [ROLE]: roles, [MENTIONABLE]: [...people, ...roles] }[option.type];
  }

  // -------------------------------------------------------------------- suggestions

  suggest(option, input, box) {
    const list = new Suggestions(input, box, (item) => {
      this.chosen[option.name] = item;
      input.value = item.label;
      grow(input);
    }, local(option, "name"));
    let timer = 0;
    const ask = () => {
      clearTimeout(timer);
      timer = setTimeout(async () => list.show(await this.offers(option, input.value), { choose: Boolean(option.choices?.length) && input.value !== "" }), option.autocomplete ? PAUSE_MS : 0);
    };
    input.addEventListener("input", () => {
      delete this.chosen[option.name];
      ask();
    });
    input.addEventListener("focus", ask);
    input.addEventListener("keydown", (event) => event.key === "ArrowDown" && !list.open && ask());
  }

  async offers(option, typed) {
    if (option.choices?.length) {
      const choices = option.choices.map((choice) => ({ label: local(choice, "name"), value: choice.value }));
      return choices.filter((choice) => choice.label.toLowerCase().includes(typed.toLowerCase()) || this.chosen[option.name]);
    }
    try {
      const body = { command: this.command.name, option: option.name, value: typed, options: this.collect(true)?.options ?? {} };
      const outcome = await act("autocomplete", body);
      if (this.fields.get(option.name)?.value !== typed || document.activeElement !== this.fields.get(option.name)) return [];
      return (outcome.choices ?? []).map((choice) => ({ label: local(choice, "name"), value: choice.value }));
    } catch {
      return []; // suggestions are a help: without them one types on
    }
  }

  // -------------------------------------------------------------------- files

  upload(option, box) {
    const preview = h("img", { class: "preview", alt: "", hidden: true });
    const name = h("span", {}, "Choose a file");
    const input = h("input", { type: "file", class: "unseen", tabindex: "-1", "aria-hidden": "true", onchange: () => input.files[0] && set(input.files[0]) });
    const button = h("button", { type: "button", class: "option", onclick: () => input.click() }, preview, name);
    const set = (file) => {
      this.files[option.name] = file;
      name.textContent = `${file.name} (${bytes(file.size)})`;
      preview.hidden = !file.type.startsWith("image/");
      if (!preview.hidden) preview.src = URL.createObjectURL(file);
      say(`${file.name} attached`);
    };
    box.append(input, button);
    button.set = set;
    return button;
  }

  /** A file that was dropped or pasted goes to the first attachment option. */
  takeFile(file) {
    const option = this.command.options.find((item) => item.type === ATTACHMENT);
    if (option) this.add(option).set(file);
  }

  // -------------------------------------------------------------------- what was given

  /** {options, files}, or null after telling what is wrong. */
  collect(partial = false) {
    const options = {};
    this.error.textContent = "";
    for (const option of this.command.options) {
      const input = this.fields.get(option.name);
      if (!input || option.type === ATTACHMENT) {
        if (option.required && option.type === ATTACHMENT && !this.files[option.name] && !partial) return this.refuse(option, "Choose a file.");
        continue;
      }
      const [value, fault] = read(option, input.value.trim(), this.chosen[option.name]);
      if (fault && !partial) return this.refuse(option, fault);
      if (value !== undefined && !fault) options[option.name] = value;
    }
    return { options, files: this.files };
  }

  refuse(option, fault) {
    this.error.textContent = `${local(option, "name")}: ${fault}`;
    const input = this.fields.get(option.name);
    input.setAttribute("aria-invalid", "true");
    input.addEventListener("input", () => input.removeAttribute("aria-invalid"), { once: true });
    input.focus();
    return null;
  }
}

function grow(input) {
  if (input.tagName !== "TEXTAREA") return;
  input.style.height = "auto";
  input.style.height = `${Math.min(input.scrollHeight, 180)}px`;
}

function limits(option) {
  if (option.min_value !== undefined && option.max_value !== undefined) return `${option.min_value} to ${option.max_value}`;
  return option.required ? "" : local(option, "description").slice(0, 40);
}

/** [value, fault] of what was typed. */
function read(option, text, chosen) {
  if (!text) return [undefined, option.required ? "This is needed." : ""];
  if (option.choices?.length) {
    const choice = chosen ?? option.choices.map((item) => ({ label: local(item, "name"), value: item.value })).find((item) => item.label.toLowerCase() === text.toLowerCase());
    return choice ? [choice.value, ""] : [undefined, "Choose one of the list."];
  }
  const value = chosen && chosen.label === text ? chosen.value : text;
  if (option.type === BOOLEAN) return [text === "true", ""];
  if (option.type !== INTEGER && option.type !== NUMBER) return [String(value), ""];
  const number = Number(value);
  if (!Number.isFinite(number) || (option.type === INTEGER && !Number.isSafeInteger(number))) return [undefined, "This is not a number."];
  if (option.min_value !== undefined && number < option.min_value) return [undefined, `At least ${option.min_value}.`];
  if (option.max_value !== undefined && number > option.max_value) return [undefined, `At most ${option.max_value}.`];
  return [number, ""];
}
