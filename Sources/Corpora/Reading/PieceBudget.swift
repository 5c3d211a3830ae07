/// How many tokens a piece may cost, before merges.
///
/// Of 4,749 MIDI files that people made (piano-midi.de, GiantMIDI-Piano, the Groove MIDI Dataset, Nottingham,
/// Bach's chorales and others), none comes to more than 4.2 tokens a byte in the default vocabularies: the
/// costliest is a tune of long chords as a piano roll. A file of 45 bytes, though, can hold 88 keys down for a
/// day, which is 61 million tokens of a piano roll.
public enum PieceBudget {
  /// How many tokens each byte of a file, or of a tune's text, may cost.
  public static let tokensPerByte = 64
  /// How many more a piece may cost however short its file is.
  public static let allowance = 65_536

  /// The most tokens that a piece may have.
  ///
  /// - Parameter count: how many bytes its file, or its tune's text, has.
  /// - Returns: the number of tokens.
  public static func tokens(ofBytes count: Int) -> Int { tokensPerByte * count + allowance }
}
