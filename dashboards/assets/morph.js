// Turns what an element shows into other HTML by changing as little as possible, so that focus, scrolling, open details
// and half-typed text stay. Elements with data-html are filled with it, and again whenever it changes.
(function () {
  "use strict";

  function same(a, b) {
    return a.nodeType === b.nodeType && a.nodeName === b.nodeName && a.id === b.id;
  }

  function attributes(old, now) {
    for (const {name} of [...old.attributes])
      if (!now.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS")) old.removeAttribute(name);
    for (const {name, value} of now.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }

  function children(old, now) {
    const kept = [...old.childNodes], come = [...now.childNodes];
    come.forEach((node, i) => {
      const before = kept[i];
      if (!before) old.append(node);
      else if (!same(before, node)) before.replaceWith(node);
      else if (node.nodeType !== Node.ELEMENT_NODE) {
        if (before.data !== node.data) before.data = node.data;
      } else if (!before.isEqualNode(node)) {
        attributes(before, node);
        children(before, node);
      }
    });
    kept.slice(come.length).forEach(node => node.remove());
    if (old.nodeName === "SELECT") {  // what was chosen by hand gives way to the state
      const chosen = [...old.options].find(o => o.hasAttribute("selected"));
      if (chosen) old.value = chosen.value;
    }
  }

  function fill(element) {
    const now = document.createElement("template");
    now.innerHTML = element.dataset.html;
    children(element, now.content);
  }

  new MutationObserver(changes => {
    for (const change of changes) {
      if (change.type === "attributes") fill(change.target);
      else for (const node of change.addedNodes)
        if (node.nodeType === Node.ELEMENT_NODE)
          for (const e of [node, ...node.querySelectorAll("[data-html]")]) if (e.dataset.html !== undefined) fill(e);
    }
  }).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ["data-html"]});
})();
