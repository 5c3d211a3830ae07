import Tokenization

/// How a piece is made of sections, all equally long: `AABA`, where a letter that comes again is a
/// section that comes back.
///
/// Marks behind a letter tell versions of a section apart: `A'` is a variation of A, `A''` another one.
/// A version that has been heard comes back as it was, note for note.
public struct Form: Hashable, Sendable {
  /// A section by its name.
  public struct Section: Hashable, Sendable {
    /// The letter, "A" to "Z".
    public var letter: Character
    /// How many marks stand behind it: 0 for the section itself, else which variation it is.
    public var variation: Int

    /// The section that a variation is made from.
    var original: Section { Section(letter: letter, variation: 0) }
  }

  /// The sections in their order.
  public let sections: [Section]
  /// How many bars each has.
  public let sectionBars: Int

  /// How many bars a section has where nobody asked for a number.
  public static let defaultSectionBars = 8
  /// How many bars a section may have.
  public static let sectionBarsRange = 1...1_000

  /// How many bars the piece has.
  public var bars: Int { sections.count * sectionBars }

  /// Reads a form.
  ///
  /// - Parameters:
  ///   - text: letters from A to Z, each with any number of marks: `'`, or the typographic `’` and `′`.
  ///   - sectionBars: how many bars each section has.
  /// - Throws: ``GenerationError`` where the text is no form, a section is varied before it is heard, or
  ///   the number is out of range.
  public init(_ text: String, sectionBars: Int = Self.defaultSectionBars) throws(GenerationError) {
    var sections: [Section] = []
    for character in text {
      if "'’′".contains(character), !sections.isEmpty {
        sections[sections.count - 1].variation += 1
        continue
      }
      try GenerationError.check(
        "form", text, character.isASCII && ("A"..."Z").contains(character), Self.expectation)
      sections.append(Section(letter: character, variation: 0))
    }
    try GenerationError.check("form", "empty", !sections.isEmpty, Self.expectation)
    for (index, section) in sections.enumerated() where section.variation > 0 {
      try GenerationError.check(
        "form", text, sections[..<index].contains(section.original),
        "\(section.letter) to come before it is varied")
    }
    try GenerationError.check(
      "sectionBars", sectionBars, Self.sectionBarsRange ~= sectionBars, "1 to 1000")
    self.sections = sections
    self.sectionBars = sectionBars
  }

  private static let expectation =
    "letters from A to Z, with a mark where one is varied, such as AABA or AA'BA"
}

extension Form: CustomStringConvertible {
  /// The form as it is written, such as `AA'BA`.
  public var description: String {
    sections.map { "\($0.letter)" + String(repeating: "'", count: $0.variation) }.joined()
  }
}

extension Form {
  /// Throws unless a primer is no longer than the first section, which it begins.
  ///
  /// - Parameters:
  ///   - tokens: the primer's tokens.
  ///   - end: the tick at which it ends.
  ///   - vocabulary: the vocabulary.
  /// - Throws: ``GenerationError`` where it is longer.
  func check(
    primer tokens: [Token], until end: Int, in vocabulary: any Vocabulary
  ) throws(GenerationError) {
    var decoder = vocabulary.makeDecoder()
    for token in tokens { decoder.consume(token) }
    let bars = decoder.place(atTick: end).bars
    guard bars <= Double(sectionBars) else {
      throw GenerationError(
        .form(
          "the primer is \(Int(bars.rounded(.up))) bars long, expected at most the \(sectionBars) of "
            + "a section"))
    }
  }
}
