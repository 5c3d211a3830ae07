import StandardMIDIFile

extension Score {
  /// The words that are sung: all lyrics, by part; in a karaoke file without any, its texts.
  ///
  /// A karaoke file (`.kar`) keeps its words in texts of no special kind, of which those that begin
  /// with `@` tell of the file, and those that begin with `/` or `\` start a line or a verse.
  public var lyrics: [TextEvent] {
    let lists = [texts] + tracks.map(\.texts)
    let lyrics = lists.joined().filter { $0.kind == .lyric }
    guard lyrics.isEmpty, isKaraoke else { return lyrics }
    func words(_ texts: [TextEvent]) -> [TextEvent] {
      texts.filter { $0.kind == .text && !$0.text.hasPrefix("@") }
    }
    // The part that says what the file is has remarks, if another has the words.
    let sung = lists.filter { !$0.contains(where: \.beginsKaraoke) }.flatMap(words)
    return sung.isEmpty ? lists.flatMap(words) : sung
  }

  /// Whether the file is made for karaoke: a text begins with `@K`, or a part is named so.
  private var isKaraoke: Bool {
    title == Self.karaokeName || tracks.contains { $0.name == Self.karaokeName }
      || texts.contains(where: \.beginsKaraoke)
      || tracks.contains { $0.texts.contains(where: \.beginsKaraoke) }
  }

  /// The name of the first track of most karaoke files.
  private static let karaokeName = "Soft Karaoke"

  /// The title that a karaoke file's texts tell: the first that begins with `@T`.
  var karaokeTitle: String? {
    guard isKaraoke else { return nil }
    for text in ([texts] + tracks.map(\.texts)).joined()
    where text.kind == .text && text.text.hasPrefix("@T") {
      let title = text.text.dropFirst(2)
      if title.contains(where: { !$0.isWhitespace }) { return String(title) }
    }
    return nil
  }
}

extension TextEvent {
  /// Whether the text says that the file is made for karaoke.
  fileprivate var beginsKaraoke: Bool {
    kind == .text && text.utf8.starts(with: "@K".utf8)
  }
}
