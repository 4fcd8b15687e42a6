import * as api from './api.js';

const PAGE = 24;

/** As many as one request may list. */
const MOST = 100;

const POLL_MS = { working: 1500, idle: 15000, failed: 3000 };

export const isOver = video => video.status !== 'queued' && video.status !== 'in_progress';

/**
 * All videos that the page knows, newest first. Asks the server again and again, so what other pages and programs do is
 * seen too. Fires `change`, and `trouble` with what keeps the server from
 * answering, or nothing.
 */
export class Videos extends EventTarget {
  #known = new Map();
  #order = [];
  #madeHere = new Map();
  #deleted = new Set();
  #timer = 0;
  #running = false;
  #trouble = '';
  hasOlder = false;

  constructor() {
    super();
    document.addEventListener('visibilitychange', () => this.#running && !document.hidden && this.refresh());
  }

  get all() {
    return this.#order.map(id => this.#known.get(id));
  }

  get(id) {
    return this.#known.get(id);
  }

  /** Reads the list and begins to follow it; reads on until it has seen one that is over, as what runs came before it, and the wanted one. */
  async start(wantedId) {
    this.#running = true;
    await this.refresh();
    const isMissing = () => !this.all.some(isOver) || (wantedId && !this.#known.has(wantedId));
    while (this.#running && this.hasOlder && this.#order.length < MOST && isMissing()) {
      await this.older();
    }
  }

  stop() {
    this.#running = false;
    this.#say('');
    clearTimeout(this.#timer);
    this.#known.clear();
    this.#order = [];
    this.hasOlder = false;
  }

  /** Asks for the newest again, as many as are shown. */
  async refresh() {
    clearTimeout(this.#timer);
    const asked = performance.now();
    try {
      const page = await api.list(Math.min(MOST, Math.max(PAGE, this.#order.length)));
      if (this.#running) {
        this.#take(page, asked);
        await this.#refreshBeyond(page);
      }
      this.#say('');
    } catch (refusal) {
      this.#running && this.#say(refusal.status === 0 ? 'The server does not answer. Trying again.' : refusal.message);
    }
    if (this.#running && !document.hidden) {
      const working = this.all.some(video => !isOver(video));
      const pause = this.#trouble ? POLL_MS.failed : working ? POLL_MS.working : POLL_MS.idle;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.refresh(), pause);
    }
  }

  /** Reads the next page. */
  async older() {
    const page = await api.list(PAGE, this.#order.at(-1));
    if (this.#running) {
      const fresh = page.data.filter(video => !this.#known.has(video.id));
      fresh.forEach(video => this.#merge(video));
      this.#order.push(...fresh.map(video => video.id));
      this.hasOlder = page.has_more;
      this.#changed();
    }
  }

  /** A video that was asked for here. */
  add(video) {
    this.#madeHere.set(video.id, performance.now());
    this.#merge(video);
    this.#order = [video.id, ...this.#order.filter(id => id !== video.id)];
    this.#changed();
    this.refresh();
  }

  /** Something newer about a video. */
  update(video) {
    if (this.#known.has(video.id)) {
      this.#merge(video);
      this.#changed();
    }
  }

  drop(id) {
    this.#deleted.add(id);
    this.#known.delete(id);
    this.#order = this.#order.filter(other => other !== id);
    this.#changed();
  }

  #take(page, asked) {
    const listed = page.data.filter(video => !this.#deleted.has(video.id));
    const ids = new Set(listed.map(video => video.id));
    // An answer may be older than what was asked for here meanwhile; and it says nothing of what is behind its last.
    const newer = this.#order.filter(id => !ids.has(id) && this.#madeHere.get(id) > asked);
    const last = this.#order.indexOf(page.last_id);
    const behind = page.has_more && last >= 0 ? this.#order.slice(last + 1).filter(id => !ids.has(id)) : [];
    listed.forEach(video => this.#merge(video));
    this.#order = [...newer, ...listed.map(video => video.id), ...behind];
    if (behind.length === 0) {
      this.hasOlder = page.has_more;
    }
    const kept = new Set(this.#order);
    [...this.#known.keys()].filter(id => !kept.has(id)).forEach(id => this.#known.delete(id));
    this.#changed();
  }

  /** The oldest of those that run but are on no page that is asked for again: the next to change. */
  async #refreshBeyond(page) {
    const listed = new Set(page.data.map(video => video.id));
    const next = this.all.findLast(video => !isOver(video) && !listed.has(video.id));
    if (next) {
      this.update(await api.get(next.id));
    }
  }

  /** Answers overtake each other: what is over stays over, and progress never falls. */
  #merge(video) {
    const before = this.#known.get(video.id);
    if (before && isOver(before) && !isOver(video)) {
      return;
    }
    const progress = isOver(video) ? video.progress : Math.max(before?.progress ?? 0, video.progress ?? 0);
    this.#known.set(video.id, { ...before, ...video, progress });
  }

  #say(trouble) {
    if (this.#trouble !== trouble) {
      this.#trouble = trouble;
      this.dispatchEvent(new CustomEvent('trouble', { detail: trouble }));
    }
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}
