"""Records how diffusers' schedulers step, for SamplerParityTest.

    pip install -r requirements.txt
    python record_schedulers.py ../src/test/resources/golden/schedulers/schedulers.safetensors

In place of a network, every case predicts a clean sample that is pseudo-random, seeded by the case's name, and changes a little from
step to step; so states stay of the size that they have in use. What a scheduler is given and does is kept:

    <case>.outputs   [steps, 16]        the output in each step: the noise, velocity or clean sample predicted
    <case>.samples   [steps + 1, 16]    the sample before the first step and after each
    <case>.levels    [steps + 1]        the scheduler's sigmas, or timesteps where it keeps no sigmas (then -1 last)
    <case>.noise     [steps, 16]        the noise it added, where it adds any; zeros in a step without

and the settings as `key=value` words after the case's name, a line for each case, in the file's metadata under "cases" (one key: several
would be written in an order that differs from run to run). `alphas_cumprod.<schedule>` [1000] are the three discrete-time schedules.
"""
import sys
import zlib

import torch
from diffusers import (DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler, FlowMatchEulerDiscreteScheduler,
                       UniPCMultistepScheduler)
from diffusers.utils.torch_utils import randn_tensor
from safetensors.torch import save_file

SHAPE = (1, 2, 2, 4)
BETAS = {
    'linear': dict(beta_schedule='linear', beta_start=0.0001, beta_end=0.02),
    'scaled_linear': dict(beta_schedule='scaled_linear', beta_start=0.00085, beta_end=0.012),
    'squaredcos_cap_v2': dict(beta_schedule='squaredcos_cap_v2'),
}
tensors, metadata = {}, {}


def seed(name):
    return zlib.crc32(name.encode())


def amplitudes(scheduler, index):
    """-> amplitude of the signal and of the noise before a step"""
    if hasattr(scheduler, 'sigmas'):
        sigma = scheduler.sigmas[index].double()
        if isinstance(scheduler, FlowMatchEulerDiscreteScheduler) or scheduler.config.use_flow_sigmas:
            return 1 - sigma, sigma
        return 1 / (1 + sigma**2).sqrt(), sigma / (1 + sigma**2).sqrt()
    share = scheduler.alphas_cumprod[scheduler.timesteps[index]].double()
    return share.sqrt(), (1 - share).sqrt()


def output_for(scheduler, index, sample, clean):
    """What a network that predicts `clean` would give out."""
    alpha, sigma = amplitudes(scheduler, index)
    noise = (sample.double() - alpha * clean) / sigma
    kind = scheduler.config.get('prediction_type', 'flow_prediction')
    return {'epsilon': noise, 'sample': clean, 'v_prediction': alpha * noise - sigma * clean, 'flow_prediction': noise - clean}[kind].float()


def record(name, scheduler, settings, noisy=False, **step):
    generator = torch.Generator().manual_seed(seed(name))
    sample, base = torch.randn(SHAPE, generator=generator), torch.randn(SHAPE, generator=generator)
    samples, outputs, noises = [sample], [], []
    for index, timestep in enumerate(scheduler.timesteps):
        output = output_for(scheduler, index, sample, base + 0.3 * torch.randn(SHAPE, generator=generator))
        noise = torch.zeros(SHAPE)
        if noisy and not (isinstance(scheduler, DDPMScheduler) and timestep == 0):
            noise = randn_tensor(SHAPE, generator=torch.Generator().manual_seed(index))
            step['generator'] = torch.Generator().manual_seed(index)
        sample = scheduler.step(output, timestep, sample, return_dict=False, **step)[0]
        samples.append(sample)
        outputs.append(output)
        noises.append(noise)
    tensors[f'{name}.samples'] = torch.stack(samples).reshape(len(samples), -1)
    tensors[f'{name}.outputs'] = torch.stack(outputs).reshape(len(outputs), -1)
    levels = getattr(scheduler, 'sigmas', None)
    if levels is None:
        levels = torch.cat([scheduler.timesteps, torch.tensor([-1])])
    tensors[f'{name}.levels'] = levels.float()
    if noisy:
        tensors[f'{name}.noise'] = torch.stack(noises).reshape(len(noises), -1)
    metadata[name] = ' '.join(f'{key}={value}' for key, value in settings.items())


def flow_cases():
    for steps in (1, 4, 20, 50):
        for shift in (1.0, 3.0, 5.0):
            scheduler = FlowMatchEulerDiscreteScheduler(shift=shift)
            scheduler.set_timesteps(steps)
            record(f'euler-{steps}-{shift}', scheduler, dict(sampler='flow-euler', schedule='euler', steps=steps, shift=shift))
    scheduler = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True)
    scheduler.set_timesteps(sigmas=[1 - i / 10 for i in range(10)], mu=0.8)
    record('euler-dynamic', scheduler, dict(sampler='flow-euler', schedule='dynamic', steps=10, mu=0.8))
    scheduler = FlowMatchEulerDiscreteScheduler()
    scheduler.set_timesteps(sigmas=[1.0, 0.9, 0.5, 0.49, 0.1])
    record('euler-custom', scheduler, dict(sampler='flow-euler', schedule='custom', steps=5))
    for kind in ('karras', 'exponential'):
        scheduler = FlowMatchEulerDiscreteScheduler(**{f'use_{kind}_sigmas': True})
        scheduler.set_timesteps(12)
        record(f'euler-{kind}', scheduler, dict(sampler='flow-euler', schedule=kind, steps=12, highest=1.0, lowest=0.001))
    for steps in (1, 2, 3, 10, 20):
        for shift in (1.0, 3.0, 5.0):
            scheduler = UniPCMultistepScheduler(use_flow_sigmas=True, prediction_type='flow_prediction', flow_shift=shift)
            scheduler.set_timesteps(steps)
            record(f'unipc-flow-{steps}-{shift}', scheduler, dict(sampler='unipc', schedule='unipc', steps=steps, shift=shift))
    for steps in (1, 2, 5, 14, 15, 20):
        for shift in (1.0, 3.0):
            scheduler = DPMSolverMultistepScheduler(use_flow_sigmas=True, prediction_type='flow_prediction', flow_shift=shift)
            scheduler.set_timesteps(steps)
            record(f'dpm-flow-{steps}-{shift}', scheduler, dict(sampler='dpm++2m', schedule='dpm', steps=steps, shift=shift))


def multistep_cases():
    """Variance preserving, by sigmas = noise / signal."""
    solvers = (('unipc', 'unipc', UniPCMultistepScheduler), ('dpm', 'dpm++2m', DPMSolverMultistepScheduler))
    variants = [(steps, 'epsilon', 'linear', 'linspace', 'zero', False) for steps in (1, 2, 5, 14, 15, 20)]
    variants += [(10, 'v_prediction', 'scaled_linear', 'trailing', 'zero', False), (10, 'sample', 'linear', 'leading', 'zero', False),
                 (16, 'v_prediction', 'squaredcos_cap_v2', 'linspace', 'zero', False), (12, 'epsilon', 'scaled_linear', 'linspace', 'zero', True),
                 (10, 'v_prediction', 'linear', 'linspace', 'sigma_min', False), (20, 'v_prediction', 'linear', 'linspace', 'sigma_min', False)]
    for short, sampler, kind in solvers:
        for steps, prediction, betas, spacing, final, karras in variants:
            scheduler = kind(prediction_type=prediction, timestep_spacing=spacing, final_sigmas_type=final, use_karras_sigmas=karras, **BETAS[betas])
            scheduler.set_timesteps(steps)
            name = f'{short}-{prediction}-{steps}-{final}{"-karras" if karras else ""}'
            record(name, scheduler, dict(sampler=sampler, schedule='multistep', steps=steps, prediction=prediction, betas=betas,
                                         spacing=spacing, final=final, karras=karras))


def single_step_cases():
    """Variance preserving, by timesteps. Step counts divide 1000 where the spacing is not "leading": DDIM takes the timestep
    before t to be t - 1000 // steps, which elsewhere is not the next of its own list."""
    variants = [(steps, 'epsilon', 'linear', 'leading', 0, True) for steps in (1, 5, 20, 30, 50)]
    variants += [(10, 'v_prediction', 'scaled_linear', 'trailing', 0, True), (10, 'sample', 'linear', 'leading', 1, True),
                 (25, 'v_prediction', 'squaredcos_cap_v2', 'leading', 0, True)]
    for eta in (0.0, 0.5, 1.0):
        for steps, prediction, betas, spacing, offset, one in variants + [(20, 'epsilon', 'scaled_linear', 'leading', 1, False)]:
            scheduler = DDIMScheduler(prediction_type=prediction, timestep_spacing=spacing, steps_offset=offset, set_alpha_to_one=one,
                                      clip_sample=False, **BETAS[betas])
            scheduler.set_timesteps(steps)
            name = f'ddim-{prediction}-{steps}-{betas}-{eta}'
            record(name, scheduler, dict(sampler='ddim', schedule='single', steps=steps, prediction=prediction, betas=betas, spacing=spacing,
                                         offset=offset, one=one, eta=eta), noisy=eta > 0, eta=eta)
    for steps, prediction, betas, spacing, offset, one in variants:
        scheduler = DDPMScheduler(prediction_type=prediction, timestep_spacing=spacing, steps_offset=offset, clip_sample=False, **BETAS[betas])
        scheduler.set_timesteps(steps)
        record(f'ddpm-{prediction}-{steps}-{betas}', scheduler, dict(sampler='ddpm', schedule='single', steps=steps, prediction=prediction,
                                                                    betas=betas, spacing=spacing, offset=offset, one=True), noisy=True)


flow_cases()
multistep_cases()
single_step_cases()
for key, betas in BETAS.items():
    tensors[f'alphas_cumprod.{key}'] = DDPMScheduler(**betas).alphas_cumprod
save_file({key: value.contiguous() for key, value in tensors.items()}, sys.argv[1],
          metadata={'cases': '\n'.join(f'{name} {words}' for name, words in metadata.items())})
largest = max(float(value.abs().max()) for key, value in tensors.items() if key.endswith('.samples'))
print(f'{len(metadata)} cases, samples up to {largest:.1f}')
