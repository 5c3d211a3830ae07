extension MetricalVocabulary {
  /// Moves all pitches but drums'; nil where one would leave the vocabulary's range.
  public func transpose(_ tokens: [Token], by semitones: Int) -> [Token]? {
    var result = tokens
    for (index, token) in tokens.enumerated() where layout.pitches.contains(Int(token)) {
      let moved = Int(token) + semitones
      guard layout.pitches.contains(moved) else { return nil }
      result[index] = Token(moved)
    }
    return result
  }
}
