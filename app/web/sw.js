// Keeps the page, so that it works without a network once it was loaded. VERSION and FILES are written when the page is built.
const VERSION = "glyph-page-{version}", FILES = "{files}".split(" ");
self.addEventListener("install", (event) => event.waitUntil(caches.open(VERSION).then((cache) => cache.addAll(FILES.map((file) => new Request(file, {cache: "reload"})))).then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(
  caches.keys().then((names) => Promise.all(names.filter((name) => name.startsWith("glyph-page-") && name !== VERSION).map((name) => caches.delete(name)))).then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  // a script that was asked for works without a network from then on; never one of an older page
  const isLater = event.request.url.endsWith(".onnx"), asked = () => (isLater ? fetch(event.request.url, {cache: "reload"}) : fetch(event.request));
  event.respondWith(caches.match(event.request, {ignoreSearch: true}).then((kept) => kept || asked().then((answer) => {
    if (answer.ok && isLater) {
      const copy = answer.clone();
      event.waitUntil(caches.open(VERSION).then((cache) => cache.put(event.request, copy)).catch(() => {}));
    }
    return answer;
  })));
});
