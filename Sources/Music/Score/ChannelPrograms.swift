/// The programs that a score's channels play with.
///
/// A program belongs to a channel of a port, whichever of its tracks tells it: it holds for all notes that are
/// struck there from its tick on. A reset puts it back to 0, the piano.
public struct ChannelPrograms: Sendable {
  private var parts: [Track.Part: ProgramChanges] = [:]

  /// Collects the program changes and resets of a score.
  ///
  /// - Complexity: O(*n*) in the number of messages, or O(*n* log *n*) in that of program changes that
  ///   are not in order or followed by resets.
  public init(_ score: Score) {
    let resets = score.resets
    self.init(resets.isEmpty ? score.tracks : [])
    if resets.isEmpty { return }
    var set: [Track.Part: [(moment: Moment, program: UInt8)]] = [:]
    for track in score.tracks {
      for message in track.messages {
        guard case .program(let program) = message.kind else { continue }
        set[track.part, default: []].append((message.moment, program))
      }
    }
    for (part, changes) in set {
      parts[part] = ProgramChanges(
        changes.sortedByTick { $0.moment }, resets: resets.moments(ofPort: part.port))
    }
  }

  /// Collects the program changes of some tracks.
  ///
  /// - Complexity: O(*n*) in the number of messages, or O(*n* log *n*) in that of program changes that
  ///   are not in order.
  public init(_ tracks: [Track]) {
    for track in tracks {
      parts[track.part, default: ProgramChanges()].changes += track.programs
    }
    parts = parts.mapValues { ProgramChanges(changes: $0.changes.sortedByTick { $0.tick }) }
  }

  /// The program changes of the channel that a track plays on.
  public func changes(of track: Track) -> ProgramChanges {
    parts[track.part] ?? ProgramChanges()
  }

  /// The program with which a track plays notes that are struck at a tick.
  ///
  /// - Complexity: O(log *n*) in the number of program changes.
  public func program(of track: Track, atTick tick: Int) -> UInt8 {
    changes(of: track).program(atTick: tick)
  }

  /// The programs with which a track's notes are struck, each once, in the order of their first use.
  ///
  /// A track without notes has those that it sets.
  public func programs(of track: Track) -> [UInt8] {
    let changes = changes(of: track)
    var isKnown = [Bool](repeating: false, count: 128)
    var programs: [UInt8] = []
    func add(_ program: UInt8) {
      if isKnown[Int(program & 0x7F)] { return }
      isKnown[Int(program & 0x7F)] = true
      programs.append(program)
    }
    if track.notes.isEmpty {
      for change in track.programs { add(change.program) }
    } else {
      for note in track.notes { add(changes.program(atTick: note.onset)) }
    }
    return programs
  }
}

/// The program changes of one channel.
public struct ProgramChanges: Sendable {
  /// The changes, by tick; of those at one tick the last holds.
  public internal(set) var changes: [(tick: Int, program: UInt8)] = []

  fileprivate init(changes: [(tick: Int, program: UInt8)] = []) { self.changes = changes }

  /// Lets a program other than 0 end at the first reset after it, where it holds until then.
  fileprivate init(_ set: [(moment: Moment, program: UInt8)], resets: [Moment]) {
    for (index, change) in set.enumerated() {
      let tick = change.moment.tick
      let next = index + 1 < set.count ? set[index + 1].moment.tick : .max
      let reset = resets.partitioningIndex { $0 > change.moment }
      guard change.program != 0, reset < resets.count, resets[reset].tick < next else {
        changes.append((tick, change.program))
        continue
      }
      // A program that is reset at its own tick never holds.
      if resets[reset].tick > tick { changes.append((tick, change.program)) }
      changes.append((resets[reset].tick, 0))
    }
  }

  /// The program in force at a tick: 0, the piano, before the first change.
  ///
  /// - Complexity: O(log *n*) in the number of changes.
  public func program(atTick tick: Int) -> UInt8 {
    let next = changes.partitioningIndex { $0.tick > tick }
    return next == 0 ? 0 : changes[next - 1].program
  }
}
