// The little a page does by itself: its title, links that keep the race, the form, its kernel.
(() => {
  "use strict";
  const KEPT = ["year", "event", "driver"];
  const here = new URL(location.href);

  // The key of the server has become a cookie: it need not stand in the address any longer.
  if (here.searchParams.has("token")) {
    here.searchParams.delete("token");
    history.replaceState(null, "", here);
  }

  const heading = document.querySelector("main h1")?.firstChild?.textContent?.trim();
  if (heading) document.title = `${heading} · f1lab`;

  // From page to page the race stays the same.
  for (const link of document.querySelectorAll("nav.pages a")) {
    const target = new URL(link.href);
    for (const name of KEPT.filter((one) => link.dataset.asks.split(" ").includes(one))) {
      const value = here.searchParams.get(name);
      if (value) target.searchParams.set(name, value);
    }
    link.href = target.href;
  }

  // On a phone the links are wider than the page.
  document.querySelector("nav.pages [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });

  // What is wider than the page says so, and can be reached by key.
  for (const box of document.querySelectorAll(".wide")) {
    const mark = () => {
      // The children, not what is in them: a chart is drawn anew a moment after its box.
      const scrolls = [...box.children].some((inside) => inside.offsetWidth > box.clientWidth + 1);
      box.toggleAttribute("data-scrolls", scrolls);
      if (scrolls) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    };
    new ResizeObserver(mark).observe(box);
    for (const inside of box.children) new ResizeObserver(mark).observe(inside);
  }

  // Another season has other races, another race other drivers: what hangs on them is let go.
  const form = document.querySelector("form.picker");
  const hanging = { year: ["event", "driver", "lap"], event: ["driver", "lap"], driver: [], reference: [] };
  form?.addEventListener("change", (event) => {
    const after = hanging[event.target.name];
    if (!after) return;
    for (const name of after) if (form.elements[name]) form.elements[name].disabled = true;
    form.requestSubmit();
  });
  form?.classList.add("quick");

  // Whoever asks the server to end a kernel shows a cookie that its first page hands out. Voilà
  // shows it when a page is left; a page on which nothing is live needs its kernel no longer now.
  const { baseUrl, kernelId } = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  const cookie = () => /(?:^|;\s*)_xsrf=([^;]*)/.exec(document.cookie)?.[1];
  const settle = async () => {
    if (!cookie()) await fetch(baseUrl);
    if (document.querySelector(".live")) return;
    await fetch(`${baseUrl}voila/api/shutdown/${kernelId}`, { method: "POST", headers: { "X-XSRFToken": cookie() ?? "" } });
  };
  settle();
})();
