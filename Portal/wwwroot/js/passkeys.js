// Forms with data-passkey ask the browser for a passkey before they are sent: 'create' makes one, 'get' shows one.
// They are hidden where the browser has none.
(() => {
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) return;

  const ask = async form => {
    const answer = await fetch(form.dataset.options, {
      method: 'POST',
      headers: { RequestVerificationToken: form.elements.namedItem('__RequestVerificationToken').value },
    });
    if (!answer.ok) throw new Error(`The options were refused: ${answer.status}`);
    const options = await answer.json();
    return form.dataset.passkey === 'create'
      ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  };

  for (const form of document.querySelectorAll('form[data-passkey]')) {
    const fault = form.querySelector('[data-passkey-fault]');
    form.hidden = false;
    form.addEventListener('submit', async event => {
      event.preventDefault();
      fault.hidden = true;
      try {
        form.elements.namedItem('Credential').value = JSON.stringify((await ask(form)).toJSON());
        form.submit();
      } catch (reason) {
        // The person chose not to, or the device could not: the form stays as it is.
        console.info('No passkey:', reason);
        fault.hidden = false;
      }
    });
  }
})();
