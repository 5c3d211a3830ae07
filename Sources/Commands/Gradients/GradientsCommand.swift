public import ArgumentParser
import Drawing
public import Experiments
import FileStorage
import Foundation
import MuseGen

/// `musegen gradients`: how far back each cell learns from.
struct GradientsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradients",
    abstract: "Shows how far back in time gradients reach: vanishing, exploding, held.",
    discussion: """
      Plots |dL_T/dh_t|, how strongly the loss at step T depends on the hidden state at step t, \
      against the distance T - t: for fresh networks of each kind, or with -m for each layer of a \
      trained model on a piece. With --task each cell is trained on a problem that needs memory, at \
      growing lags, and the longest that it solves is told.
      """)

  @Option(help: "Only this kind of cell.")
  var cell: Cell?

  @Option(parsing: .unconditional, help: "The greatest distance.")
  var distance = 200

  @Option(parsing: .unconditional, help: "The size of the hidden state of fresh networks.")
  var hidden = 128

  @Option(help: "Train on a task of memory instead: copy or adding.")
  var task: MemoryTask?

  @Option(parsing: .unconditional, help: "The lags of the task, shortest first.")
  var lags = "10,20,40,80,160"

  @Option(parsing: .unconditional, help: "How many steps a network may train at each lag.")
  var steps = 2000

  @Option(
    name: [.short, .long], help: "Show a trained model's layers on the piece given.",
    completion: .file(extensions: ["safetensors"]))
  var model: String?

  @Argument(
    help: "The MIDI file for -m.", completion: .file(extensions: MIDIFileFinder.endings))
  var piece: String?

  @Option(parsing: .unconditional, help: "Draws the fresh networks and their input.")
  var seed: UInt64 = 1

  @Flag(help: "Print comma-separated values instead of a plot.")
  var csv = false

  @Option(
    name: [.short, .long], help: "Write the plot as SVG.", completion: .file(extensions: ["svg"]))
  var output: String?

  @OptionGroup var overwrite: OverwriteOptions

  func validate() throws {
    guard (1...100_000).contains(distance) else {
      throw ValidationError("--distance is \(distance), expected 1 to 100000")
    }
    guard steps >= 1 else { throw ValidationError("--steps is \(steps), expected 1 or more") }
    guard (piece != nil) == (model != nil) else {
      throw ValidationError("expected a MIDI file and -m with a model file, found only one of them")
    }
    guard task == nil || (model == nil && output == nil) else {
      throw ValidationError("--task trains fresh networks and draws no plot; leave -m and -o away")
    }
    _ = try lagList()
  }

  func run() throws {
    if let output {
      try OutputFile.checkEnding(of: output, among: ["svg"])
      try OutputFile(given: output, overwrite: overwrite).check()
    }
    do {
      if let task {
        try runTask(task)
      } else {
        try show(model.map { try curves(ofModel: $0) } ?? freshCurves())
      }
    } catch let error as NetworkError {
      throw Failure(error)
    }
  }

  func lagList() throws -> [Int] {
    let lags = self.lags.split(separator: ",").map { Int($0) ?? 0 }
    guard !lags.isEmpty, lags.allSatisfy({ (1...10_000).contains($0) }) else {
      throw ValidationError("--lags is \(self.lags), expected numbers from 1 to 10000 and commas")
    }
    return lags
  }

  private func freshCurves() throws -> [GradientFlow] {
    try GradientFlow.examples(hiddenSize: hidden, cell: cell).map {
      try GradientFlow.measure($0, distance: distance, seed: seed)
    }
  }

  // Windows that end at places spread over the piece, side by side.
  private func curves(ofModel path: String) throws -> [GradientFlow] {
    let model = try ModelOptions.parse(["--model", path]).load()
    let piece = piece ?? ""
    let tokens = model.vocabulary.wholeReading(of: try Score(fileAt: piece))
    let length = min(distance + 2, tokens.count)
    guard length >= 3 else {
      throw Failure(.data, "\(piece): found \(tokens.count) events, expected 3 or more")
    }
    let streams = max(1, min(16, (tokens.count - length) / 8 + 1))
    let starts = (0..<streams).map { (tokens.count - length) * $0 / max(1, streams - 1) }
    let columns = (0..<length).flatMap { step in starts.map { Int32(tokens[$0 + step]) } }
    return try GradientFlow.measure(model.network, tokens: columns, streams: streams)
  }

  private func show(_ curves: [GradientFlow]) throws {
    if let output {
      try OutputFile(given: output, overwrite: overwrite)
        .write(Array(LogarithmicPlot(curves).svg().utf8))
    }
    if csv {
      try StandardOutput.raw(curves.commaSeparatedValues)
    } else {
      let width = min(max(Terminal().width, 40), 120)
      try StandardOutput.raw(
        LogarithmicPlot(curves).text(
          caption: "|dL_T/dh_t| against the distance T - t", width: width))
    }
  }
}

extension MemoryTask: ExpressibleByArgument {}

extension GradientsCommand {
  /// Trains every cell at growing lags, each time further, until one is too long for it.
  func runTask(_ task: MemoryTask) throws {
    let lags = try lagList()
    let terminal = Terminal()
    if csv {
      terminal.line("network,lag,steps,nats,solved")
    } else {
      terminal.line(
        "\(task.rawValue): up to \(steps.counted("step")) at each lag; solved below "
          + "\((0.1 * task.chance).decimals(2)) nats, guessing has \(task.chance.decimals(2))")
    }
    for example in GradientFlow.examples(hiddenSize: hidden, cell: cell)
    where example.stateGradientLimit == nil {
      var longest: Int?
      var shape = example.configuration
      shape.vocabularySize = task.vocabularySize
      var network = try Network(shape, seed: seed)
      for lag in lags {
        let trial = try MemoryTrial.run(
          task, lag: lag, network: &network, steps: steps, seed: seed &+ 1)
        report(trial, example.name, on: terminal)
        guard trial.isSolved else { break }
        longest = lag
      }
      if !csv {
        terminal.line(
          "\(example.name): " + (longest.map { "solves lag \($0)" } ?? "solves none of them"))
      }
    }
  }

  private func report(_ trial: MemoryTrial, _ name: String, on terminal: Terminal) {
    if csv {
      let name = "\"\(name)\""
      terminal.line("\(name),\(trial.lag),\(trial.steps),\(trial.nats),\(trial.isSolved)")
    } else {
      let outcome = trial.isSolved ? "solved after" : "not solved in"
      terminal.line(
        "  lag \(trial.lag): \(outcome) \(trial.steps.grouped) steps, "
          + "\(trial.nats.decimals(3)) nats")
    }
  }
}

extension LogarithmicPlot {
  /// Curves of gradient flow.
  init(_ flows: [GradientFlow]) {
    self.init(
      title: "How strongly the loss depends on the state at earlier steps",
      horizontalName: "distance T − t, steps", verticalName: "|dL_T/dh_t|",
      curves: flows.map { Curve(legend: $0.summary, values: $0.norms) })
  }
}

extension GradientFlow {
  /// What the curve says, in a line.
  fileprivate var summary: String {
    let reach = reach().map { "1 % left after \($0) steps" } ?? "more than 1 % left throughout"
    return "\(name): times \(factorPerStep.decimals(3)) per step, \(reach)"
  }
}

extension [GradientFlow] {
  /// Comma-separated values: a row for each distance.
  var commaSeparatedValues: String {
    var text = "distance," + map { "\"\($0.name)\"" }.joined(separator: ",") + "\n"
    for step in 0..<Swift.max(2, map(\.norms.count).max() ?? 2) {
      let values = map { step < $0.norms.count ? "\($0.norms[step])" : "" }
      text += "\(step)," + values.joined(separator: ",") + "\n"
    }
    return text
  }
}
