// Runs before require.js: says where the widgets' modules lie, so that none is
// looked for on another host.
(() => {
  const root = new URL("../npm/", document.currentScript.src).href;
  const manager = root + "@jupyter-widgets/html-manager/dist/embed-amd";
  window.require = {
    paths: {
      "@jupyter-widgets/base": manager,
      "@jupyter-widgets/controls": manager,
      "@jupyter-widgets/output": manager,
      "@jupyter-widgets/html-manager": manager,
      "@jupyter-widgets/html-manager/dist/libembed-amd": manager,
      anywidget: root + "anywidget/dist/index",
    },
  };

  // Widgets draw their icons with <i> elements and update them in place.
  window.FontAwesomeConfig = { autoReplaceSvg: "nest" };

  // Widgets ask MathJax 2's queue to typeset; answer with MathJax 3.
  let mathjax;
  const Hub = { Queue: (call) => mathjax.typesetPromise?.([call[2]]) };
  const addHub = (value) => (mathjax = value && Object.assign(value, { Hub }));
  addHub(window.MathJax);
  Object.defineProperty(window, "MathJax", { get: () => mathjax, set: addHub });
})();
