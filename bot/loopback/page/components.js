// Components V2 and classic components.

import { act } from "./api.js";
import { bytes, h, safeUrl, say } from "./dom.js";
import { picture } from "./lightbox.js";
import { markdown } from "./markdown.js";
import { menu } from "./menu.js";
import { showModal } from "./modal.js";

const KINDS = {
  1: row, 2: button, 3: select, 5: select, 6: select, 7: select, 8: select, 9: section, 10: text, 11: thumbnail,
  12: gallery, 13: file, 14: separator, 17: container,
};
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "premium" };

export const render = (items, message) => items.map((item) => KINDS[item.type]?.(item, message) ?? null);

function row(item, message) {
  return h("div", { class: "actions" }, render(item.components, message));
}

function text(item) {
  return h("div", { class: "text" }, markdown(item.content));
}

function separator(item) {
  const look = `separator ${item.spacing === 2 ? "wide" : ""} ${item.divider === false ? "" : "line"}`;
  return h("div", { class: look, role: "separator" });
}

function section(item, message) {
  return h("div", { class: "section" }, h("div", {}, render(item.components, message)), render([item.accessory], message));
}

function container(item, message) {
  const box = h("div", { class: `container ${item.spoiler ? "hidden-media" : ""}` }, render(item.components, message));
  if (item.accent_color !== null && item.accent_color !== undefined)
    box.style.setProperty("--accent-line", `#${item.accent_color.toString(16).padStart(6, "0")}`);
  return box;
}

// ---------------------------------------------------------------------- media

/** What the attachments know of a medium: its size in pixels. */
const measured = (media, message) => ({ ...message.attachments.find((file) => file.url === media.url), ...media });

function thumbnail(item, message) {
  return h("div", { class: "thumbnail" }, picture([{ ...measured(item.media, message), description: item.description }], 0));
}

function gallery(item, message) {
  const media = item.items.map((entry) => ({ ...measured(entry.media, message), description: entry.description, spoiler: entry.spoiler }));
  const most = Math.min(media.length, 10);
  return h("div", { class: `gallery of-${most}` }, media.map((_, index) => picture(media, index)));
}

function file(item, message) {
  return fileCard({ filename: item.name, size: item.size, ...measured(item.file, message) });
}

export function fileCard(entry) {
  return h("a", { class: "file", href: safeUrl(entry.url), download: entry.filename, target: "_blank", rel: "noopener" },
    h("span", { class: "sheet-icon", "aria-hidden": "true" }), h("span", {}, entry.filename ?? "file"),
    h("small", {}, entry.size === undefined ? "" : bytes(entry.size)));
}

// ---------------------------------------------------------------------- buttons and menus

const emoji = (item) => (item.emoji ? h("span", { class: "emoji", "aria-hidden": item.label ? "true" : null }, item.emoji.id ? `:${item.emoji.name}:` : item.emoji.name) : null);

function button(item, message) {
  const content = [emoji(item), item.label];
  const style = `button ${STYLES[item.style] ?? "secondary"}`;
  if (item.style === 5) {
    return h("a", { class: style, href: safeUrl(item.url), target: "_blank", rel: "noopener noreferrer" }, content, h("span", { "aria-hidden": "true" }, " ↗"));
  }
  const key = { type: "button", class: style, "data-key": item.custom_id, disabled: item.disabled };
  return h("button", { ...key, onclick: (event) => press(event.currentTarget, message, "click", { custom_id: item.custom_id }) }, content);
}

function select(item, message) {
  const send = (element, values) => press(element, message, "select", { custom_id: item.custom_id, values });
  return menu(item, send);
}

/** Send a click or a choice, and show how it went. */
async function press(element, message, deed, body) {
  element.setAttribute("aria-busy", "true");
  const box = element.closest(".message");
  try {
    const outcome = await act(deed, { message: message.id, channel: message.channel_id, ...body });
    if (outcome.modal) showModal(outcome);
    if (outcome.outcome === "failed") failed(box, "This interaction failed");
  } catch (error) {
    failed(box, error.message);
  } finally {
    element.removeAttribute("aria-busy");
  }
}

function failed(box, text) {
  const current = document.querySelector(`[data-id="${box?.dataset.id}"]`) ?? box;
  current?.querySelector(".failure")?.remove();
  const note = h("p", { class: "failure", role: "alert" }, text);
  current?.querySelector(".body")?.append(note);
  say(text);
  setTimeout(() => note.remove(), 8000);
}
