// Draws the points of the front that may be thousands (traces whose meta is "canvas"; plotly knows their places but does
// not draw them) and the ring around the open trial, on canvases behind plotly's own layers.
(function () {
  "use strict";
  const FADED = 0.15, SHADES = 24, RING = 11;
  let wanted = null, drawn = {};

  // A pen on a canvas of that name behind the plot, cleared and clipped to the axes.
  function penOn(plot, name, dpr) {
    const {layout, box} = {layout: plot._fullLayout, box: plot.querySelector(".svg-container")};
    let canvas = box.querySelector(`canvas.${name}`);
    if (!canvas) {
      canvas = document.createElement("canvas");
      canvas.className = name;
      box.prepend(canvas);
    }
    canvas.width = Math.round(layout.width * dpr);  // which clears it
    canvas.height = Math.round(layout.height * dpr);
    const pen = canvas.getContext("2d"), {xaxis, yaxis} = layout;
    pen.beginPath();
    pen.rect(xaxis._offset * dpr, yaxis._offset * dpr, xaxis._length * dpr, yaxis._length * dpr);
    pen.clip();
    return pen;
  }

  function shade(scale, share) {
    const at = scale.findIndex(([stop]) => stop >= share), [hi, b] = scale[at], [lo, a] = scale[Math.max(0, at - 1)];
    const part = hi > lo ? (share - lo) / (hi - lo) : 0;
    const mixed = [1, 3, 5].map(i => {
      const [u, v] = [a, b].map(colour => parseInt(colour.slice(i, i + 2), 16));
      return Math.round(u + part * (v - u));
    });
    return `rgb(${mixed.join(",")})`;
  }

  function colours(marker, layout) {
    if (!Array.isArray(marker.color)) return () => marker.color;
    const {cmin, cmax, colorscale, reversescale} = layout.coloraxis, width = cmax - cmin || 1;
    const made = Array.from({length: SHADES + 1}, (_, i) => shade(colorscale, reversescale ? 1 - i / SHADES : i / SHADES));
    return i => marker.color[i] === null ? "transparent"
      : made[Math.round(SHADES * Math.min(1, Math.max(0, (marker.color[i] - cmin) / width)))];
  }

  function stamp(symbol, colour, size, dpr) {
    const made = document.createElement("canvas"), side = Math.ceil((size + 4) * dpr), r = size / 2;
    made.width = made.height = side;
    const pen = made.getContext("2d");
    pen.scale(dpr, dpr);
    pen.translate(side / dpr / 2, side / dpr / 2);
    pen.beginPath();
    if (symbol === "x-thin") { pen.moveTo(-r, -r); pen.lineTo(r, r); pen.moveTo(-r, r); pen.lineTo(r, -r); }
    else if (symbol === "diamond-open") { pen.moveTo(0, -1.3 * r); pen.lineTo(r * 1.3, 0); pen.lineTo(0, 1.3 * r); pen.lineTo(-r * 1.3, 0); pen.closePath(); }
    else pen.arc(0, 0, r, 0, 7);
    pen.fillStyle = pen.strokeStyle = colour;
    if (symbol) pen.stroke();
    else pen.fill();
    return made;
  }

  function inside(box, x, y) {
    return box.length !== 4 || (x >= Math.min(box[0], box[1]) && x <= Math.max(box[0], box[1])
      && y >= Math.min(box[2], box[3]) && y <= Math.max(box[2], box[3]));
  }

  function cloud(pen, trace, layout, box, dpr) {
    const {marker} = trace, {xaxis, yaxis} = layout, colour = colours(marker, layout), stamps = new Map();
    const many = Array.isArray(marker.size);
    trace.x.forEach((x, i) => {
      const left = xaxis.d2p(x), top = yaxis.d2p(trace.y[i]);
      if (!(left > -20 && left < xaxis._length + 20 && top > -20 && top < yaxis._length + 20)) return;
      const size = many ? Math.round(marker.size[i]) : marker.size, key = colour(i) + size;
      if (!stamps.has(key)) stamps.set(key, stamp(marker.symbol, colour(i), size, dpr));
      const drawn = stamps.get(key), half = drawn.width / 2;
      pen.globalAlpha = inside(box, x, trace.y[i]) ? marker.opacity ?? 1 : FADED;
      pen.drawImage(drawn, Math.round((xaxis._offset + left) * dpr - half), Math.round((yaxis._offset + top) * dpr - half));
    });
    pen.globalAlpha = 1;
  }

  function ring(pen, plot, layout, trial, dpr) {
    for (const trace of plot.data) {
      const at = (trace.customdata || []).indexOf(trial);
      if (at < 0) continue;
      const {xaxis, yaxis} = layout;
      pen.lineWidth = 2 * dpr;
      pen.strokeStyle = layout.font.color;
      pen.beginPath();
      pen.arc((xaxis._offset + xaxis.d2p(trace.x[at])) * dpr, (yaxis._offset + yaxis.d2p(trace.y[at])) * dpr, RING * dpr, 0, 7);
      return pen.stroke();
    }
  }

  // What the cloud looks like follows from this; a click on a point changes none of it.
  function look(plot, box, dpr) {
    const {xaxis, yaxis, width, height, font} = plot._fullLayout;
    const axes = [xaxis, yaxis].map(a => [a.type, a.range, a._offset, a._length]);
    return JSON.stringify([axes, width, height, dpr, font.color, box, plot._fullData.map(t => t.visible)]);
  }

  function drawNow(plot, trial, box) {
    const layout = plot._fullLayout, dpr = window.devicePixelRatio || 1;
    if (!layout || !layout.xaxis || !layout.xaxis.d2p || !plot.isConnected) return;
    const now = look(plot, box, dpr);
    if (drawn.look !== now || drawn.data !== plot.data) {
      drawn = {look: now, data: plot.data};
      const pen = penOn(plot, "points", dpr);
      plot._fullData.forEach(full => {
        const trace = plot.data[full.index];
        if (trace.meta === "canvas" && full.visible === true) cloud(pen, trace, layout, box, dpr);
      });
    }
    ring(penOn(plot, "ring", dpr), plot, layout, trial, dpr);
  }

  // Call it whenever plotly has drawn, the open trial or the box has changed; it draws once for each frame.
  function draw(plot, trial, box) {
    if (!wanted) requestAnimationFrame(() => { const last = wanted; wanted = null; drawNow(...last); });
    wanted = [plot, trial, box];
  }

  // The plot as a file: there plotly draws every point itself.
  function picture(plot, name) {
    const layout = structuredClone(plot.layout), page = getComputedStyle(document.body);
    const data = plot.data.map(t => t.meta === "canvas" ? {...t, mode: "markers"} : t);
    Object.assign(layout, {paper_bgcolor: page.getPropertyValue("--surface").trim(), selections: []});
    const size = {width: plot._fullLayout.width, height: plot._fullLayout.height};
    return window.Plotly.downloadImage({data, layout}, {format: "png", scale: 2, filename: name, ...size});
  }

  window.autotunePoints = {draw, picture};
})();
