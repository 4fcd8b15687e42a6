import * as api from './api.js';
import { byId, element } from './dom.js';

/**
 * Lets a browser in: at once where no key is needed, else when a right one was given.
 *
 * @param enter called each time when the server may be used
 * @param leave called when it may not any more
 */
export async function access(enter, leave) {
  const form = byId('access-form');

  function ask() {
    leave();
    byId('studio').hidden = true;
    byId('access').hidden = false;
    byId('sign-out').hidden = true;
    byId('key').focus();
  }

  function open(session) {
    byId('access').hidden = true;
    byId('studio').hidden = false;
    byId('sign-out').hidden = !session.needs_key;
    enter();
  }

  function say(message) {
    form.querySelector('.error')?.remove();
    const field = form.querySelector('.field');
    const key = byId('key');
    key.toggleAttribute('aria-invalid', false);
    if (message) {
      field.append(element('p', { className: 'error', id: 'error-key', role: 'alert' }, message));
      key.setAttribute('aria-invalid', 'true');
      key.setAttribute('aria-describedby', 'error-key');
      key.select();
    }
  }

  form.addEventListener('submit', async event => {
    event.preventDefault();
    say('');
    try {
      const session = await api.signIn(byId('key').value.trim());
      byId('key').value = '';
      open(session);
      byId('prompt').focus();
    } catch (refusal) {
      say(refusal.status === 401 ? 'This is not a key of this server.' : refusal.message);
    }
  });
  byId('sign-out').addEventListener('click', async () => {
    await api.signOut().catch(() => {});
    ask();
  });
  api.whenSignedOut(() => byId('access').hidden && ask());

  const session = await firstAnswer();
  if (session.needs_key && !session.signed_in) {
    ask();
  } else {
    open(session);
  }
}

/** A page that was read from a cache may be there before its server is. */
async function firstAnswer() {
  for (;;) {
    try {
      return await api.session();
    } catch (refusal) {
      byId('connection').textContent = refusal.message;
      await new Promise(resolve => setTimeout(resolve, 2000));
    }
  }
}
