import * as api from './api.js';
import { byId, element } from './dom.js';
import { Picture } from './picture.js';

/** What can be made, how that is said, and for what is made of another video, how it is asked for. */
const MODES = {
  new: { title: 'New video', submit: 'Render', length: 'Length' },
  remix: {
    title: 'Remix',
    submit: 'Remix',
    does: 'Makes over',
    ask: (source, prompt) => api.remix(source.id, prompt),
  },
  extend: {
    title: 'Extend',
    submit: 'Extend',
    length: 'How much longer',
    does: 'Goes on with',
    ask: (source, prompt, seconds) => api.extend(source, prompt, seconds),
  },
  loop: {
    title: 'Loop',
    submit: 'Close the loop',
    length: 'Way back to the beginning',
    does: 'Leads back to the beginning of',
    ask: (source, prompt, seconds) => api.loop(source, prompt, seconds),
  },
};

/** Where the server's fields are shown, if not under their own name. */
const SHOWN_AT = {
  width: 'size',
  height: 'size',
  num_frames: 'seconds',
  fps: 'seconds',
  'input_reference[image_url]': 'input_reference',
};

/** The form that asks for videos: new ones, and others made from one that is there. */
export class Composer {
  #form = byId('composer');
  #mode = 'new';
  #source = null;
  #draft = '';
  #busy = false;
  #picture;
  #made;

  /** @param made gets the video that was asked for */
  constructor(made) {
    this.#made = made;
    this.#picture = new Picture(file => this.#pictureChanged(file), () => this.#mode === 'new' && !byId('studio').hidden);
    this.#form.addEventListener('submit', event => {
      event.preventDefault();
      this.#submit();
    });
    byId('prompt').addEventListener('keydown', event => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#form.requestSubmit();
      }
    });
    this.#form.addEventListener('keydown', event => {
      if (event.key === 'Escape' && this.#mode !== 'new') {
        this.#begin('new', null);
      }
    });
    this.#form.addEventListener('input', event => this.#clearError(event.target.closest('.field')));
    byId('source-drop').addEventListener('click', () => this.#begin('new', null));
    byId('seed-random').addEventListener('click', () => {
      this.#form.elements.seed.value = '';
      this.#form.elements.seed.focus();
    });
    for (const name of ['size', 'seconds']) {
      this.#form.addEventListener('change', event => event.target.name === name && this.#showOther(name));
    }
    this.#begin('new', null, false);
  }

  /** Begins something that is made of a video: a mode's name. */
  from(mode, video) {
    this.#begin(mode, video);
    byId('prompt').value = video.prompt;
    byId('prompt').select();
  }

  /** Takes over the settings of a video, for a new one. */
  use(video) {
    this.#begin('new', null);
    const fields = this.#form.elements;
    fields.prompt.value = video.prompt;
    fields.negative_prompt.value = video.negative_prompt ?? '';
    fields.num_inference_steps.value = video.num_inference_steps ?? '';
    fields.guidance_scale.value = video.guidance_scale ?? '';
    fields.seed.value = video.seed;
    [fields.width.value, fields.height.value] = video.size.split('x');
    fields.seconds_other.value = video.seconds;
    this.#choose('size', video.size);
    this.#choose('seconds', video.seconds);
    byId('more').open = true;
    byId('prompt').focus();
  }

  /** Puts a prompt into the form. */
  suggest(prompt) {
    byId('prompt').value = prompt;
    byId('prompt').focus();
  }

  /** What was written for a new video waits while another one is made over. */
  #begin(mode, source, takeFocus = true) {
    if (this.#mode === 'new' && mode !== 'new') {
      this.#draft = byId('prompt').value;
    } else if (this.#mode !== 'new' && mode === 'new') {
      byId('prompt').value = this.#draft;
    }
    this.#mode = mode;
    this.#source = source;
    this.#clearErrors();
    const { title, submit, length, does } = MODES[mode];
    byId('composer-title').textContent = title;
    byId('submit').textContent = submit;
    byId('seconds-legend').textContent = length;
    byId('source').hidden = source === null;
    if (source) {
      byId('source-does').textContent = does;
      byId('source-prompt').textContent = source.prompt;
      byId('source-picture').src = api.addresses.thumbnail(source.id);
    }
    for (const part of this.#form.querySelectorAll('[data-mode]')) {
      part.hidden = !part.dataset.mode.split(' ').includes(mode);
    }
    if (takeFocus) {
      byId('prompt').focus();
    }
  }

  #choose(name, value) {
    const known = [...this.#form.querySelectorAll(`input[name=${name}]`)].find(choice => choice.value === value);
    (known ?? this.#form.querySelector(`input[name=${name}][value=other]`)).checked = true;
    this.#showOther(name);
  }

  #showOther(name) {
    const part = byId(`${name}-other`);
    part.hidden = this.#form.elements[name].value !== 'other';
    if (!part.hidden) {
      part.querySelectorAll('input').forEach(input => (input.value ||= name === 'size' ? '64' : '3'));
    }
  }

  /** Unless one is asked for, the size is the picture's. */
  #pictureChanged(file) {
    this.#clearError(this.#field('input_reference'));
    byId('size-picture').hidden = file === null;
    if (file) {
      this.#choose('size', 'picture');
    } else if (this.#form.elements.size.value === 'picture') {
      this.#choose('size', '64x64');
    }
  }

  async #submit() {
    if (this.#busy) {
      return;
    }
    this.#clearErrors();
    const prompt = byId('prompt').value.trim();
    if (!prompt) {
      this.#refuse('prompt', 'Say what the video shows.');
      return;
    }
    this.#setBusy(true);
    try {
      const { ask } = MODES[this.#mode];
      const video = ask ? await ask(this.#source, prompt, this.#seconds()) : await api.create(this.#fields(prompt));
      this.#begin('new', null, false);
      this.#made(video);
    } catch (refusal) {
      this.#refuse(SHOWN_AT[refusal.param] ?? refusal.param, refusal.message);
    } finally {
      this.#setBusy(false);
    }
  }

  /** What is left out has the server's own default. */
  #fields(prompt) {
    const fields = this.#form.elements;
    const form = new FormData();
    const add = (name, value) => value.trim() && form.append(name, value.trim());
    form.append('prompt', prompt);
    if (fields.size.value === 'other') {
      add('width', fields.width.value);
      add('height', fields.height.value);
    } else if (fields.size.value !== 'picture') {
      add('size', fields.size.value);
    }
    add('seconds', this.#seconds());
    for (const name of ['negative_prompt', 'num_inference_steps', 'guidance_scale', 'seed']) {
      add(name, fields[name].value);
    }
    if (this.#picture.file) {
      form.append('input_reference', this.#picture.file);
    }
    return form;
  }

  #seconds() {
    const { seconds, seconds_other: other } = this.#form.elements;
    return seconds.value === 'other' ? other.value.trim() : seconds.value;
  }

  #setBusy(busy) {
    this.#busy = busy;
    byId('submit').setAttribute('aria-disabled', busy);
  }

  #field(name) {
    return [...this.#form.querySelectorAll('.field')].find(field => field.dataset.field === name);
  }

  /** Says what is wrong beside what is wrong, and leads there. */
  #refuse(name, message) {
    const field = this.#field(name);
    if (!field || field.closest('[hidden]')) {
      byId('composer-error').textContent = message;
      return;
    }
    const details = field.closest('details');
    if (details) {
      details.open = true;
    }
    const id = `error-${name}`;
    field.append(element('p', { className: 'error', id, role: 'alert' }, besideField(message)));
    for (const input of field.querySelectorAll('input, textarea')) {
      input.setAttribute('aria-invalid', 'true');
      input.setAttribute('aria-describedby', id);
    }
    const target = field.querySelector('.pair:not([hidden]) input') ?? field.querySelector('input:checked') ?? field.querySelector('input, textarea');
    target.focus();
  }

  #clearErrors() {
    byId('composer-error').textContent = '';
    this.#form.querySelectorAll('.field').forEach(field => this.#clearError(field));
  }

  #clearError(field) {
    const message = field?.querySelector('.error');
    if (message) {
      message.remove();
      field.querySelectorAll('[aria-invalid]').forEach(input => {
        input.removeAttribute('aria-invalid');
        input.removeAttribute('aria-describedby');
      });
    }
  }
}

/** The server begins with the field's name, which stands above already. */
function besideField(message) {
  const text = message.replace(/^[a-z_[\]]+: /, '');
  return text[0].toUpperCase() + text.slice(1);
}
