// Hands what the elements tell to Gradio: "glyph-change" of an element goes into the text box that its attribute "for" names, the text of a
// reading whose letters were changed into #corrected, and what is downloaded is what is shown.
(() => {
  const last = {};
  const put = (name, value) => {
    last[name] = value;
    const box = document.querySelector(`#${name} textarea, #${name} input`);
    if (!box) return;
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box), "value").set.call(box, value);
    box.dispatchEvent(new Event("input", {bubbles: true}));
  };
  // what was given before Gradio had its eyes open is given once more
  window.glyphReady = (language) => {
    document.documentElement.lang = language;
    for (const name of ["card", "saved", "drawn", "drawn-saved", "learned", "written", "own-said"]) document.getElementById(name)?.setAttribute("aria-live", "polite");
    for (const [name, value] of Object.entries({...last})) {
      put(name, "");
      setTimeout(() => put(name, value), 50);
    }
  };
  document.addEventListener("glyph-change", (event) => put(event.target.getAttribute("for"), event.detail));
  document.addEventListener("glyph-chosen", (event) => put("corrected", event.detail));
  document.addEventListener("click", async (event) => {
    const example = event.target.closest?.("[data-example]");
    if (example) document.querySelector(`glyph-picture[for="${example.dataset.example}"]`)?.show(example.querySelector("img").src);
    const text = event.target.closest?.("a[data-text]");
    if (text) text.href = "data:text/plain;charset=utf-8," + encodeURIComponent(document.querySelector("#corrected textarea")?.value || "");
  });
})();
