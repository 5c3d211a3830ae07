public import Modeling
import Settings
public import Tokenization

// A density is asked for as it is heard, and a model that is told no tempo knows no seconds but its own.
extension GenerationSettings {
  /// What is asked for, as a model is told it: a density in notes a second of the model's own time where it is told no
  /// tempo, and in those that are heard where it is.
  ///
  /// - Parameter model: who writes.
  /// - Returns: the conditions.
  /// - Throws: ``GenerationError`` where the model cannot be told what is asked for.
  public func conditions(toldTo model: Model) throws(GenerationError) -> PieceAttributes {
    var asked = conditions
    if asked.density != nil { asked.density = try told(to: model).attributes.density }
    return asked
  }

  /// Counts the density that is asked for in seconds of the music as it is written, where that is heard faster or slower
  /// and the model is told no tempo, or of those that tokens tell one that is far from it.
  ///
  /// - Parameters:
  ///   - heard: how long a quarter note lasts where it is heard, in seconds.
  ///   - written: how long it lasts in the vocabulary's own time, in seconds.
  ///   - vocabulary: the model's.
  /// - Throws: ``GenerationError`` where the model knows no such density.
  mutating func countDensity(
    heardAt heard: Double, writtenAt written: Double, in vocabulary: any Vocabulary
  ) throws(GenerationError) {
    guard heard > 0, heard.isFinite, let density = conditions.density,
      !vocabulary.tells(tempo: conditions.tempo)
    else { return }
    let factor = heard / written
    // The nearest of tempos that tokens tell is as good as the one asked for, unless that lies beyond them all.
    if vocabulary.toldEvents.contains(.tempo), abs(factor - 1) < Self.nearTempo { return }
    conditions.density = try vocabulary.density(density, toldWhereSecondsLast: factor)
  }

  /// By which share two tempos may differ that are as good as one: a class of densities is far wider.
  private static let nearTempo = 0.1
}

extension Vocabulary {
  /// Whether a model can be told such a tempo of a piece as a whole.
  func tells(tempo: Double?) -> Bool {
    guard let tempo, let known = knownConditions, known.tells(.tempo) else { return false }
    var attributes = PieceAttributes()
    attributes.tempo = tempo
    return (try? known.check(attributes)) != nil
  }

  /// How many notes a second of its own time a model is told, for so many that are heard.
  ///
  /// - Parameters:
  ///   - density: how many notes a second are to be heard.
  ///   - factor: how long a second of the model's own time is heard.
  /// - Returns: the density to tell.
  /// - Throws: ``GenerationError`` where the model knows no such density.
  func density(
    _ density: Double, toldWhereSecondsLast factor: Double
  ) throws(GenerationError) -> Double {
    var attributes = PieceAttributes()
    attributes.density = density * factor
    do throws(GenerationError) {
      try check(attributes)
    } catch {
      guard factor != 1, case .setting(let setting) = error.reason else { throw error }
      throw GenerationError(
        .setting(
          SettingError(
            setting.key,
            found: "\(density), at this tempo \(setting.found) in the model's own time",
            expected: setting.expected)))
    }
    return density * factor
  }
}
