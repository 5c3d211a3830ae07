import Tokenization

/// Sections in a vocabulary's numbers: which tokens begin a bar or end a frame, and which would reach over
/// the end of a section.
///
/// Where bars are told a section begins with the token that begins its first bar; on a grid of frames it
/// ends with the token that ends its last one. Merged tokens that belong to two sections are left out there.
struct SectionTable: Sendable {
  /// Whether a token tells that a bar begins; else one tells that a frame ends.
  let tellsBars: Bool
  /// How many bars or frames a section has.
  let length: Int
  /// How many of them a varied section begins with as they were: an eighth, none of a section of one.
  var headLength: Int { length > 1 ? max(1, length / 8) : 0 }
  /// How many bars begin, or frames end, with each token.
  let counts: [Int]
  /// The tokens without merges that each token stands for.
  let parts: [[Token]]
  /// The token that begins a bar and tells nothing else; nil for frames.
  let bar: Token?
  private let vocabulary: any Vocabulary
  private let events: [[TokenEvent]]
  /// For each token without merges the tokens that begin with it.
  private let beginning: [Token: [Token]]
  /// For each number of bars or frames up to the section's end, from 1, the tokens that do not reach over
  /// it; for more all do not.
  private let fitting: [TokenMask]

  /// Makes the table; nil for a vocabulary that tells neither bars nor frames.
  init?(_ form: Form, _ vocabulary: any Vocabulary) {
    let events = (0..<vocabulary.count).map { vocabulary.events(of: Token($0)) }
    let tellsBars = events.joined().contains(.bar)
    var length = form.sectionBars
    if !tellsBars {
      guard case .pianoroll(let settings) = vocabulary.configuration.plain else { return nil }
      length *= settings.framesPerWhole
    }
    let marks = events.map { events in
      events.indices.filter { tellsBars ? events[$0] == .bar : events[$0].isFrame }
    }
    fitting = (1...max(1, marks.map(\.count).max() ?? 1)).map { rest in
      var mask = TokenMask(count: events.count)
      for (token, marks) in marks.enumerated() {
        mask[Token(token)] =
          if marks.count < rest {
            true
          } else if tellsBars {
            rest == 1 && marks[0] == 0 && marks.count <= length
          } else {
            marks.count == rest && marks.last == events[token].count - 1
          }
      }
      return mask
    }
    let merged = vocabulary.withoutConditions as? MergedVocabulary
    let parts = events.indices.map { merged?.expand([Token($0)]) ?? [] }
      .enumerated().map { $1.isEmpty ? [Token($0)] : $1 }
    beginning = Dictionary(grouping: parts.indices.map { Token($0) }) { parts[Int($0)][0] }
    self.parts = parts
    counts = marks.map(\.count)
    bar = events.firstIndex(of: [.bar]).map { Token($0) }
    self.tellsBars = tellsBars
    self.length = length
    self.vocabulary = vocabulary
    self.events = events
  }

  /// Of some tokens those that do not reach over the end of a section.
  ///
  /// - Parameters:
  ///   - allowed: the tokens.
  ///   - rest: how many bars or frames later the section ends.
  /// - Returns: the others left out; all where none would be left.
  func fit(_ allowed: TokenMask, rest: Int) -> TokenMask {
    guard 1...fitting.count ~= rest else { return allowed }
    let fit = allowed.intersection(fitting[rest - 1])
    return fit.isEmpty ? allowed : fit
  }

  /// The tokens that begin as some parts do, and how many parts they have in common with them.
  func tokens(beginningAs parts: ArraySlice<Token>) -> [(token: Token, count: Int)] {
    guard let first = parts.first, let tokens = beginning[first] else { return [] }
    return tokens.map { token in
      (token, zip(self.parts[Int(token)], parts).prefix { $0 == $1 }.count)
    }
  }

  /// The place that a token without merges leads to.
  func place(after token: Token, from place: SectionPlace) -> SectionPlace {
    var place = place
    for event in events[Int(token)] {
      switch event {
      case .bar, .frame: place = SectionPlace(count: place.count + 1)
      case .position(let seconds): place.seconds = seconds
      default: break
      }
    }
    return place
  }

  /// Whether two tokens without merges tell the same kind of event, so that one can stand for the other.
  func areAlike(_ token: Token, _ other: Token) -> Bool {
    vocabulary.kind(of: token) == vocabulary.kind(of: other)
  }
}

/// A place in a section: how many bars or frames have passed since it began, and where in the bar it is.
struct SectionPlace: Comparable {
  /// How many bars or frames have passed.
  var count = 0
  /// The last position that was told in the bar; below 0 before the first.
  var seconds = -1.0

  static func < (left: Self, right: Self) -> Bool {
    (left.count, left.seconds) < (right.count, right.seconds)
  }
}
