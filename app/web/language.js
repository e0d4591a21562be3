// From shapes to English, as recognizers/language/language.py has it, on the compact language that recognizers/language/compact.py writes.
// The numbers are those of Python, from models.json: max_word, beam and so on.
const textOf = (words) => words.map(([text, , , , before]) => before + text).join("");
const logOdds = (p) => Math.log(Math.max(p, 1e-6)) - Math.log1p(-Math.min(p, 0.98));

export class Language {
  constructor(buffer, numbers) {
    this.numbers = numbers;
    const length = new DataView(buffer).getUint32(0, true), head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
    const {step, most, none} = head, kinds = {uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array}, part = {};
    let at = 4 + length;
    for (const [name, kind, n] of head.parts) {
      part[name] = new kinds[kind](buffer, at, n);
      at += Math.ceil(part[name].byteLength / 4) * 4;
    }
    const logs = (bytes) => Float64Array.from(bytes, (x) => (x === none ? -Infinity : most - x / step));
    [this.logP, this.spoken, this.rest, this.restSpoken] = ["log_p", "spoken", "rest", "rest_spoken"].map((name) => logs(part[name]));
    this.letters = this.lettersOf(part, head.share_steps);
    this.words = [];
    let before = "";
    for (const line of new TextDecoder().decode(new Uint8Array(buffer, at, head.words)).split("\n")) {
      if (!line) continue;
      before = before.slice(0, line.charCodeAt(0) - 48) + line.slice(1);
      this.words.push(before);
    }
    this.pairs = new Map();
    this.pair = logs(part.pair).map((x) => Math.log(1 - this.numbers.spoken) + x);
    this.pairSpoken = logs(part.pair_spoken).map((x) => Math.log(this.numbers.spoken) + x);
    this.back = logs(part.back);
    this.triples = new Map();
    logs(part.triple_spoken).forEach((said, k) => this.triples.set(part.triples.slice(3 * k, 3 * k + 3).join(","), Math.log(this.numbers.spoken) + said));
    let first = 0;
    part.first.forEach((more, k) => {
      first += more;
      this.pairs.set(first * 2 ** 20 + part.second[k], k);
    });
    this.tables = {}; // words by their shapes, once for all scripts that share shapes in the same way
    this.write(head);
  }

  // The same language in another script: all but the words by their shapes is shared.
  in(script) {
    const other = Object.create(this);
    other.write(script);
    return other;
  }

  write({canonical, visible}) {
    this.visible = visible;
    this.options = [...visible].map((char) => Object.keys(canonical).filter((letter) => canonical[letter] === char && letter === letter.toUpperCase()));
    this.isSign = this.options.map((letters) => !letters.some((letter) => letter >= "A" && letter <= "Z"));
    if (this.isSign.every(Boolean)) this.isSign.fill(false); // there are no words to part
    const shapes = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].map((letter) => canonical[letter] || " ");
    this.byShapes = this.tables[shapes.join("")] ??= this.byShapesOf(canonical);
  }

  byShapesOf(canonical) {
    const found = new Map();
    this.words.forEach((word, k) => {
      let key = "";
      for (const letter of word) key += canonical[letter];
      const known = found.get(key);
      known ? known.push(k) : found.set(key, [k]);
    });
    return found;
  }

  // log P(third | first, second) as speech and books have it; first or second −1: the start, or a string that is no word
  follow(first, second, third) {
    const at = this.pairs.get(second * 2 ** 20 + third), before = first < 0 ? undefined : this.pairs.get(first * 2 ** 20 + second);
    const [rest, restSpoken] = second < 0 ? [0, 0] : [this.rest[second], this.restSpoken[second]];
    const book = at === undefined ? Math.log(1 - this.numbers.spoken) + this.logP[third] + rest : this.pair[at];
    const said = this.triples.get(`${first},${second},${third}`) ??
      (at === undefined ? Math.log(this.numbers.spoken) + this.spoken[third] + restSpoken : this.pairSpoken[at]) + (before === undefined ? 0 : this.back[before]);
    return Math.log(Math.exp(said) + Math.exp(book));
  }

  // words over stretches of places: {start, end, word, seen, changes}
  edges({log_p, skip, space, missed}) {
    const n = log_p.length, top = log_p.map((row) => Math.max(...row)), best = log_p.map((row, k) => row.indexOf(top[k]));
    const shape = (k) => this.visible[k], clear = [0];
    space.forEach((p, k) => clear.push(clear[k] + (p > 0.9 ? 1 : 0)));
    const losses = log_p.map((row, i) => row.map((x, k) => [k, x - top[i]]).filter(([k, loss]) => k !== best[i] && loss > -this.numbers.weakest));
    const weak = [];
    losses.forEach((row, i) => row.forEach(([k, loss]) => { if (loss > Math.log(this.numbers.doubt) - top[i]) weak.push([i, k, loss]); }));
    weak.length = Math.min(weak.length, this.numbers.n_weak);
    const all = [];
    for (let s = 0; s < n; s++) {
      let key = "", seen = 0;
      for (let e = s + 1; e <= Math.min(n, s + this.numbers.max_word); e++) {
        key += shape(best[e - 1]);
        seen += top[e - 1];
        if (clear[e] - clear[Math.min(s + 1, n)] > 1) continue;
        const here = [], add = (changed, cost, changes) => {
          for (const word of this.byShapes.get(changed) || []) here.push({start: s, end: e, word, seen: cost, changes});
        };
        const put = (text, at, char) => text.slice(0, at) + char + text.slice(at + 1);
        add(key, seen, []);
        for (let i = s; i < e; i++) {
          for (const [k, loss] of losses[i]) add(put(key, i - s, shape(k)), seen + loss, [[i, k]]);
          if (skip[i] > this.numbers.doubt && e - s > 1) add(key.slice(0, i - s) + key.slice(i - s + 1), seen - top[i] + logOdds(skip[i]), [[i, -1]]);
        }
        if (e - s > 3) for (let a = 0; a < weak.length; a++) for (let b = a + 1; b < weak.length; b++) {
          const [i, g, x] = weak[a], [j, k, y] = weak[b];
          if (i === j || Math.min(i, j) < s || Math.max(i, j) >= e) continue;
          add(put(put(key, i - s, shape(g)), j - s, shape(k)), seen + x + y, [[i, g], [j, k]]);
        }
        for (const [i, g, p] of missed) if (s < i && i < e) add(key.slice(0, i - s) + shape(g) + key.slice(i - s), seen + logOdds(p), [[i, -2 - g]]);
        here.sort((x, y) => y.seen + this.logP[y.word] - x.seen - this.logP[x.word]);
        const most = here.length ? here[0].seen + this.logP[here[0].word] : 0;
        all.push(...here.slice(0, 6).filter((edge) => edge.seen + this.logP[edge.word] > most - this.numbers.side_nats));
      }
    }
    return all;
  }

  // sequences of letters by their length, as recognizers/language/letters.py has them
  lettersOf(part, steps) {
    const n = part.letter_counts.length / 2, at = {grams: 0, heads: 0};
    const take = (kind, values, count, decoded) => {
      const from = at[kind], keys = part[`letter_${kind}`].slice(from, (at[kind] += count));
      for (let k = 1; k < keys.length; k++) keys[k] += keys[k - 1];
      return [keys, Float64Array.from(part[values].slice(from, at[kind]), decoded)];
    };
    return Array.from({length: n}, (_, k) => {
      const [grams, shares] = take("grams", "letter_shares", part.letter_counts[k], (x) => Math.exp(-x / steps));
      const [heads, trusts] = take("heads", "letter_trusts", part.letter_counts[n + k], (x) => x / 255);
      return {grams, shares, heads, trusts};
    });
  }

  // log P(letter | the letters before it), both as numbers in base 27
  letterAfter(before, letter) {
    const lookedUp = (keys, values, sought) => {
      let [low, high] = [0, keys.length];
      while (low < high) { const middle = (low + high) >> 1; keys[middle] < sought ? (low = middle + 1) : (high = middle); }
      return keys[low] === sought ? values[low] : 0;
    };
    let p = 1 / 27;
    this.letters.forEach(({grams, shares, heads, trusts}, n) => {
      const head = before % 27 ** n, trust = lookedUp(heads, trusts, head);
      p = trust * lookedUp(grams, shares, head * 27 + letter) + (1 - trust) * p;
    });
    return Math.log(p);
  }

  // the likeliest letters by the letters beside them: [text, log probabilities]
  spelled(options) {
    let states = new Map([[0, [0, "", []]]]);
    const size = 27 ** (this.letters.length - 1);
    for (const letters of options) {
      const following = new Map();
      for (const [key, [total, text, each]] of states) {
        for (const letter of letters) {
          const c = letter.charCodeAt(0) - 64, is_letter = c >= 1 && c <= 26, cost = is_letter ? this.letterAfter(key, c) : 0, next = is_letter ? (key * 27 + c) % size : 0;
          if (!following.has(next) || total + cost > following.get(next)[0]) following.set(next, [total + cost, text + letter, [...each, cost]]);
        }
      }
      states = following;
    }
    let best = null;
    for (const [key, [total, text, each]] of states) {
      const score = total + this.letterAfter(key, 0);
      if (!best || score > best[0]) best = [score, text, each];
    }
    return [best[1], best[2]];
  }

  // [{words: [[text, start, end, isKnown, whatStandsBefore]], letterOf: {place: letter}, p}], best first. Digits and signs part a line,
  // and are among the words here, as known ones: what stands between them is searched by itself.
  search(evidence) {
    const {log_p, skip, space, missed} = evidence, n = log_p.length;
    const isSign = log_p.map((row) => row.reduce((sum, x, k) => sum + (this.isSign[k] ? Math.exp(x) : 0), 0) > 0.5);
    if (!isSign.some(Boolean)) return this.searchWords(evidence);
    const showsSpaces = space.some((p, k) => k > 0 && p > 0.5), most = this.numbers.n_alternatives;
    let found = [{words: [], letterOf: {}, p: 1}];
    for (let start = 0, stop; start < n; start = stop) {
      for (stop = start + 1; stop < n && !isSign[start] && !isSign[stop];) stop++;
      const part = {log_p: log_p.slice(start, stop), skip: skip.slice(start, stop), space: [0, ...space.slice(start + 1, stop)],
        missed: missed.filter(([place]) => start < place && place < stop).map(([place, shape, p]) => [place - start, shape, p])};
      const more = isSign[start] ? this.signs(log_p[start], skip[start]) : this.searchWords(part, showsSpaces), gap = start && space[start] > 0.5 ? " " : "";
      found = found.flatMap((a) => more.map((b) => ({p: a.p * b.p,
        words: [...a.words, ...b.words.map(([text, first, last, isKnown, before], k) => [text, first + start, last + start, isKnown, k ? before : a.words.length ? gap : ""])],
        letterOf: {...a.letterOf, ...Object.fromEntries(Object.entries(b.letterOf).map(([place, letter]) => [Number(place) + start, letter]))}})));
      found = found.sort((a, b) => b.p - a.p).slice(0, most);
    }
    return found;
  }

  // what the shape at one place may be, a sign most likely or a stain
  signs(row, skip) {
    const total = row.reduce((sum, x) => sum + Math.exp(x), 0) / (1 - skip);
    const found = row.map((x, k) => [this.options[k][0], Math.exp(x) / total]).sort((a, b) => b[1] - a[1])
      .filter(([, p], k) => !k || p >= this.numbers.sign_at_all).map(([sign, p]) => ({words: [[sign, 0, 1, true, ""]], letterOf: {0: sign}, p}));
    const stain = skip >= this.numbers.sign_at_all ? [{words: [], letterOf: {}, p: skip}] : [];
    return [...found, ...stain].sort((a, b) => b.p - a.p);
  }

  // a line, or a stretch of one, without signs; showsSpaces: the line shows some elsewhere
  searchWords(evidence, showsSpaces = false) {
    const {log_p, space} = evidence, n = log_p.length;
    if (!n) return [];
    const isSeen = space.map((p, k) => k > 0 && p > 0.5), sizes = [];
    let stretch = 0;
    const at = isSeen.map((seen) => { stretch += seen; sizes[stretch] = (sizes[stretch] || 0) + 1; return stretch; });
    const inside = (n) => (n > this.numbers.long_word ? this.numbers.hidden_in_long : this.numbers.hidden_in_word);
    const hidden = at.map((k) => (showsSpaces || stretch ? inside(sizes[k]) : this.numbers.hidden_space)), stray = this.numbers.stray_space;
    const boundary = space.map((p, k) => Math.log(p * (1 - hidden[k]) + (1 - p) * hidden[k])), none = space.map((p) => Math.log(p * stray + (1 - p) * (1 - stray)));
    const joined = [0];
    none.forEach((x, k) => joined.push(joined[k] + x));
    const top = log_p.map((row) => Math.max(...row)), best = log_p.map((row, k) => row.indexOf(top[k]));
    let text = "", each = [];
    for (let s = 0; s < n; ) {
      let e = s + 1;
      while (e < n && space[e] <= 0.5) e++;
      const [part, costs] = this.spelled(best.slice(s, e).map((k) => this.options[k]));
      text += part;
      each.push(...costs);
      s = e;
    }
    const unknown = [0];
    each.forEach((x, k) => unknown.push(unknown[k] + x + top[k] + this.numbers.log_unknown_letter));
    const byStart = Array.from({length: n}, () => []);
    for (const edge of this.edges(evidence)) byStart[edge.start].push(edge);
    const nextSpace = (s) => { for (let k = s + 1; k < n; k++) if (space[k] > 0.9) return k; return n; };
    const histories = Array.from({length: n + 1}, () => []), likeliest = new Array(n + 1).fill(-Infinity);
    histories[0].push({score: 0, word: -1, before: null, start: 0, edge: null, goesOn: false});
    const kept = (list) => {
      const ranked = [...list].sort((a, b) => b.score - a.score).slice(0, this.numbers.beam);
      return ranked.filter((h) => h.score > ranked[0].score - this.numbers.beam_nats);
    };
    for (let s = 0; s < n; s++) {
      const here = (histories[s] = kept(histories[s]));
      if (!here.length) continue;
      for (const edge of byStart[s]) {
        const e = edge.end, own = edge.seen + joined[e] - joined[s + 1] + (e < n ? boundary[e] : 0);
        const scores = here.map((h) => [h.score + this.follow(h.before?.word ?? -1, h.word, edge.word) + own, h]).sort((a, b) => b[0] - a[0]).slice(0, this.numbers.kept);
        for (const [score, before] of scores) {
          if (score < likeliest[e] - this.numbers.beam_nats) break;
          histories[e].push({score, word: edge.word, before, start: s, edge, goesOn: false});
          likeliest[e] = Math.max(likeliest[e], score);
        }
      }
      const is_boundary = boundary[s] > none[s], after = [];
      const first = here.find((h) => is_boundary || h.edge || !h.before), full = here.find((h) => !h.edge && h.before && s - h.start >= this.numbers.longest);
      if (first) after.push([first, this.numbers.log_unknown, false]);
      if (full) after.push([full, 0, true]);
      for (const [before, cost, goesOn] of after) for (let e = s + 1; e <= Math.min(n, s + this.numbers.longest, nextSpace(s)); e++) {
        const score = before.score + cost + unknown[e] - unknown[s] + joined[e] - joined[s + 1] + (e < n ? boundary[e] : 0);
        if (score > likeliest[e] - this.numbers.beam_nats) {
          histories[e].push({score, word: -1, before, start: s, edge: null, goesOn});
          likeliest[e] = Math.max(likeliest[e], score);
        }
      }
    }
    const parses = [], seen = new Set();
    for (const history of kept(histories[n])) {
      const parse = this.parse(history, text, n), key = textOf(parse.words);
      if (!seen.has(key)) { seen.add(key); parses.push({...parse, score: history.score}); }
    }
    const total = parses.reduce((sum, one) => sum + Math.exp(one.score - parses[0].score), 0);
    return parses.map((one) => ({...one, p: Math.exp(one.score - parses[0].score) / total})).slice(0, this.numbers.n_alternatives);
  }

  parse(history, unknown, n) {
    const steps = [], words = [], letterOf = {};
    for (let node = history, end = n; node && node.before; end = node.start, node = node.before) steps.unshift([node, end]);
    for (const [node, stop] of steps) {
      let text, places = [];
      if (!node.edge) {
        text = unknown.slice(node.start, stop);
        for (let i = node.start; i < stop; i++) places.push(i);
      } else {
        text = this.words[node.word];
        for (let i = node.start; i < stop; i++) {
          for (const [place, shape] of node.edge.changes) if (place === i && shape <= -2) places.push(-1);
          if (!node.edge.changes.some(([place, shape]) => place === i && shape === -1)) places.push(i);
        }
      }
      [...text].forEach((letter, k) => { if (places[k] >= 0) letterOf[places[k]] = letter; });
      if (node.goesOn) { const before = words.pop(); words.push([before[0] + text, before[1], stop, false, before[4]]); }
      else words.push([text, node.start, stop, Boolean(node.edge), words.length ? " " : ""]);
    }
    return {words, letterOf};
  }

  // {letters, p, options: [[letter, p], …] of each place, letterOf, alternatives}
  apply(evidence) {
    const found = this.search(evidence);
    if (!found.length) return {letters: "", p: 0, words: [], options: [], letterOf: {}, alternatives: []};
    const chances = evidence.log_p.map(() => ({}));
    for (const {letterOf, p} of found) for (const [place, letter] of Object.entries(letterOf)) chances[place][letter] = (chances[place][letter] || 0) + p;
    const best = found[0];
    const options = evidence.log_p.map((row, place) => {
      const letter = best.letterOf[place], shape = letter ? this.options.findIndex((o) => o.includes(letter)) : row.indexOf(Math.max(...row));
      if (this.isSign[shape]) return Object.entries(chances[place]).sort((a, b) => b[1] - a[1]);
      const total = this.options[shape].reduce((sum, char) => sum + (chances[place][char] || 0), 0) || 1;
      return this.options[shape].map((char) => [char, (chances[place][char] || 0) / total]).sort((a, b) => b[1] - a[1]);
    });
    return {letters: textOf(best.words), p: best.p, words: best.words, options, letterOf: best.letterOf,
      alternatives: found.map((one) => [textOf(one.words), one.p])};
  }
}
