import { addresses } from './api.js';
import { byId, element, icon } from './dom.js';
import { agoInShort, length, size, STATES } from './text.js';
import { isOver } from './videos.js';

/** The cards of all videos. */
export class Gallery {
  #cards = new Map();
  #does;

  /** @param does what buttons do: `select`, `cancel`, `remove` */
  constructor(does) {
    this.#does = does;
  }

  /** Shows videos, newest first; cards that are there already stay where the focus may be. */
  show(videos, selectedId) {
    const list = byId('cards');
    const ids = new Set(videos.map(video => video.id));
    for (const [id, card] of this.#cards) {
      if (!ids.has(id)) {
        card.root.remove();
        this.#cards.delete(id);
      }
    }
    videos.forEach((video, index) => {
      if (!this.#cards.has(video.id)) {
        this.#cards.set(video.id, new Card(video, this.#does));
      }
      const card = this.#cards.get(video.id);
      card.show(video, video.id === selectedId);
      if (list.children[index] !== card.root) {
        list.insertBefore(card.root, list.children[index] ?? null);
      }
    });
  }

  /** Where the focus goes when a card goes: the next one, or the heading. */
  focusAfter(id) {
    const ids = [...this.#cards.keys()];
    const root = this.#cards.get(id)?.root;
    const next = root?.nextElementSibling ?? root?.previousElementSibling;
    const target = ids.length > 1 ? next?.querySelector('.open') : null;
    return () => (target?.isConnected ? target : byId('gallery-title')).focus();
  }
}

class Card {
  #video;
  #state = '';
  #thumb = element('span', { className: 'thumb' });
  #words = element('span', { className: 'words' });
  #meta = element('span', { className: 'meta' });
  #open = element('button', { className: 'open', type: 'button' }, this.#thumb, this.#words, this.#meta);
  #remove = element('button', { className: 'remove icon', type: 'button' });
  root = element('li', { className: 'card' }, this.#open, this.#remove);

  constructor(video, does) {
    this.#video = video;
    this.#open.dataset.id = video.id;
    this.#open.addEventListener('click', () => does.select(this.#video));
    this.#remove.addEventListener('click', () => (isOver(this.#video) ? does.remove : does.cancel)(this.#video));
    this.#open.addEventListener('keydown', event => {
      if (event.key === 'Delete' && isOver(this.#video)) {
        does.remove(this.#video);
      }
    });
    for (const begin of ['pointerenter', 'focus']) {
      this.#open.addEventListener(begin, () => this.#loadSheet());
    }
  }

  show(video, isSelected) {
    this.#video = video;
    if (isSelected) {
      this.#open.setAttribute('aria-current', 'true');
    } else {
      this.#open.removeAttribute('aria-current');
    }
    this.#words.textContent = video.prompt;
    this.#meta.textContent = `${size(video.size)} · ${length(video)} · ${agoInShort(video.created_at)}`;
    if (this.#state !== video.status) {
      this.#state = video.status;
      this.#showState(video);
    }
    const badge = this.#thumb.querySelector('.badge');
    if (video.status === 'in_progress') {
      badge.textContent = `${video.progress} %`;
      this.#thumb.querySelector('.slits').style.setProperty('--done', video.progress);
    }
  }

  #showState(video) {
    const parts = [];
    if (video.status === 'completed') {
      parts.push(element('img', { src: addresses.thumbnail(video.id), alt: '', loading: 'lazy', decoding: 'async' }));
    } else {
      const symbol = { failed: 'warning', cancelled: 'stop' }[video.status] ?? 'drum';
      parts.push(icon(symbol), element('span', { className: 'badge' }, STATES[video.status]));
    }
    if (video.status === 'in_progress') {
      parts.push(element('span', { className: 'slits' }));
    }
    this.#thumb.replaceChildren(...parts);
    const [label, symbol] = isOver(video) ? ['Delete', 'delete'] : ['Cancel', 'stop'];
    this.#remove.replaceChildren(icon(symbol), element('span', { className: 'unseen' }, `${label}: ${video.prompt}`));
  }

  /** The frames of a video in a row, which turn like a zoetrope's. Read when somebody points at the card, once. */
  #loadSheet() {
    if (this.#video.status !== 'completed' || this.#thumb.querySelector('.sheet')) {
      return;
    }
    const sheet = element('span', { className: 'sheet' });
    this.#thumb.append(sheet);
    const image = new Image();
    image.addEventListener('load', () => {
      const [width, height] = this.#video.size.split('x').map(Number);
      const cells = Math.round((image.naturalWidth * height) / (image.naturalHeight * width));
      if (cells < 2) {
        return;
      }
      const wide = width >= height;
      const share = wide ? height / width : width / height;
      // The cell lies as the thumbnail does: whole, in the middle.
      sheet.style.inset = wide ? `${50 * (1 - share)}% 0` : `0 ${50 * (1 - share)}%`;
      sheet.style.backgroundImage = `url("${image.src}")`;
      sheet.style.backgroundSize = `${cells * 100}% 100%`;
      sheet.style.setProperty('--cells', cells);
      sheet.style.setProperty('--turn', `${cells * 0.16}s`);
      sheet.classList.add('ready');
    });
    image.src = addresses.spriteSheet(this.#video.id);
  }
}
