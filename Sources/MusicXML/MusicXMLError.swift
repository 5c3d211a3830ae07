/// What is wrong with a MusicXML file, and where.
public struct MusicXMLError: Error, Hashable, Sendable {
  /// What is wrong.
  @nonexhaustive public enum Reason: Hashable, Sendable {
    /// The file holds no bytes.
    case empty
    /// It is not well-formed XML; libxml2's words.
    case malformed(String)
    /// It is XML of another kind, with this root element.
    case otherRoot(String)
    /// It is in an encoding that is not read.
    case encoding(String)
    /// Its `DOCTYPE` makes declarations of its own: entities, which MusicXML has no use for and bombs are
    /// made of.
    case entities
    /// An element has more attributes than any has in MusicXML.
    case attributes(most: Int)
    /// An element's text or an attribute's is no value of its kind.
    case value(of: String, found: String, expected: String)
    /// A part that the list of parts does not name.
    case unknownPart(String)
    /// It has no part with a measure.
    case noMeasures
    /// A measure lasts longer than any does.
    case longMeasure
    /// It has more measures or notes than a score has.
    case tooMuch(String)
    /// Its repeats and jumps play it out to more measures than are taken.
    case playsTooLong(measures: Int)
    /// The compressed file is no archive, or lacks the score.
    case container(String)
  }

  /// What is wrong.
  public var reason: Reason
  /// The line of the file, from 1; nil for the file as a whole.
  public var line: Int?
  /// The part, as the file names it, such as `P1`.
  public var part: String?
  /// The measure's number, as it is printed.
  public var measure: String?

  /// Creates an error.
  public init(_ reason: Reason, line: Int? = nil, part: String? = nil, measure: String? = nil) {
    self.reason = reason
    self.line = line
    self.part = part
    self.measure = measure
  }
}

extension MusicXMLError: CustomStringConvertible {
  /// Where and what, such as `line 80, part P1, measure 3: …`.
  public var description: String {
    let place = [
      line.map { "line \($0)" }, part.map { "part \($0)" }, measure.map { "measure \($0)" },
    ].compactMap(\.self)
    return (place.isEmpty ? "" : place.joined(separator: ", ") + ": ") + "\(reason)"
  }
}

extension MusicXMLError.Reason: CustomStringConvertible {
  /// What was found and what was expected.
  public var description: String {
    switch self {
    case .empty: "the file is empty, expected MusicXML"
    case .malformed(let words): "no well-formed XML: \(words)"
    case .otherRoot(let root):
      "found XML of <\(root)>, expected MusicXML: <score-partwise> or <score-timewise>"
    case .encoding(let name): "found the encoding \(name), expected UTF-8"
    case .entities: "the DOCTYPE declares entities, expected a MusicXML file, which needs none"
    case .attributes(let most): "an element has more than \(most) attributes"
    case .value(let element, let found, let expected):
      "found \(element) \"\(found)\", expected \(expected)"
    case .unknownPart(let id): "the list of parts has no part \(id)"
    case .noMeasures: "found no measures, expected at least one"
    case .longMeasure:
      "found a measure or note of more than \(PartwiseScore.longestMeasure) quarter notes"
    case .tooMuch(let what): "found more than \(what)"
    case .playsTooLong(let measures):
      "its repeats play it out to more than \(measures) measures"
    case .container(let words): words
    }
  }
}
