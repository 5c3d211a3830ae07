import MusicXML

/// The signs of one measure that say where playing goes on, whichever part they stand in.
struct JumpSigns {
  /// Whether what is repeated begins here.
  var startsRepeat = false
  /// Whether what is repeated ends here; how often it is played, where that is said.
  var endsRepeat = false
  var times: Int?
  /// Whether it is repeated after a jump too.
  var repeatsAfterJump = false
  /// The passages of an ending that begins here.
  var endingStart: [Int]?
  /// Whether an ending ends here.
  var stopsEnding = false
  var isDaCapo = false
  var dalSegno: String?
  var segno: String?
  var toCoda: String?
  var coda: String?
  var isFine = false
  /// The last time through a repeat that a note names; 0 where none does.
  var lastTime = 0
  /// Whether a movement begins here: measures are counted anew.
  var startsMovement = false
}

extension JumpSigns {
  /// Collects the signs of a measure of all parts.
  init(_ measures: [PartwiseScore.Measure]) {
    for measure in measures {
      for item in measure.items {
        switch item {
        case .barline(let barline): add(barline)
        case .direction(let direction): add(direction)
        case .note(let note): lastTime = max(lastTime, note.times.max() ?? 0)
        default: break
        }
      }
    }
  }

  private mutating func add(_ barline: PartwiseScore.Barline) {
    switch barline.repeatSign {
    case .forward: startsRepeat = true
    case .backward(let times, let afterJump):
      endsRepeat = true
      self.times = self.times ?? times
      repeatsAfterJump = repeatsAfterJump || afterJump
    case nil: break
    }
    switch barline.ending {
    case .start(let numbers): endingStart = endingStart ?? numbers
    case .stop: stopsEnding = true
    case nil: break
    }
  }

  private mutating func add(_ direction: PartwiseScore.Direction) {
    let sound = direction.sound
    startsRepeat = startsRepeat || sound.startsRepeat
    isDaCapo = isDaCapo || sound.isDaCapo
    dalSegno = dalSegno ?? sound.dalSegno
    segno = segno ?? sound.segno ?? (direction.hasSegno ? "segno" : nil)
    toCoda = toCoda ?? sound.toCoda
    isFine = isFine || sound.isFine
    coda = coda ?? sound.coda
    // Some programs write the words and signs, and nothing of the sound.
    for words in direction.words { add(words) }
    if direction.hasCoda, toCoda == nil, sound.coda == nil { coda = coda ?? "coda" }
  }

  private mutating func add(_ words: String) {
    let text = words.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let short = text.filter { $0 != "." && $0 != " " }
    if short.hasPrefix("dc") && (short.count == 2 || short.hasPrefix("dcal"))
      || text.hasPrefix("da capo")
    {
      isDaCapo = true
    } else if short.hasPrefix("ds") && (short.count == 2 || short.hasPrefix("dsal"))
      || text.hasPrefix("dal segno")
    {
      dalSegno = dalSegno ?? "segno"
    } else if text == "to coda" {
      toCoda = toCoda ?? "coda"
    } else if text == "fine" || text == "fine." {
      isFine = true
    }
  }
}

/// The measures of a piece in the order in which they are played: repeats, endings and jumps played out.
///
/// Each movement of a work is played out for itself: a da capo leads to its beginning, and a fine ends it.
struct PlayingOrder {
  /// The measures' numbers, from 0.
  private(set) var measures: [Int] = []
  /// Which time through its repeat each of them is played, from 1: the time that endings and notes name.
  private(set) var times: [Int] = []

  /// Plays a piece out.
  ///
  /// - Throws: ``MusicXMLError/Reason/playsTooLong(measures:)`` for more than sixteen times the measures
  ///   that are written, and a thousand.
  init(_ signs: [JumpSigns]) throws(MusicXMLError) {
    let most = 16 * signs.count + 1000
    var start = 0
    while start < signs.count {
      var end = start + 1
      while end < signs.count, !signs[end].startsMovement { end += 1 }
      let order = try MovementOrder(
        Array(signs[start..<end]), after: measures.count, ofAtMost: most)
      for measure in order.measures { measures.append(start + measure) }
      times += order.times
      start = end
    }
  }
}

/// The measures of a movement in the order in which they are played.
///
/// As players do: a repeat is played twice where nothing else is said, and after a jump not again but for
/// one that says so; of endings the last is then played. Each jump is taken once.
private struct MovementOrder {
  /// The measures' numbers in the movement, from 0.
  private(set) var measures: [Int] = []
  /// The passage of its repeat in which each of them is played, from 1.
  private var passages: [Int] = []
  /// How many of them are played before the first jump; nil where there is none.
  private var countBeforeJump: Int?

  private let signs: [JumpSigns]
  /// The ending in which each measure lies: its number in ``endings``.
  private var endingOfMeasure: [Int?]
  private var endings: [EndingGroup.Member] = []
  private var groups: [EndingGroup] = []

  /// Endings of one repeat.
  private struct EndingGroup {
    struct Member {
      var group: Int
      var numbers: [Int]
      var measures: Range<Int>
    }
    /// The last passage that any of them names.
    var lastPassage: Int
    /// The ending behind which the piece goes on.
    var lastEnding: Int
    /// Whether what is played in its stead the last time has no bracket, as after a first ending without a
    /// second.
    var goesOnWithoutBracket = false
  }

  /// Plays a movement out.
  ///
  /// - Parameters:
  ///   - signs: the signs of its measures.
  ///   - played: how many measures were played before it.
  ///   - most: how many may be played in all.
  /// - Throws: ``MusicXMLError/Reason/playsTooLong(measures:)`` for more.
  init(
    _ signs: [JumpSigns], after played: Int, ofAtMost most: Int
  ) throws(MusicXMLError) {
    self.signs = signs
    endingOfMeasure = Array(repeating: nil, count: signs.count)
    findEndings()
    try play(after: played, ofAtMost: most)
  }

  private mutating func findEndings() {
    var measure = 0
    // The end of the ending before, at which a further one of the same repeat begins.
    var previousEnd: Int?
    while measure < signs.count {
      guard let numbers = signs[measure].endingStart else {
        measure += 1
        continue
      }
      var end = measure
      while end < signs.count, !signs[end].stopsEnding, !signs[end].endsRepeat {
        if end + 1 < signs.count, signs[end + 1].endingStart != nil { break }
        end += 1
      }
      end = min(end + 1, signs.count)
      if previousEnd != measure || groups.isEmpty {
        groups.append(EndingGroup(lastPassage: 1, lastEnding: endings.count))
      }
      let group = groups.count - 1
      let passages = numbers.filter { $0 > 0 }
      groups[group].lastPassage = max(groups[group].lastPassage, passages.max() ?? 1)
      groups[group].lastEnding = endings.count
      for place in measure..<end { endingOfMeasure[place] = endings.count }
      endings.append(.init(group: group, numbers: passages, measures: measure..<end))
      previousEnd = end
      measure = end
    }
    for group in groups.indices {
      let last = endings[groups[group].lastEnding]
      let measure = last.measures.upperBound - 1
      groups[group].goesOnWithoutBracket =
        !last.numbers.isEmpty && signs[measure].endsRepeat
        && groups[group].lastPassage < passages(ofRepeatAt: measure)
    }
  }

  private mutating func play(
    after played: Int, ofAtMost most: Int
  ) throws(MusicXMLError) {
    var measure = 0
    var repeatStart = 0
    var passage = 1
    var hasJumped = false
    var takenJumps: Set<Int> = []
    let segni = places { $0.segno }
    let codas = places { $0.coda }
    let codaMeasures = codas.values.sorted()
    while measure < signs.count {
      let sign = signs[measure]
      if sign.startsRepeat, measure != repeatStart {
        repeatStart = measure
        passage = 1
      }
      if let index = endingOfMeasure[measure], endings[index].measures.lowerBound == measure,
        !isPlayed(endings[index], at: index, passage: passage, hasJumped: hasJumped)
      {
        let group = groups[endings[index].group]
        measure = endings[index].measures.upperBound
        if group.goesOnWithoutBracket, group.lastEnding == index {
          repeatStart = measure
          passage = 1
        }
        continue
      }
      guard played + measures.count < most else {
        throw MusicXMLError(.playsTooLong(measures: most))
      }
      measures.append(measure)
      passages.append(passage)

      if hasJumped, sign.isFine { return }
      if hasJumped, let label = sign.toCoda,
        let coda = codas[label]
          ?? codaMeasures[codaMeasures.partitioningIndex { $0 > measure }...].first
      {
        measure = coda
        repeatStart = coda
        passage = 1
        continue
      }
      if sign.endsRepeat, !hasJumped || sign.repeatsAfterJump,
        passage < passages(ofRepeatAt: measure)
      {
        passage += 1
        measure = repeatStart
        continue
      }
      if sign.isDaCapo || sign.dalSegno != nil, takenJumps.insert(measure).inserted {
        hasJumped = true
        countBeforeJump = countBeforeJump ?? measures.count
        measure = sign.isDaCapo ? 0 : sign.dalSegno.flatMap { segni[$0] } ?? segni.values.min() ?? 0
        repeatStart = measure
        passage = 1
        continue
      }
      let isLastEnding = endingOfMeasure[measure].map {
        groups[endings[$0].group].lastEnding == $0 && endings[$0].measures.upperBound == measure + 1
      }
      // Where the passages before have no bracket, the ending behind the sign is that of this one.
      let isBeforeEnding =
        isLastEnding == nil && measure + 1 < signs.count && signs[measure + 1].endingStart != nil
      if sign.endsRepeat && isLastEnding ?? !isBeforeEnding || isLastEnding == true {
        repeatStart = measure + 1
        passage = 1
      }
      measure += 1
    }
  }

  /// Which time through its repeat each measure is played, from 1.
  ///
  /// After a jump each measure is played a further time, where a note names so late a one, and else as the last time
  /// before; in a repeat that is played after a jump too, the times are counted again.
  var times: [Int] {
    guard let countBeforeJump else { return passages }
    var isRepeatedAgain = [Bool](repeating: false, count: signs.count)
    var isRepeated = false
    for measure in signs.indices.reversed() {
      if signs[measure].endsRepeat { isRepeated = signs[measure].repeatsAfterJump }
      isRepeatedAgain[measure] = isRepeated
    }
    var before = [Int](repeating: 1, count: signs.count)
    var visits = [Int](repeating: 0, count: signs.count)
    return measures.indices.map { place in
      let measure = measures[place]
      visits[measure] += 1
      if place < countBeforeJump {
        before[measure] = max(before[measure], passages[place])
        return passages[place]
      }
      if isRepeatedAgain[measure] { return passages[place] }
      return min(visits[measure], max(before[measure], signs[measure].lastTime))
    }
  }

  /// How often the repeat that ends with a measure is played.
  private func passages(ofRepeatAt measure: Int) -> Int {
    let said = min(max(signs[measure].times ?? 2, 1), 64)
    guard let index = endingOfMeasure[measure] else { return said }
    // An ending without a repeat sign follows, or this one says how often it is played.
    return max(
      groups[endings[index].group].lastPassage, signs[measure].times.map { _ in said } ?? 2)
  }

  private func isPlayed(
    _ ending: EndingGroup.Member, at index: Int, passage: Int, hasJumped: Bool
  ) -> Bool {
    let group = groups[ending.group]
    if hasJumped, !signs[ending.measures].contains(where: \.repeatsAfterJump) {
      return index == group.lastEnding && !group.goesOnWithoutBracket
    }
    if ending.numbers.contains(passage) { return true }
    // What no ending names is played with the last one.
    return index == group.lastEnding && passage >= group.lastPassage
      && !group.goesOnWithoutBracket || ending.numbers.isEmpty
  }

  /// The measures at which labelled signs stand, the first of each label.
  private func places(_ label: (JumpSigns) -> String?) -> [String: Int] {
    var places: [String: Int] = [:]
    for (measure, sign) in signs.enumerated() {
      if let label = label(sign), places[label] == nil { places[label] = measure }
    }
    return places
  }
}
