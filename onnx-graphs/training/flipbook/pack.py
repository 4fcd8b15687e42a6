"""Packs what training on another machine needs into files of limited size: code, codec, weights to start from, the text encoder's jar,
the emoji. Nothing is downloaded there; see bundle/unpack.sh and bundle/run.sh."""
import hashlib
import pathlib
import shutil
import tarfile
import tempfile

from . import emoji, stages, text

PART_BYTES = 15 * 2 ** 20
HERE = pathlib.Path(__file__).parents[1]
LICENCE = pathlib.Path('/usr/share/doc/fonts-noto-color-emoji/copyright')  # of the emoji: goes where they go


def gather(folder, source, target):
    """Copies everything into `target`. folder: checkpoints, for their codec; source: a model folder"""
    shutil.copytree(HERE / 'flipbook', target / 'flipbook', ignore=shutil.ignore_patterns('__pycache__'))
    for name in ('train.py', 'requirements.txt', 'bundle/run.sh'):
        shutil.copy(HERE / name, target)
    (target / 'text').mkdir()
    shutil.copy(text.find_jar(), target / 'text')
    emoji.write_atlas(target / 'emoji.npz')
    if LICENCE.exists():
        shutil.copy(LICENCE, target / 'emoji-licence.txt')
    shutil.copytree(source, target / 'model')
    (target / 'runs').mkdir()
    if (folder / 'codec.safetensors').exists():
        shutil.copy(folder / 'codec.safetensors', target / 'runs')
    else:
        stages.prepare(target / 'runs', source)
        (target / 'runs/shipped.pt').unlink()


def pack(folder, source, target):
    if (target / 'model_index.json').exists():
        raise SystemExit(f'pack: expected a folder for the parts, found the model folder {target}; name another: --target')
    target.mkdir(parents=True, exist_ok=True)
    for old in target.glob('bundle.tar.gz.part-*'):
        old.unlink()
    with tempfile.TemporaryDirectory() as scratch:
        content, archive = pathlib.Path(scratch) / 'content', pathlib.Path(scratch) / 'bundle.tar.gz'
        content.mkdir()
        gather(folder, source, content)
        with tarfile.open(archive, 'w:gz') as tar:
            tar.add(content, '.')
        sums = []
        with open(archive, 'rb') as whole:
            for number in range(1, 100):
                part = whole.read(PART_BYTES)
                if not part:
                    break
                path = target / f'bundle.tar.gz.part-{number:02}'
                path.write_bytes(part)
                sums.append(f'{hashlib.sha256(part).hexdigest()}  {path.name}\n')
    (target / 'SHA256SUMS').write_text(''.join(sums))
    shutil.copy(HERE / 'bundle/unpack.sh', target)
    print(f'{target}: {len(sums)} parts, {sum(p.stat().st_size for p in target.glob("bundle.tar.gz.part-*")) / 1e6:.1f} MB; there: sh unpack.sh')
