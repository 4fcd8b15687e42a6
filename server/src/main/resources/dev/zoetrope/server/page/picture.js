import { byId } from './dom.js';
import { bytes } from './text.js';

/** The picture a video begins with: chosen, dropped anywhere on the page, or pasted. */
export class Picture {
  #file = null;
  #changed;
  #isWanted;

  /**
   * @param changed called when there is another one, or none
   * @param isWanted whether pictures can be taken now
   */
  constructor(changed, isWanted) {
    this.#changed = changed;
    this.#isWanted = isWanted;
    const input = byId('picture');
    input.addEventListener('change', () => this.#take(input.files));
    byId('picture-remove').addEventListener('click', () => {
      this.clear();
      input.focus();
    });
    document.addEventListener('paste', event => this.#take(event.clipboardData?.files));
    this.#takeDrops();
  }

  get file() {
    return this.#file;
  }

  clear() {
    this.#set(null);
  }

  #take(files) {
    const file = [...(files ?? [])].find(each => each.type.startsWith('image/'));
    if (file && this.#isWanted()) {
      this.#set(file);
    }
  }

  #set(file) {
    URL.revokeObjectURL(byId('picture-thumb').src);
    this.#file = file;
    byId('picture').value = '';
    byId('drop-empty').hidden = file !== null;
    byId('drop-full').hidden = file === null;
    if (file) {
      byId('picture-thumb').src = URL.createObjectURL(file);
      byId('picture-name').textContent = file.name;
      byId('picture-size').textContent = bytes(file.size);
    } else {
      byId('picture-thumb').removeAttribute('src');
    }
    this.#changed(file);
  }

  #takeDrops() {
    const zone = byId('drop');
    const hasFiles = event => event.dataTransfer?.types.includes('Files');
    let inside = 0; // each element that is passed over is entered and left
    const left = () => {
      inside = 0;
      zone.classList.remove('over');
    };
    document.addEventListener('dragenter', event => {
      if (hasFiles(event) && this.#isWanted()) {
        inside++;
        zone.classList.add('over');
      }
    });
    document.addEventListener('dragleave', () => {
      inside--;
      if (inside <= 0) {
        left();
      }
    });
    document.addEventListener('dragover', event => hasFiles(event) && event.preventDefault());
    document.addEventListener('drop', event => {
      if (hasFiles(event)) {
        event.preventDefault(); // else the browser leaves the page for the file
        left();
        this.#take(event.dataTransfer.files);
      }
    });
  }
}
