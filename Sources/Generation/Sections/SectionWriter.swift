import Modeling
import Music
import Recurrent
import Tokenization

/// Keeps a piece that is being written to its form.
///
/// The tokens of a section are kept by its name. Where the name comes again they are given, one by one, so
/// that the network reads them as it reads what it draws.
///
/// Where the section is varied its beginning is given, by which it is known again. Then the model draws, and
/// what stood at the same place of the section gets likelier. The two are laid beside each other token by
/// token without merges, which depend on what stands around, and at each bar, position or frame anew.
struct SectionWriter: Sendable {
  /// How much likelier each part of a varied section gets to be what it was, as a logit.
  private static let likeness: Float = 5

  private let form: Form
  private let table: SectionTable
  /// The sections that were heard, the present one as far as it is written.
  private var heard: [Form.Section: Passage] = [:]
  /// Which section is being written: −1 before the first.
  private var index = -1
  /// How many bars or frames later it ends.
  private var rest: Int
  private var place = SectionPlace()
  /// Whether the section is drawn; else it is given.
  private var isDrawn = true
  /// What the section comes back from, as it is or varied; nil for a new one.
  private var source: Passage?
  /// The place of what comes next in the ``source``: of a given section's tokens, of a varied one's parts.
  private var next = 0
  /// Whether the section is the same as ``source`` so far.
  private var isSame = true

  private struct Passage {
    var tokens: [Token] = []
    /// The tokens without merges, and the place at which each comes.
    var (parts, places): ([Token], [SectionPlace]) = ([], [])

    /// The part at a place, or the one that leads past it.
    func index(at place: SectionPlace) -> Int {
      let first = places.partitioningIndex { $0 >= place }
      return first == places.count || places[first] == place ? first : first - 1
    }
  }

  /// Begins a piece.
  ///
  /// - Throws: ``GenerationError`` where the model recalls nothing, is given a part, or tells neither bars
  ///   nor frames.
  init(_ form: Form, _ model: Model) throws(GenerationError) {
    guard model.network.configuration.recall != nil else {
      throw GenerationError(.form("a form needs a model that recalls what it has written"))
    }
    guard model.vocabulary.accompanied == nil else {
      throw GenerationError(.form("a piece that is written to a given part has the part's form"))
    }
    guard let table = SectionTable(form, model.vocabulary) else {
      throw GenerationError(
        .form(
          "a form needs a model whose vocabulary tells bars or frames, as remi and pianoroll do"))
    }
    self.form = form
    self.table = table
    rest = table.tellsBars ? 1 : table.length
    if !table.tellsBars { begin() }
  }

  /// Whether the present section has been heard before, as it is or another version.
  var comesBack: Bool { source != nil }

  /// Whether the network is to be told of no match in a section that comes back; nil in a new one.
  ///
  /// Where it is varied, matches would lead back to the earlier section or, after a change, elsewhere, whatever
  /// the likeness.
  var hidesRecall: Bool? { comesBack ? isDrawn : nil }

  /// Whether a section that is to be varied has come near its end without a change; then it is drawn as if
  /// it were new until one comes.
  private var isDue: Bool { isDrawn && comesBack && isSame && rest <= max(1, table.length / 4) }

  /// The token that comes next, of a section that comes back or of the beginning of one that is varied; nil
  /// where one is to be drawn.
  var given: Token? {
    guard let source else { return nil }
    if isDrawn {
      let count = heard[form.sections[index]]?.tokens.count ?? 0
      let isHead = table.length - rest < table.headLength && count < source.tokens.count
      return isHead ? source.tokens[count] : nil
    }
    if next < source.tokens.count { return source.tokens[next] }
    return table.bar.map { beginning($0) }
  }

  /// Adds what gets likelier in a section that comes back, and by how much.
  ///
  /// - Parameters:
  ///   - changes: receives tokens, and what is added to the logit of each.
  ///   - allowed: the tokens that may be drawn; what is not among them is passed over.
  mutating func addChanges(
    to changes: inout [(token: Token, logit: Float)], _ allowed: TokenMask
  ) {
    guard isDrawn, let source, !isDue else { return }
    while next < source.parts.count, source.places[next] == place, !allowed[source.parts[next]] {
      next += 1
    }
    let upcoming =
      next < source.parts.count ? source.parts[next...] : (table.bar.map { [$0] } ?? [])[...]
    for (token, count) in table.tokens(beginningAs: upcoming) {
      changes.append((token, Self.likeness * Float(count)))
    }
  }

  /// Of the tokens that may be drawn those that do not reach over the section's end.
  func fit(_ allowed: TokenMask) -> TokenMask { table.fit(allowed, rest: rest) }

  /// What comes for a drawn token: where a section that comes back begins with it, that section's first
  /// token.
  func beginning(_ token: Token) -> Token {
    guard table.tellsBars, table.counts[Int(token)] >= rest, index + 1 < form.sections.count else {
      return token
    }
    let section = form.sections[index + 1]
    return (heard[section] ?? heard[section.original])?.tokens.first ?? token
  }

  /// Takes the piece's next token, drawn or given.
  ///
  /// - Returns: whether with it a section begins that is another than all before it.
  mutating func advance(_ token: Token) -> Bool {
    let count = table.counts[Int(token)]
    let before = index
    if table.tellsBars, count >= rest {
      begin()
      rest += table.length
    }
    if isDrawn {
      write(token)
    } else {
      next += 1
    }
    rest -= count
    if !table.tellsBars, rest <= 0 {
      begin()
      rest = table.length
    }
    return index > max(0, before) && !comesBack
  }

  private mutating func begin() {
    index += 1
    (place, next) = (SectionPlace(count: table.tellsBars ? -1 : 0), 0)
    isSame = true
    guard index < form.sections.count else {
      (isDrawn, source) = (true, nil)
      return
    }
    let section = form.sections[index]
    isDrawn = heard[section] == nil
    source = heard[section] ?? heard[section.original]
  }

  private mutating func write(_ token: Token) {
    let name = form.sections.indices.contains(index) ? form.sections[index] : nil
    if let name { heard[name, default: Passage()].tokens.append(token) }
    for part in table.parts[Int(token)] {
      if let name {
        heard[name]?.parts.append(part)
        heard[name]?.places.append(place)
      }
      let before = place
      place = table.place(after: part, from: before)
      if let source { follow(part, from: before, in: source) }
    }
  }

  /// Lays a varied section's next part beside the earlier section.
  private mutating func follow(_ part: Token, from before: SectionPlace, in source: Passage) {
    let expected = next < source.parts.count ? source.parts[next] : nil
    if part == expected {
      next += 1
      return
    }
    isSame = false
    if place != before {
      next = source.index(at: place)
    } else if let expected, table.areAlike(part, expected) {
      next += 1
    }
  }
}
