#!/usr/bin/env python3
"""Loads a musegen model into torch.nn, and writes one back: weights carry PyTorch's own names.

    python Tools/pytorch_model.py model.safetensors [copy.safetensors]    (torch, safetensors)
"""
import json
import sys

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn


class Model(nn.Module):
    """The network of a musegen model of a cell that torch.nn has, without layer normalisation, residuals,
    recall, conditions that are heard at every event, a learnt start or a classifier's readout."""

    lacking = ["conditionSlots", "layerNormalization", "learnedInitialState", "readout", "recall", "residual"]

    def __init__(self, c):
        super().__init__()
        kinds = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
        # Some of these have no parameters: without a look at them the weights would load, and mean something else.
        if found := [name for name in self.lacking if c.get(name)]:
            sys.exit(f"this model has {', '.join(found)}, which torch.nn has not; models trained without load, as by "
                     "--recall none")
        if c["cell"] not in kinds:
            sys.exit(f"torch.nn has no cell {c['cell']}; Tools/fixtures/recurrent_torch.py has its equations")
        options = {"nonlinearity": c["activation"]} if c["cell"] == "rnn" else {}
        self.embedding = nn.Embedding(c["vocabularySize"], c["embeddingSize"])
        self.rnn = kinds[c["cell"]](
            c["embeddingSize"], c["hiddenSize"], c["layerCount"], **options)
        self.output = nn.Linear(c["hiddenSize"], c["vocabularySize"])
        if c["tiedWeights"]:
            self.output.weight = self.embedding.weight

    def forward(self, tokens, state=None):  # [T, B] -> [T, B, V]
        outputs, state = self.rnn(self.embedding(tokens), state)
        return self.output(outputs), state


def load(path):
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    model = Model(json.loads(metadata["musegen.network"]))
    if model.output.weight is model.embedding.weight:
        tensors["output.weight"] = tensors["embedding.weight"]
    model.load_state_dict(tensors)
    return model.eval(), metadata


def save(model, metadata, path):
    # The checksum was of the old weights; musegen takes a file without one as it is.
    metadata = {key: value for key, value in metadata.items() if key != "musegen.crc32"}
    save_file(dict(model.named_parameters()), path, metadata)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    model, metadata = load(sys.argv[1])
    with torch.no_grad():
        print(model(torch.tensor([[0], [1], [2]]))[0][:, 0, :6])
    if len(sys.argv) > 2:
        save(model, metadata, sys.argv[2])
