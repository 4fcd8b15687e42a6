import { addresses } from './api.js';
import { element, icon } from './dom.js';
import { ago, duration, length, size } from './text.js';
import { isOver } from './videos.js';

/** What a video is, as pairs of terms and texts. */
export function facts(video) {
  const pairs = [
    ['Size', size(video.size)],
    ['Length', length(video)],
    ['Steps', video.num_inference_steps],
    ['Guidance', video.guidance_scale],
    ['Seed', video.seed],
    ['Negative', video.negative_prompt],
    ['Created', ago(video.created_at)],
    ['Took', video.completed_at && duration(video.completed_at - video.created_at)],
  ];
  return pairs
    .filter(([, text]) => text !== undefined && text !== null && text !== '')
    .map(([term, text]) => element('div', {}, element('dt', {}, term), element('dd', {}, String(text))));
}

/**
 * The buttons for what can be done with a video in its state.
 *
 * @param does the actions by name: cancel, again, vary, remix, extend, loop, smooth, use, remove
 */
export function actions(video, does) {
  const button = (name, label, symbol) => {
    const made = element('button', { type: 'button', 'data-does': name }, icon(symbol), label);
    made.addEventListener('click', () => does[name](video));
    return made;
  };
  if (!isOver(video)) {
    return [button('cancel', 'Cancel', 'stop'), button('use', 'Use settings', 'use')];
  }
  const afterwards = [
    button('again', 'Render again', 'again'),
    button('vary', 'New seed', 'dice'),
    button('use', 'Use settings', 'use'),
    button('remove', 'Delete', 'delete'),
  ];
  if (video.status !== 'completed') {
    return afterwards;
  }
  const download = element(
    'a',
    { className: 'button', href: addresses.content(video.id), download: '' },
    icon('download'),
    'Download',
  );
  return [
    download,
    button('remix', 'Remix', 'remix'),
    button('extend', 'Extend', 'extend'),
    button('loop', 'Loop', 'loop'),
    button('smooth', 'Smoother', 'smooth'),
    ...afterwards,
  ];
}
