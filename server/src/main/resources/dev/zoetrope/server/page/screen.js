import { addresses } from './api.js';
import { drum, element, icon, movesFreely } from './dom.js';

const AGAIN_MS = 1500;

/** The dark box: a drum that turns, previews, the video while it is decoded, the video. */
export class Screen {
  #box;
  #shown = '';

  constructor(box) {
    this.#box = box;
  }

  /** Nothing to show yet. */
  rest() {
    this.#put('rest', () => element('div', { className: 'still' }, drum(false)));
  }

  /** It waits, or there is nothing to see of it yet. */
  wait(id) {
    this.#put(`wait ${id}`, () => element('div', { className: 'still' }, drum(true)));
  }

  /** How it looks so far: a picture in an address of its own. */
  preview(id, address) {
    this.#put(`preview ${id}`, () => element('img', { className: 'preview', alt: 'How the video looks so far' }));
    const picture = this.#box.querySelector('.preview');
    if (picture.src !== address) {
      picture.src = address;
    }
  }

  /** The video as far as it is decoded. */
  stream(video) {
    this.#put(`stream ${video.id}`, () => {
      const player = makePlayer(video, addresses.stream(video.id));
      player.addEventListener('error', () => setTimeout(() => player.isConnected && player.load(), AGAIN_MS));
      return player;
    });
  }

  /** The whole video. What plays goes on where it is: the file takes over when it can. */
  play(video) {
    const before = this.#box.querySelector('video');
    const goesOn = before !== null && this.#shown === `stream ${video.id}`;
    if (!goesOn) {
      this.#put(`play ${video.id}`, () => makeLoop(video));
      return;
    }
    this.#shown = `play ${video.id}`;
    const player = makeLoop(video);
    player.addEventListener('loadedmetadata', () => {
      player.currentTime = before.ended ? 0 : Math.min(before.currentTime, player.duration);
    }, { once: true });
    player.addEventListener('canplay', () => {
      if (!before.isConnected) {
        return;
      }
      const hadFocus = document.activeElement === before;
      if (before.paused && !before.ended) {
        player.pause();
      }
      stop(before);
      before.replaceWith(player);
      if (hadFocus) {
        player.focus();
      }
    }, { once: true });
  }

  /** It came to nothing. */
  say(id, text, symbol) {
    this.#put(`say ${id} ${text}`, () => element('div', { className: 'still' }, icon(symbol), element('p', {}, text)));
  }

  #put(what, make) {
    if (this.#shown === what) {
      return;
    }
    this.#shown = what;
    this.#box.querySelectorAll('video').forEach(stop);
    this.#box.replaceChildren(make());
  }
}

function makePlayer(video, source) {
  return element('video', {
    muted: true,
    autoplay: movesFreely(),
    playsInline: true,
    controls: true,
    preload: 'auto',
    src: source,
    'aria-label': video.prompt,
  });
}

function makeLoop(video) {
  const player = makePlayer(video, addresses.content(video.id));
  player.loop = true;
  return player;
}

/** Ends its download too, for which taking it out of the page is not enough. */
function stop(player) {
  player.removeAttribute('src');
  player.load();
}
