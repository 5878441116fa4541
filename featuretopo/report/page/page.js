"use strict";
(() => {
  const box = document.getElementById("explorer");
  if (!box || !("DecompressionStream" in window)) return; // the static pictures stay
  const button = box.querySelector("button");
  const panel = box.querySelector(".panel");
  const select = box.querySelector("select");
  const plot = box.querySelector(".plot");
  const status = box.querySelector("[role=status]");
  const manyMarks = 4000; // above it, WebGL
  let data;

  async function unpacked(id) {
    const text = atob(document.getElementById(id).textContent);
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }

  function run(code) {
    return new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
      script.onload = done;
      script.onerror = () => failed(new Error("plotly.js did not start"));
      document.head.append(script);
    });
  }

  function draw() {
    const css = getComputedStyle(document.documentElement);
    const colour = (name) => css.getPropertyValue(name).trim();
    const picture = data.pictures[Number(select.value)];
    const traces = data.styles.map((style, i) => {
      const rows = [...picture.style.keys()].filter((row) => picture.style[row] === i);
      return {
        type: picture.x.length > manyMarks ? "scattergl" : "scatter",
        mode: "markers",
        name: style.name,
        x: rows.map((row) => picture.x[row]),
        y: rows.map((row) => picture.y[row]),
        text: rows.map((row) => picture.names[row]),
        hovertemplate: "%{text}<br>%{fullData.name}<extra></extra>",
        marker: { color: style.colour ?? colour("--quiet"), symbol: style.symbol, size: style.colour ? 8 : 5 },
      };
    });
    const axis = { visible: false, fixedrange: false };
    const narrow = plot.clientWidth < 640;
    const layout = {
      autosize: true,
      height: narrow ? 620 : 560,
      margin: { l: 8, r: 8, t: 36, b: 8 },
      modebar: { bgcolor: "transparent", color: colour("--quiet"), activecolor: colour("--ink") },
      paper_bgcolor: "transparent",
      plot_bgcolor: "transparent",
      font: { color: colour("--ink"), family: "system-ui, sans-serif", size: 13 },
      hoverlabel: { align: "left" },
      dragmode: "pan",
      xaxis: axis,
      yaxis: { ...axis, scaleanchor: "x" },
      legend: { traceorder: "reversed", ...(narrow ? { orientation: "h", y: -0.02 } : {}) },
    };
    const buttons = [["toImage", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]];
    const config = { displaylogo: false, responsive: true, modeBarButtons: buttons };
    // last drawn lies on top: what has no label must not hide what has one
    const shown = traces.filter((trace) => trace.x.length).reverse();
    window.Plotly.react(plot, shown, layout, config);
    plot.setAttribute("aria-label", `UMAP picture of ${picture.name}, interactive`);
  }

  button.addEventListener("click", async () => {
    button.disabled = true;
    status.textContent = "Unpacking the figure ...";
    try {
      data = JSON.parse(await unpacked("packed-data"));
      await run(await unpacked("packed-plotly"));
      button.hidden = true;
      panel.hidden = false;
      draw();
      status.textContent = "";
      select.addEventListener("change", draw);
      select.focus();
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    } catch (error) {
      status.textContent = `The interactive figure could not be shown (${error.message}); the pictures below hold the same features.`;
    }
  });

  box.hidden = false;
})();

// A link to a pair must open the pair it leads to.
(() => {
  const open = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  addEventListener("hashchange", open);
  open();
})();
