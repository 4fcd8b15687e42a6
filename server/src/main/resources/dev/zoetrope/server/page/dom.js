/** Elements are made here and nowhere from markup: what a prompt says can only ever be text. */

export const byId = id => document.getElementById(id);

/** An element with properties (those that begin with aria- or data- as attributes) and children; empty ones are left out. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-')) {
      made.setAttribute(name, value);
    } else {
      made[name] = value;
    }
  }
  made.append(...children.filter(child => child !== null && child !== ''));
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

/** The drum after which the page is named; its slots turn while something is being waited for. */
export function drum(turning) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 200 120');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', turning ? 'drum turning' : 'drum');
  const paths = [
    ['M32.5 42a78 20 0 0 1 135 0', 'slots behind'],
    ['M32.5 68a78 20 0 0 0 135 0', 'slots'],
    ['M20 38a80 20 0 0 1 160 0a80 20 0 0 1-160 0v38a80 20 0 0 0 160 0V38', ''],
    ['M100 96v14M78 111h44', ''],
  ];
  for (const [shape, kind] of paths) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', shape);
    path.setAttribute('class', kind);
    svg.append(path);
  }
  return svg;
}

export const movesFreely = () => !matchMedia('(prefers-reduced-motion: reduce)').matches;
