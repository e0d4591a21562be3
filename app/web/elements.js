// What both pages are made of: <glyph-picture>, a picture that is dropped, pasted or chosen, and cropped by dragging; <glyph-pad>, a canvas
// for mouse, finger and pen; and letters of a reading that open a list of what else they may be. Each tells what changed with an event
// "glyph-change" whose detail is a data URL, "" for nothing. Texts come from attributes, so that a page can be in any language.
(() => {
  const MAX_BYTES = 128e6; // as glyphgen/images.py; a test compares
  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) key in node && key !== "list" ? (node[key] = value) : node.setAttribute(key, value);
    node.append(...children);
    return node;
  };
  const place = (event, canvas) => {
    const area = canvas.getBoundingClientRect();
    return [((event.clientX - area.left) * canvas.width) / area.width, ((event.clientY - area.top) * canvas.height) / area.height];
  };
  const asUrl = (blob) => new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(blob);
  });

  class GlyphElement extends HTMLElement {
    say(key) { return this.getAttribute(key) || ""; }
    tell(detail) { this.dispatchEvent(new CustomEvent("glyph-change", {bubbles: true, detail})); }
  }

  class GlyphPicture extends GlyphElement {
    connectedCallback() {
      if (this.file) return;
      this.file = make("input", {type: "file", accept: "image/*", className: "glyph-file"});
      this.file.setAttribute("aria-label", this.say("choose"));
      this.status = make("p", {className: "glyph-status"});
      this.status.setAttribute("role", "status");
      this.canvas = make("canvas", {hidden: true, className: "glyph-canvas"});
      this.canvas.setAttribute("role", "img");
      this.canvas.setAttribute("aria-label", this.say("picture"));
      this.whole = make("button", {type: "button", hidden: true, textContent: this.say("whole"), onclick: () => this.crop(null)});
      this.away = make("button", {type: "button", hidden: true, textContent: this.say("remove"), onclick: () => this.clear()});
      const label = make("label", {className: "glyph-drop"}, make("span", {textContent: this.say("hint")}), this.file);
      this.append(label, this.canvas, make("div", {className: "glyph-row"}, this.whole, this.away), this.status);
      this.file.onchange = () => this.file.files[0] && this.load(this.file.files[0]);
      for (const name of ["dragover", "dragenter"]) this.addEventListener(name, (event) => { event.preventDefault(); label.classList.add("over"); });
      for (const name of ["dragleave", "drop"]) this.addEventListener(name, () => label.classList.remove("over"));
      this.addEventListener("drop", (event) => {
        event.preventDefault();
        if (event.dataTransfer.files[0]) this.load(event.dataTransfer.files[0]);
      });
      this.onpasted = (event) => {
        const item = [...(event.clipboardData?.items || [])].find((one) => one.kind === "file");
        if (item && this.offsetParent !== null) { event.preventDefault(); this.load(item.getAsFile()); }
      };
      document.addEventListener("paste", this.onpasted);
      // beside the box the browser would leave the page to show the file
      this.onmissed = (event) => event.preventDefault();
      for (const name of ["dragover", "drop"]) document.addEventListener(name, this.onmissed);
      this.canvas.onpointerdown = (event) => {
        if (event.button) return;
        this.canvas.setPointerCapture(event.pointerId);
        this.from = place(event, this.canvas);
      };
      this.canvas.onpointermove = (event) => { if (this.from) { this.box = this.boxTo(place(event, this.canvas)); this.paint(); } };
      this.canvas.onpointerup = (event) => {
        if (!this.from) return;
        const box = this.boxTo(place(event, this.canvas));
        this.from = null;
        this.crop(box[2] >= 8 && box[3] >= 8 ? box : null, box[2] >= 8 && box[3] >= 8);
      };
      this.canvas.onpointercancel = () => { this.from = null; this.crop(null, false); };
      this.canvas.tabIndex = 0;
      this.canvas.onkeydown = (event) => this.key(event);
    }

    // Without a mouse: arrows move the box, with Shift they change its size, Enter reads it, Escape the whole picture.
    key(event) {
      const {width, height} = this.canvas, step = Math.max(1, Math.round(0.02 * Math.max(width, height)));
      const [dx, dy] = {ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step]}[event.key] || [0, 0];
      if (event.key === "Escape") this.crop(null);
      else if (event.key === "Enter" && this.box) this.crop(this.box);
      else if (dx || dy) {
        let [x, y, w, h] = this.box || [0, 0, width, height];
        if (event.shiftKey) [w, h] = [Math.min(Math.max(w + dx, 8), width - x), Math.min(Math.max(h + dy, 8), height - y)];
        else [x, y] = [Math.min(Math.max(x + dx, 0), width - w), Math.min(Math.max(y + dy, 0), height - h)];
        this.box = [x, y, w, h];
        this.paint();
      } else return;
      event.preventDefault();
    }

    disconnectedCallback() {
      document.removeEventListener("paste", this.onpasted);
      for (const name of ["dragover", "drop"]) document.removeEventListener(name, this.onmissed);
    }

    boxTo([x, y]) {
      const [a, b] = this.from;
      const x0 = Math.max(0, Math.min(a, x)), y0 = Math.max(0, Math.min(b, y));
      return [x0, y0, Math.min(this.canvas.width, Math.max(a, x)) - x0, Math.min(this.canvas.height, Math.max(b, y)) - y0].map(Math.round);
    }

    async load(blob) {
      this.status.textContent = "";
      if (blob.size > MAX_BYTES) {
        this.clear();
        this.status.textContent = this.say("large");
        return;
      }
      const turn = (this.turn = (this.turn || 0) + 1), url = await asUrl(blob); // what was given last is what is read
      if (turn === this.turn) await this.show(url, turn);
    }

    async show(url, turn = (this.turn = (this.turn || 0) + 1)) {
      const image = new Image(), loaded = await new Promise((done) => { image.onload = () => done(image); image.onerror = () => done(null); image.src = url; });
      if (turn !== this.turn) return;
      this.raw = url;
      this.image = loaded;
      this.file.value = ""; // the same file may be chosen again
      this.box = null;
      if (this.image) [this.canvas.width, this.canvas.height] = [this.image.naturalWidth, this.image.naturalHeight];
      this.canvas.hidden = !this.image;
      this.away.hidden = false;
      this.paint();
      this.status.textContent = this.image ? this.say("crop") : "";
      this.tell(url); // what is no picture is for the reader to say
    }

    crop(box, tells = true) {
      const had = this.box;
      this.box = box;
      this.paint();
      if (!tells && !had) return;
      if (!box) return this.tell(this.raw || "");
      const [x, y, width, height] = box;
      const cut = make("canvas", {width, height});
      cut.getContext("2d").drawImage(this.image, x, y, width, height, 0, 0, width, height);
      let url = cut.toDataURL("image/png");
      for (const quality of [0.95, 0.7]) if (url.length > MAX_BYTES) url = cut.toDataURL("image/jpeg", quality); // a large photo
      this.tell(url);
    }

    clear() {
      this.turn = (this.turn || 0) + 1;
      this.raw = this.image = this.box = null;
      this.file.value = "";
      this.canvas.hidden = this.away.hidden = this.whole.hidden = true;
      this.status.textContent = "";
      this.tell("");
    }

    paint() {
      if (!this.image) return;
      this.whole.hidden = !this.box;
      const pen = this.canvas.getContext("2d");
      pen.clearRect(0, 0, this.canvas.width, this.canvas.height); // pictures may be transparent
      pen.drawImage(this.image, 0, 0);
      if (!this.box) return;
      const [x, y, w, h] = this.box;
      pen.fillStyle = "#0009";
      pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
      if (w && h) { pen.clearRect(x, y, w, h); pen.drawImage(this.image, x, y, w, h, x, y, w, h); }
      pen.strokeStyle = "#3fd0c9";
      pen.lineWidth = Math.max(1, this.canvas.width / 400);
      pen.strokeRect(x, y, w, h);
    }
  }

  class GlyphFile extends GlyphElement {
    connectedCallback() {
      if (this.file) return;
      this.file = make("input", {type: "file", accept: this.say("accept"), className: "glyph-file"});
      this.away = make("button", {type: "button", hidden: true, textContent: this.say("remove"), onclick: () => this.load(null)});
      this.status = make("p", {className: "glyph-status"});
      this.status.setAttribute("role", "status");
      this.append(make("label", {}, make("span", {textContent: this.say("hint") + " "}), this.file), this.away, this.status);
      this.file.onchange = () => this.load(this.file.files[0]);
    }

    async load(file) {
      const is_large = file && file.size > MAX_BYTES;
      this.status.textContent = is_large ? this.say("large") : "";
      if (!file || is_large) this.file.value = "";
      this.away.hidden = !file || is_large;
      this.tell(file && !is_large ? await asUrl(file) : "");
    }
  }

  class GlyphPad extends GlyphElement {
    connectedCallback() {
      if (this.canvas) return;
      this.strokes = [];
      this.canvas = make("canvas", {width: 640, height: 320, className: "glyph-canvas", tabIndex: 0});
      this.canvas.setAttribute("role", "img");
      this.canvas.setAttribute("aria-label", this.say("picture"));
      this.brush = make("input", {type: "range", min: 4, max: 32, value: 14, className: "glyph-brush"});
      const undo = make("button", {type: "button", className: "glyph-undo", textContent: this.say("undo"), onclick: () => this.undo()});
      const clear = make("button", {type: "button", className: "glyph-clear", textContent: this.say("clear"), onclick: () => this.clear()});
      this.append(this.canvas, make("div", {className: "glyph-row"}, undo, clear, make("label", {}, this.say("brush") + " ", this.brush)));
      this.canvas.onkeydown = (event) => {
        if (event.key === "z" && (event.ctrlKey || event.metaKey)) this.undo();
        if (event.key === "Delete" || event.key === "Backspace") this.clear();
      };
      this.canvas.onpointerdown = (event) => {
        if (event.button) return;
        this.canvas.setPointerCapture(event.pointerId);
        this.current = {width: Number(this.brush.value), points: [place(event, this.canvas)]};
        this.strokes.push(this.current);
        this.paint();
      };
      this.canvas.onpointermove = (event) => {
        if (!this.current) return;
        for (const one of event.getCoalescedEvents?.() || [event]) this.current.points.push(place(one, this.canvas));
        this.paint();
      };
      this.canvas.onpointerup = this.canvas.onpointercancel = () => {
        if (this.current) this.changed();
        this.current = null;
      };
      this.paint();
    }

    again(strokes) { this.strokes = strokes; this.paint(); this.changed(); }
    undo() { this.strokes.pop(); this.paint(); this.changed(); }
    clear() { this.strokes = []; this.paint(); this.changed(); }
    changed() { this.tell(this.strokes.length ? this.canvas.toDataURL("image/png") : ""); }

    paint() {
      const pen = this.canvas.getContext("2d");
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
      pen.lineCap = pen.lineJoin = "round";
      pen.strokeStyle = "#111";
      for (const {width, points} of this.strokes) {
        pen.lineWidth = width;
        pen.beginPath();
        points.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
        if (points.length === 1) pen.lineTo(points[0][0] + 0.1, points[0][1]);
        pen.stroke();
      }
    }
  }

  // a letter that may be another: <button class="letter" data-options='[["D", 0.6], ["G", 0.4]]'> within .reading
  let menu = null;
  const close = (returns) => {
    menu?.letter.removeAttribute("aria-expanded");
    if (menu && returns) menu.letter.focus();
    menu?.remove();
    menu = null;
  };
  document.addEventListener("click", (event) => {
    const letter = event.target.closest?.(".reading .letter");
    const is_open = menu && menu.letter === letter;
    if (!menu?.contains(event.target)) close();
    if (!letter || is_open) return;
    const reading = letter.closest(".reading");
    menu = make("div", {className: "glyph-menu"});
    menu.setAttribute("role", "menu");
    menu.letter = letter;
    letter.setAttribute("aria-expanded", "true");
    for (const [char, p] of JSON.parse(letter.dataset.options)) {
      const pick = () => {
        letter.textContent = char;
        letter.setAttribute("aria-label", char);
        reading.parentElement.querySelector(".percent")?.remove(); // what was chosen by hand has no chance of its own
        close(true);
        reading.dispatchEvent(new CustomEvent("glyph-chosen", {bubbles: true, detail: textOf(reading)}));
      };
      const item = make("button", {type: "button", textContent: `${char}  ${p > 0.99 ? "> 99" : p < 0.01 ? "< 1" : Math.round(100 * p)} %`, onclick: pick});
      item.setAttribute("role", "menuitem");
      menu.append(item);
    }
    letter.after(menu);
    menu.firstChild?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (!menu) return;
    if (event.key === "Escape" || event.key === "Tab") close(true);
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (!step) return;
    event.preventDefault();
    const items = [...menu.children];
    items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
  });
  const textOf = (reading) => [...reading.querySelectorAll(".line")].map((line) =>
    [...line.childNodes].filter((node) => !node.classList?.contains("glyph-menu")).map((node) => node.textContent).join("")).join("\n");
  window.glyphText = textOf;

  customElements.define("glyph-picture", GlyphPicture);
  customElements.define("glyph-file", GlyphFile);
  customElements.define("glyph-pad", GlyphPad);
})();
