// Small helpers for building the page. Text only ever becomes text nodes: nothing here parses HTML.

export const $ = (id) => document.getElementById(id);

/** h("button", {class: "x", onclick: f, "aria-label": "y"}, child, "text", null) */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value" || key === "checked" || key === "selected") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Only addresses that a click may lead to; anything else is shown as text. */
export function safeUrl(text) {
  try {
    const url = new URL(text, location.href);
    return ["http:", "https:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

export const bytes = (size) =>
  size < 1024 ? `${size} B` : size < 1048576 ? `${(size / 1024).toFixed(1)} KB` : `${(size / 1048576).toFixed(1)} MB`;

export function say(text) {
  const live = $("live");
  live.textContent = "";
  setTimeout(() => (live.textContent = text), 30);
}

export function hue(text) {
  let sum = 7;
  for (const letter of String(text)) sum = (sum * 31 + letter.codePointAt(0)) % 360;
  return sum;
}

export function avatar(name, bot) {
  if (bot) return h("img", { class: "avatar", src: "page/mark.svg", alt: "" });
  const face = h("span", { class: "avatar", "aria-hidden": "true" }, [...name][0] ?? "?");
  face.style.setProperty("--hue", hue(name));
  return face;
}
