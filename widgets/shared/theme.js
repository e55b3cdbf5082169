// Light or dark, as the page around the widget is: JupyterLab and Voilà say so by their
// colours, any other page by what its reader prefers.

/**
 * Keep `data-theme` of an element in step with the page.
 * @param {HTMLElement} element
 * @returns {() => void} stops following
 */
export function followTheme(element) {
  const preference = matchMedia("(prefers-color-scheme: dark)");
  const update = () => {
    element.dataset["theme"] = isDark(element, preference.matches) ? "dark" : "light";
  };
  const observer = new MutationObserver(update);
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class", "style"],
  });
  preference.addEventListener("change", update);
  update();
  return () => {
    observer.disconnect();
    preference.removeEventListener("change", update);
  };
}

/**
 * @param {HTMLElement} element
 * @param {boolean} preferred what the reader prefers, for pages that do not say
 */
function isDark(element, preferred) {
  const declared = document.body.dataset["jpThemeLight"];
  if (declared === "true" || declared === "false") return declared === "false";
  const paper = getComputedStyle(element).getPropertyValue("--jp-layout-color0").trim();
  const light = paper && lightness(paper);
  return typeof light === "number" ? light < 0.5 : preferred;
}

/**
 * Lightness of a CSS colour between 0 and 1, or null when it cannot be read.
 * @param {string} colour
 */
export function lightness(colour) {
  if (colour === "white") return 1;
  if (colour === "black") return 0;
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(colour)?.[1];
  const channels = hex
    ? (hex.length === 3 ? [...hex].map((c) => c + c) : (hex.match(/../g) ?? [])).map((c) =>
        parseInt(c, 16),
      )
    : /^rgba?\(/.test(colour)
      ? (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number)
      : [];
  const [red, green, blue] = channels;
  if (red === undefined || green === undefined || blue === undefined) return null;
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}
