// What the browser does by itself: the state in the URL, clicks, keys, copying. Everything shown comes from the server.
(function () {
  "use strict";
  const DEFAULTS = {study: "", view: "front", x: "", y: "", z: "", zas: "colour", xs: "", ys: "", part: "selection",
                    filter: "", brush: [], sort: "", page: 0, trial: null, others: []};
  const LISTS = ["brush", "others"], NUMBERS = ["page", "trial"];
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const clientside = () => window.dash_clientside;
  let state = null;

  function fromUrl() {
    const given = new URLSearchParams(window.location.search);
    const made = {...DEFAULTS, theme: dark.matches ? "dark" : "light"};
    for (const [key, value] of given) {
      if (!(key in DEFAULTS)) continue;
      if (LISTS.includes(key)) made[key] = value.split(",").filter(Boolean).map(v => key === "brush" ? Number(v) : v);
      else if (NUMBERS.includes(key)) made[key] = /^\d{1,9}$/.test(value) ? Number(value) : DEFAULTS[key];
      else made[key] = value;
    }
    return made;
  }

  function toUrl(now) {
    const said = new URLSearchParams();
    for (const key of Object.keys(DEFAULTS)) {
      const value = LISTS.includes(key) ? now[key].join(",") : now[key];
      const plain = LISTS.includes(key) ? "" : DEFAULTS[key];
      if (value !== plain && value !== null && value !== undefined && value !== "") said.set(key, value);
    }
    const text = said.toString().replaceAll("%2C", ",").replaceAll("%2F", "/");
    return window.location.pathname + (text ? "?" + text : "");
  }

  function change(some) {
    if (!state) return;
    const next = {...state, ...some};
    if (JSON.stringify(next) === JSON.stringify(state)) return;
    if ("study" in some && some.study !== state.study)
      Object.assign(next, {x: "", y: "", z: "", brush: [], trial: null, page: 0, filter: "", sort: "", ...some});
    if (("x" in some || "y" in some || "part" in some || "xs" in some || "ys" in some) && !("brush" in some))
      next.brush = [];
    if (("x" in some) && !("xs" in some)) next.xs = "";
    if (("y" in some) && !("ys" in some)) next.ys = "";
    const far = next.view !== state.view || next.study !== state.study;
    state = next;
    window.history[far ? "pushState" : "replaceState"](null, "", toUrl(state));
    clientside().set_props("state", {data: state});
  }

  function toast(text) {
    const box = document.getElementById("toast");
    box.textContent = text;
    box.classList.add("on");
    clearTimeout(toast.timer);
    toast.timer = setTimeout(() => box.classList.remove("on"), 2200);
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch (error) {  // only secure pages have a clipboard
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    toast("copied: " + text);
  }

  async function download(path) {
    toast("writing the export …");
    const answer = await fetch(path);
    if (!answer.ok) return toast(await answer.text());
    const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") || "");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = name ? name[1] : "export.zip";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    toast("exported");
  }

  const plot = () => document.querySelector("#front .js-plotly-plot");
  const help = on => document.getElementById("help").classList.toggle("on", on);
  const walk = () => {
    const told = document.getElementById("walk");
    return told && told.dataset.front ? told.dataset.front.split(",").map(Number) : [];
  };

  // plotly says when it has drawn; it begins to speak once it has drawn for the first time.
  function watch() {
    const drawn = plot();
    if (!drawn || !drawn.on || !drawn._fullLayout) return setTimeout(watch, 50);
    if (drawn.watched) return;
    drawn.watched = true;
    drawn.on("plotly_afterplot", points);
    drawn.on("plotly_relayouting", points);
    points();
  }

  function points() {
    const drawn = plot();
    if (state && drawn && drawn._fullLayout) window.autotunePoints.draw(drawn, state.trial, state.brush);
  }

  function step(by) {
    const front = walk();
    if (!front.length) return;
    const at = front.indexOf(state.trial);
    change({trial: at < 0 ? front[by > 0 ? 0 : front.length - 1] : front[(at + by + front.length) % front.length]});
  }

  document.addEventListener("click", event => {
    const set = event.target.closest("[data-set]");
    if (set) return change(JSON.parse(set.dataset.set));
    const copied = event.target.closest("[data-copy]");
    if (copied) return copy(copied.dataset.copy);
    const wanted = event.target.closest("[data-download]");
    if (wanted) return download(wanted.dataset.download);
    if (event.target.closest("[data-picture]")) return window.autotunePoints.picture(plot(), (state.study || "study") + "-front");
    if (event.target.closest("[data-help]")) return help(true);
    if (event.target.closest("#help")) help(false);
  });
  document.addEventListener("change", event => {
    const key = event.target.dataset && event.target.dataset.key;
    if (key) change({[key]: event.target.value});
  });
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || !state) return;
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "Escape") {
      if (typing) event.target.blur();
      else if (document.getElementById("help").classList.contains("on")) help(false);
      else change({trial: null});
      return;
    }
    if (typing) return;
    const on = event.target.closest("[data-set]");
    const views = ["front", "progress", "insight", "compare", "table"];
    if (event.key === "Enter" && on) { if (on.tagName !== "BUTTON") change(JSON.parse(on.dataset.set)); }
    else if (event.key === "Enter" && state.trial === null) {
      const winner = document.querySelector("button.tile[data-set]");
      change(winner ? JSON.parse(winner.dataset.set) : {trial: walk()[0] ?? null});
    } else if (event.key === "ArrowRight") step(1);
    else if (event.key === "ArrowLeft") step(-1);
    else if (event.key >= "1" && event.key <= "5") change({view: views[Number(event.key) - 1]});
    else if (event.key === "e") { const b = document.querySelector("[data-download]"); if (b) b.click(); }
    else if (event.key === "f" || event.key === "/") document.getElementById("filter").focus();
    else if (event.key === "c") change({filter: "", brush: [], page: 0});
    else if (event.key === "?") help(true);
    else return;
    event.preventDefault();
  });
  window.addEventListener("popstate", () => {
    state = fromUrl();
    clientside().set_props("state", {data: state});
  });
  dark.addEventListener("change", () => change({theme: dark.matches ? "dark" : "light"}));

  window.dash_clientside = Object.assign({}, window.dash_clientside, {autotune: {
    begin() {
      state = fromUrl();
      return state;
    },
    changed(now) {
      if (!now) return clientside().no_update;
      state = now;
      const main = document.getElementById("main");
      const turned = main.dataset.view && main.dataset.view !== now.view;  // a plot that was hidden has no size
      main.dataset.view = now.view;
      main.toggleAttribute("data-open", now.trial !== null);
      if (turned) setTimeout(() => window.dispatchEvent(new Event("resize")), 0);
      document.title = "autotune" + (now.study ? " · " + now.study : "");
      const box = document.getElementById("filter");
      if (box && box.value !== now.filter) clientside().set_props("filter", {value: now.filter});
      const drawn = plot();
      if (drawn && !now.brush.length && drawn.layout && (drawn.layout.selections || []).length)
        window.Plotly.update(drawn, {selectedpoints: [null]}, {selections: []});
      points();
      watch();
      return "";
    },
    clicked(data) {
      const point = data && data.points && data.points.find(p => Number.isInteger(p.customdata));
      if (point) change({trial: point.customdata});
      return null;
    },
    brushed(data) {
      const none = clientside().no_update;
      if (!state || state.view !== "front") return none;
      const range = data && data.range;
      if (range && range.x && range.y) {
        const short = [...range.x, ...range.y].map(v => Number(v.toPrecision(6)));
        change({brush: short, page: 0});
      } else if (!data) change({brush: [], page: 0});
      return none;
    },
    filtered(value) {
      if (state && (value || "") !== state.filter) change({filter: value || "", page: 0});
      return clientside().no_update;
    },
  }});
})();
