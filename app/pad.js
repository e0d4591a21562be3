// A pad for mouse, finger and pen: each stroke that ends puts the picture, as a data URL, into the text box #drawing.
(() => {
  const start = () => {
    const pad = document.querySelector("#pad canvas");
    const box = document.querySelector("#drawing textarea, #drawing input");
    if (!pad || !box || pad.dataset.ready) return;
    pad.dataset.ready = "1";
    const pen = pad.getContext("2d");
    let strokes = [], current = null;
    const size = () => Number(document.querySelector("#brush").value);
    const paint = () => {
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, pad.width, pad.height);
      pen.lineCap = pen.lineJoin = "round";
      pen.strokeStyle = pen.fillStyle = "#111";
      for (const stroke of strokes) {
        pen.lineWidth = stroke.width;
        pen.beginPath();
        stroke.points.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
        if (stroke.points.length === 1) pen.lineTo(stroke.points[0][0] + 0.1, stroke.points[0][1]);
        pen.stroke();
      }
    };
    const tell = () => {
      const value = strokes.length ? pad.toDataURL("image/png") : "";
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box), "value").set.call(box, value);
      box.dispatchEvent(new Event("input", {bubbles: true}));
    };
    const place = (event) => {
      const area = pad.getBoundingClientRect();
      return [((event.clientX - area.left) * pad.width) / area.width, ((event.clientY - area.top) * pad.height) / area.height];
    };
    pad.addEventListener("pointerdown", (event) => {
      pad.setPointerCapture(event.pointerId);
      current = {width: size(), points: [place(event)]};
      strokes.push(current);
      paint();
      event.preventDefault();
    });
    pad.addEventListener("pointermove", (event) => {
      if (!current) return;
      current.points.push(place(event));
      paint();
    });
    const end = () => {
      if (current) tell();
      current = null;
    };
    pad.addEventListener("pointerup", end);
    pad.addEventListener("pointercancel", end);
    document.querySelector("#undo").addEventListener("click", () => { strokes.pop(); paint(); tell(); });
    document.querySelector("#clear").addEventListener("click", () => { strokes = []; paint(); tell(); });
    paint();
  };
  new MutationObserver(start).observe(document.documentElement, {childList: true, subtree: true});
  start();
})();
