(function () {
  var data = document.currentScript.dataset;
  function go() { location.replace(data.next); }
  function ask() {
    fetch(data.events, { headers: { accept: "application/json" }, cache: "no-store", credentials: "same-origin" })
      .then(function (answer) { return answer.ok ? answer.json() : Promise.reject(answer.status); })
      .then(function (answer) { if (answer.waiting) setTimeout(ask, 3000); else go(); })
      .catch(function () { setTimeout(ask, 6000); });
  }
  if (!window.EventSource) return ask();
  var source = new EventSource(data.events);
  source.addEventListener("changed", function () { source.close(); go(); });
  // The browser reconnects by itself, unless it was refused.
  source.onerror = function () { if (source.readyState === EventSource.CLOSED) ask(); };
})();
