"""Writes a model folder in the diffusers layout: config.json and safetensors per part, keys as in the modules' state_dict."""
import json
import pathlib

import torch
from safetensors.torch import save_file

from . import codec as codec_module
from . import text, transformer as transformer_module, world

SHIFT = 5.0  # of the sampler's noise levels; 5 and 10 scored alike
DEFAULTS = dict(default_fps=8, default_width=64, default_height=64, default_guidance=2.5, default_steps=16)
WEIGHTS = 'diffusion_pytorch_model.safetensors'


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
    return dict(colours=world.COLOURS, shapes={k: sorted(set(v)) for k, v in world.SHAPES.items()},
                motions={k: sorted(set(v)) for k, v in world.MOTIONS.items() if k in world.Mix().motions}, places=places,
                pixels_per_second=world.PIXELS_PER_SECOND)


def write_transformer(transformer, folder, dtype=torch.float16, **defaults):
    config = dict(
        _class_name='FlipbookTransformer', **transformer.config, text_scale=text.TEXT_SCALE, max_text_tokens=text.MAX_TOKENS,
        temporal=4, spatial=codec_module.SPATIAL, sigma_min=transformer_module.SIGMA_MIN,
        rope_seconds=transformer_module.ROPE_SECONDS, rope_base=transformer_module.ROPE_BASE, **{**DEFAULTS, **defaults})
    config['world'] = world_words()
    write_json(folder / 'transformer/config.json', config)
    write_weights(transformer, folder / 'transformer' / WEIGHTS, dtype)


def write_rest(folder, shift=SHIFT):
    scheduler = 'FlowMatchEulerDiscreteScheduler'
    write_json(folder / 'model_index.json', dict(
        _class_name='FlipbookPipeline', scheduler=['diffusers', scheduler], text_encoder=['maven', text.ARTEFACT],
        transformer=['zoetrope', 'FlipbookTransformer'], vae=['zoetrope', 'FlipbookCodec']))
    write_json(folder / 'scheduler/scheduler_config.json', dict(_class_name=scheduler, num_train_timesteps=1000, shift=shift))
    write_json(folder / 'text_encoder/config.json', dict(
        _class_name='MavenTextEncoder', artifact=text.ARTEFACT, model_resource=text.MODEL_RESOURCE,
        tokenizer_resource=text.TOKENIZER_RESOURCE, hidden_size=text.WIDTH, text_scale=text.TEXT_SCALE, max_length=text.MAX_TOKENS))


def write_model(codec, transformer, folder, dtype=torch.float16, shift=SHIFT, **defaults):
    folder = pathlib.Path(folder)
    write_codec(codec, folder, dtype)
    write_transformer(transformer, folder, dtype, **defaults)
    write_rest(folder, shift)
