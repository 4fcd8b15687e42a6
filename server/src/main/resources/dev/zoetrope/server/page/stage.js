import { actions, facts } from './details.js';
import { speak } from './dialogs.js';
import { byId, element } from './dom.js';
import { Screen } from './screen.js';
import { duration, ordinal, STATES } from './text.js';
import { isOver } from './videos.js';
import { watch } from './watch.js';

/** How often progress is said aloud. */
const SPOKEN_PERCENT = 25;

/** The video that is looked at: its picture, how far it is, what it is, what can be done with it. */
export class Stage {
  #screen = new Screen(byId('screen'));
  #videos;
  #does;
  #id = null;
  #stopWatching = () => {};
  #news = {};
  #connected = true;
  #actionsFor = '';
  #spoken = '';

  /**
   * @param videos all videos
   * @param does what buttons do, see `actions`
   */
  constructor(videos, does) {
    this.#videos = videos;
    this.#does = does;
  }

  get id() {
    return this.#id;
  }

  /** Looks at a video, or at none. */
  select(id) {
    if (this.#id === id) {
      return;
    }
    this.#stopWatching();
    this.#stopWatching = () => {};
    this.#id = id;
    this.#news = {};
    this.#connected = true;
    this.#spoken = '';
    const video = this.#videos.get(id);
    if (video && !isOver(video)) {
      this.#stopWatching = watch(id, (name, news) => this.#told(name, news), connected => {
        this.#connected = connected;
        this.show();
      });
    }
    this.show();
  }

  /** Shows what is known now. */
  show() {
    const video = this.#videos.get(this.#id);
    byId('welcome').hidden = video !== undefined;
    byId('running').hidden = !video || isOver(video);
    byId('facts').hidden = !video;
    byId('stage-title').textContent = video?.prompt ?? 'Your first video';
    byId('facts').replaceChildren(...(video ? facts(video) : []));
    this.#showActions(video);
    this.#showFailure(video);
    if (!video) {
      this.#screen.rest();
      document.title = 'Zoetrope';
      return;
    }
    this.#showPicture(video);
    if (!isOver(video)) {
      this.#showProgress(video);
    }
    document.title = `${isOver(video) ? '' : `${video.progress} % · `}${video.prompt.slice(0, 60)} · Zoetrope`;
    this.#speak(video);
  }

  #told(name, news) {
    this.#news = name === 'preview' ? { ...this.#news, preview: news.image_url } : { preview: this.#news.preview, ...news };
    const known = this.#videos.get(this.#id);
    if (name === 'deleted') {
      this.#videos.drop(this.#id);
    } else if (known && name !== 'preview') {
      this.#videos.update({ ...known, status: news.status, progress: news.progress ?? known.progress, error: news.error ?? known.error });
      if (isOver(news)) {
        this.#videos.refresh(); // knows when it was done
      }
    }
    this.show();
  }

  #showPicture(video) {
    const { preview, frame } = this.#news;
    switch (video.status) {
      case 'completed':
        this.#screen.play(video);
        break;
      case 'failed':
        this.#screen.say(video.id, 'This one could not be made.', 'warning');
        break;
      case 'cancelled':
        this.#screen.say(video.id, 'Cancelled before it was done.', 'stop');
        break;
      default:
        if (frame || (video.status === 'in_progress' && !this.#connected)) {
          this.#screen.stream(video); // without news nobody says when there is a first frame; the stream waits for it
        } else if (preview) {
          this.#screen.preview(video.id, preview);
        } else {
          this.#screen.wait(video.id);
        }
    }
  }

  #showProgress(video) {
    const [what, ...more] = this.#progress(video);
    byId('status').replaceChildren(element('b', {}, what), ...more.map(text => element('span', {}, text)));
    const bar = byId('progress');
    bar.style.setProperty('--done', video.progress);
    bar.setAttribute('aria-valuenow', video.progress);
    bar.setAttribute('aria-valuetext', [what, ...more].join(', '));
  }

  /** Where it stands, in a few short texts. */
  #progress(video) {
    const { position, wait_seconds: wait, step, steps, remaining_seconds: remaining, frame, frames } = this.#news;
    const lost = this.#connected ? [] : ['connection lost, trying again'];
    if (video.status === 'queued') {
      const place = position > 1 ? [`${ordinal(position)} in line`] : position === 1 ? ['next in line'] : [];
      const begins = wait > 0 ? [`begins in about ${duration(wait)}`] : [];
      return [STATES.queued, ...place, ...begins, ...lost];
    }
    const percent = `${video.progress} %`;
    if (frame) {
      return ['Decoding', percent, `frame ${frame} of ${frames}`, 'plays as it comes', ...lost];
    }
    if (step) {
      const left = remaining > 0 ? [`about ${duration(remaining)} left`] : [];
      return [STATES.in_progress, percent, `step ${step} of ${steps}`, ...left, ...lost];
    }
    return [STATES.in_progress, percent, ...lost];
  }

  #showFailure(video) {
    const message = video?.status === 'failed' ? (video.error?.message ?? '') : '';
    byId('failure').textContent = message;
    byId('failure').hidden = message === '';
  }

  /** Buttons stay the same ones as long as the state does: the focus may be on one. */
  #showActions(video) {
    const wanted = video ? `${video.id} ${video.status}` : '';
    if (wanted === this.#actionsFor) {
      return;
    }
    const sameVideo = video && this.#actionsFor.startsWith(video.id);
    this.#actionsFor = wanted;
    const box = byId('actions');
    const focused = box.contains(document.activeElement);
    box.replaceChildren(...(video ? actions(video, this.#does) : []));
    if (focused && sameVideo) {
      box.firstElementChild?.focus();
    }
  }

  #speak(video) {
    const part = Math.floor(video.progress / SPOKEN_PERCENT) * SPOKEN_PERCENT;
    const now = video.status === 'in_progress' && part > 0 ? `${part} percent` : STATES[video.status];
    if (this.#spoken !== now) {
      const first = this.#spoken === '';
      this.#spoken = now;
      if (!first || !isOver(video)) {
        speak(now);
      }
    }
  }
}
