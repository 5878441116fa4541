// Many small squares, pixel by pixel: a path of ten thousand takes a tenth of a second to fill.

function rgbOf(colour) {
  const hex = /^#(..)(..)(..)$/.exec(colour);
  return hex ? hex.slice(1).map((part) => parseInt(part, 16)) : colour.match(/\d+/g).map(Number);
}

// Draws a square of `side` pixels of the screen at each point, later ones over earlier ones.
// `order` lists the points; `colourOf(point)` is the place of its colour in `colours`.
export function squares(ctx, width, height, order, side, colours, x, y, colourOf) {
  const ratio = ctx.canvas.width / width;
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [ctx.canvas.width, ctx.canvas.height];
  const own = sheet.getContext("2d");
  const image = own.createImageData(sheet.width, sheet.height);
  const pixels = new Uint32Array(image.data.buffer);
  const words = colours.map((colour) => {
    const [r, g, b] = rgbOf(colour);
    return new Uint32Array(new Uint8Array([r, g, b, 255]).buffer)[0]; // in the machine's order
  });
  const size = Math.max(1, Math.round(side * ratio));
  for (const point of order) {
    const left = Math.round(x(point) * ratio - size / 2), top = Math.round(y(point) * ratio - size / 2);
    const right = Math.min(left + size, sheet.width), bottom = Math.min(top + size, sheet.height);
    const word = words[colourOf(point)];
    for (let row = Math.max(top, 0); row < bottom; row += 1) {
      pixels.fill(word, row * sheet.width + Math.min(Math.max(left, 0), sheet.width), row * sheet.width + Math.max(right, 0));
    }
  }
  own.putImageData(image, 0, 0);
  ctx.drawImage(sheet, 0, 0, width, height);
}
