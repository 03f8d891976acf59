"""The networks of Sources/DrumNet in PyTorch, written from their descriptions.

Parameters keep the names and layouts of the Swift files, so that no name is translated twice.
"""
import torch
import torch.nn.functional as F


class Twin:
    """Parameters by name, and the layers that all networks share."""

    def __init__(self, settings, bins, outputs):
        self.s, self.bins, self.outputs = settings, bins, outputs
        self.p: dict[str, torch.Tensor] = {}
        self.add("input.scale", bins, deviation=0.2, mean=1.0)
        self.add("input.shift", bins, deviation=0.2)

    def add(self, name, *shape, deviation=1.0, mean=0.0):
        self.p[name] = (torch.randn(*shape) * deviation + mean).requires_grad_()

    def add_dense(self, name, out, width):
        self.add(name + ".weight", out, width, deviation=width**-0.5)
        self.add(name + ".bias", out, deviation=0.1)

    def add_norm(self, name, width):
        self.add(name + ".scale", width, deviation=0.2, mean=1.0)
        self.add(name + ".shift", width, deviation=0.2)

    def add_convolution(self, name, out, channels):
        self.add(name + ".weight", out, 9 * channels, deviation=(2 / (9 * channels))**0.5)
        self.add(name + ".bias", out, deviation=0.1)

    def add_attention(self, name, width):
        self.add_norm(name + ".norm", width)
        self.add_dense(name + ".qkv", 3 * width, width)
        self.add_dense(name + ".out", width, width)

    def add_hidden(self, name, width, hidden):
        self.add_norm(name + ".norm", width)
        self.add_dense(name + ".in", hidden, width)
        self.add_dense(name + ".out", width, hidden)

    def linear(self, x, name):
        return F.linear(x, self.p[name + ".weight"], self.p[name + ".bias"])

    def norm(self, x, name):
        return F.layer_norm(x, x.shape[-1:], self.p[name + ".scale"], self.p[name + ".shift"], 1e-5)

    def stem(self, h, name, stride):
        """h (batch, channels, frames, bins) -> a 3x3 convolution, normed over each frame."""
        out = self.p[name + ".bias"].shape[0]
        weight = self.p[name + ".weight"].view(out, 3, 3, -1).permute(0, 3, 1, 2)
        h = F.conv2d(h, weight, self.p[name + ".bias"], stride=(1, stride), padding=1)
        flat = h.permute(0, 2, 3, 1).flatten(2)  # (batch, frames, bins * channels)
        flat = F.gelu(self.norm(flat, name + ".norm"), approximate="tanh")
        return flat.view(*flat.shape[:2], h.shape[3], out).permute(0, 3, 1, 2)

    def heard(self, x, name, heads, reach=None, turn=None):
        """Attention of x (batch, tokens, width) to itself, before its last matrix."""
        batch, time, width = x.shape
        turn = turn or rotary
        q, k, v = (part.view(batch, time, heads, -1).transpose(1, 2)
                   for part in self.linear(x, name + ".qkv").chunk(3, dim=-1))
        position = torch.arange(time)
        near = (position[:, None] - position[None]).abs() <= (time if reach is None else reach)
        y = F.scaled_dot_product_attention(turn(q), turn(k), v, attn_mask=near)
        return y.transpose(1, 2).reshape(batch, time, width)

    def attention(self, x, name, heads, reach=None, turn=None):
        x = self.norm(x, name + ".norm")
        return self.linear(self.heard(x, name, heads, reach, turn), name + ".out")

    def hidden(self, x, name):
        inner = self.linear(self.norm(x, name + ".norm"), name + ".in")
        return self.linear(F.gelu(inner, approximate="tanh"), name + ".out")


def turned(x, angle):
    """x (batch, heads, time, size): the halves are rotated against each other by (time, size / 2)."""
    cos, sin = angle.cos(), angle.sin()
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


def angles(position, count):
    return position[:, None] * 10000.0 ** (-torch.arange(count) / count)[None]


def rotary(x):
    return turned(x, angles(torch.arange(x.shape[-2]), x.shape[-1] // 2))


class Hybrid(Twin):
    def __init__(self, settings, bins, outputs):
        super().__init__(settings, bins, outputs)
        s, channels = settings, 1
        for i, out in enumerate(s["stemChannels"]):
            self.add_convolution(f"stem.{i}", out, channels)
            bins, channels = (bins + 1) // 2, out
            self.add_norm(f"stem.{i}.norm", bins * out)
        self.cross = s.get("crossAttention", {"blocks": 0})
        for i in range(self.cross["blocks"]):
            self.add_attention(f"cross.{i}.bands", channels)
            self.add_attention(f"cross.{i}.time", channels)
        width, token = s["width"], s["framesPerToken"]
        self.add_dense("fold", width, token * bins * channels)
        for i in range(s["blocks"]):
            b = f"blocks.{i}"
            self.add_attention(b + ".attention", width)
            if group := s.get("coarseTokens"):
                self.add_norm(b + ".coarse.norm", width)
                self.add_dense(b + ".coarse.fold", width, group * width)
                self.add_dense(b + ".coarse.qkv", 3 * width, width)
                self.add_dense(b + ".coarse.out", group * width, width)
            self.add_norm(b + ".convolution.norm", width)
            self.add_dense(b + ".convolution.gate", 2 * width, width)
            self.add(b + ".convolution.taps.weight", s["convolutionTaps"], width, deviation=0.4)
            self.add(b + ".convolution.taps.bias", width, deviation=0.1)
            self.add_norm(b + ".convolution.inner", width)
            self.add_dense(b + ".convolution.out", width, width)
            self.add_hidden(b + ".hidden", width, s["expansion"] * width)
        self.add_norm("norm", width)
        self.add_dense("head", token * outputs, width)

    def convolution(self, x, name):
        y = F.glu(self.linear(self.norm(x, name + ".norm"), name + ".gate"), dim=-1).transpose(1, 2)
        taps = self.p[name + ".taps.weight"]
        y = F.conv1d(y, taps.t()[:, None], self.p[name + ".taps.bias"],
                     padding=taps.shape[0] // 2, groups=taps.shape[1]).transpose(1, 2)
        return self.linear(F.silu(self.norm(y, name + ".inner")), name + ".out")

    def coarse(self, x, name):
        batch, tokens, width = x.shape
        groups = self.norm(x, name + ".norm").view(batch, tokens // self.s["coarseTokens"], -1)
        heard = self.heard(self.linear(groups, name + ".fold"), name, self.s["heads"])
        return self.linear(heard, name + ".out").view(batch, tokens, width)

    def crossed(self, h, name):
        """h (batch, frames, bands, channels): across the bands of a frame, then along each band."""
        batch, frames, bands, channels = h.shape
        h = h.reshape(batch * frames, bands, channels)
        h = h + self.attention(h, name + ".bands", self.cross["heads"])
        h = h.view(batch, frames, bands, channels).transpose(1, 2)
        h = h.reshape(batch * bands, frames, channels)
        h = h + self.attention(h, name + ".time", self.cross["heads"], self.cross["reach"])
        return h.view(batch, bands, frames, channels).transpose(1, 2)

    def stream(self, x):
        """x (batch, frames, bins) -> the normed stream before the head (batch, tokens, width)."""
        s, (batch, frames, _) = self.s, x.shape
        h = (x * self.p["input.scale"] + self.p["input.shift"])[:, None]
        for i in range(len(s["stemChannels"])):
            h = self.stem(h, f"stem.{i}", stride=2)
        h = h.permute(0, 2, 3, 1)  # (batch, frames, bands, channels)
        for i in range(self.cross["blocks"]):
            h = self.crossed(h, f"cross.{i}")
        h = self.linear(h.reshape(batch, frames // s["framesPerToken"], -1), "fold")
        for i in range(s["blocks"]):
            b = f"blocks.{i}"
            h = h + self.attention(h, b + ".attention", s["heads"], s.get("attentionReach"))
            if "coarseTokens" in s:
                h = h + self.coarse(h, b + ".coarse")
            h = h + self.convolution(h, b + ".convolution")
            h = h + self.hidden(h, b + ".hidden")
        return self.norm(h, "norm")

    def forward(self, x):
        return self.linear(self.stream(x), "head").view(*x.shape[:2], self.outputs)


class Seq2Seq(Hybrid):
    def __init__(self, settings, bins, outputs):
        super().__init__(settings["encoder"], bins, outputs)
        self.t, width, token = settings, self.s["width"], self.s["framesPerToken"]
        self.step, self.margin = (settings[k] // token for k in ("segmentFrames", "marginFrames"))
        self.rows = self.step + 2 * self.margin
        # End and start, shifts, eight drums and the open hi-hat, velocities.
        self.vocabulary = 2 + settings["segmentFrames"] + 9 + settings["velocities"]
        self.add("decoder.tokens.weight", self.vocabulary, width, deviation=0.5)
        for i in range(settings["layers"]):
            for part in ["past", "memory"]:
                name = f"decoder.layers.{i}.{part}"
                self.add_norm(name + ".norm", width)
                self.add_dense(name + ".queries", width, width)
                self.add_dense(name + ".kept", 2 * width, width)
                self.add_dense(name + ".out", width, width)
            self.add_hidden(f"decoder.layers.{i}.hidden", width, settings["hidden"])
        self.add_norm("decoder.norm", width)
        self.add_dense("decoder.head", self.vocabulary, width)

    def memory(self, x):
        """x -> memory (batch * segments, rows, width), and which rows are not beyond the end."""
        h = self.stream(x)
        batch, tokens, width = h.shape
        segments = -(-tokens // self.step)
        h = F.pad(h, (0, 0, self.margin, self.rows + self.step))
        h = h.unfold(1, self.rows, self.step)[:, :segments].transpose(2, 3)
        place = torch.arange(segments)[:, None] * self.step - self.margin + torch.arange(self.rows)
        frames = (torch.arange(self.rows) - self.margin) * self.s["framesPerToken"]
        h = h + self.clock(frames, width)
        return h.reshape(-1, self.rows, width), (place < tokens).repeat(batch, 1)

    @staticmethod
    def clock(frames, width):
        """frames (...) -> (..., width)"""
        angle = frames[..., None] * 1000.0 ** (-torch.arange(width // 2) / (width // 2))
        return torch.cat([angle.sin(), angle.cos()], dim=-1)

    def moments(self, said):
        """The frame that each token of said (segments, length) is at, -1 before the first shift."""
        result = torch.full_like(said, -1)
        for at in range(said.shape[1]):
            shift = said[:, at] - 2
            before = result[:, at - 1] if at else result[:, 0]
            result[:, at] = torch.where(
                (shift >= 0) & (shift < self.t["segmentFrames"]), shift, before)
        return result

    def answer(self, x, to, name, mask):
        """x (segments, length, width) attends to rows of `to`, as mask (segments, 1, ., rows) says."""
        split = lambda y: y.view(*y.shape[:2], self.t["heads"], -1).transpose(1, 2)
        keys, values = self.linear(to, name + ".kept").chunk(2, dim=-1)
        y = F.scaled_dot_product_attention(
            split(self.linear(x, name + ".queries")), split(keys), split(values), attn_mask=mask)
        return self.linear(y.transpose(1, 2).reshape(x.shape), name + ".out")

    def tokens(self, x, said):
        """said (batch * segments, length) -> logits (batch * segments, length, vocabulary)."""
        memory, there = self.memory(x)
        length = said.shape[1]
        past = torch.ones(length, length, dtype=torch.bool).tril()
        moment = self.moments(said)
        h = self.p["decoder.tokens.weight"][said]
        h = h + self.clock(moment, h.shape[-1]) * (moment >= 0)[..., None]
        for i in range(self.t["layers"]):
            b = f"decoder.layers.{i}"
            own = self.norm(h, b + ".past.norm")
            h = h + self.answer(own, own, b + ".past", past)
            heard = self.norm(h, b + ".memory.norm")
            h = h + self.answer(heard, memory, b + ".memory", there[:, None, None])
            h = h + self.hidden(h, b + ".hidden")
        return self.linear(self.norm(h, "decoder.norm"), "decoder.head")


class AST(Twin):
    def __init__(self, settings, bins, outputs):
        super().__init__(settings, bins, outputs)
        s = settings
        self.bands, width = -(-bins // s["strideBins"]), s["width"]
        self.add_dense("embedding", width, s["patchFrames"] * s["patchBins"])
        self.add("bands.weight", self.bands * width, deviation=0.3)
        for i in range(s["layers"]):
            self.add_attention(f"layers.{i}.attention", width)
            self.add_hidden(f"layers.{i}.hidden", width, s["hidden"])
        self.add_norm("norm", width)
        self.add_dense("head", s["strideFrames"] * outputs, self.bands * width)

    def turn(self, x):
        token = torch.arange(x.shape[-2])
        half = x.shape[-1] // 4
        return turned(x, torch.cat([angles(token // self.bands, half),
                                    angles(token % self.bands, half)], dim=1))

    def patches(self, x):
        s, (batch, frames, bins) = self.s, x.shape
        left = (s["patchBins"] - s["strideBins"]) // 2
        top = (s["patchFrames"] - s["strideFrames"]) // 2
        times = frames // s["strideFrames"]
        right = (self.bands - 1) * s["strideBins"] + s["patchBins"] - bins - left
        bottom = (times - 1) * s["strideFrames"] + s["patchFrames"] - frames - top
        x = F.pad(x, (left, max(right, 0), top, max(bottom, 0)))
        x = x.unfold(1, s["patchFrames"], s["strideFrames"])[:, :times]
        x = x.unfold(2, s["patchBins"], s["strideBins"])[:, :, :self.bands]
        return x.reshape(batch, times * self.bands, -1)

    def forward(self, x):
        s, (batch, frames, _) = self.s, x.shape
        h = self.patches(x * self.p["input.scale"] + self.p["input.shift"])
        h = self.linear(h, "embedding").view(batch, -1, self.bands, s["width"])
        h = (h + self.p["bands.weight"].view(self.bands, -1)).flatten(1, 2)
        for i in range(s["layers"]):
            h = h + self.attention(h, f"layers.{i}.attention", s["heads"], turn=self.turn)
            h = h + self.hidden(h, f"layers.{i}.hidden")
        h = self.norm(h, "norm").view(batch, frames // s["strideFrames"], -1)
        return self.linear(h, "head").view(batch, frames, self.outputs)


class CNN(Twin):
    def __init__(self, settings, bins, outputs):
        super().__init__(settings, bins, outputs)
        s, channels = settings, 1
        for i, out in enumerate(s["channels"]):
            self.add_convolution(f"layers.{i}", out, channels)
            self.add_norm(f"layers.{i}.norm", bins * out)
            bins, channels = -(-bins // s["pool"]), out
        self.add_dense("hidden", s["hidden"], (2 * s["contextFrames"] + 1) * bins * channels)
        self.add_dense("head", outputs, s["hidden"])

    def forward(self, x):
        s, (batch, frames, _) = self.s, x.shape
        h = (x * self.p["input.scale"] + self.p["input.shift"])[:, None]
        for i in range(len(s["channels"])):
            h = F.max_pool2d(self.stem(h, f"layers.{i}", stride=1), (1, s["pool"]), ceil_mode=True)
        h = h.permute(0, 2, 3, 1).flatten(2)  # (batch, frames, bins * channels)
        around = s["contextFrames"]
        h = F.pad(h, (0, 0, around, around))
        h = torch.cat([h[:, i:i + frames] for i in range(2 * around + 1)], dim=-1)
        return self.linear(F.gelu(self.linear(h, "hidden"), approximate="tanh"), "head")
