// Hands what the elements tell to Gradio: "glyph-change" of an element goes into the text box that its attribute "for" names, the text of a
// reading whose letters were changed into #corrected, and what is downloaded is what is shown.
(() => {
  const ANSWERS = {picture: "card", drawing: "drawn"}, WAIT_MS = 4000, TRIES = 3;
  const set = (name, value) => {
    const box = document.querySelector(`#${name} textarea, #${name} input`);
    if (!box) return;
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box), "value").set.call(box, value);
    box.dispatchEvent(new Event("input", {bubbles: true}));
  };
  const last = {};
  // While the page is being put together Gradio may not listen yet: where nothing comes of it, tell it once more.
  const put = (name, value, tries = TRIES) => {
    last[name] = value;
    if (!document.querySelector(`#${name} textarea, #${name} input`) || (ANSWERS[name] && !document.getElementById(ANSWERS[name]))) {
      setTimeout(() => last[name] === value && put(name, value, tries), 200); // not there yet
      return;
    }
    const shown = document.getElementById(ANSWERS[name])?.innerHTML;
    set(name, value);
    if (!value || !ANSWERS[name] || !tries) return;
    setTimeout(() => {
      if (last[name] !== value || document.getElementById(ANSWERS[name])?.innerHTML !== shown) return;
      set(name, "");
      setTimeout(() => last[name] === value && put(name, value, tries - 1), 100);
    }, WAIT_MS);
  };
  window.glyphReady = (language) => {
    document.documentElement.lang = language;
    for (const name of ["card", "saved", "drawn", "drawn-saved", "learned", "written", "own-said"]) document.getElementById(name)?.setAttribute("aria-live", "polite");
  };
  // on a narrow screen the reading is below everything that was given
  window.glyphShow = (name) => {
    const found = document.getElementById(name);
    if (window.innerWidth < 700 && found?.querySelector(".reading, .nothing")) found.scrollIntoView({behavior: "smooth", block: "center"});
  };
  document.addEventListener("glyph-change", (event) => put(event.target.getAttribute("for"), event.detail));
  document.addEventListener("glyph-chosen", (event) => put("corrected", event.detail));
  document.addEventListener("click", (event) => {
    const example = event.target.closest?.("[data-example]");
    if (example) document.querySelector(`glyph-picture[for="${example.dataset.example}"]`)?.show(example.querySelector("img").src);
    const text = event.target.closest?.("a[data-text]");
    if (text) text.href = "data:text/plain;charset=utf-8," + encodeURIComponent(document.querySelector("#corrected textarea")?.value || "");
  });
})();
