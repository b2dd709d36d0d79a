// The page as a whole: who, where, and what the server tells.

import { get, invocations, listen, loadCommands, me, world } from "./api.js";
import { Composer } from "./composer.js";
import { $, avatar, h } from "./dom.js";
import * as messages from "./messages.js";

const composer = new Composer();
const seen = new Map();
let look = () => {};

// ---------------------------------------------------------------------- where and who

function channels() {
  const overview = world.overview;
  const all = overview.guilds.flatMap((guild) => guild.channels);
  return overview.direct ? [...all, { ...overview.direct, direct: true, topic: `Between you and ${overview.direct.name}.`, bot_may_send: true }] : all;
}

const here = () => channels().find((channel) => channel.id === world.channel);

function go(channel) {
  world.channel = channel;
  sessionStorage.setItem("channel", channel);
  messages.reset([]);
  composer.cancel();
  look();
  draw();
  refreshCommands();
  drawer(false);
}

function become(member) {
  world.member = member;
  localStorage.setItem("member", member);
  world.channel = channels().some((channel) => channel.id === world.channel && !channel.direct) ? world.channel : "";
  messages.reset([]);
  composer.cancel();
  look();
  refreshCommands();
}

async function refreshCommands() {
  if (!world.channel) return;
  await loadCommands();
  empty();
}

// ---------------------------------------------------------------------- drawing

function draw() {
  const overview = world.overview;
  const channel = here();
  const bot = overview.bot;
  document.title = channel ? `${channel.direct ? "" : "#"}${channel.name} · ${overview.guilds[0]?.name ?? ""}` : "Gala's studio";
  $("guild").textContent = overview.guilds[0]?.name ?? "No guild";
  $("presence").textContent = bot.connected ? `${bot.name} is here` : `${bot.name} is away`;
  $("presence").dataset.here = bot.connected ? "yes" : "no";
  $("title").textContent = channel ? (channel.direct ? channel.name : `#${channel.name}`) : "…";
  $("topic").textContent = channel ? channel.topic + (channel.bot_may_send ? "" : ` ${bot.name} may not write here.`) : "";
  composer.place(channel ? `Message ${channel.direct ? "" : "#"}${channel.name}, or / for commands` : "");
  drawChannels();
  drawPeople();
  $("me").replaceChildren(...(me() ? [avatar(me().name), me().name] : []));
  empty();
}

function entry(channel, sign) {
  const current = channel.id === world.channel;
  if (current) seen.set(channel.id, channel.last);
  const unread = !current && channel.last !== (seen.get(channel.id) ?? channel.last);
  if (!seen.has(channel.id)) seen.set(channel.id, channel.last);
  return h("li", {}, h("button", { type: "button", class: "channel", "data-channel": channel.id, "aria-current": current ? "page" : null, onclick: () => go(channel.id) },
    h("span", { class: "sign", "aria-hidden": "true" }, sign), h("span", {}, channel.name),
    channel.adult && h("span", { class: "tag" }, "18+"), !channel.bot_may_send && h("span", { class: "tag", title: "The bot may not write here" }, "read only"),
    unread && h("span", { class: "unread", "aria-label": "unread" })));
}

function drawChannels() {
  const focused = $("channels").contains(document.activeElement) ? document.activeElement.dataset.channel : null;
  const list = [];
  for (const [index, guild] of world.overview.guilds.entries()) {
    if (index) list.push(h("li", { class: "guild" }, guild.name));
    list.push(...guild.channels.map((channel) => entry(channel, channel.thread ? "↳" : "#")));
  }
  const direct = channels().find((channel) => channel.direct);
  if (direct) list.push(h("li", { class: "guild" }, "Direct messages"), entry(direct, "@"));
  $("channels").replaceChildren(...list);
  if (focused) $("channels").querySelector(`[data-channel="${focused}"]`)?.focus();
}

function drawPeople() {
  const focused = $("people").contains(document.activeElement) ? document.activeElement.value : null;
  $("people").replaceChildren(...world.overview.people.map((person) =>
    h("label", { class: "person" },
      h("input", { type: "radio", name: "person", class: "unseen", value: person.id, checked: person.id === world.member, onchange: () => become(person.id) }),
      avatar(person.name), h("span", {}, person.name),
      person.admin && h("span", { class: "tag" }, "admin"), person.locale !== "en-US" && h("span", { class: "tag" }, person.locale))));
  if (focused) $("people").querySelector(`[value="${focused}"]`)?.focus();
}

/** What a newcomer sees in an empty channel. */
function empty() {
  const box = $("empty");
  box.hidden = messages.shown().length > 0 || !world.overview || !world.channel;
  if (box.hidden) return;
  const command = invocations(world.commands).find((item) => item.options.some((option) => option.type === 3 && option.required));
  const bot = world.overview.bot;
  const lines = [h("img", { src: "page/mark.svg", alt: "", width: 84, height: 84 }), h("h2", {}, "An empty canvas")];
  if (!bot.connected) lines.push(h("p", {}, `${bot.name} is not connected yet. Start it, and its commands will appear here.`));
  else if (!command || !here()?.bot_may_send) lines.push(h("p", {}, `Nothing has been said here yet. ${bot.name} paints in other channels.`));
  else {
    const text = `/${command.label} ${EXAMPLES[me()?.locale] ?? EXAMPLES.en}`;
    lines.push(h("p", {}, "Type this, and watch the picture appear:"),
      h("p", {}, h("button", { type: "button", class: "try", onclick: () => composer.begin(text) }, h("code", {}, text))),
      h("p", { class: "subtext" }, "Press the line to have it typed for you, then Enter. Type / for everything else."));
  }
  box.replaceChildren(...lines);
}

const EXAMPLES = { en: "a red car under a rainbow", ru: "красная машина под радугой" };

// ---------------------------------------------------------------------- the drawer of small screens

function drawer(open) {
  const was = document.body.classList.contains("drawer");
  document.body.classList.toggle("drawer", open);
  $("menu").setAttribute("aria-expanded", String(open));
  $("veil").hidden = !open;
  if (open) $("side").querySelector("[aria-current]")?.focus();
  else if (was) $("menu").focus();
}

$("menu").addEventListener("click", () => drawer(!document.body.classList.contains("drawer")));
$("veil").addEventListener("click", () => drawer(false));
document.addEventListener("keydown", (event) => event.key === "Escape" && document.body.classList.contains("drawer") && drawer(false));
$("channels").addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = [...$("channels").querySelectorAll("button")];
  all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
});

// ---------------------------------------------------------------------- what the server tells

function hear(news) {
  if (news.type === "offline") {
    $("presence").textContent = "Connection lost";
    $("presence").dataset.here = "no";
  } else if (news.type === "overview") {
    if (news.overview.member !== world.member) return;
    const commands = JSON.stringify([world.overview?.commands, world.overview?.bot.connected]);
    world.overview = news.overview;
    if (!me() && news.overview.people.length) become(news.overview.people[0].id);
    if (!here()) go(channels()[0]?.id ?? "");
    if (commands !== JSON.stringify([news.overview.commands, news.overview.bot.connected])) refreshCommands();
    draw();
  } else if (news.type === "messages" && news.channel === world.channel && news.member === world.member) {
    if (news.fresh) messages.reset(news.messages);
    else messages.update(news.messages, news.gone);
    empty();
  }
}

async function start() {
  let overview = null;
  try {
    overview = await get("state", world.member ? { member: world.member } : {});
  } catch {
    overview = await get("state"); // the remembered member was of another day's Discord
  }
  world.overview = overview;
  world.member = overview.member;
  if (!here()) world.channel = channels()[0]?.id ?? "";
  look = listen(hear);
  messages.stick();
  draw();
  refreshCommands();
}

start();
