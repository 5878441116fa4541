// A picture of items in the plane: zoom, pan, pointing, lasso, keys. What items are and how they
// are drawn is said by the graph, the embedding and the diagram.

const LASSO_LEAST = 6; // pixels: less is a click

export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children);
  return made;
}

// Which of two dictionaries a view is of, for who does not see where it stands.
export function whose(app, side) {
  return app.sides.length > 1 ? ` of ${app.sides[side].words.name}` : "";
}

// Of one dictionary the views come right below the page's title, of two below the dictionary's.
// Where they stand one below the other, the style sheet writes whose each is.
export function heading(app, side, words) {
  if (app.sides.length < 2) return element("h2", { className: "title", textContent: words });
  return element("h3", { className: "title", textContent: words, "data-of": `${app.sides[side].words.name}: ` });
}

// Keys by which the browser is meant: of a chord, a view takes only what toggles its item.
export function isForBrowser(event) {
  return event.altKey || ((event.ctrlKey || event.metaKey) && !["Enter", " "].includes(event.key));
}

function inside(polygon, x, y) {
  let odd = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i, i += 1) {
    const [xi, yi] = polygon[i], [xj, yj] = polygon[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}

export class Picture {
  // `app` has: selection, theme(), say(words), sides
  constructor(app, side, title, keys) {
    this.app = app;
    this.side = side;
    this.called = title + whose(app, side);
    this.zoom = 1;
    this.pan = [0, 0];
    this.active = -1;
    this.padding = 14;
    this.dims = true; // what is not selected fades
    this.base = element("canvas", { className: "base", "aria-hidden": "true" });
    this.over = element("canvas", {
      className: "over", tabIndex: 0, role: "application", "aria-label": this.called,
    });
    this.note = element("p", { className: "note", hidden: true });
    this.tip = element("div", { className: "tip", hidden: true });
    this.stage = element("div", { className: "stage" }, this.base, this.over, this.note, this.tip);
    this.title = heading(app, side, title);
    this.summary = element("p", { className: "summary" });
    const button = (words, label, act) => element("button", {
      type: "button", textContent: words, title: label, "aria-label": `${label}: ${this.called}`, onclick: act,
    });
    this.figure = element("figure", { className: "view" },
      element("header", {}, this.title, this.summary, element("span", { className: "zoom" },
        button("+", "Zoom in", () => this.zoomBy(1.4)),
        button("−", "Zoom out", () => this.zoomBy(1 / 1.4)),
        button("⟲", "Show all", () => this.reset()))),
      this.stage);
    this.keys = keys;
    this.listen();
    // a frame later: what is drawn may change the size that is being told
    new ResizeObserver(() => requestAnimationFrame(() => this.draw())).observe(this.stage);
  }

  // to be said by each kind of picture
  get count() { return 0; }
  get loose() { return this.count; } // the first so many may be caught by a lasso
  x() { return 0; }
  y() { return 0; }
  radius() { return 4; }
  rowsOf() { return []; }
  wordsOf() { return ""; }
  bounds() { return [0, 0, 1, 1]; } // left, top, right, bottom in world units; y may be flipped
  drawBase() {}
  drawOver() {}

  // where an item is drawn, in pixels
  spot(i) {
    return [this.at.px(this.x(i)), this.at.py(this.y(i))];
  }

  get size() {
    return [this.stage.clientWidth, this.stage.clientHeight];
  }

  place(width, height) {
    const [left, top, right, bottom] = this.bounds();
    const pad = this.padding, flip = bottom < top ? -1 : 1;
    const inner = [width - 2 * pad - (this.margin?.left ?? 0), height - 2 * pad - (this.margin?.bottom ?? 0)];
    const fits = [inner[0] / (right - left || 1), inner[1] / (Math.abs(bottom - top) || 1)];
    const k = Math.max(Math.min(...fits), 1e-9) * this.zoom;
    // a layout that means nothing may be wider than high, within reason
    const [kx, ky] = fits.map((fit) => (this.stretches ? Math.min(Math.max(fit * this.zoom, k), 1.8 * k) : k));
    const cx = pad + (this.margin?.left ?? 0) + inner[0] / 2 + this.pan[0];
    const cy = pad + inner[1] / 2 + this.pan[1];
    const mx = (left + right) / 2, my = (top + bottom) / 2;
    return {
      k,
      px: (x) => cx + (x - mx) * kx,
      py: (y) => cy + (y - my) * ky * flip,
      ix: (p) => mx + (p - cx) / kx,
      iy: (p) => my + ((p - cy) / ky) * flip,
    };
  }

  draw() {
    const [width, height] = this.size;
    if (!width || !height) return;
    this.at = this.place(width, height);
    this.paint(this.base, (ctx) => this.drawBase(ctx, this.at, width, height));
    this.redraw();
  }

  // the selection alone: the base is left as it is, and dimmed
  redraw() {
    const [width, height] = this.size;
    if (!width || !this.at) return;
    const chosen = this.app.selection.count(this.side) > 0;
    this.base.classList.toggle("dim", chosen && this.dims);
    this.paint(this.over, (ctx) => {
      if (chosen) this.drawOver(ctx, this.at, width, height);
      this.drawActive(ctx);
      if (this.lasso) this.drawLasso(ctx);
    });
  }

  paint(canvas, draw) {
    const [width, height] = this.size;
    const ratio = window.devicePixelRatio || 1;
    const w = Math.round(width * ratio), h = Math.round(height * ratio);
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    const ctx = canvas.getContext("2d");
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, width, height);
    draw(ctx);
  }

  // everything at once, on a canvas or as SVG
  export(ctx, width, height) {
    const at = this.place(width, height);
    const chosen = this.app.selection.count(this.side) > 0;
    ctx.save();
    if (chosen && this.dims) ctx.globalAlpha = 0.3;
    this.drawBase(ctx, at, width, height);
    ctx.restore();
    if (chosen) this.drawOver(ctx, at, width, height);
  }

  drawActive(ctx) {
    if (this.active < 0 || this.active >= this.count) return;
    ctx.beginPath();
    ctx.arc(...this.spot(this.active), this.radius(this.active) + 3, 0, 2 * Math.PI);
    ctx.strokeStyle = this.app.theme().ink;
    ctx.lineWidth = 1.5;
    ctx.stroke();
  }

  drawLasso(ctx) {
    ctx.beginPath();
    this.lasso.forEach(([x, y], i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
    ctx.closePath();
    ctx.strokeStyle = this.app.theme().link;
    ctx.setLineDash([4, 3]);
    ctx.lineWidth = 1.5;
    ctx.stroke();
    ctx.setLineDash([]);
  }

  say(words) {
    this.note.textContent = words;
    this.note.hidden = !words;
  }

  reset() {
    this.zoom = 1;
    this.pan = [0, 0];
    this.draw();
  }

  zoomBy(factor, x = this.size[0] / 2, y = this.size[1] / 2) {
    const wx = this.at.ix(x), wy = this.at.iy(y);
    this.zoom = Math.min(Math.max(this.zoom * factor, 0.5), 200);
    const moved = this.place(...this.size);
    this.pan = [this.pan[0] + x - moved.px(wx), this.pan[1] + y - moved.py(wy)];
    this.draw();
  }

  hit(px, py) {
    let best = -1, nearest = Infinity;
    for (let i = 0; i < this.count; i += 1) {
      const [x, y] = this.spot(i);
      const dx = x - px, dy = y - py;
      const reach = this.radius(i) + 4, far = dx * dx + dy * dy;
      if (far < nearest && far <= reach * reach) [best, nearest] = [i, far];
    }
    return best;
  }

  choose(items, words, how) {
    const rows = new Set();
    for (const item of items) for (const row of this.rowsOf(item)) rows.add(row);
    this.app.selection.select(this.side, rows, words, how);
  }

  chooseItem(item, how) {
    this.choose([item], this.wordsOf(item, true), how);
  }

  listen() {
    const place = (event) => {
      const box = this.over.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    const how = (event) => (event.shiftKey ? "add" : event.ctrlKey || event.metaKey ? "toggle" : "only");
    let drag = null;
    this.over.addEventListener("pointerdown", (event) => {
      if (event.button > 1 || !this.at) return;
      drag = { moves: event.altKey || event.button === 1, from: place(event), pan: [...this.pan] };
      this.over.setPointerCapture(event.pointerId);
    });
    this.over.addEventListener("pointermove", (event) => {
      if (!this.at) return;
      const [x, y] = place(event);
      if (!drag) {
        const item = this.hit(x, y);
        if (item !== this.active) { this.active = item; this.redraw(); }
        this.point(item, x, y);
        return;
      }
      if (drag.moves) {
        this.pan = [drag.pan[0] + x - drag.from[0], drag.pan[1] + y - drag.from[1]];
        this.draw();
      } else if (this.lasso || Math.hypot(x - drag.from[0], y - drag.from[1]) > LASSO_LEAST) {
        (this.lasso ??= [drag.from]).push([x, y]);
        this.redraw();
      }
    });
    const end = (event) => {
      if (!drag) return;
      const { moves, from } = drag;
      const lasso = this.lasso;
      drag = this.lasso = null;
      if (event.type === "pointercancel") return this.redraw();
      if (lasso) {
        const items = [];
        for (let i = 0; i < this.loose; i += 1) {
          if (inside(lasso, ...this.spot(i))) items.push(i);
        }
        if (items.length) this.choose(items, `lasso in ${this.title.textContent}`, how(event));
        else this.redraw();
      } else if (!moves) {
        const item = this.hit(...from);
        if (item >= 0) this.chooseItem(item, how(event));
        else if (how(event) === "only") this.app.selection.clear();
      }
      return undefined;
    };
    this.over.addEventListener("pointerup", end);
    this.over.addEventListener("pointercancel", end);
    this.over.addEventListener("pointerleave", () => this.point(-1));
    this.over.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
      event.preventDefault();
      this.zoomBy(Math.exp(-event.deltaY / 300), ...place(event));
    }, { passive: false });
    this.over.addEventListener("keydown", (event) => this.key(event, how(event)));
    this.over.addEventListener("dblclick", () => this.active >= 0 && this.wider?.(this.active, "only"));
  }

  point(item, x, y) {
    this.tip.hidden = item < 0;
    if (item < 0) return;
    this.tip.textContent = this.wordsOf(item);
    const [width] = this.size;
    const right = x > width / 2;
    this.tip.style.cssText = `top:${y + 14}px;${right ? `right:${width - x}px` : `left:${x}px`}`;
  }

  key(event, how) {
    if (isForBrowser(event)) return;
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key in arrows) {
      this.step(...arrows[event.key]);
    } else if ((event.key === "Enter" || event.key === " ") && this.active >= 0) {
      this.chooseItem(this.active, how);
    } else if (event.key === "c" && this.wider && this.active >= 0) {
      this.wider(this.active, how);
    } else if (event.key === "+" || event.key === "=") {
      this.zoomBy(1.4);
    } else if (event.key === "-") {
      this.zoomBy(1 / 1.4);
    } else if (event.key === "0") {
      this.reset();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  // to the nearest item in a direction
  step(dx, dy) {
    if (!this.count || !this.at) return;
    if (this.active < 0) {
      this.active = 0;
    } else {
      const [x0, y0] = this.spot(this.active);
      let best = -1, least = Infinity;
      for (let i = 0; i < this.count; i += 1) {
        const [px, py] = this.spot(i);
        const x = px - x0, y = py - y0;
        const along = x * dx + y * dy, aside = Math.abs(x * dy) + Math.abs(y * dx);
        if (i === this.active || along <= 0.01 || aside > 2 * along) continue;
        if (along + 2 * aside < least) [best, least] = [i, along + 2 * aside];
      }
      if (best >= 0) this.active = best;
    }
    this.redraw();
    const words = this.wordsOf(this.active);
    this.point(this.active, ...this.spot(this.active));
    this.app.say(words);
  }
}
