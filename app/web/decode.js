// From log probabilities to a reading, as recognizers/decode.py and recognizer.py have it. Id 0 is the blank.

export function softened(row, temperature) {
  const scaled = Array.from(row, (x) => x / temperature), top = Math.max(...scaled);
  const sum = scaled.reduce((total, x) => total + Math.exp(x - top), 0);
  return scaled.map((x) => x - top - Math.log(sum));
}

// {glyphs: [{char, confidence, candidates, start, end}], evidence, confidence, isScript, text} of steps × classes
export function readLine(data, n_steps, n_classes, about) {
  const {alphabet, calibration} = about, rows = [];
  for (let t = 0; t < n_steps; t++) rows.push(softened(data.subarray(t * n_classes, (t + 1) * n_classes), calibration.temperature));
  const best = rows.map((row) => row.indexOf(Math.max(...row)));
  let found = [];
  for (let t = 0; t < n_steps; ) {
    let end = t;
    while (end < n_steps && best[end] === best[t]) end++;
    if (best[t]) {
      let peak = t;
      for (let k = t; k < end; k++) if (rows[k][best[t]] > rows[peak][best[t]]) peak = k;
      found.push({id: best[t], start: t, end, peak, confidence: Math.exp(rows[peak][best[t]])});
    }
    t = end;
  }
  const isSpace = (e) => alphabet[e.id - 1] === " ";
  while (found.length && isSpace(found[0])) found.shift();
  while (found.length && isSpace(found[found.length - 1])) found.pop();
  const glyphs = found.map((e) => {
    const p = rows[e.peak].slice(1).map(Math.exp), total = p.reduce((a, b) => a + b, 0);
    const order = p.map((_, k) => k).sort((a, b) => p[b] - p[a]).slice(0, 5);
    return {char: alphabet[e.id - 1], confidence: e.confidence, start: e.start, end: e.end, candidates: order.map((k) => [alphabet[k], p[k] / total])};
  });
  const mean = glyphs.length ? glyphs.reduce((sum, g) => sum + g.confidence, 0) / glyphs.length : 0;
  return {
    glyphs,
    text: glyphs.map((g) => g.char).join(""),
    confidence: glyphs.length ? glyphs.reduce((p, g) => p * g.confidence, 1) ** calibration.line_power : 0,
    isScript: mean >= about.decoding.min_mean_confidence,
    evidence: evidenceOf(rows, found, about),
  };
}

function evidenceOf(rows, found, {alphabet, decoding}) {
  const ids = [...alphabet].map((char, k) => [char, k + 1]).filter(([char]) => char !== " ").map(([, id]) => id);
  const space_id = alphabet.indexOf(" ") + 1, glyphs = found.filter((e) => e.id !== space_id);
  const log_p = [], skip = [], space = [], missed = [];
  glyphs.forEach((e, place) => {
    const p = ids.map((id) => Math.max(Math.exp(rows[e.peak][id]), 1e-6)), total = p.reduce((a, b) => a + b, 0);
    log_p.push(p.map((x) => Math.log(x / total)));
    skip.push(Math.min(Math.max(1 - total, 0), 1));
    if (!place) return space.push(0);
    const between = rows.slice(glyphs[place - 1].end, e.start);
    space.push(space_id ? Math.max(0, ...between.map((row) => Math.exp(row[space_id]))) : 0);
    if (between.length > 2) {
      let most = 0, which = 0;
      for (const row of between.slice(1, -1)) ids.forEach((id, k) => { const p = Math.exp(row[id]); if (p > most) [most, which] = [p, k]; });
      if (most > decoding.nearly) missed.push([place, which, most]);
    }
  });
  return {log_p, skip, space, missed};
}

export function readGlyph(data, about) {
  const p = softened(data, about.calibration.temperature).map(Math.exp);
  return p.map((x, k) => [about.alphabet[k], x]).sort((a, b) => b[1] - a[1]).slice(0, 5);
}
