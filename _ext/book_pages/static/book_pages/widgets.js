// Draws the explorers of a page. What they show is stored in the page: no kernel runs.
(() => {
  const STATE = "application/vnd.jupyter.widget-state+json";
  const VIEW = "application/vnd.jupyter.widget-view+json";

  function decoded(base64) {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new DataView(bytes.buffer);
  }

  // What Jupyter's model offers a widget, but for messages, which nobody would answer.
  function modelOf({ state, buffers = [] }) {
    const values = { ...state };
    for (const { path, data } of buffers) values[path[0]] = decoded(data);
    const listeners = {};
    return {
      get: (name) => values[name],
      set(name, value) {
        if (values[name] === value) return;
        values[name] = value;
        for (const listener of listeners[`change:${name}`] ?? []) listener();
      },
      save_changes() {},
      send() {},
      on: (event, listener) => (listeners[event] ??= []).push(listener),
      off(event, listener) {
        listeners[event] = (listeners[event] ?? []).filter((other) => other !== listener);
      },
    };
  }

  function storedWidgets() {
    const scripts = [...document.querySelectorAll(`script[type="${STATE}"]`)];
    return Object.assign({}, ...scripts.map((script) => JSON.parse(script.textContent).state));
  }

  const stored = storedWidgets();
  const models = {};

  async function draw(id, el) {
    const name = stored[id].state._anywidget_id.split(".").at(-1);
    models[id] ??= modelOf(stored[id]); // two views of one widget share its model
    await window.pixembedWidgets[name]({ model: models[id], el });
  }

  async function show(script) {
    const before = script.previousElementSibling;
    const picture = before?.matches(".widget-static") ? before : null;
    const el = document.createElement("div");
    script.before(el);
    try {
      await draw(JSON.parse(script.textContent).model_id, el);
      if (picture) picture.hidden = true;
    } catch (error) {
      console.error(error);
      const instead = picture ? "; the picture shows how it opens" : "";
      el.textContent = `This explorer cannot be drawn in your browser${instead}.`;
    }
  }

  for (const script of document.querySelectorAll(`script[type="${VIEW}"]`)) show(script);
})();
