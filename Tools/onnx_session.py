"""Runs musegen's ONNX graphs in onnxruntime, on events as `musegen eval --logits` prints them."""

import numpy as np
import onnxruntime


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def empty_states(graph, streams=1):
    """The states as zeros; where `resets` is true a graph takes those in which pieces start."""
    return {i.name: np.zeros([i.shape[0], streams, i.shape[2]], np.float32)
            for i in graph.get_inputs() if i.type == "tensor(float)"}


def read(graph, event):
    """What a step reads of an event, for one stream."""
    inputs = {"tokens": np.array([event["token"]], np.int64), "resets": np.array([event["event"] == 0])}
    for name in ("recall", "heard"):
        if any(i.name == name for i in graph.get_inputs()):
            inputs[name] = np.array([event[name]], np.int64)
    return inputs


def step(path, events):
    """The logits after each event, [T, V], one run of the step graph each."""
    graph = session(path)
    states, said = empty_states(graph), []
    for event in events:
        logits, *after = graph.run(None, read(graph, event) | states)
        states = dict(zip(states, after))
        said.append(logits[0])
    return np.array(said)


def window(path, events):
    """The same from two windows of unequal length, with the states carried over."""
    graph = session(path)
    states, said = empty_states(graph), []
    for part in (events[:len(events) // 3], events[len(events) // 3:]):
        steps = [read(graph, event) for event in part]
        inputs = {name: np.stack([step[name] for step in steps]) for name in steps[0]}
        logits, *after = graph.run(None, inputs | states)
        states = dict(zip(states, after))
        said.append(logits[:, 0])
    return np.concatenate(said)
