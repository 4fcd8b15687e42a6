import { addresses } from './api.js';

const NAMES = ['queued', 'started', 'step', 'preview', 'frame', 'completed', 'failed', 'cancelled', 'deleted'];
const LAST = new Set(['completed', 'failed', 'cancelled', 'deleted']);
const LONGEST_PAUSE_MS = 15000;

/**
 * Follows a video's events until its last one; goes on by itself when the connection breaks. A page that nobody looks at
 * follows nothing: browsers open six connections to a server, for all of its pages together.
 *
 * @param told gets the name of an event and what it says
 * @param connected gets whether events come
 * @return stops it
 */
export function watch(id, told, connected) {
  let source = null;
  let timer = 0;
  let failures = 0;
  let over = false;

  function close() {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  function open() {
    close();
    if (over || document.hidden) {
      return;
    }
    source = new EventSource(addresses.events(id));
    source.addEventListener('open', () => {
      failures = 0;
      connected(true);
    });
    source.addEventListener('error', () => {
      connected(false);
      if (source?.readyState === EventSource.CLOSED) { // refused; the browser asks again by itself only after a break
        failures++;
        timer = setTimeout(open, Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** failures));
      }
    });
    for (const name of NAMES) {
      source.addEventListener(name, message => {
        if (LAST.has(name)) {
          stop();
        }
        told(name, JSON.parse(message.data));
      });
    }
  }

  const seen = () => (document.hidden ? close() : open());

  function stop() {
    over = true;
    close();
    document.removeEventListener('visibilitychange', seen);
  }

  document.addEventListener('visibilitychange', seen);
  open();
  return stop;
}
