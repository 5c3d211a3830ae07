public import Modeling
import ProtocolBuffers
import Recurrent
import Safetensors

/// How much a graph reads at a time.
public enum ONNXGraph: String, CaseIterable, Sendable {
  /// T tokens of each of B streams: inputs [T, B], logits [T, B, V]. T may be 1, and differs from run to run.
  case window
  /// One token of each stream: inputs [B], logits [B, V].
  case step
}

extension Model {
  /// The network as a file of the Open Neural Network Exchange, its weights under PyTorch's names.
  ///
  /// Inputs are `tokens`, `resets` (true where a stream begins a piece, at the state in which pieces start),
  /// with recall `recall` (for each match the token that it points to, or V for none, then the class of all
  /// matches' lengths), where the network hears tokens again at each step `heard`, and the states
  /// [L, B, H]; outputs are `logits` and the states after them.
  ///
  /// - Parameter graph: how much it reads at a time.
  /// - Returns: the bytes.
  /// - Complexity: O(p) for p parameters.
  public func onnx(_ graph: ONNXGraph = .window) -> [UInt8] {
    let whole = StepGraph(network)
    var (read, said) = (whole.inputs, whole.logits)
    let (states, next) = (whole.carried(afterwards: false), whole.carried(afterwards: true))
    var builder = GraphBuilder()
    switch graph {
    case .step: whole.add(to: &builder)
    case .window:
      // Names inside must differ from those outside, which are seen there.
      let step = StepGraph(network, prefix: "step/")
      step.add(to: &builder)
      let body = builder.body(
        "step", inputs: step.carried(afterwards: false) + step.inputs,
        outputs: step.carried(afterwards: true) + [step.logits])
      builder.node(
        "Scan", (states + read).map(\.name), named: (next + [said]).map(\.name),
        [
          GraphBuilder.attribute("body", body),
          GraphBuilder.attribute("num_scan_inputs", read.count),
        ])
      read = read.map(\.overTime)
      said = said.overTime
    }
    var opset = MessageWriter()
    opset.add(1, "")
    opset.add(2, 17)
    var file = MessageWriter()
    file.add(1, 8)
    file.add(2, "musegen")
    file.add(7, builder.graph(graph.rawValue, inputs: read + states, outputs: [said] + next))
    file.add(8, opset)
    for (key, text) in safetensors().metadata.sorted(by: { $0.key < $1.key })
    where key != "musegen.crc32" {
      var entry = MessageWriter()
      entry.add(1, key)
      entry.add(2, text)
      file.add(14, entry)
    }
    return file.bytes
  }
}

extension GraphBuilder.Value {
  /// The same at each of T steps.
  fileprivate var overTime: GraphBuilder.Value {
    GraphBuilder.Value(name: name, element: element, shape: [.named("steps")] + shape)
  }
}
