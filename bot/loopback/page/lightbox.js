// Pictures: in the message, and large.

import { $, h, safeUrl, say } from "./dom.js";

const isFilm = (media) => (media.content_type ?? "").startsWith("video/");

/** One of several media as a button that enlarges it. */
export function picture(media, index) {
  const item = media[index];
  const source = safeUrl(item.url);
  if (isFilm(item)) return h("video", { src: source, controls: true, preload: "metadata", "aria-label": item.description ?? "Film" });
  const name = item.description || "Picture";
  const image = h("img", { src: source, alt: name, width: item.width, height: item.height, draggable: "false" });
  const frame = h("button", { type: "button", class: `picture ${item.spoiler ? "hidden-media" : ""}`, "aria-label": `${name}: enlarge`, "data-key": `picture-${index}` }, image);
  if (item.width && item.height) frame.style.setProperty("--ratio", item.width / item.height);
  frame.addEventListener("click", () => {
    if (frame.classList.contains("hidden-media")) frame.classList.remove("hidden-media");
    else enlarge(media.filter((entry) => !isFilm(entry)), Math.max(0, media.filter((entry) => !isFilm(entry)).indexOf(item)));
  });
  return frame;
}

export function enlarge(media, start) {
  const box = $("lightbox");
  let index = start;
  const image = h("img", { alt: "" });
  const words = h("figcaption", {});
  const step = (by) => {
    index = (index + by + media.length) % media.length;
    const item = media[index];
    image.src = safeUrl(item.url);
    image.alt = item.description ?? "";
    const size = item.width ? `${item.width} × ${item.height}` : "";
    words.replaceChildren(item.description ?? "", " ", h("small", {}, size), " ",
      h("a", { href: safeUrl(item.url), target: "_blank", rel: "noopener" }, "Open original"));
    if (media.length > 1) say(`Picture ${index + 1} of ${media.length}`);
  };
  const arrow = (by, sign, label) => media.length > 1 && h("button", { type: "button", class: "arrow", "aria-label": label, onclick: () => step(by) }, sign);
  box.replaceChildren(h("button", { type: "button", class: "close", "aria-label": "Close", onclick: () => box.close() }, "×"),
    arrow(-1, "‹", "Previous") || "", h("figure", {}, image, words), arrow(1, "›", "Next") || "");
  box.onkeydown = (event) => {
    if (event.key === "ArrowRight") step(1);
    if (event.key === "ArrowLeft") step(-1);
  };
  box.onclick = (event) => event.target === box && box.close();
  step(0);
  box.showModal();
}

/** Let a new picture appear only once it is there, so that live edits do not flicker. */
export function keepPictures(before, after) {
  const old = before.querySelectorAll("img:not(.avatar)");
  after.querySelectorAll("img:not(.avatar)").forEach((image, index) => {
    const previous = old[index];
    if (!previous || previous.src === image.src || !previous.complete) return;
    const wanted = image.src;
    const loading = new Image();
    loading.onload = () => (image.src = wanted);
    loading.onerror = loading.onload;
    image.src = previous.src;
    loading.src = wanted;
  });
}
