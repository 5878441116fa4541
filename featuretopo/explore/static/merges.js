// Which two groups each bar of H0 joins: single linkage, along the spanning tree.

export class Merges {
  // `pairs`: the two features between which each bar ends, end to end, longest bar first
  constructor(pairs, rows) {
    this.pairs = pairs;
    this.rows = rows;
    this.bars = pairs.length / 2;
    // what a bar joins, the smaller first: a feature, or `rows` + the bar that made the group
    this.parts = new Int32Array(2 * this.bars);
    this.sizes = new Int32Array(rows + this.bars).fill(1);
    const above = Int32Array.from(this.sizes, (_, node) => node);
    const top = (start) => {
      let node = start;
      while (above[node] !== node) {
        above[node] = above[above[node]];
        node = above[node];
      }
      return node;
    };
    for (let bar = this.bars - 1; bar >= 0; bar -= 1) {
      const a = top(pairs[2 * bar]), b = top(pairs[2 * bar + 1]);
      this.parts.set(this.sizes[b] < this.sizes[a] ? [b, a] : [a, b], 2 * bar);
      this.sizes[rows + bar] = this.sizes[a] + this.sizes[b];
      above[a] = above[b] = rows + bar;
    }
  }

  // how many features the smaller of the two groups has
  smaller(bar) {
    return this.sizes[this.parts[2 * bar]];
  }

  // both groups, the smaller first
  groups(bar) {
    return [this.members(this.parts[2 * bar]), this.members(this.parts[2 * bar + 1])];
  }

  members(whole) {
    const found = [], left = [whole];
    while (left.length) {
      const node = left.pop();
      if (node < this.rows) found.push(node);
      else left.push(this.parts[2 * (node - this.rows)], this.parts[2 * (node - this.rows) + 1]);
    }
    return found.sort((a, b) => a - b);
  }

  // the bars both of whose groups are selected whole
  within(mask) {
    const chosen = new Int32Array(this.sizes.length);
    chosen.set(mask);
    const found = [];
    for (let bar = this.bars - 1; bar >= 0; bar -= 1) {
      const node = this.rows + bar;
      chosen[node] = chosen[this.parts[2 * bar]] + chosen[this.parts[2 * bar + 1]];
      if (chosen[node] === this.sizes[node]) found.push(bar);
    }
    return found;
  }
}
