extension PerformanceVocabulary {
  /// Moves all pitches but drums'; nil where one would leave the vocabulary's range.
  public func transpose(_ tokens: [Token], by semitones: Int) -> [Token]? {
    var isDrums = settings.program == 128
    var result = tokens
    for (index, token) in tokens.enumerated() {
      switch layout.event(token) {
      case .program(let program): isDrums = program == drumKit
      case .noteOn(let pitch), .noteOff(let pitch):
        if isDrums { continue }
        let moved = Int(pitch) + semitones - settings.lowestPitch
        guard moved >= 0, moved < layout.pitchCount else { return nil }
        result[index] = Token(Int(token) + semitones)
      default: break
      }
    }
    return result
  }
}
