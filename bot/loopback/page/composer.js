// The message box: text, files, and the picker of slash commands.

import { act, invocations, loadCommands } from "./api.js";
import { CommandForm } from "./command.js";
import { $, bytes, h, say } from "./dom.js";
import { Suggestions } from "./listbox.js";
import { note, toBottom } from "./messages.js";

export class Composer {
  constructor() {
    this.form = $("composer");
    this.files = [];
    this.command = null;
    this.entering = false;
    this.input = h("textarea", { rows: 1, class: "words", "aria-label": "Message", maxlength: 2000, enterkeyhint: "send" });
    this.tray = h("div", { class: "tray" });
    this.attach = h("input", { type: "file", multiple: true, class: "unseen", tabindex: "-1", "aria-hidden": "true", onchange: () => this.take(this.attach.files) });
    const plus = h("button", { type: "button", class: "round", "aria-label": "Attach files", onclick: () => this.attach.click() }, "+");
    const slash = h("button", { type: "button", class: "round", "aria-label": "Commands", onclick: () => this.begin("/") }, "/");
    this.line = h("div", { class: "line" }, plus, slash, this.input, h("button", { type: "submit", class: "send", "aria-label": "Send" }, "Send"));
    this.form.append(this.attach, this.tray, this.line);
    this.suggestions = new Suggestions(this.input, this.form, (item) => this.choose(item.command), "Commands");
    this.input.addEventListener("input", () => this.changed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.form.addEventListener("paste", (event) => this.take(event.clipboardData.files, event));
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      this.take(event.dataTransfer.files);
    });
    document.addEventListener("keydown", (event) => this.typed(event));
  }

  /** A slash typed anywhere goes to the message box. */
  typed(event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
    if (document.activeElement?.matches("textarea, select, input:not([type=radio], [type=checkbox])")) return;
    event.preventDefault();
    this.begin("/");
  }

  begin(text) {
    this.cancel();
    this.input.value = text;
    this.input.focus();
    this.changed();
  }

  place(text) {
    this.input.placeholder = text;
  }

  key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.form.requestSubmit();
    }
  }

  async changed() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 180)}px`;
    const text = this.input.value;
    if (!text.startsWith("/")) return this.suggestions.hide();
    const commands = invocations(await loadCommands());
    if (text !== this.input.value) return;
    const typed = text.slice(1).toLowerCase();
    const whole = this.match(commands, text);
    if (whole && /\s/.test(text)) return this.choose(whole.command, whole.rest);
    const found = commands.filter((item) => [item.label, item.name].some((name) => name.toLowerCase().startsWith(typed.trim())));
    this.suggestions.show(found.map((item) => ({ label: `/${item.label}`, note: item.text, command: item })));
    if (!found.length) say("No such command");
  }

  /** The command whose whole name the text begins with, and what stands after it. */
  match(commands, text) {
    for (const command of commands) {
      for (const name of [command.label, command.name]) {
        const start = `/${name}`;
        if (text.toLowerCase() === start.toLowerCase() || text.toLowerCase().startsWith(`${start.toLowerCase()} `))
          return { command, rest: text.slice(start.length).trimStart() };
      }
    }
    return null;
  }

  choose(command, rest = "") {
    this.input.value = "";
    this.suggestions.hide();
    this.command = new CommandForm(command, rest, { run: () => this.run(), cancel: () => this.cancel(true) });
    this.line.hidden = true;
    this.form.append(this.command.element);
    this.command.focus();
    say(`/${command.label}: ${command.text}`);
  }

  cancel(focus = false) {
    this.command?.element.remove();
    this.command = null;
    this.line.hidden = false;
    if (focus) this.input.focus();
  }

  async run() {
    const { command } = this.command;
    const given = this.command.collect();
    if (!given) return;
    this.cancel(true);
    toBottom();
    try {
      const outcome = await act("slash", { command: command.name, options: given.options }, given.files);
      if (outcome.modal) (await import("./modal.js")).showModal(outcome);
      if (outcome.outcome === "failed") note(`/${command.label}`, "The bot did not answer in time.");
    } catch (error) {
      note(`/${command.label}`, error.message);
    }
  }

  /** Enter came before the form did: run the command if it is whole, else show its form. */
  async enter(content) {
    if (this.entering) return;
    this.entering = true;
    const commands = await loadCommands().finally(() => (this.entering = false));
    const whole = this.match(invocations(commands), content);
    if (!whole) return note(content.split(" ")[0], "There is no such command here.");
    if (!this.command) this.choose(whole.command, whole.rest);
    if (whole.rest || !whole.command.options.length) await this.run();
  }

  // -------------------------------------------------------------------- plain messages

  take(files, event) {
    if (!files?.length) return;
    event?.preventDefault();
    if (this.command) return void this.command.takeFile(files[0]);
    this.files.push(...files);
    this.attach.value = "";
    this.showFiles();
  }

  showFiles() {
    this.tray.replaceChildren(...this.files.map((file, index) => {
      const gone = h("button", { type: "button", class: "plain", "aria-label": `Remove ${file.name}`, onclick: () => { this.files.splice(index, 1); this.showFiles(); } }, "×");
      return h("span", { class: "chip" }, file.name, h("small", {}, ` ${bytes(file.size)} `), gone);
    }));
  }

  async send() {
    if (this.command) return this.run();
    const content = this.input.value.trim();
    if (content.startsWith("/")) {
      return this.enter(content);
    }
    if (!content && !this.files.length) return;
    const files = Object.fromEntries(this.files.map((file, index) => [`files[${index}]`, file]));
    try {
      await act("say", { content }, files);
      toBottom();
      this.input.value = "";
      this.files = [];
      this.showFiles();
      this.changed();
    } catch (error) {
      note("Message", error.message);
    }
  }
}
