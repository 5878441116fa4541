// As much of a canvas's context as the pictures use, written as SVG. What is shown is escaped.

const escaped = (words) => words.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const tenth = (value) => String(Math.round(value * 10) / 10);

export class SvgContext {
  constructor(width, height, font) {
    Object.assign(this, {
      width, height, family: font, parts: [], path: [], left: 0, top: 0, stack: [],
      fillStyle: "#000", strokeStyle: "#000", lineWidth: 1, globalAlpha: 1, dash: [],
      font: "12px sans-serif", textAlign: "start", textBaseline: "alphabetic",
    });
  }

  save() {
    this.stack.push([this.left, this.top, this.globalAlpha, this.dash]);
  }

  restore() {
    [this.left, this.top, this.globalAlpha, this.dash] = this.stack.pop();
  }

  translate(x, y) {
    this.left += x;
    this.top += y;
  }

  at(x, y) {
    return `${tenth(x + this.left)} ${tenth(y + this.top)}`;
  }

  beginPath() {
    this.path = [];
  }

  moveTo(x, y) {
    this.path.push(`M${this.at(x, y)}`);
  }

  lineTo(x, y) {
    this.path.push(`L${this.at(x, y)}`);
  }

  closePath() {
    this.path.push("Z");
  }

  rect(x, y, w, h) {
    this.path.push(`M${this.at(x, y)}h${tenth(w)}v${tenth(h)}h${tenth(-w)}z`);
  }

  // whole circles only
  arc(x, y, r) {
    const half = `a${tenth(r)} ${tenth(r)} 0 1 0 `;
    this.path.push(`M${this.at(x + r, y)}${half}${tenth(-2 * r)} 0${half}${tenth(2 * r)} 0`);
  }

  fill() {
    this.put(`<path fill="${escaped(this.fillStyle)}" d="${this.path.join("")}"`);
  }

  stroke() {
    const dash = this.dash.length ? ` stroke-dasharray="${this.dash.join(" ")}"` : "";
    this.put(
      `<path fill="none" stroke="${escaped(this.strokeStyle)}" stroke-width="${this.lineWidth}"${dash} d="${this.path.join("")}"`,
    );
  }

  put(tag) {
    if (!this.path.length) return;
    const faint = this.globalAlpha < 1 ? ` opacity="${this.globalAlpha}"` : "";
    this.parts.push(`${tag}${faint}/>`);
  }

  setLineDash(dash) {
    this.dash = dash;
  }

  fillText(words, x, y) {
    const anchor = { center: "middle", right: "end" }[this.textAlign] ?? "start";
    const size = /([\d.]+)px/.exec(this.font)[1];
    const weight = /\b600\b/.test(this.font) ? ' font-weight="600"' : "";
    this.parts.push(
      `<text x="${tenth(x + this.left)}" y="${tenth(y + this.top)}" font-size="${size}"${weight} text-anchor="${anchor}" fill="${escaped(this.fillStyle)}">${escaped(words)}</text>`,
    );
  }

  text() {
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${this.width}" height="${this.height}" viewBox="0 0 ${this.width} ${this.height}" font-family="${escaped(this.family)}">${this.parts.join("")}</svg>\n`;
  }
}
