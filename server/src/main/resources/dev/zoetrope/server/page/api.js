/** The videos API. Keys are the session cookie's business; scripts never see them. */

/** An answer that is an error. `param` names the field at fault, if one is; a status of 0 says that there was no answer. */
export class Refusal extends Error {
  constructor(status, message, param = null) {
    super(message);
    this.status = status;
    this.param = param;
  }
}

/** Called when the server wants a key that it did not get. */
let onSignedOut = () => {};

export function whenSignedOut(action) {
  onSignedOut = action;
}

async function call(method, path, body) {
  const isForm = body instanceof FormData;
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body && !isForm ? { 'Content-Type': 'application/json' } : {},
      body: isForm ? body : body && JSON.stringify(body),
    });
  } catch {
    throw new Refusal(0, 'The server does not answer. Is it running?');
  }
  const answer = await response.text().then(read).catch(() => null);
  if (response.ok && answer) {
    return answer;
  }
  const { message, param } = answer?.error ?? {};
  const refusal = new Refusal(response.status, message ?? `The server answered with ${response.status}.`, param);
  if (response.status === 401 && path !== '/session') {
    onSignedOut();
  }
  throw refusal;
}

/** Seeds may have 64 bits, and numbers here have 53: long ones stay texts. In texts, quotes are not bare. */
const read = text => JSON.parse(text.replace(/"seed":(-?\d{16,})/g, '"seed":"$1"'));

const path = (id, rest = '') => `/v1/videos/${encodeURIComponent(id)}${rest}`;

export const session = () => call('GET', '/session');
export const signIn = key => call('POST', '/session', { key });
export const signOut = () => call('DELETE', '/session');

export const models = () => call('GET', '/v1/models');
export const create = form => call('POST', '/v1/videos', form);
export const remix = (id, prompt) => call('POST', path(id, '/remix'), { prompt });
export const extend = ({ id, fps }, prompt, seconds) =>
  call('POST', '/v1/videos/extensions', { video: { id }, prompt, seconds, fps });
export const loop = ({ id, fps }, prompt, seconds) => call('POST', '/v1/videos/loops', { video: { id }, prompt, seconds, fps });
export const smooth = ({ id, fps }) => call('POST', '/v1/videos/interpolations', { video: { id }, fps: 2 * fps });
export const rerender = (id, seed) => call('POST', path(id, '/rerender'), seed === undefined ? {} : { seed });
export const cancel = id => call('POST', path(id, '/cancel'));
export const remove = id => call('DELETE', path(id));
export const get = id => call('GET', path(id));

/** A page of videos, newest first. */
export function list(limit, after) {
  const query = new URLSearchParams({ limit });
  if (after) {
    query.set('after', after);
  }
  return call('GET', `/v1/videos?${query}`);
}

export const addresses = {
  content: id => path(id, '/content'),
  thumbnail: id => path(id, '/content?variant=thumbnail'),
  spriteSheet: id => path(id, '/content?variant=spritesheet'),
  stream: id => path(id, '/stream'),
  events: id => path(id, '/events'),
};
