import { access } from './access.js';
import * as api from './api.js';
import { Composer } from './composer.js';
import { confirmed, notice } from './dialogs.js';
import { byId, element } from './dom.js';
import { Gallery } from './gallery.js';
import { Stage } from './stage.js';
import { isOver, Videos } from './videos.js';

const EXAMPLES = [
  'a red ball bounces over the sea at night',
  'a yellow star rises over a meadow',
  'a white boat moves left over the sea at sunset',
];

const videos = new Videos();

/** Does something with the server; what is refused is said. */
async function attempt(work) {
  try {
    return await work();
  } catch (refusal) {
    if (refusal.status !== 401) {
      notice(refusal.message);
    }
    return null;
  }
}

async function made(work) {
  const video = await attempt(work);
  if (video) {
    show(video);
  }
}

/** A video that was asked for just now comes to the front. */
function show(video) {
  videos.add(video);
  select(video.id);
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  byId('stage').scrollIntoView({ block: 'nearest', behavior: calm ? 'auto' : 'smooth' });
}

const does = {
  select(video) {
    select(video.id);
    byId('stage').scrollIntoView({ block: 'nearest' });
  },
  async cancel(video) {
    const cancelled = await attempt(() => api.cancel(video.id));
    if (cancelled) {
      videos.update(cancelled);
    }
  },
  again: video => made(() => api.rerender(video.id)),
  vary: video => made(() => api.rerender(video.id, crypto.getRandomValues(new Uint32Array(1))[0])),
  remix: video => composer.from('remix', video),
  extend: video => composer.from('extend', video),
  loop: video => composer.from('loop', video),
  smooth: video => made(() => api.smooth(video)),
  use: video => composer.use(video),
  async remove(video) {
    const moveFocus = gallery.focusAfter(video.id);
    if (!(await confirmed('Delete this video?', `“${video.prompt}” and its files go from the server. This cannot be undone.`, 'Delete'))) {
      return;
    }
    if (await attempt(() => api.remove(video.id))) {
      videos.drop(video.id);
      moveFocus();
    }
  },
};

const composer = new Composer(show);
const stage = new Stage(videos, does);
const gallery = new Gallery(does);

function select(id) {
  if (id !== stage.id) {
    stage.select(id);
    history.replaceState(null, '', id ? `#${id}` : location.pathname);
  }
  draw();
}

function draw() {
  gallery.show(videos.all, stage.id);
  byId('gallery').hidden = videos.all.length === 0;
  byId('older').hidden = !videos.hasOlder;
}

/** What is worth looking at when nothing was chosen: what runs, what waits, what is there. */
function first() {
  const all = videos.all;
  const next = all.find(video => video.status === 'in_progress') ?? all.findLast(video => !isOver(video)) ?? all[0];
  return next?.id ?? null;
}

const chosen = () => {
  const id = location.hash.slice(1);
  return videos.get(id) ? id : null;
};

videos.addEventListener('change', () => {
  if (stage.id === null || !videos.get(stage.id)) {
    select(chosen() ?? first());
  } else {
    stage.show();
    draw();
  }
});
videos.addEventListener('trouble', event => {
  byId('connection').textContent = event.detail;
});
addEventListener('hashchange', () => chosen() && select(chosen()));
addEventListener('keydown', event => event.key === 'Escape' && notice(''));
byId('older').addEventListener('click', () => attempt(() => videos.older()));
byId('examples').append(
  ...EXAMPLES.map(prompt => {
    const button = element('button', { type: 'button' }, prompt);
    button.addEventListener('click', () => composer.suggest(prompt));
    return element('li', {}, button);
  }),
);

async function enter() {
  byId('connection').textContent = '';
  const wanted = location.hash.slice(1);
  stage.show();
  await videos.start(wanted);
  if (videos.get(wanted)) {
    select(wanted);
  }
  const models = await attempt(() => api.models());
  const model = models?.data?.[0]?.id;
  byId('model').textContent = model ?? '';
  byId('model').hidden = !model;
}

function leave() {
  stage.select(null);
  videos.stop();
  draw();
}

access(enter, leave);
