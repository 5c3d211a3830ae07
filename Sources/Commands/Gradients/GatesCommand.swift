import ArgumentParser
import Drawing
import Experiments
import MuseGen

/// `musegen gates`: what a network's gates do while it reads a piece.
struct GatesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gates",
    abstract: "Shows what a model's gates do while it reads a piece, and what its units follow.",
    discussion: """
      Draws, below the piano roll of the piece, each layer's gates (forget, input, candidate and output \
      of an LSTM): their mean over the layer's units at each event. Then it lists the units whose state \
      follows something that a musician would name, best first: the place in the beat, in the bar and in \
      four bars, the pitch classes of the last bars, being in a repeat, the last note's pitch, and how \
      much of the piece is over. A correlation is that of a fit on half of the piece with the state on \
      the other half, in stretches of 64 events that take turns; beside it stands the best of a network of \
      the same shape with random weights, whose units echo the last events too.
      """)

  @OptionGroup var model: ModelOptions

  @Argument(help: "The MIDI file.", completion: .file(extensions: MIDIFileFinder.endings))
  var piece: String

  @Option(
    name: [.short, .long], help: "Write the picture as SVG.",
    completion: .file(extensions: ["svg"]))
  var output: String?

  @OptionGroup var overwrite: OverwriteOptions

  @Option(parsing: .unconditional, help: "How many units to list for each feature.")
  var top = 5

  @Flag(help: "Print everything as JSON: gates and states event by event.")
  var json = false

  func validate() throws {
    guard (1...1000).contains(top) else {
      throw ValidationError("--top is \(top), expected 1 to 1000")
    }
  }

  func run() throws {
    if let output {
      try OutputFile.checkEnding(of: output, among: ["svg"])
      try OutputFile(given: output, overwrite: overwrite).check()
    }
    let score = try Score(fileAt: piece)
    let model = try model.load(where: { $0.tellsNotes(of: score) }, suiting: score) { _, name in
      Failure(
        .data,
        "\(piece): found no notes that the model's vocabulary can tell, expected at least one"
          + (name.map { "; -m \($0) tells some" } ?? ""))
    }
    let tokens = model.vocabulary.wholeReading(of: score)
    let trace: GateTrace
    let untrained: GateTrace
    do {
      trace = try GateTrace(of: model, reading: tokens, perFeature: top)
      untrained = try GateTrace(of: model.untrained(), reading: tokens, perFeature: 1)
    } catch {
      throw Failure(error)
    }
    let roll = PianoRoll(model.vocabulary.decode(tokens))
    if let output {
      try OutputFile(given: output, overwrite: overwrite)
        .write(Array(roll.svg(over: trace.strips).utf8))
    }
    if json {
      return try Terminal.printJSON(GateReport(trace: trace, untrained: untrained.followers))
    }
    try show(trace, roll, untrained: untrained, cell: model.network.configuration.cell)
  }

  /// How wide a roll is at least that has captions beside its strips, and at most.
  private static let (leastColumns, mostColumns) = (40, 160)

  private func show(
    _ trace: GateTrace, _ roll: PianoRoll, untrained: GateTrace, cell: Cell
  ) throws {
    let terminal = Terminal()
    let strips = trace.strips
    // A caption stands behind its strip, or above it where that would leave little of both.
    let besides = 1 + (strips.map(\.caption.count).max() ?? 0)
    let isBeside = terminal.width >= besides + Self.leastColumns
    let columns = isBeside ? min(terminal.width - besides, Self.mostColumns) : terminal.width
    var picture = roll.text(columns: columns, isColoured: terminal.isColoured)
    for strip in strips {
      let line = strip.text(columns: columns, end: roll.seconds)
      picture += isBeside ? ["\(line) \(strip.caption)"] : [strip.caption, line]
    }
    // With its colours, which a line of a report would have made harmless.
    for line in picture { try StandardOutput.raw(line + "\n") }
    if trace.layers.allSatisfy(\.isEmpty) {
      try StandardOutput.line("a network of \(cell.rawValue) cells has no gates; its states:")
    }
    try StandardOutput.line()
    guard !trace.followers.isEmpty else {
      return try StandardOutput.line("no unit follows anything in a piece so short")
    }
    let before = untrained.followers.reduce(into: [:]) { $0[$1.feature] = $1.correlation }
    try StandardOutput.line(
      "units that follow something, best first, and the best of an untrained network:")
    for follower in trace.followers {
      try StandardOutput.line(
        "  \(follower.correlation.decimals(2)), \((before[follower.feature] ?? 0).decimals(2))  "
          + "layer \(follower.layer), unit \(follower.unit): \(follower.feature.summary)")
    }
  }
}

/// What `musegen gates` tells a program.
private struct GateReport: Encodable {
  let trace: GateTrace
  /// The best follower of each feature in a network of the same shape before training.
  let untrained: [GateTrace.Follower]
}

extension Model {
  /// The same network as it was before it learned.
  fileprivate func untrained() throws(NetworkError) -> Model {
    Model(
      network: try Network(network.configuration, seed: 1), vocabulary: vocabulary,
      provenance: provenance)
  }
}

extension GateTrace {
  /// What is drawn below the roll: a strip for each layer's gates, one for each feature's best unit.
  fileprivate var strips: [PianoRoll.Strip] {
    let gates = layers.enumerated().flatMap { layer, curves in
      curves.enumerated().map { index, curve in
        strip("layer \(layer + 1), \(curve.gate.rawValue)", curve.values, colour: index)
      }
    }
    let units = states.map { state in
      strip(
        "layer \(state.follower.layer), unit \(state.follower.unit): "
          + state.follower.feature.rawValue, state.values, colour: 6)
    }
    return gates + units
  }

  private func strip(_ title: String, _ values: [Float], colour: Int) -> PianoRoll.Strip {
    PianoRoll.Strip(
      title: title, seconds: seconds, values: values.map(Double.init), colour: colour)
  }
}
