import Drawing
import EventFiles
import Experiments
import FileStorage
import MuseGen

/// Writes what happens in a run for TensorBoard: losses, the optimiser, gates, and what samples look and sound
/// like.
///
/// It only looks on: a run gives the same bytes with it and without.
final class TrainingRecorder {
  /// Where the default folder stands in a run's.
  static let standardName = "tensorboard"

  private let file: EventFile
  private let terminal: Terminal
  private let gates: (() throws -> GateStatistics)?
  private var full = FullSteps()
  /// What samples are played with; nil where there is none.
  private lazy var soundFont: SoundFont? = {
    do {
      return try SoundFont.discover()
    } catch {
      tellSilence(error)
      return nil
    }
  }()

  /// How many events of a piece the gates are looked at for.
  static let mostEvents = 512
  /// Half of a sound file's rate: a sample of twenty seconds takes two megabytes.
  private static let sampleRate = 22_050

  /// Begins a file of events.
  ///
  /// - Parameters:
  ///   - folder: where; nil to record nothing.
  ///   - steps: the steps that the run has taken so far.
  ///   - terminal: where it is told how to look at them.
  ///   - gates: lets the network as it is read a piece; nil where nobody looks at its gates.
  /// - Throws: ``Failure`` where the file cannot be made.
  init?(
    in folder: String?, after steps: Int, terminal: Terminal,
    gates: (() throws -> GateStatistics)? = nil
  ) throws {
    guard let folder else { return nil }
    file = try Failure.writing {
      try EventFile(in: folder, from: steps + 1, at: Self.seconds(at: .now))
    }
    self.terminal = terminal
    self.gates = gates
    terminal.line("see it with: tensorboard --logdir \(folder.shellQuoted)", isCommand: true)
  }

  private static func seconds(at time: Timestamp) -> Double { Double(time.milliseconds) / 1_000 }

  private func append(_ summaries: [Event.Summary], step: Int, time: Timestamp? = nil) throws {
    try Failure.writing {
      try file.append(
        Event(seconds: Self.seconds(at: time ?? .now), step: step, summaries))
    }
  }

  /// Records a line of the run's log; after a measurement also the gates.
  func record(_ line: RunLogLine) throws {
    switch line.event {
    case .step(let step):
      let loss: [Event.Summary] =
        full.admits(step) ? [.init("loss/training", step.nats)] : []
      try append(
        loss + [
          .init("optimizer/learning rate", Double(step.learningRate)),
          .init("optimizer/gradient norm", Double(step.gradientNorm)),
          .init("optimizer/clipped", step.isClipped ? 1 : 0),
          .init("run/epoch", step.epoch),
          .init("run/peak memory in MB", Double(line.peakMemory) / 1e6),
        ], step: step.step, time: line.time)
    case .validation(let validation):
      let isOfMusic = validation.accuracy == nil
      let values: [(String, Double?)] = [
        ("loss/held out", validation.nats),
        ("loss/held out without near-duplicates", validation.natsApart),
        ("loss/held out, average of the weights", validation.averageNats),
        ("loss per note/held out", isOfMusic ? validation.natsPerNote : nil),
        ("loss per second/held out", isOfMusic ? validation.natsPerSecond : nil),
        ("loss per frame/held out", validation.natsPerFrame),
        ("labels/accuracy", validation.accuracy), ("labels/macro F1", validation.macroF1),
      ]
      try append(
        values.compactMap { tag, value in value.map { .init(tag, $0) } }, step: validation.step,
        time: line.time)
      try recordGates(step: validation.step)
    }
  }

  private func recordGates(step: Int) throws {
    guard let statistics = try gates?(), !statistics.gates.isEmpty else { return }
    try append(
      statistics.gates.flatMap { gate -> [Event.Summary] in
        let name = "layer \(gate.layer), \(gate.gate.rawValue)"
        let means: Event.Summary = .init("gates, mean/\(name)", gate.mean)
        let histogram = Event.Summary("gates/\(name)", .histogram(Histogram(of: gate.values)))
        // A candidate is no gate that could be shut.
        guard gate.gate != .candidate else { return [means, histogram] }
        return [
          means, .init("gates, shut (below 0.1)/\(name)", gate.shut),
          .init("gates, open (above 0.9)/\(name)", gate.open), histogram,
        ]
      }, step: step)
  }

  /// Records a sample as a piano roll and as sound.
  ///
  /// - Parameters:
  ///   - path: the sample's MIDI file.
  ///   - step: the step after which it was written.
  /// - Throws: ``Failure`` where it cannot be read or recorded.
  func recordSample(_ path: String, step: Int) throws {
    let score = try Score(fileAt: path)
    let roll = PianoRoll(score).picture()
    var summaries = [
      Event.Summary(
        "sample/roll", .picture(png: roll.png, width: roll.width, height: roll.height))
    ]
    if let sound = try played(score) { summaries.append(.init("sample/sound", .sound(sound))) }
    try append(summaries, step: step)
  }

  /// A sample as it is heard; nil where nothing plays it, or the run is to stop, whose checkpoint comes first.
  private func played(_ score: Score) throws -> Sound? {
    guard let soundFont else { return nil }
    var settings = SynthesizerSettings()
    settings.sampleRate = Self.sampleRate
    do {
      let samples = try Performance(score).samples(soundFont: soundFont, settings: settings)
      return Sound(samples: samples, channels: 2, sampleRate: Self.sampleRate)
    } catch is CancellationError {
      return nil
    } catch let error as PlaybackError {
      tellSilence(error)
      self.soundFont = nil
      return nil
    }
  }

  /// Tells once why samples are not heard: a run goes on without.
  private func tellSilence(_ error: any Error) {
    terminal.line("\(error): samples are drawn for TensorBoard, but not heard")
  }
}

extension Event.Summary {
  /// A number under a tag.
  fileprivate init(_ tag: String, _ number: Double) { self.init(tag, .scalar(Float(number))) }
}
