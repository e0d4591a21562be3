// Pictures to tensors, as recognizers/image/preprocess.py has it, to within 1/255 of a pixel: a picture is {data, width, height} with three bytes a
// pixel, a tensor {data, width, height} of floats, near 0 on paper and positive on ink.
const OPPONENT = [[0.299, 0.587, 0.114], [-0.084, -0.166, 0.25], [0.25, -0.209, -0.041]];
const SEEN = 22 / 28, USUAL = 20 / 28, LEAST = 0.6, PAPER_SPREAD = 0.15;
const clip = (x, low, high) => Math.min(Math.max(x, low), high);
const even = (x) => { // to the nearest, halves to even, as Python rounds
  const low = Math.floor(x), rest = x - low;
  return rest > 0.5 || (rest === 0.5 && low % 2) ? low + 1 : low;
};

// How each of n_to places is made of n_from: [[first, weights], …], by area or between the two nearest.
function taps(n_from, n_to, by_area) {
  const scale = n_from / n_to, all = [];
  for (let k = 0; k < n_to; k++) {
    if (by_area) {
      const a = k * scale, b = Math.min(a + scale, n_from), first = Math.floor(a + 1e-9), last = Math.min(Math.ceil(b - 1e-9), n_from), weights = [];
      for (let i = first; i < last; i++) weights.push(Math.min(b, i + 1) - Math.max(a, i));
      const sum = weights.reduce((x, y) => x + y, 0);
      all.push([first, weights.map((w) => w / sum)]);
    } else {
      const x = (k + 0.5) * scale - 0.5, first = Math.floor(x), share = x - first;
      if (first < 0) all.push([0, [1]]);
      else if (first >= n_from - 1) all.push([n_from - 1, [1]]);
      else all.push([first, [1 - share, share]]);
    }
  }
  return all;
}

// Resize an array of n_channels values a pixel; bytes are rounded, floats are not.
export function resize({data, width, height}, to_width, to_height, by_area, n = 3, rounds = true) {
  if (width === to_width && height === to_height) return {data, width, height};
  by_area = by_area && width >= to_width && height >= to_height;
  const across = taps(width, to_width, by_area), down = taps(height, to_height, by_area);
  const rows = new Float32Array(height * to_width * n), out = new Float32Array(to_height * to_width * n);
  for (let y = 0; y < height; y++) for (let x = 0; x < to_width; x++) {
    const [first, weights] = across[x];
    for (let c = 0; c < n; c++) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * data[(y * width + first + i) * n + c];
      rows[(y * to_width + x) * n + c] = sum;
    }
  }
  const line = to_width * n;
  for (let y = 0; y < to_height; y++) {
    const [first, weights] = down[y];
    for (let k = 0; k < line; k++) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * rows[(first + i) * line + k];
      out[y * line + k] = rounds ? Math.floor(sum + 0.5) : sum;
    }
  }
  return {data: out, width: to_width, height: to_height};
}

function scaled(picture, width, height) {
  const ratio = picture.height / height;
  if (ratio > 8) picture = resize(picture, Math.max(width, 2 * width), 2 * height, true);
  return resize(picture, width, height, ratio > 1.6, 3, false);
}

// The strongest axis of three by three numbers, by Jacobi's rotations.
function strongest(matrix) {
  const a = matrix.map((row) => [...row]), v = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
  for (let sweep = 0; sweep < 50; sweep++) {
    let off = 0;
    for (const [p, q] of [[0, 1], [0, 2], [1, 2]]) {
      off += a[p][q] ** 2;
      if (!a[p][q]) continue;
      const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]), t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
      const c = 1 / Math.sqrt(t * t + 1), s = t * c;
      for (let k = 0; k < 3; k++) [a[k][p], a[k][q]] = [c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]];
      for (let k = 0; k < 3; k++) [a[p][k], a[q][k]] = [c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]];
      for (let k = 0; k < 3; k++) [v[k][p], v[k][q]] = [c * v[k][p] - s * v[k][q], s * v[k][p] + c * v[k][q]];
    }
    if (off < 1e-20) break;
  }
  const best = [0, 1, 2].reduce((x, y) => (a[y][y] > a[x][x] ? y : x));
  return [a[best][best], v.map((row) => row[best])];
}

export function inkOf({data, width, height}) {
  const n = width * height, z = new Float64Array(n);
  let is_gray = true;
  for (let k = 0; k < n && is_gray; k++) is_gray = data[3 * k] === data[3 * k + 1] && data[3 * k] === data[3 * k + 2];
  if (is_gray) {
    let sum = 0, squares = 0;
    for (let k = 0; k < n; k++) { sum += data[3 * k]; squares += data[3 * k] ** 2; }
    const mean = sum / n, spread = Math.max(Math.sqrt(Math.max(squares / n - mean * mean, 0)), 2);
    for (let k = 0; k < n; k++) z[k] = (data[3 * k] - mean) / spread;
    return inkUp(z, width, height);
  }
  const mean = [0, 0, 0];
  for (let k = 0; k < 3 * n; k++) mean[k % 3] += data[k] / n;
  const planes = OPPONENT.map((row) => Float64Array.from({length: n}, (_, k) =>
    row[0] * (data[3 * k] - mean[0]) + row[1] * (data[3 * k + 1] - mean[1]) + row[2] * (data[3 * k + 2] - mean[2])));
  const covariance = planes.map((p) => planes.map((q) => { let sum = 0; for (let k = 0; k < n; k++) sum += p[k] * q[k]; return sum / n; }));
  const [value, axis] = strongest(covariance), spread = Math.max(Math.sqrt(Math.max(value, 0)), 2);
  for (let k = 0; k < n; k++) z[k] = (planes[0][k] * axis[0] + planes[1][k] * axis[1] + planes[2][k] * axis[2]) / spread;
  return inkUp(z, width, height);
}

function inkUp(z, width, height) {
  const n = width * height;
  let edge = 0, cube = 0;
  for (let x = 0; x < width; x++) edge += z[x] + z[n - width + x];
  for (let y = 0; y < height; y++) edge += z[y * width] + z[y * width + width - 1];
  for (let k = 0; k < n; k++) cube += clip(z[k], -3, 3) ** 3;
  let score = (0.6 * cube) / n - (2 * edge) / (2 * (height + width));
  if (Math.abs(score) < 1e-3) {
    score = 0;
    for (let k = 0; k < n; k++) score -= clip(z[k], -3, 3) * (1 - k / Math.max(n - 1, 1));
    score = score || -clip(z[0], -3, 3);
  }
  const data = Float32Array.from(z, (value) => clip(score >= 0 ? value : -value, -4, 4));
  return {data, width, height};
}

const upperMiddle = (values) => Float32Array.from(values).sort()[Math.floor(values.length / 2)];
const middle = (values) => {
  const sorted = Float64Array.from(values).sort(), n = sorted.length;
  return n % 2 ? sorted[(n - 1) / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
};

function inkBox({data, width, height}) {
  let high = -Infinity;
  for (const value of data) high = Math.max(high, value);
  const low = upperMiddle(data), least = low + 0.35 * (high - low);
  let [x0, x1, y0, y1] = [width, -1, height, -1];
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) if (data[y * width + x] > least) {
    x0 = Math.min(x0, x); x1 = Math.max(x1, x); y0 = Math.min(y0, y); y1 = Math.max(y1, y);
  }
  return x1 < 0 ? [0, height, 0, width] : [y0, y1 + 1, x0, x1 + 1];
}

function leveled({data, width, height}) {
  const at = (x, y, c) => data[(y * width + x) * 3 + c], out = new Float32Array(data.length), columns = [...Array(width).keys()], rows = [...Array(height).keys()];
  const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
  for (let c = 0; c < 3; c++) {
    const left = middle(rows.map((y) => at(0, y, c))), right = middle(rows.map((y) => at(width - 1, y, c)));
    const top = middle(columns.map((x) => at(x, 0, c))), bottom = middle(columns.map((x) => at(x, height - 1, c)));
    for (const y of rows) for (const x of columns) {
      const u = width > 1 ? x / (width - 1) - 0.5 : -0.5, v = height > 1 ? y / (height - 1) - 0.5 : -0.5;
      const value = at(x, y, c) - u * (right - left) - v * (bottom - top);
      out[(y * width + x) * 3 + c] = value;
      low[c] = Math.min(low[c], value); high[c] = Math.max(high[c], value);
    }
  }
  const border = [...rows.map((y) => [0, y]), ...rows.map((y) => [width - 1, y]), ...columns.map((x) => [x, 0]), ...columns.map((x) => [x, height - 1])];
  const usual = [0, 1, 2].map((c) => middle(border.map(([x, y]) => out[(y * width + x) * 3 + c])));
  const off = border.map(([x, y]) => Math.max(...[0, 1, 2].map((c) => Math.abs(out[(y * width + x) * 3 + c] - usual[c])))).sort((a, b) => a - b);
  const place = 0.8 * (off.length - 1), k = Math.floor(place), most = off[k] + (place - k) * ((off[k + 1] ?? off[k]) - off[k]);
  return most <= PAPER_SPREAD * Math.max(...[0, 1, 2].map((c) => high[c] - low[c])) ? {data: out, width, height} : {data, width, height};
}

// {tensor, scale, left}: scale, tensor px per picture px along x; left, the x of the picture's left edge in the tensor
export function linesTensor(picture, settings) {
  const width = clip(even((picture.width * settings.height_px) / picture.height), settings.min_width_px, settings.max_width_px);
  const ink = inkOf(scaled(picture, width, settings.height_px)), padded = Math.ceil(width / settings.stride_px) * settings.stride_px;
  const data = new Float32Array(padded * settings.height_px);
  for (let y = 0; y < settings.height_px; y++) data.set(ink.data.subarray(y * width, (y + 1) * width), y * padded);
  return {tensor: {data, width: padded, height: settings.height_px}, scale: width / picture.width, left: 0};
}

export function glyphTensor(picture, settings) {
  const side = settings.height_px, first = Math.min(1, 256 / Math.max(picture.width, picture.height));
  const small = scaled(picture, Math.max(1, even(picture.width * first)), Math.max(1, even(picture.height * first)));
  let whole = inkOf(settings.levels_light ? leveled(small) : small);
  const {width: columns, height: rows} = whole;
  let [y0, y1, x0, x1] = inkBox(whole);
  if (Math.min(y0, x0) === 0 || y1 === rows || x1 === columns) [y0, y1, x0, x1] = [0, rows, 0, columns];
  let scale = side / Math.max(rows, columns), center_x = columns / 2, center_y = rows / 2;
  const most = (SEEN * side) / scale, reach = Math.max(center_x - x0, x1 - center_x, center_y - y0, y1 - center_y), extent = Math.max(y1 - y0, x1 - x0);
  if (reach > most / 2 || extent < LEAST * most) {
    center_x = (x0 + x1) / 2; center_y = (y0 + y1) / 2;
    if (!(LEAST * most <= extent && extent <= most)) scale = ((extent > most ? SEEN : USUAL) * side) / extent;
  }
  const border = [];
  for (let x = 0; x < columns; x++) border.push(whole.data[x], whole.data[(rows - 1) * columns + x]);
  for (let y = 0; y < rows; y++) border.push(whole.data[y * columns], whole.data[y * columns + columns - 1]);
  const paper = upperMiddle(border), left = even(side / 2 - center_x * scale), top = even(side / 2 - center_y * scale);
  let step = scale;
  if (scale < 0.7) {
    whole = resize(whole, Math.max(1, even(columns * scale)), Math.max(1, even(rows * scale)), true, 1, false);
    step = 1;
  }
  const data = new Float32Array(side * side), value = (x, y) => (x < 0 || y < 0 || x >= whole.width || y >= whole.height ? paper : whole.data[y * whole.width + x]);
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) {
    const u = (x - (left + 0.5 * step - 0.5)) / step, v = (y - (top + 0.5 * step - 0.5)) / step;
    const i = Math.floor(u), j = Math.floor(v), a = u - i, b = v - j;
    data[y * side + x] = (1 - b) * ((1 - a) * value(i, j) + a * value(i + 1, j)) + b * ((1 - a) * value(i, j + 1) + a * value(i + 1, j + 1));
  }
  return {tensor: {data, width: side, height: side}, scale: scale * first, left};
}
