/** How things are said. */

const LONG = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const SHORT = new Intl.RelativeTimeFormat('en', { style: 'narrow' });
const UNITS = [['day', 86400], ['hour', 3600], ['minute', 60]];

/** How long ago: "3 minutes ago". */
export const ago = unixSeconds => relative(unixSeconds, LONG);

/** The same where there is little room: "3m ago". */
export const agoInShort = unixSeconds => relative(unixSeconds, SHORT);

function relative(unixSeconds, format) {
  const passed = Date.now() / 1000 - unixSeconds;
  for (const [unit, seconds] of UNITS) {
    if (passed >= seconds) {
      return format.format(-Math.floor(passed / seconds), unit);
    }
  }
  return 'just now';
}

/** A length of time: "8 s", "2 min 5 s". */
export function duration(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) {
    return `${whole} s`;
  }
  return whole < 3600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

export const size = text => text.replace('x', ' × ');

export const length = video => `${video.seconds} s`;

/** "1st", "22nd". */
export function ordinal(number) {
  const teen = number % 100 >= 11 && number % 100 <= 13;
  return number + ((!teen && ['', 'st', 'nd', 'rd'][number % 10]) || 'th');
}

export function bytes(count) {
  return count < 1e6 ? `${Math.max(1, Math.round(count / 1e3))} kB` : `${(count / 1e6).toFixed(1)} MB`;
}

/** The name of a state where nothing more is known. */
export const STATES = {
  queued: 'Waiting',
  in_progress: 'Rendering',
  completed: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
};
