// Keeps a run's page up to date. The server says when there is something new (server-sent events), htmx fetches it;
// where events do not come through, the page asks every two seconds instead. Folds stay open, and a tool that is
// pointed at in the forgetting curve stands out.
"use strict";

(() => {
  const ASK_EVERY = 2000;
  const PATIENCE = 5000; // the first event comes at once; a proxy that holds it back would hold back all of them
  let events = null;
  let asking = null;
  let patience = null;
  let newest = "";

  const live = () => document.querySelector("#run-live[data-events]");
  const look = () => htmx.trigger(live(), "look");

  function stop() {
    if (events) events.close();
    clearInterval(asking);
    clearTimeout(patience);
    events = asking = null;
  }

  function ask() {
    stop();
    asking = setInterval(() => (live() ? look() : stop()), ASK_EVERY);
  }

  function listen() {
    events = new EventSource(live().dataset.events);
    patience = setTimeout(ask, PATIENCE);
    events.addEventListener("mark", (event) => {
      clearTimeout(patience);
      newest = event.data;
      if (live() && newest !== live().dataset.mark) look();
    });
    events.addEventListener("error", () => {
      if (events && events.readyState === EventSource.CLOSED) ask();
    });
  }

  function start() {
    if (!live() || document.hidden) return;
    if (window.EventSource) listen();
    else ask();
  }

  const opened = new Set();

  function renewed() {
    for (const id of opened) {
      const fold = document.getElementById(id);
      if (fold) fold.open = true;
    }
    if (!live()) stop();
    else if (events && newest && newest !== live().dataset.mark) look(); // it went on while this was fetched
  }

  function pointAt(name) {
    for (const each of document.querySelectorAll(".forgetting [data-tool]"))
      each.classList.toggle("pointed-at", each.dataset.tool === name);
  }

  document.addEventListener("toggle", ({ target }) => target.id && opened[target.open ? "add" : "delete"](target.id), true);
  document.addEventListener("htmx:afterSwap", renewed);
  document.addEventListener("visibilitychange", () => (stop(), start()));
  for (const kind of ["pointerover", "focusin"])
    document.addEventListener(kind, ({ target }) => {
      const tool = target.closest(".forgetting [data-tool]");
      pointAt(tool ? tool.dataset.tool : "");
    });
  start();
})();
