// Single keys do what links of the page do already: [data-key] on the page, g and then [data-go] for other pages.
// They are off while somebody writes, and off altogether where the person says so (WCAG 2.1.4).
(() => {
  const stored = 'insights-keys';
  const isOff = () => localStorage.getItem(stored) === 'off';
  let goUntil = 0;

  const writes = target => target.closest('input, textarea, select, [contenteditable="true"]');

  const find = (attribute, key) => {
    const selector = `[${attribute}="${CSS.escape(key)}"]`;
    return document.querySelector('[aria-current="page"]')?.closest('ul')?.querySelector(selector) ?? document.querySelector(selector);
  };

  // What the page offers now, said once each.
  const fill = list => {
    list.replaceChildren();
    const said = new Set();
    for (const element of document.querySelectorAll('[data-key], [data-go]')) {
      const key = element.dataset.key ?? 'g ' + element.dataset.go;
      const name = element.dataset.keyName ?? element.textContent.trim();
      if (said.has(key) || !name) continue;
      said.add(key);
      const term = document.createElement('dt');
      for (const part of key.split(' ')) {
        const cap = document.createElement('kbd');
        cap.textContent = part === 'ArrowLeft' ? '←' : part === 'ArrowRight' ? '→' : part;
        term.append(cap, ' ');
      }
      const text = document.createElement('dd');
      text.textContent = name;
      const row = document.createElement('div');
      row.append(term, text);
      list.append(row);
    }
  };

  const open = () => {
    const dialog = document.getElementById('keys');
    if (!dialog || dialog.open) return;
    fill(dialog.querySelector('dl'));
    dialog.querySelector('input').checked = !isOff();
    dialog.showModal();
  };

  document.addEventListener('click', event => {
    if (event.target.closest('[data-open-keys]')) open();
    if (event.target.closest('[data-close-keys]')) document.getElementById('keys')?.close();
  });
  document.addEventListener('change', event => {
    if (event.target.matches('#keys input')) localStorage.setItem(stored, event.target.checked ? 'on' : 'off');
  });
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isOff() || writes(event.target)) return;
    if (document.querySelector('dialog[open]')) return;
    if (event.key.startsWith('Arrow') && event.target.closest('.tw, [role="menu"], .mud-popover, [role="slider"]')) return;
    if (event.key === '?') { event.preventDefault(); open(); return; }
    if (event.key === 'g') { goUntil = event.timeStamp + 3000; return; }
    const target = event.timeStamp < goUntil ? find('data-go', event.key) : find('data-key', event.key);
    goUntil = 0;
    if (!target) return;
    event.preventDefault();
    if (target.matches('input')) target.focus();
    else target.click();
  });
})();
