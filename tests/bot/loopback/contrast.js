// Texts whose contrast with what lies behind them is under 4.5 (under 3 for large ones).
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  function parse(colour) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  }

  function luminance(rgb) {
    const [red, green, blue] = rgb.map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function behind(element) {
    for (let item = element; item; item = item.parentElement) {
      const colour = parse(getComputedStyle(item).backgroundColor);
      if (colour[3] > 250) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  }

  function poor(element) {
    const style = getComputedStyle(element);
    const [light, dark] = [luminance(parse(style.color).slice(0, 3)), luminance(behind(element))].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.6 && style.fontWeight >= 600);
    return (light + 0.05) / (dark + 0.05) < (large ? 3 : 4.5);
  }

  function readable(element) {
    const words = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    const passed = element.closest(".unseen, .skip, :disabled, .spoiler, dialog, noscript");
    return words && !passed && element.getBoundingClientRect().width && getComputedStyle(element).visibility !== "hidden";
  }

  return [...document.querySelectorAll("body *")]
    .filter((element) => readable(element) && poor(element))
    .map((element) => `${element.className}: ${element.textContent.slice(0, 30)}`);
}
