import FlyingFox
import MuseGen

/// Bars of a piece that are written anew, one stretch after the other, around what stays.
final class Rewriting {
  private let model: Model
  private let source: Score
  private let settings: InpaintingSettings
  /// The bars of each stretch; nil for the whole piece.
  private let stretches: [ClosedRange<Int>?]
  /// What stays of the stretches' notes.
  private let kept: KeptNotes
  private var inpainting: Inpainting
  private var stretch = 0

  /// Begins.
  ///
  /// - Parameters:
  ///   - source: the piece.
  ///   - model: who writes.
  ///   - stretches: the bars, rising; none for the whole piece.
  ///   - kept: the notes that stay.
  ///   - settings: how it is written.
  /// - Throws: `FillingError` where it cannot be.
  init(
    _ source: Score, by model: Model, stretches: [ClosedRange<Int>], keeping kept: KeptNotes,
    settings: InpaintingSettings
  ) throws {
    self.source = source
    self.model = model
    self.settings = settings
    self.stretches = stretches.isEmpty ? [nil] : stretches
    self.kept = kept
    (stretch, inpainting) = try Self.begin(
      source, model, settings, self.stretches, from: 0)
  }

  /// Begins the first stretch from one on in which something is to be written: bars that the vocabulary does not tell
  /// stay as they are where others are written.
  private static func begin(
    _ score: Score, _ model: Model, _ settings: InpaintingSettings,
    _ stretches: [ClosedRange<Int>?], from first: Int
  ) throws -> (stretch: Int, inpainting: Inpainting) {
    var index = first
    while true {
      do {
        return (index, try inpainting(score, model, settings, stretches[index], index))
      } catch let error as FillingError where error.isOfUntoldBars && index + 1 < stretches.count {
        index += 1
      }
    }
  }

  private static func inpainting(
    _ score: Score, _ model: Model, _ settings: InpaintingSettings, _ bars: ClosedRange<Int>?,
    _ index: Int
  ) throws -> Inpainting {
    var settings = settings
    settings.bars = bars
    settings.seed &+= UInt64(index)
    return try Inpainting(model: model, score: score, settings: settings)
  }

  /// How much is done, 0 to 1.
  var share: Double {
    let spans = Double(inpainting.spansWritten) / Double(max(1, inpainting.spans.count))
    return (Double(stretch) + spans) / Double(stretches.count)
  }

  /// Writes a little more; false where nothing is left.
  func advance() throws -> Bool {
    if inpainting.advance() { return true }
    guard stretch + 1 < stretches.count else { return false }
    do {
      (stretch, inpainting) = try Self.begin(
        inpainting.score, model, settings, stretches, from: stretch + 1)
    } catch let error as FillingError where error.isOfUntoldBars {
      return false
    }
    return true
  }

  /// The piece as it has become.
  var score: Score {
    let bars = stretches.map { bars in bars.map { source.ticks(of: $0) } ?? 0..<Int.max }
    return kept.putting(backInto: inpainting.score, of: source, writtenIn: bars)
  }
}

extension FillingError {
  /// Whether nothing of the bars is told, so that nothing can be written anew.
  fileprivate var isOfUntoldBars: Bool { if case .untoldBars = reason { true } else { false } }
}
