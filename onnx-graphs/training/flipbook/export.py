"""Writes and reads a model folder in the diffusers layout: config.json and safetensors per part, keys as in the modules' state_dict."""
import inspect
import json
import pathlib
import re

import torch
from safetensors.torch import load_file, save_file

from . import codec as codec_module
from . import text, transformer as transformer_module, world

SHIFT = 15.0  # of the sampler's noise levels: everything is decided above 0.85, see README.md
DEFAULTS = dict(default_fps=8, default_width=64, default_height=64, default_guidance=2.5, default_steps=16,
                # What is shown beside settles much of the rest: guidance and more steps only move outlines away from where they were (docs/flipbook.md).
                default_context_steps=4, default_context_guidance=1.0, default_matching=0.5)
WEIGHTS = 'diffusion_pytorch_model.safetensors'
IGNORED = '''
a about above across after again against all along also am among an and any are around as at be because been before behind being below beneath
beside between both but by can can't could did do does doesn't doing don't during each either every few for from had has have he her here hers him his how i if in
inside into is isn't it its itself just like many may me might more most much my near neither no nor not of off on onto or other our out outside over
own past per same shall she should so some such than that the their them then there these they this those through to too toward towards under
until upon very was we were what when where which while who whose will with within without would yet you your'''.split()  # function words: never worth a notice


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + '\n')


def write_weights(module, path, dtype):
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {key: value.detach().to(dtype).contiguous() for key, value in module.state_dict().items()}
    for key, value in tensors.items():
        if not value.isfinite().all():
            raise ValueError(f'weights of {path.parent.name}: expected finite numbers in {dtype}, found others in {key}')
    save_file(tensors, path, metadata=dict(format='pt'))


def write_codec(codec, folder, dtype=torch.float16):
    config = dict(_class_name='FlipbookCodec', **codec.config, spatial=codec_module.SPATIAL, halo_cells=codec_module.HALO_CELLS)
    write_json(folder / 'vae/config.json', config)
    write_weights(codec, folder / 'vae' / WEIGHTS, dtype)


def world_words():
    """What the model knows, for prompts, warnings and tests."""
    places = [dict(ground=p[0], time=p[1], bands=[[round(float(v)) for v in c] for c in world.band_colours(p)]) for p in world.PLACES]
    words = lambda table: {k: sorted(set(v)) for k, v in table.items()}
    return dict(colours=world.COLOURS, shapes=words(world.SHAPES), sprites=words(world.SPRITES), motions=words(world.MOTIONS), places=places,
                weathers=words(world.WEATHERS), cameras=words(world.CAMERAS), pixels_per_second=world.PIXELS_PER_SECOND)


def write_transformer(transformer, folder, dtype=torch.float16, **defaults):
    config = dict(
        _class_name='FlipbookTransformer', **transformer.config, text_scale=text.TEXT_SCALE, max_text_tokens=text.MAX_TOKENS,
        temporal=4, spatial=codec_module.SPATIAL, sigma_min=transformer_module.SIGMA_MIN,
        rope_seconds=transformer_module.ROPE_SECONDS, rope_base=transformer_module.ROPE_BASE, **{**DEFAULTS, **defaults})
    config['world'] = world_words()
    write_json(folder / 'transformer/config.json', config)
    write_weights(transformer, folder / 'transformer' / WEIGHTS, dtype)


def split_words(text):
    """Lower-case words of letters and digits; a hyphen parts them, an inner apostrophe does not. The Java runtime splits prompts alike."""
    return [re.sub(r"'s$", '', word) for word in re.findall(r"[^\W_]+(?:'[^\W_]+)*", text.lower().replace('\u2019', "'"))]


def write_vocabulary(folder, stage='world', captions=3000):
    """Every content word of the captions that the stages up to this one draw, found by drawing so many that the rarest (1 in 2000) is missed once in 400 times."""
    from .stages import TRANSFORMER, chain  # not above: it imports this module

    mixes = {TRANSFORMER[name]['mix'] for name in chain(stage)}
    words = {word for mix in mixes for i in range(captions) for word in split_words(world.Clip(mix, i, drawn=False).caption)}
    if any(mix.emoji for mix in mixes):  # so many names that some would not be drawn
        words |= {word for emoji in world.EMOJI.values() for name in emoji.words for word in split_words(name)}
    write_json(folder / 'text_encoder/vocabulary.json', dict(words=sorted(words - set(IGNORED)), ignored=sorted(IGNORED)))


def write_rest(folder, shift=SHIFT):
    scheduler = 'FlowMatchEulerDiscreteScheduler'
    write_json(folder / 'model_index.json', dict(
        _class_name='FlipbookPipeline', scheduler=['diffusers', scheduler], text_encoder=['maven', text.ARTEFACT],
        transformer=['zoetrope', 'FlipbookTransformer'], vae=['zoetrope', 'FlipbookCodec']))
    write_json(folder / 'scheduler/scheduler_config.json', dict(_class_name=scheduler, num_train_timesteps=1000, shift=shift))
    write_json(folder / 'text_encoder/config.json', dict(
        _class_name='MavenTextEncoder', artifact=text.ARTEFACT, model_resource=text.MODEL_RESOURCE,
        tokenizer_resource=text.TOKENIZER_RESOURCE, hidden_size=text.WIDTH, text_scale=text.TEXT_SCALE, max_length=text.MAX_TOKENS))


def write_model(codec, transformer, folder, dtype=torch.float16, shift=SHIFT, stage='world', **defaults):
    """stage: the last one the transformer was trained in; it says which words are known"""
    folder = pathlib.Path(folder)
    write_codec(codec, folder, dtype)
    write_transformer(transformer, folder, dtype, **defaults)
    write_rest(folder, shift)
    write_vocabulary(folder, stage)


def read_part(kind, folder):
    """A module of the class `kind` with the sizes in the folder's config.json and its weights, in fp32."""
    config = {'layout_channels': 0, **json.loads((folder / 'config.json').read_text())}  # folders of before the layout do not name it
    names = inspect.signature(kind).parameters
    module = kind(**{name: config[name] for name in names if name in config})
    module.load_state_dict({key: value.float() for key, value in load_file(folder / WEIGHTS).items()})
    return module


def load_shipped(folder):
    """What `write_model` wrote: -> (codec, transformer), in fp32 and fit for training on. The weights are rounded to fp16 and the
    optimiser's state is gone, so a stage that starts here warms up again."""
    folder = pathlib.Path(folder)
    for part in ('vae', 'transformer'):
        if not (folder / part / WEIGHTS).exists():
            raise SystemExit(f'model folder: expected {part}/{WEIGHTS} in {folder}, found none; name a folder that `train.py export` wrote')
    return read_part(codec_module.Codec, folder / 'vae'), read_part(transformer_module.Transformer, folder / 'transformer')
