// Draws every chart of the page in the page's own colours, again when the theme changes.
(() => {
  "use strict";
  const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: false };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const charts = [...document.querySelectorAll("figure.chart")];

  const colour = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  /** Layout keys that follow the theme; everything else is the figure's own. */
  function theme(layout) {
    const axes = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key));
    const update = {
      "font.color": colour("--soft"),
      "title.font.color": colour("--ink"),
      "hoverlabel.bgcolor": colour("--paper"),
      "hoverlabel.font.color": colour("--ink"),
    };
    for (const axis of axes) update[`${axis}.gridcolor`] = colour("--rule");
    return update;
  }

  /** Let the drawing shrink with the sheet when printed: give each layer a view box. */
  function fit(chart) {
    const layers = chart.querySelectorAll(".main-svg");
    const [width, height] = [chart._fullLayout.width, chart._fullLayout.height];
    for (const layer of layers) layer.setAttribute("viewBox", `0 0 ${width} ${height}`);
    chart.style.setProperty("--aspect", `${width} / ${height}`);
  }

  async function draw(chart) {
    const spec = JSON.parse(chart.querySelector("script").textContent);
    const layout = { ...spec.layout, autosize: true };
    delete layout.width;
    if (chart.clientWidth < 560) {
      layout.margin = { ...layout.margin, l: 44, r: 40 };
      layout.font = { ...layout.font, size: 11 };
    }
    await Plotly.newPlot(chart, spec.data, layout, CONFIG);
    chart.on("plotly_afterplot", () => fit(chart));
    await Plotly.relayout(chart, theme(chart.layout));
    fit(chart);
  }

  const repaint = () => charts.forEach((chart) => Plotly.relayout(chart, theme(chart.layout)));
  Promise.all(charts.map(draw)).then(() => {
    document.documentElement.dataset.charts = "drawn";
    dark.addEventListener("change", repaint);
    // A sheet of paper is light whatever the screen is.
    addEventListener("beforeprint", repaint);
    addEventListener("afterprint", repaint);
  });
})();
