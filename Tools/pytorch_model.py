#!/usr/bin/env python3
"""Loads a musegen model into PyTorch, and writes one back: weights carry PyTorch's own names.

    python Tools/pytorch_model.py model.safetensors [copy.safetensors]    (torch, safetensors)
    musegen eval piece.mid -m model.safetensors --logits | python Tools/pytorch_model.py model.safetensors -

The second line reads what musegen says at each event of some pieces, and tells how far this differs.
"""
import json
import sys

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

MEMBERS = 12  # of a group of given tokens that are heard at every step


class QRNN(nn.Module):
    """fo-pooling over windows of one token: c' = f c + (1 - f) z, h = o c'; gates z, f, o."""

    def __init__(self, inputs, hidden, layers):
        super().__init__()
        for k in range(layers):
            size = inputs if k == 0 else hidden
            self.register_parameter(f"weight_ih_l{k}", nn.Parameter(torch.empty(3 * hidden, size)))
            self.register_parameter(f"bias_ih_l{k}", nn.Parameter(torch.empty(3 * hidden)))

    def layer(self, k, x, state):
        sums = functional.linear(x, getattr(self, f"weight_ih_l{k}"), getattr(self, f"bias_ih_l{k}"))
        z, f, o = sums.chunk(3, dim=-1)
        z, f, o, cells = torch.tanh(z), torch.sigmoid(f), torch.sigmoid(o), []
        (cell,) = state
        for t in range(len(x)):
            cell = f[t] * cell + (1 - f[t]) * z[t]
            cells.append(cell)
        return o * torch.stack(cells), (cell,)


class RRU(nn.Module):
    """s = W x + U m + b, j = relu(s / rms(s)), (c, o) = V j + d, m' = sigmoid(10 S) m + Z c; o goes up."""

    def __init__(self, inputs, hidden, layers):
        super().__init__()
        for k in range(layers):
            size = inputs if k == 0 else hidden
            for name, shape in [
                    ("weight_ih", (4 * hidden, size)), ("weight_hh", (4 * hidden, hidden)), ("bias_ih", (4 * hidden,)),
                    ("weight_co", (2 * hidden, 4 * hidden)), ("bias_co", (2 * hidden,)), ("retention", (hidden,)),
                    ("candidate_scale", (hidden,))]:
                self.register_parameter(f"{name}_l{k}", nn.Parameter(torch.empty(shape)))

    def layer(self, k, x, state):
        def own(name):
            return getattr(self, f"{name}_l{k}")

        sums, said = functional.linear(x, own("weight_ih"), own("bias_ih")), []
        (memory,) = state
        for t in range(len(x)):
            s = sums[t] + functional.linear(memory, own("weight_hh"))
            j = torch.relu(s * torch.rsqrt(s.square().mean(dim=-1, keepdim=True) + 1e-6))
            c, o = functional.linear(j, own("weight_co"), own("bias_co")).chunk(2, dim=-1)
            memory = torch.sigmoid(10 * own("retention")) * memory + own("candidate_scale") * c
            said.append(o)
        return torch.stack(said), (memory,)


class Torch(nn.Module):
    """A cell that torch.nn has, layer by layer, so that something may stand between two."""

    def layer(self, k, x, state):
        function = {nn.RNN: torch.rnn_relu if getattr(self, "nonlinearity", "") == "relu" else torch.rnn_tanh,
                    nn.GRU: torch.gru, nn.LSTM: torch.lstm}[type(self).__mro__[2]]
        state = tuple(s[None] for s in state)
        start = state if function is torch.lstm else state[0]
        y, *after = function(x, start, self.all_weights[k], True, 1, 0.0, self.training, False, False)
        return y, tuple(s[0] for s in after)


class RNN(Torch, nn.RNN):
    pass


class GRU(Torch, nn.GRU):
    pass


class LSTM(Torch, nn.LSTM):
    pass


class Model(nn.Module):
    """The network of a musegen model, of every cell and with all that it may have."""

    states = {"rnn": ["hidden"], "gru": ["hidden"], "lstm": ["hidden", "cell"], "qrnn": ["cell"], "rru": ["memory"]}

    def __init__(self, c):
        super().__init__()
        if c.get("readout"):
            sys.exit("this is a classifier, expected a model that writes music")
        self.settings = c
        self.recalls = c.get("recall")
        for name in sorted(set(self.recalls or {}) - {"lengths", "dropout", "gate"}):
            sys.exit(f"the network's setting recall.{name} is not known; use a newer musegen's loader")
        V, E, H, L = c["vocabularySize"], c["embeddingSize"], c["hiddenSize"], c["layerCount"]
        options = {"nonlinearity": c["activation"]} if c["cell"] == "rnn" else {}
        self.embedding = nn.Embedding(V, E)
        if self.recalls:
            matches = len(self.recalls["lengths"])
            self.recall = nn.Module()
            self.recall.weight = nn.Parameter(torch.empty(matches * (V + 1) + 9**matches, E))
            if self.recalls.get("gate"):
                self.recall.gate = nn.Parameter(torch.empty(matches, 9**matches))
        kinds = {"rnn": RNN, "gru": GRU, "lstm": LSTM, "qrnn": QRNN, "rru": RRU}
        self.rnn = kinds[c["cell"]](E, H, L, **options)
        if c["layerNormalization"]:
            self.normalization = nn.ModuleList(nn.LayerNorm(H) for _ in range(L))
        self.initial = nn.ParameterDict()
        if c["learnedInitialState"]:
            for name in self.states[c["cell"]]:
                self.initial[name] = nn.Parameter(torch.empty(L, H))
        self.output = nn.Linear(H, V)
        if c["tiedWeights"]:
            self.output.weight = self.embedding.weight

    def start(self, streams=1):
        """The states in which pieces start, [L, B, H] each."""
        L, H = self.settings["layerCount"], self.settings["hiddenSize"]
        return tuple(
            (self.initial[name] if name in self.initial else torch.zeros(L, H))[:, None].repeat(1, streams, 1)
            for name in self.states[self.settings["cell"]])

    def forward(self, tokens, state=None, recall=None, heard=None):
        """[T, B] tokens, what recall told [T, B, K + 1] and what is heard [T, B, S] -> [T, B, V] logits, states."""
        state = self.start(tokens.shape[1]) if state is None else state
        x = self.embedding(tokens)
        if self.recalls:
            V, matches = self.settings["vocabularySize"], len(self.recalls["lengths"])
            rows = recall + torch.arange(matches + 1) * (V + 1)
            x = x + functional.embedding(rows, self.recall.weight).sum(dim=2)
        if heard is not None:
            factors = torch.ones(heard.shape[-1])
            if self.settings.get("heardGroups"):
                factors[-MEMBERS:] = 0.25
            counted = factors * (heard >= 0)
            x = x + (self.embedding(heard.clamp(min=0)) * counted[..., None]).sum(dim=2)
        after = []
        for k in range(self.settings["layerCount"]):
            y, states = self.rnn.layer(k, x, tuple(s[k] for s in state))
            after.append(states)
            if self.settings["residual"] and k > 0:
                y = y + x
            x = self.normalization[k](y) if self.settings["layerNormalization"] else y
        logits = self.output(x)
        if self.recalls and self.recalls.get("gate"):
            shares = 10 * self.recall.gate[:, recall[..., -1]]
            marks = functional.one_hot(recall[..., :-1], logits.shape[-1] + 1)[..., :-1]
            logits = logits + torch.einsum("ktb,tbkv->tbv", shares, marks.float())
        return logits, tuple(torch.stack(parts) for parts in zip(*after))


class Recall:
    """What recall tells after each token of a piece: the input `recall` of the network and of ONNX graphs."""

    def __init__(self, lengths, vocabulary_size):
        self.vocabulary_size = vocabulary_size
        self.tokens = []
        self.matches = [{"least": n, "place": None, "length": 0, "seen": {}} for n in lengths]

    def read(self, token):
        self.tokens.append(token)
        for match in self.matches:
            self.follow(match)
        told = [self.vocabulary_size if m["place"] is None else self.tokens[m["place"]] for m in self.matches]
        return told + [sum(self.length_class(m) * 9**k for k, m in enumerate(self.matches))]

    def follow(self, match):
        tokens, least = self.tokens, match["least"]
        if match["place"] is not None:
            agrees = tokens[match["place"]] == tokens[-1]
            match["length"] = match["length"] + 1 if agrees else 0
            match["place"] = match["place"] + 1 if agrees else None
        if len(tokens) < least:
            return
        found = match["seen"].get(tuple(tokens[-least:]))
        match["seen"][tuple(tokens[-least:])] = len(tokens)
        if found is None or match["place"] is not None:
            return
        match["place"], length = found, least
        while length < min(found, 12 * least) and tokens[found - 1 - length] == tokens[-1 - length]:
            length += 1
        match["length"] = length

    @staticmethod
    def length_class(match):
        return sum(2 * match["length"] >= bound * match["least"] for bound in (2, 3, 4, 6, 8, 12, 16, 24))


def load(path):
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}
    model = Model(json.loads(metadata["musegen.network"]))
    if model.output.weight is model.embedding.weight:
        tensors["output.weight"] = tensors["embedding.weight"]
    model.load_state_dict(tensors)
    return model.eval(), metadata


def save(model, metadata, path):
    # The checksum was of the old weights; musegen takes a file without one as it is.
    metadata = {key: value for key, value in metadata.items() if key != "musegen.crc32"}
    save_file({name: p.detach().contiguous() for name, p in model.named_parameters()}, path, metadata)


def compare(model, lines):
    """The greatest difference from what musegen said, over all events of all pieces."""
    greatest, events, state, told = 0.0, 0, None, None
    for line in lines:
        event = json.loads(line)
        if event["event"] == 0:
            state = None
            told = model.recalls and Recall(model.recalls["lengths"], model.settings["vocabularySize"])
        if told:
            assert told.read(event["token"]) == event["recall"], (event["piece"], event["event"])
        inputs = {name: torch.tensor([[event[name]]]) for name in ("recall", "heard") if name in event}
        logits, state = model(torch.tensor([[event["token"]]]), state, **inputs)
        greatest = max(greatest, (logits[0, 0] - torch.tensor(event["logits"])).abs().max().item())
        events += 1
    return greatest, events


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    model, metadata = load(sys.argv[1])
    with torch.no_grad():
        if sys.argv[2:] == ["-"]:
            greatest, events = compare(model, sys.stdin)
            print(f"{events} events: differs from musegen by at most {greatest:.1e}")
            sys.exit(greatest > 1e-4)
        print(sum(p.numel() for p in model.parameters()), "parameters:", ", ".join(model.state_dict()))
    if len(sys.argv) > 2:
        save(model, metadata, sys.argv[2])
