import ArgumentParser
import Drawing
import FileStorage
import MuseGen

/// `musegen plot`: draws the losses of runs.
struct PlotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot", abstract: "Draws the training and held-out losses of runs.",
    discussion: """
      Training losses are means over the events of as many steps as make 300 points; held-out losses are drawn as \
      they were measured.
      """)

  @Argument(help: "Folders of runs, such as runs/midi-1.", completion: .directory)
  var runs: [String]

  @Option(
    name: [.short, .long], help: "Write an SVG picture as well.",
    completion: .file(extensions: ["svg"]))
  var output: String?

  @OptionGroup var overwrite: OverwriteOptions

  func run() throws {
    let picture = output.map { OutputFile(given: $0, overwrite: overwrite) }
    if let picture {
      try OutputFile.checkEnding(of: picture.path, among: ["svg"])
      try picture.check()
    }
    var curves: [LinePlot.Curve] = []
    var units: Set<String> = []
    for (index, run) in runs.enumerated() {
      let folder = RunModel.folder(named: run)
      guard RunModel.isRun(folder) else {
        throw Failure(.noInput, "\(run): found no run, expected a folder such as runs/midi-1")
      }
      let lines = try Failure.writing { try RunLogLine.all(in: folder) }
      curves += lossCurves(lines, of: run, colour: index)
      let isClassifier = RunFolder.description(in: folder)?.labels != nil
      units.insert(isClassifier ? "nats per piece" : "nats per event")
    }
    guard curves.contains(where: { !$0.points.isEmpty }) else {
      throw Failure(.data, "\(runs[0]): found no step in metrics.jsonl, expected one or more")
    }
    let plot = LinePlot(
      title: "Loss during training", horizontalName: "step",
      verticalName: units.count == 1 ? units.first ?? "nats" : "nats", curves: curves)
    try picture?.write(Array(plot.svg().utf8))
    try StandardOutput.raw(plot.text(width: min(max(Terminal().width, 40), 120)))
  }

  /// A run's training losses, averaged to at most 300 points, and its held-out losses.
  private func lossCurves(
    _ lines: [RunLogLine], of run: String, colour: Int
  ) -> [LinePlot.Curve] {
    let training = TrainingCurve(of: lines).points.map { (x: $0.step, y: $0.nats) }
    let heldOut = lines.compactMap { line -> (x: Double, y: Double)? in
      guard case .validation(let validation) = line.event else { return nil }
      return (Double(validation.step), validation.nats)
    }
    return [
      LinePlot.Curve(name: "\(run.displayed), training", points: training, colour: colour),
      LinePlot.Curve(
        name: "\(run.displayed), held out", points: heldOut, colour: colour, isMarked: true),
    ].filter { !$0.points.isEmpty }
  }
}
