// Discord's markdown, as far as bots use it, into DOM nodes.

import { h, safeUrl } from "./dom.js";
import { world } from "./api.js";

const INLINE = [
  [/^\\([^\sA-Za-z0-9])/, (match) => match[1]],
  [/^``(.+?)``|^`([^`\n]+)`/, (match) => h("code", {}, match[1] ?? match[2])],
  [/^\*\*\*(\S[\s\S]*?)\*\*\*/, (match) => h("strong", {}, h("em", {}, inline(match[1])))],
  [/^\*\*(\S[\s\S]*?)\*\*/, (match) => h("strong", {}, inline(match[1]))],
  [/^__(\S[\s\S]*?)__/, (match) => h("u", {}, inline(match[1]))],
  [/^~~(\S[\s\S]*?)~~/, (match) => h("s", {}, inline(match[1]))],
  [/^\|\|([\s\S]+?)\|\|/, (match) => spoiler(match[1])],
  [/^\*(?!\s)([^*\n]+?)\*(?!\*)/, (match) => h("em", {}, inline(match[1]))],
  [/^_(?!\s)([^_\n]+?)_(?![\p{L}\p{N}])/u, (match) => h("em", {}, inline(match[1]))],
  [/^<t:(-?\d{1,13})(?::([tTdDfFR]))?>/, (match) => timestamp(Number(match[1]), match[2] ?? "f")],
  [/^<@!?(\d+)>/, (match) => mention("@", world.overview?.names[match[1]] ?? "unknown")],
  [/^<@&(\d+)>/, (match) => mention("@", world.overview?.roles[match[1]] ?? "unknown")],
  [/^<#(\d+)>/, (match) => mention("#", channelName(match[1]))],
  [/^<\/([^:>]+):\d+>/, (match) => mention("/", match[1])],
  [/^<a?:(\w+):\d+>/, (match) => `:${match[1]}:`],
  [/^\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)/, (match) => link(match[2], match[1])],
  [/^<(https?:\/\/[^\s>]+)>/, (match) => link(match[1], match[1])],
  [/^https?:\/\/[^\s<>]*[^\s<>.,:;"')\]]/, (match) => link(match[0], match[0])],
];

function inline(text) {
  const nodes = [];
  let plain = "";
  for (let rest = text; rest; ) {
    const found = "\\`*_~|<[h".includes(rest[0])
      ? INLINE.map(([pattern, make]) => [pattern.exec(rest), make]).find(([match]) => match)
      : null;
    if (found) {
      if (plain) nodes.push(plain);
      plain = "";
      nodes.push(found[1](found[0]));
      rest = rest.slice(found[0][0].length);
    } else {
      const letter = String.fromCodePoint(rest.codePointAt(0));
      plain += letter;
      rest = rest.slice(letter.length);
    }
  }
  if (plain) nodes.push(plain);
  return nodes;
}

const mention = (sign, name) => h("span", { class: "mention" }, sign + name);

function channelName(id) {
  for (const guild of world.overview?.guilds ?? [])
    for (const channel of guild.channels) if (channel.id === id) return channel.name;
  return "unknown";
}

function link(url, text) {
  const href = safeUrl(url);
  return href ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, text) : text;
}

function spoiler(text) {
  const cover = h("button", { type: "button", class: "spoiler", "aria-label": "Spoiler, press to show" }, h("span", {}, inline(text)));
  cover.addEventListener("click", () => {
    cover.classList.add("open");
    cover.removeAttribute("aria-label");
  });
  return cover;
}

// ---------------------------------------------------------------------- time

const STYLES = {
  t: { timeStyle: "short" }, T: { timeStyle: "medium" }, d: { dateStyle: "short" }, D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" }, F: { dateStyle: "full", timeStyle: "short" },
};
const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

export function ago(seconds) {
  const distance = seconds - Date.now() / 1000;
  const [unit, length] = UNITS.find(([, size]) => Math.abs(distance) >= size) ?? ["second", 1];
  return relative.format(Math.trunc(distance / length), unit);
}

export function timestamp(seconds, style) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return "Invalid date";
  const element = h("time", { class: "stamp", datetime: date.toISOString(), title: date.toLocaleString("en", STYLES.F) });
  if (style === "R") {
    element.dataset.seconds = seconds;
    element.textContent = ago(seconds);
  } else element.textContent = date.toLocaleString("en", STYLES[style]);
  return element;
}

setInterval(() => {
  for (const element of document.querySelectorAll("time[data-seconds]")) {
    const text = ago(Number(element.dataset.seconds));
    if (element.textContent !== text) element.textContent = text;
  }
}, 1000);

// ---------------------------------------------------------------------- blocks

const lines = (nodes) => nodes.flatMap((node, index) => (index ? [h("br"), ...node] : node));

/** Markdown to a list of block elements. */
export function markdown(text) {
  const blocks = [];
  const parts = String(text).split(/```(?:([\w+-]+)\n)?([\s\S]*?)```/);
  for (let index = 0; index < parts.length; index += 3) {
    if (parts[index].trim()) blocks.push(...paragraphs(parts[index].replace(/^\n|\n$/g, "")));
    if (parts[index + 2] !== undefined) blocks.push(h("pre", {}, h("code", {}, parts[index + 2].replace(/^\n|\n$/g, ""))));
  }
  return blocks;
}

const BLOCKS = [
  [/^(#{1,3})\s+(.+)$/, (match) => [`h${match[1].length + 2}`, match[2]]],
  [/^-#\s+(.+)$/, (match) => ["small", match[1]]],
  [/^>\s(.*)$/, (match) => ["blockquote", match[1]]],
  [/^\s*[-*]\s+(.+)$/, (match) => ["ul", match[1]]],
  [/^\s*\d+\.\s+(.+)$/, (match) => ["ol", match[1]]],
];

function paragraphs(text) {
  const groups = [];
  for (const line of text.split("\n")) {
    const found = BLOCKS.map(([pattern, make]) => [pattern.exec(line), make]).find(([match]) => match);
    const [kind, content] = found ? found[1](found[0]) : ["p", line];
    const last = groups.at(-1);
    if (last?.kind === kind && ["p", "ul", "ol", "blockquote"].includes(kind)) last.lines.push(content);
    else groups.push({ kind, lines: [content] });
  }
  return groups.map(block);
}

function block({ kind, lines: content }) {
  if (kind === "ul" || kind === "ol") return h(kind, {}, content.map((item) => h("li", {}, inline(item))));
  if (kind === "small") return h("p", { class: "subtext" }, inline(content[0]));
  return h(kind, {}, lines(content.map(inline)));
}
