// A stand-in for the model that Jupyter gives a widget: state, events, no kernel.

function decoded(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new DataView(bytes.buffer);
}

export function modelOf(state, binary) {
  const values = { ...state };
  for (const [name, base64] of Object.entries(binary)) values[name] = decoded(base64);
  const listeners = {};
  return {
    get: (name) => values[name],
    set(name, value) {
      if (values[name] === value) return;
      values[name] = value;
      for (const listener of listeners[`change:${name}`] ?? []) listener();
    },
    save_changes() {},
    on: (event, listener) => (listeners[event] ??= []).push(listener),
    off(event, listener) {
      listeners[event] = (listeners[event] ?? []).filter((other) => other !== listener);
    },
  };
}
