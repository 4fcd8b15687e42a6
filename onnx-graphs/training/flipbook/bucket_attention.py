"""Attention of packed segments in a form that is fast on a GPU: segments of similar length are one padded batch of the library's
scaled dot product. Tokens go in and come out packed. It runs on any device and is what `--device cuda` trains with.
"""
import torch
import torch.nn.functional as F

from .transformer import rotate

ROUND = 16  # padded lengths are multiples of it: few shapes, and aligned masks
RATIO = 1.25  # longest to shortest segment of a bucket


class Plan:
    """Where the tokens of each bucket lie in the packed sequence."""

    def __init__(self, lengths, device):
        order = sorted(range(len(lengths)), key=lambda i: lengths[i])
        sizes = torch.tensor(lengths)
        starts, total = sizes.cumsum(0) - sizes, int(sizes.sum())
        self.parts, places, begin, padded = [], torch.empty(total, dtype=torch.long), 0, 0
        while begin < len(order):
            limit, end = max(RATIO * lengths[order[begin]], ROUND), begin
            while end < len(order) and lengths[order[end]] <= limit:
                end += 1
            members = torch.tensor(order[begin:end])
            longest = -(-lengths[order[end - 1]] // ROUND) * ROUND
            inside = torch.arange(longest)[None] < sizes[members, None]  # [segments, longest]
            rows = torch.where(inside, starts[members, None] + torch.arange(longest), total)  # padding: one past the end
            places[rows[inside]] = (padded + torch.arange(rows.numel()).view_as(rows))[inside]
            self.parts.append((rows.flatten().to(device, non_blocking=True), len(members), inside[:, None, None].to(device, non_blocking=True)))
            begin, padded = end, padded + rows.numel()
        self.places = places.to(device, non_blocking=True)  # of each packed token among the buckets' rows laid end to end


def attention(module, x, cos, sin, plan):
    """Attention.forward with a Plan in the place of the lengths"""
    tokens, width = x.shape
    qkv = module.qkv(x)
    q, k, v = qkv.view(tokens, 3, module.heads, -1).unbind(1)
    q, k = rotate(module.q_norm(q.float()), cos, sin), rotate(module.k_norm(k.float()), cos, sin)
    packed = torch.stack([q.to(v.dtype), k.to(v.dtype), v], 1)  # [tokens, 3, heads, head size]
    packed = torch.cat([packed, packed.new_zeros(1, *packed.shape[1:])])
    out = []
    for rows, count, inside in plan.parts:
        a, b, c = packed.index_select(0, rows).unflatten(0, (count, -1)).permute(2, 0, 3, 1, 4)  # each [segments, heads, longest, head size]
        out.append(F.scaled_dot_product_attention(a, b, c, attn_mask=inside).transpose(1, 2).reshape(-1, width))
    return module.out(torch.cat(out).index_select(0, plan.places))


def buckets(lengths, device):
    """What the blocks of an installed model take in the place of the lengths of the segments."""
    return Plan(lengths, device)


def install(model):
    """Replaces the forward function of every attention; `lengths` is then a Plan."""
    for block in model.blocks:
        block.attention.forward = lambda *inputs, module=block.attention: attention(module, *inputs)
