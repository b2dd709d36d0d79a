// The list of messages.

import { world } from "./api.js";
import { fileCard, render } from "./components.js";
import { $, avatar, h, safeUrl, say } from "./dom.js";
import { keepPictures, picture } from "./lightbox.js";
import { markdown } from "./markdown.js";

const V2 = 1 << 15;
const LOADING = 1 << 7;
const EPHEMERAL = 1 << 6;
const dismissed = new Set();
const QUIET_S = 420; // messages of one author within this time stand together

const seconds = (message) => Date.parse(message.timestamp) / 1000;
const nameOf = (user) => user.global_name ?? user.username;

export const shown = () => [...world.messages.values()].filter((message) => !dismissed.has(message.id));

/** Replace all messages: another channel, another member. */
export function reset(messages) {
  world.messages = new Map(messages.map((message) => [message.id, message]));
  $("messages").replaceChildren();
  for (const message of shown()) place(message);
  regroup();
  toBottom();
}

/** Take in what is new, changed and gone. */
export function update(messages, gone) {
  const near = atBottom();
  for (const id of gone) {
    world.messages.delete(id);
    node(id)?.remove();
  }
  for (const message of messages) {
    const known = world.messages.has(message.id);
    world.messages.set(message.id, message);
    if (dismissed.has(message.id)) continue;
    const finished = known && node(message.id)?.dataset.loading === "yes" && !(message.flags & LOADING);
    place(message);
    if ((!known || finished) && !(message.flags & LOADING)) announce(message);
  }
  regroup();
  if (near) toBottom();
  else if (messages.some((message) => !message.edited_timestamp)) $("newer").hidden = false;
}

const node = (id) => document.querySelector(`#messages > [data-id="${CSS.escape(id)}"]`);

function place(message) {
  const old = node(message.id);
  const fresh = build(message);
  if (!old) {
    const next = [...$("messages").children].find((item) => BigInt(item.dataset.id) > BigInt(message.id));
    $("messages").insertBefore(fresh, next ?? null);
    return;
  }
  const focused = old.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const open = [...old.querySelectorAll("details[open] > summary")].map((item) => item.dataset.key);
  keepPictures(old, fresh);
  fresh.classList.add("still");
  old.replaceWith(fresh);
  for (const key of open) fresh.querySelector(`[data-key="${CSS.escape(key)}"]`)?.parentElement.setAttribute("open", "");
  if (focused) fresh.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

// ---------------------------------------------------------------------- one message

function build(message) {
  const loading = Boolean(message.flags & LOADING);
  const secret = Boolean(message.flags & EPHEMERAL);
  const box = h("li", { class: `message ${secret ? "secret" : ""}`, "data-id": message.id, "data-author": message.author.id, "data-loading": loading ? "yes" : "no" });
  const author = nameOf(message.author);
  const when = h("time", { datetime: message.timestamp, title: new Date(message.timestamp).toLocaleString("en") },
    new Date(message.timestamp).toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hour12: false }));
  const head = h("div", { class: "by" }, h("strong", {}, author), message.author.bot && h("span", { class: "tag" }, "bot"), when,
    message.edited_timestamp && !message.author.bot && h("small", {}, "edited"));
  box.append(reference(message) ?? "", avatar(author, message.author.bot), h("div", { class: "body" }, head, loading ? thinking(author) : content(message), secret && dismissal(message)));
  return box;
}

function thinking(author) {
  return h("p", { class: "thinking" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), `${author} is thinking…`);
}

function dismissal(message) {
  const dismiss = () => {
    dismissed.add(message.id);
    node(message.id)?.remove();
    regroup();
  };
  return h("p", { class: "only-you" }, "Only you can see this · ", h("button", { type: "button", class: "plain", onclick: dismiss }, "Dismiss"));
}

function reference(message) {
  const used = message.interaction_metadata;
  if (used?.name) {
    const who = nameOf(used.user);
    const small = avatar(who, false);
    small.classList.add("small");
    return h("div", { class: "reference" }, small, h("strong", {}, who), " used ", h("span", { class: "mention" }, `/${used.name}`));
  }
  if (!message.referenced_message) return null;
  const answered = message.referenced_message;
  return h("div", { class: "reference" }, h("strong", {}, nameOf(answered.author)), " ", (answered.content || "a message").slice(0, 80));
}

function content(message) {
  const v2 = Boolean(message.flags & V2);
  const parts = [];
  if (message.content) parts.push(h("div", { class: "text" }, markdown(message.content)));
  for (const item of message.embeds) parts.push(embed(item));
  if (!v2) parts.push(...attachments(message));
  parts.push(...render(message.components, message), ...forwarded(message));
  return parts;
}

/** A forwarded message, as it stands where it comes from, without its buttons. */
function forwarded(message) {
  return (message.message_snapshots ?? []).map(({ message: original }) => {
    const bare = { embeds: [], attachments: [], ...original, id: message.id, message_snapshots: [] };
    return h("div", { class: "forwarded" }, h("div", { class: "reference" }, "Forwarded"), content({ ...bare, components: unpressable(original.components ?? []) }));
  });
}

const unpressable = (items) =>
  items.filter((item) => item.type !== 1).map((item) => (item.components ? { ...item, components: unpressable(item.components) } : item));

function attachments(message) {
  const inEmbeds = new Set(message.embeds.flatMap((item) => [item.image?.url, item.thumbnail?.url]));
  const files = message.attachments.filter((file) => !inEmbeds.has(file.url));
  const pictures = files.filter((file) => /^(image|video)\//.test(file.content_type ?? ""));
  const media = pictures.map((file) => ({ ...file, description: file.description ?? file.filename }));
  const rest = files.filter((file) => !pictures.includes(file)).map(fileCard);
  return [media.length ? h("div", { class: `gallery of-${Math.min(media.length, 10)}` }, media.map((_, index) => picture(media, index))) : null, ...rest];
}

function embed(item) {
  const box = h("article", { class: "embed" });
  if (item.color) box.style.setProperty("--accent-line", `#${item.color.toString(16).padStart(6, "0")}`);
  const link = (text, url) => (url && safeUrl(url) ? h("a", { href: safeUrl(url), target: "_blank", rel: "noopener noreferrer" }, text) : text);
  const footer = [item.footer?.text, item.timestamp && new Date(item.timestamp).toLocaleString("en")].filter(Boolean).join(" · ");
  box.append(
    ...[
      item.thumbnail && h("div", { class: "thumbnail" }, picture([{ ...item.thumbnail, description: "Thumbnail" }], 0)),
      item.author && h("p", { class: "embed-author" }, link(item.author.name, item.author.url)),
      item.title && h("h3", {}, link(item.title, item.url)),
      item.description && h("div", { class: "text" }, markdown(item.description)),
      item.fields?.length && h("dl", {}, item.fields.map((entry) => h("div", { class: entry.inline ? "inline" : "" }, h("dt", {}, entry.name), h("dd", { class: "text" }, markdown(entry.value))))),
      item.image && h("div", { class: "gallery of-1" }, picture([{ ...item.image, description: item.title ?? "Picture" }], 0)),
      footer && h("p", { class: "embed-footer" }, footer),
    ].filter(Boolean),
  );
  return box;
}

// ---------------------------------------------------------------------- the list as a whole

function regroup() {
  let before = null;
  let day = "";
  for (const item of $("messages").children) {
    const message = world.messages.get(item.dataset.id);
    if (!message) continue;
    const today = new Date(message.timestamp).toLocaleDateString("en", { weekday: "long", day: "numeric", month: "long" });
    item.dataset.day = today === day ? "" : today;
    const follows = before && !item.dataset.day && !message.interaction_metadata?.name && before.author.id === message.author.id && ((before.flags ^ message.flags) & EPHEMERAL) === 0 && seconds(message) - seconds(before) < QUIET_S;
    item.classList.toggle("follows", Boolean(follows));
    [before, day] = [message, today];
  }
  $("messages").setAttribute("aria-label", `${$("messages").children.length} messages`);
}

function announce(message) {
  const texts = [message.content, ...[...node(message.id).querySelectorAll(".text")].map((item) => item.textContent)];
  say(`${nameOf(message.author)}: ${texts.find((text) => text?.trim())?.slice(0, 160) ?? "sent something"}`);
}

/** A note that only this page shows: what became of a command that nobody answered. */
export function note(command, text) {
  const box = h("li", { class: "message note", "data-id": String((1n << 62n) + BigInt(Date.now())) });
  const gone = h("button", { type: "button", class: "plain", onclick: () => box.remove() }, "Dismiss");
  box.append(h("span", { class: "avatar mark", "aria-hidden": "true" }, "!"), h("div", { class: "body" }, h("p", {}, h("span", { class: "mention" }, command)), h("p", { class: "failure" }, text), h("p", { class: "only-you" }, gone)));
  $("messages").append(box);
  say(text);
  toBottom();
}

const scroller = () => $("scroll");
export const atBottom = () => scroller().scrollHeight - scroller().scrollTop - scroller().clientHeight < 120;

export function toBottom() {
  scroller().scrollTop = scroller().scrollHeight;
  $("newer").hidden = true;
}

/** Stay at the end while pictures load and cards grow. */
export function stick() {
  let near = true;
  scroller().addEventListener("scroll", () => {
    near = atBottom();
    if (near) $("newer").hidden = true;
  });
  new ResizeObserver(() => near && toBottom()).observe($("messages"));
  new ResizeObserver(() => near && toBottom()).observe(scroller());
  $("newer").addEventListener("click", toBottom);
}

