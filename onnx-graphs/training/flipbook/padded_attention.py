"""Blocks of the transformer for training on a CPU: the same arithmetic as Block.forward in a form that is faster there.

Segments of similar length form a bucket, padded to its longest segment, and the bucket is one batched bf16 product with a
mask: many small fused calls cost 3 to 6 times as much (measured, one core: 54 segments of 30 tokens 7 against 39 ms, 27 of 153
tokens 26 against 72 ms, forward and backward).
"""
import torch
import torch.nn.functional as F

from .transformer import rotate

BUCKET_RATIO = 1.3  # longest to shortest segment of a bucket


def buckets(lengths):
    """-> per bucket: rows [segments, longest] into the packed sequence (padding: one past its end) and bias [segments, 1, 1, longest];
    and, for every packed token, its row among the buckets' padded rows laid end to end [S]."""
    starts = torch.tensor([0] + list(lengths)).cumsum(0).tolist()
    total, order = starts[-1], sorted(range(len(lengths)), key=lambda i: lengths[i])
    out, inverse, base, begin = [], torch.empty(total, dtype=torch.long), 0, 0
    while begin < len(order):
        end = begin
        while end < len(order) and lengths[order[end]] <= BUCKET_RATIO * lengths[order[begin]]:
            end += 1
        members, longest = order[begin:end], lengths[order[end - 1]]
        rows = torch.full((len(members), longest), total)
        for j, i in enumerate(members):
            n = lengths[i]
            rows[j, :n] = torch.arange(starts[i], starts[i] + n)
            inverse[starts[i]:starts[i] + n] = base + j * longest + torch.arange(n)
        out.append((rows.flatten(), len(members), torch.where(rows == total, -30000.0, 0.0)[:, None, None].bfloat16()))
        base, begin = base + rows.numel(), end
    return out, inverse


def attention(module, x, cos, sin, plan):
    """Attention.forward with `plan` = buckets(lengths) in the place of the lengths"""
    parts, inverse = plan
    tokens, width = x.shape
    q, k, v = module.qkv(x).view(tokens, 3, module.heads, -1).unbind(1)
    with torch.autocast('cpu', enabled=False):
        head = width // module.heads
        q, k = rotate(module.q_norm(q.float()) * head ** -0.5, cos, sin), rotate(module.k_norm(k.float()), cos, sin)
        packed = torch.stack([q.bfloat16(), k.bfloat16(), v.bfloat16()], 1).reshape(tokens, -1)
        packed = torch.cat([packed, packed.new_zeros(1, packed.shape[1])])
        out = []
        for rows, count, bias in parts:
            a, b, c = packed.index_select(0, rows).view(count, -1, 3, module.heads, head).permute(2, 0, 3, 1, 4)
            y = ((a @ b.transpose(-1, -2)) + bias).softmax(-1) @ c
            out.append(y.transpose(1, 2).reshape(-1, width))
        y = torch.cat(out).index_select(0, inverse)
    return module.out(y.to(x.dtype))


def block(module, x, table, group, cos, sin, plan):
    """Block.forward with each part of the modulation table gathered alone: one gather of all parts costs a large copy backward."""
    scale1, shift1, gate1, scale2, shift2, gate2 = (part[group] for part in (table + module.modulation).chunk(6, -1))
    y = F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale1) + shift1
    x = x + gate1 * attention(module.attention, y, cos, sin, plan)
    y = module.up(F.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale2) + shift2)
    return x + gate2 * module.down(F.gelu(y, approximate='tanh'))


def install(model):
    """Replaces the forward function of every block; `lengths` is then `buckets(lengths)`."""
    for module in model.blocks:
        module.forward = lambda *inputs, module=module: block(module, *inputs)
