import { byId } from './dom.js';

const NOTICE_MS = 9000;
let timer = 0;

/** Says that something did not work; goes by itself, or with Escape. */
export function notice(text) {
  byId('notice').textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => notice(''), NOTICE_MS);
}

/** Says something to those who listen to the page. */
export function speak(text) {
  byId('spoken').textContent = text;
}

let asked = Promise.resolve();

/** Asks before what cannot be undone; true for yes. One question at a time: the next is asked when this one is answered. */
export function confirmed(title, text, yes) {
  asked = asked.then(() => ask(title, text, yes));
  return asked;
}

/** A dialog says a moment after it has closed that it has: who opened it again before would take that for an answer. */
function ask(title, text, yes) {
  const dialog = byId('confirm');
  byId('confirm-title').textContent = title;
  byId('confirm-text').textContent = text;
  byId('confirm-yes').textContent = yes;
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise(resolve => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}
