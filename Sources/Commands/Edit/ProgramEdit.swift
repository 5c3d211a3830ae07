import MuseGen

/// Which programs play instead of which, on the command line: `40`, `violin`, `0=40`, `track2=violin`.
struct ProgramEdit: Equatable {
  /// What plays all but the drums; nil to leave it.
  private var all: UInt8?
  private var replacements: [UInt8: UInt8] = [:]
  /// What plays tracks, counted from 1.
  private var tracks: [Int: UInt8] = [:]

  /// Whether nothing changes.
  var isEmpty: Bool { self == ProgramEdit() }

  private init() {}

  /// Reads changes of programs.
  ///
  /// - Throws: ``Failure`` for one that is none, or that contradicts another.
  init(_ texts: [String]) throws(Failure) {
    for text in texts {
      let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let new = ProgramArgument(argument: String(sides.last ?? ""))?.number else {
        throw Self.failure(text, lacking: sides.last ?? "")
      }
      guard sides.count > 1 else {
        guard all == nil else { throw Failure(.usage, "--program is given twice for all tracks") }
        all = new
        continue
      }
      if let match = sides[0].wholeMatch(of: /track([0-9]+)/) {
        guard let track = Int(match.1), track >= 1 else { throw Self.failure(text) }
        guard tracks.updateValue(new, forKey: track) == nil else {
          throw Failure(.usage, "--program track\(track) is given twice")
        }
      } else {
        guard let old = ProgramArgument(argument: String(sides[0]))?.number else {
          throw Self.failure(text, lacking: sides[0])
        }
        guard replacements.updateValue(new, forKey: old) == nil else {
          throw Failure(.usage, "--program \(old) is replaced twice")
        }
      }
    }
    if let all, let old = replacements.keys.min() {
      throw Failure(
        .usage,
        "--program \(all) is for all tracks, expected no \(old)=\(replacements[old] ?? 0) with it")
    }
  }

  private static func failure(_ text: String, lacking name: Substring = "") -> Failure {
    let names = GeneralMIDI.names.map { $0.lowercased() }
    let nearest = name.contains(where: \.isLetter) ? name.lowercased().nearest(among: names) : []
    return Failure(
      .usage,
      "--program is \"\(text)\", expected programs 0 to 127 or their names, such as 40, violin, 0=40 or "
        + "track2=violin\(nearest.asNearest)")
  }

  /// A score with other programs.
  ///
  /// - Parameters:
  ///   - score: the score.
  ///   - path: its file, for failures.
  /// - Returns: the changed score.
  /// - Throws: ``Failure`` where it lacks what is named.
  func applied(to score: Score, of path: String) throws(Failure) -> Score {
    var result = score
    if let all {
      guard score.tracks.contains(where: { !$0.isDrums && !$0.notes.isEmpty }) else {
        throw Failure(.data, "\(path): drums alone found, expected another track for --program")
      }
      result = result.playing(all)
    }
    if !replacements.isEmpty {
      let channels = ChannelPrograms(score)
      let played = Set(
        score.tracks.lazy.filter { !$0.isDrums && !$0.notes.isEmpty }
          .flatMap(channels.programs(of:)))
      if let missing = replacements.keys.sorted().first(where: { !played.contains($0) }) {
        let list = played.sorted().map { "\($0)" }.joined(separator: ", ")
        throw Failure(
          .data,
          "\(path): no track plays program \(missing), "
            + (list.isEmpty ? "for there are drums alone" : "expected one of \(list)"))
      }
      result = result.replacingPrograms(replacements)
    }
    for (number, program) in tracks.sorted(by: { $0.key < $1.key }) {
      try check(number, program, in: score, of: path)
      let chosen = score.tracks[number - 1]
      result = result.playing(program) {
        $0.part == chosen.part && $0.isDrums == chosen.isDrums
      }
    }
    return result
  }

  /// Checks that a track has notes, and that no other plays with its channel's program that is to keep its own.
  private func check(
    _ number: Int, _ program: UInt8, in score: Score, of path: String
  ) throws(Failure) {
    guard score.tracks.indices.contains(number - 1) else {
      throw Failure(
        .data, "\(path): track \(number) not found, expected 1 to \(score.tracks.count)")
    }
    let track = score.tracks[number - 1]
    if track.notes.isEmpty {
      throw Failure(.data, "\(path): track \(number) has no note, expected one that has")
    }
    let other = score.tracks.indices.first { index in
      let other = score.tracks[index]
      return other.part == track.part && other.isDrums == track.isDrums && !other.notes.isEmpty
        && index != number - 1 && tracks[index + 1] != program
    }
    if let other {
      throw Failure(
        .data,
        "\(path): tracks \(number) and \(other + 1) play on one channel, which has one program, expected "
          + "--program track\(number)=\(program) and --program track\(other + 1)=\(program)")
    }
  }
}
