public import Music
import StandardMIDIFile

/// What is known or told of a piece as a whole; nothing where it is empty.
public struct PieceAttributes: Hashable, Sendable {
  /// A metre: so many beats of such a note value a bar.
  public struct Metre: Hashable, Sendable, CustomStringConvertible {
    /// The number of beats.
    public var numerator: Int
    /// The note value of a beat.
    public var denominator: Int

    /// Creates a metre.
    public init(numerator: Int, denominator: Int) {
      self.numerator = numerator
      self.denominator = denominator
    }

    /// The metre as it is written, such as `6/8`.
    public var description: String { "\(numerator)/\(denominator)" }
  }

  /// Its style or composer, by name.
  public var style: String?
  /// Its key.
  public var key: Key?
  /// The metre that holds longest.
  public var metre: Metre?
  /// Its mean tempo in quarter notes a minute.
  public var tempo: Double?
  /// How many notes are struck a second.
  public var density: Double?
  /// The families of instruments that play.
  public var instruments: Set<InstrumentFamily>?

  /// Creates attributes of which nothing is known.
  public init() {}

  /// Whether nothing is known.
  public var isEmpty: Bool { self == PieceAttributes() }

  /// Whether something of a kind is known.
  public func tells(_ kind: ConditionKind) -> Bool {
    switch kind {
    case .style: style != nil
    case .key: key != nil
    case .metre: metre != nil
    case .tempo: tempo != nil
    case .density: density != nil
    case .instruments: instruments != nil
    }
  }

  /// What holds for what comes with a part of a piece or after it, too: the key and the metre.
  public var lasting: PieceAttributes {
    var lasting = PieceAttributes()
    (lasting.key, lasting.metre) = (key, metre)
    return lasting
  }

  /// What is known after the piece's times are multiplied.
  public func stretched(by factor: Double) -> PieceAttributes {
    var stretched = self
    stretched.tempo = tempo.map { $0 / factor }
    stretched.density = density.map { $0 / factor }
    return stretched
  }
}

extension PieceAttributes {
  /// Takes what a score tells of that in it which a vocabulary has tokens for.
  ///
  /// Without programs that is drums alone, or all but drums, and in any case what lies within the vocabulary's pitches:
  /// of notes that a network neither hears nor writes it must not be told how many there are.
  ///
  /// - Parameters:
  ///   - score: the score.
  ///   - vocabulary: the vocabulary, with conditions or without.
  /// - Complexity: O(n log n) for n notes.
  public init(_ score: Score, toldIn vocabulary: any Vocabulary) {
    var score = score
    let plain = vocabulary.configuration.plain
    for index in score.tracks.indices {
      let told = plain.toldPitches(ofDrums: score.tracks[index].isDrums)
      let isLeftOut = { (note: Note) in !(told?.contains(Int(note.pitch)) ?? false) }
      // Notes of which all stay are not copied.
      guard score.tracks[index].notes.contains(where: isLeftOut) else { continue }
      score.tracks[index].notes.removeAll(where: isLeftOut)
    }
    self.init(score)
    if let known = vocabulary.knownConditions {
      self = inSecondsTold(by: vocabulary.configuration, telling: known.kinds)
    }
  }

  /// What a network is told of a piece of which this is known as it is heard.
  ///
  /// One that is told no tempo, be it of the whole piece or token by token, knows no seconds but those of its vocabulary,
  /// in which it writes: it is told how many notes are struck in such a one. A piece of which no tempo is known is heard
  /// at 120 quarter notes a minute, as its file is played.
  ///
  /// - Parameters:
  ///   - vocabulary: the vocabulary's settings, with conditions or without.
  ///   - kinds: what the network is told of pieces.
  /// - Returns: the same with such a density.
  public func inSecondsTold(
    by vocabulary: VocabularyConfiguration, telling kinds: some Sequence<ConditionKind>
  ) -> PieceAttributes {
    guard let density, let own = vocabulary.untoldTempo, !kinds.contains(.tempo) else {
      return self
    }
    var told = self
    told.density = density * own / (tempo ?? 120)
    return told
  }

  /// Takes what a score tells: all but its style.
  ///
  /// The key is that of most bars, as ``KeyPlan`` hears it, drums left out; in time code, which has no bars, that of
  /// the whole. A metre and a tempo are known where the file tells them.
  ///
  /// - Complexity: O(n log n) for n notes.
  public init(_ score: Score) {
    let clock = score.tempoMap
    let programs = ChannelPrograms(score)
    var families: Set<InstrumentFamily> = []
    var (count, lastEnd) = (0, 0)
    for track in score.tracks {
      let changes = programs.changes(of: track)
      // Most notes are played by the program of the one before.
      var last: UInt8?
      for note in track.notes {
        count += 1
        lastEnd = max(lastEnd, note.end)
        let program = track.isDrums ? drumKit : changes.program(atTick: note.onset) & 127
        if program == last { continue }
        families.insert(InstrumentFamily(program: program))
        last = program
      }
    }
    guard count > 0 else { return }
    key =
      KeyPlan(score)?.key
      ?? KeyEstimate(pitchClasses: score.pitchClassSeconds, profile: .kostkaPayne)?.key
    instruments = families
    let seconds = clock.seconds(atTick: lastEnd)
    if seconds > 0 { density = Double(count) / seconds }
    guard case .ticksPerQuarter(let ticks) = score.division else { return }
    metre = Self.longestMetre(score.timeSignatures, until: lastEnd)
    if !score.tempos.isEmpty, seconds > 0, ticks > 0 {
      tempo = 60 * Double(lastEnd) / Double(ticks) / seconds
    }
  }

  /// The metre that holds longest up to a tick, of equals the first; nil where none is told.
  private static func longestMetre(_ signatures: [TimeSignature], until end: Int) -> Metre? {
    var spans: [Metre: Int] = [:]
    var order: [Metre] = []
    for (index, signature) in signatures.enumerated() {
      let next = index + 1 < signatures.count ? signatures[index + 1].tick : end
      let metre = Metre(numerator: signature.numerator, denominator: signature.denominator)
      if spans[metre] == nil { order.append(metre) }
      spans[metre, default: 0] += max(0, min(next, end) - max(signature.tick, 0))
    }
    let longest = spans.values.max()
    return order.first { spans[$0] == longest }
  }
}

extension VocabularyConfiguration {
  /// The tempo in which music is decoded, in quarter notes a minute; nil where tokens tell tempos, or count seconds.
  fileprivate var untoldTempo: Double? {
    switch plain {
    case .tsd(let settings), .remi(let settings): settings.tempos ? nil : 120
    case .pianoroll(let settings): Double(settings.tempo)
    case .performance, .merged, .conditioned, .accompanied: nil
    }
  }

  /// The pitches that a plain vocabulary has tokens for, of drums or of all else; nil where it has none for these.
  fileprivate func toldPitches(ofDrums isDrums: Bool) -> ClosedRange<Int>? {
    switch self {
    case .performance(let settings):
      guard settings.programs || isDrums == (settings.program == Int(drumKit)) else { return nil }
      return settings.lowestPitch...settings.highestPitch
    case .tsd(let settings), .remi(let settings):
      guard settings.programs || isDrums == (settings.program == Int(drumKit)) else { return nil }
      return isDrums
        ? settings.lowestDrum...settings.highestDrum : settings.lowestPitch...settings.highestPitch
    case .pianoroll(let settings):
      guard isDrums == (settings.program == Int(drumKit)) else { return nil }
      return settings.lowestPitch...settings.highestPitch
    case .merged, .conditioned, .accompanied: return 0...127
    }
  }
}
