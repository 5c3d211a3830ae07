import Reproducibility
import Tokenization

/// A tokenizer's settings while they are read: each that is understood is taken out.
struct SettingsReading {
  private var settings: [String: JSONValue]
  private(set) var differences: [String] = []

  init(_ settings: [String: JSONValue]) {
    self.settings = settings
    for (name, value) in self.settings.removeValue(forKey: "additional_params")?.object ?? [:] {
      self.settings[name] = value
    }
  }

  private mutating func take(_ name: String) -> JSONValue? {
    let value = settings.removeValue(forKey: name)
    return value == .null ? nil : value
  }

  private mutating func truth(_ name: String, or standard: Bool) throws(MidiTokError) -> Bool {
    guard let value = take(name) else { return standard }
    guard let truth = value.truth else { throw MidiTokError(.setting(name)) }
    return truth
  }

  private mutating func whole(_ name: String, or standard: Int) throws(MidiTokError) -> Int {
    guard let value = take(name) else { return standard }
    guard let whole = value.whole else { throw MidiTokError(.setting(name)) }
    return whole
  }

  private mutating func range(
    _ name: String, or standard: ClosedRange<Int>
  ) throws(MidiTokError) -> ClosedRange<Int> {
    guard let value = take(name) else { return standard }
    guard let range = value.range else { throw MidiTokError(.setting(name)) }
    return range
  }

  private mutating func velocities() throws(MidiTokError) -> Int {
    let count = try whole("num_velocities", or: 32)
    return try truth("use_velocities", or: true) ? count : 0
  }

  /// Whether programs are told; tracks that are sequences of their own have no counterpart.
  private mutating func programs() throws(MidiTokError) -> Bool {
    let tells = try truth("use_programs", or: false)
    let isOneStream = try truth("one_token_stream_for_programs", or: true)
    if !tells || !isOneStream {
      differences.append("a sequence for each track: all parts are told in one")
    }
    if try truth("program_changes", or: false), tells {
      differences.append("program_changes: each note tells its program")
    }
    return tells
  }

  /// The settings of REMI and TSD.
  mutating func metrical() throws(MidiTokError) -> MetricalConfiguration {
    var found = MetricalConfiguration()
    let pitches = try range("pitch_range", or: 21...109)
    (found.lowestPitch, found.highestPitch) = (pitches.lowerBound, pitches.upperBound)
    let drums = try range("drums_pitch_range", or: 27...88)
    (found.lowestDrum, found.highestDrum) = (drums.lowerBound, drums.upperBound)
    found.velocityBins = try velocities()
    found.programs = try programs()
    if !(try truth("use_pitchdrum_tokens", or: true)), found.programs {
      differences.append("use_pitchdrum_tokens off: drums have tokens of their own")
    }
    found.resolutions = try resolutions()
    found.tempos = try truth("use_tempos", or: false)
    found.tempoBins = try whole("num_tempos", or: 32)
    let tempos = try range("tempo_range", or: 40...250)
    (found.slowestTempo, found.fastestTempo) = (tempos.lowerBound, tempos.upperBound)
    if try truth("log_tempos", or: false), found.tempos {
      differences.append("log_tempos: tempos are told at equal steps")
    }
    if !(try truth("delete_equal_successive_tempo_changes", or: false)), found.tempos {
      differences.append("tempos told again: a tempo is told where it changes")
    }
    found.timeSignatures = try truth("use_time_signatures", or: false)
    if let signatures = try signatures(), found.timeSignatures { found.signatures = signatures }
    found.controllers = try controllers()
    let isHeld = try truth("sustain_pedal_duration", or: false)
    found.pedal = isHeld && found.controllers?.pedal != true
    if isHeld, !found.pedal {
      differences.append("sustain_pedal_duration: a pedal is lifted by a token of its own")
    }
    return found
  }

  /// The settings of MIDILike, whose time is told in beats.
  mutating func performance() throws(MidiTokError) -> PerformanceVocabulary.Configuration {
    var found = PerformanceVocabulary.Configuration()
    let pitches = try range("pitch_range", or: 21...109)
    (found.lowestPitch, found.highestPitch) = (pitches.lowerBound, pitches.upperBound)
    found.velocityBins = try velocities()
    found.programs = try programs()
    differences.append(
      "time-shifts in beats: they are told in milliseconds, without tempo or metre")
    if found.velocityBins > 0 {
      differences.append("a velocity at each note: it is told where it changes")
    }
    found.controllers = try controllers()
    for name in ["beat_res", "num_tempos", "tempo_range", "use_tempos", "use_time_signatures"] {
      settings[name] = nil
    }
    return found
  }

  /// Pedals, bends and, of control changes, those of expression and the pedal; nil where nothing is told of them.
  private mutating func controllers() throws(MidiTokError) -> ControllerSettings? {
    var found = ControllerSettings()
    found.pedal = try truth("use_sustain_pedals", or: false)
    let range = take("pitch_bend_range")?.list?.map(\.whole)
    if try truth("use_pitch_bends", or: false) {
      let count = range?.last ?? 32
      guard range.map({ $0.count == 3 }) ?? true, let count, 2..<1_024 ~= count else {
        throw MidiTokError(.setting("pitch_bend_range"))
      }
      found.bend = count | 1
      let positions = count == found.bend ? "" : "\(count) positions become \(found.bend), and "
      differences.append(
        "use_pitch_bends: \(positions)the middle one is no bend, each up to two units from MidiTok's"
      )
      if let range, range.prefix(2) != [-8_192, 8_191] {
        differences.append("pitch_bend_range: the wheel is told from -8192 to 8191")
      }
    }
    let numbers = take("control_change_numbers")?.list?.compactMap(\.whole) ?? [11, 64]
    let bins = try whole("control_change_n_bins", or: 32)
    if try truth("use_control_changes", or: false) {
      if numbers.contains(64) { found.pedal = true }
      if numbers.contains(11) { found.expression = bins }
      if numbers.contains(where: { $0 != 11 && $0 != 64 }) {
        differences.append("use_control_changes: of controllers only 64 and 11 are told")
      }
    }
    if found.told.isEmpty { return nil }
    let names = [
      "use_sustain_pedals": found.pedal, "use_pitch_bends": found.bend > 0,
      "use_control_changes": found.expression > 0,
    ].filter(\.value).keys.sorted()
    differences.append(
      "\(names.joined(separator: ", ")): told after the notes of their time, each behind its program"
    )
    return found
  }

  /// `{"0_4": 8, "4_12": 4}`: eight positions a beat up to four beats, four up to twelve.
  private mutating func resolutions() throws(MidiTokError) -> [MetricalConfiguration.Resolution] {
    guard let value = take("beat_res") else { return MetricalConfiguration().resolutions }
    guard let fields = value.object else { throw MidiTokError(.setting("beat_res")) }
    var parts: [(first: Int, end: Int, positions: Int)] = []
    for (name, positions) in fields {
      let bounds = name.split(separator: "_").map { Int($0) }
      guard bounds.count == 2, let first = bounds[0], let end = bounds[1],
        let positions = positions.whole
      else { throw MidiTokError(.setting("beat_res")) }
      parts.append((first, end, positions))
    }
    parts.sort { $0.first < $1.first }
    for (index, part) in parts.enumerated()
    where part.first != (index == 0 ? 0 : parts[index - 1].end) {
      throw MidiTokError(.setting("beat_res"))
    }
    return parts.map { MetricalConfiguration.Resolution(beats: $0.end, positions: $0.positions) }
  }

  /// `{"4": [3, 4]}`: 3/4 and 4/4.
  private mutating func signatures() throws(MidiTokError) -> [MetricalConfiguration.Signature]? {
    guard let value = take("time_signature_range") else { return nil }
    guard let fields = value.object else { throw MidiTokError(.setting("time_signature_range")) }
    var found: [MetricalConfiguration.Signature] = []
    for (denominator, numerators) in fields.sorted(by: { (Int($0.key) ?? 0) < (Int($1.key) ?? 0) })
    {
      guard let denominator = Int(denominator), let numerators = numerators.list?.map(\.whole)
      else { throw MidiTokError(.setting("time_signature_range")) }
      for case let numerator? in numerators {
        found.append(MetricalConfiguration.Signature(numerator, denominator))
      }
    }
    if !found.contains(MetricalConfiguration.Signature(4, 4)) {
      found.append(MetricalConfiguration.Signature(4, 4))
      differences.append("time_signature_range without 4/4: it is told too")
    }
    return found
  }

  /// Tells of what is switched on and not understood.
  mutating func tellUnknown() {
    for name in settings.keys.sorted() where settings[name] == .truth(true) {
      let isUsed = name.hasPrefix("use_") || name.hasPrefix("ac_")
      if isUsed { differences.append("\(name): there are no such tokens") }
    }
    if take("max_bar_embedding") != nil {
      differences.append("max_bar_embedding: bars have no numbers")
    }
    if let told = take("use_note_duration_programs")?.list, told.count < 129 {
      differences.append("use_note_duration_programs: notes of all programs have durations")
    }
    let special = (take("special_tokens")?.list ?? []).compactMap { $0.text?.prefix { $0 != "_" } }
    let others = special.filter { !["PAD", "BOS", "EOS"].contains($0) }
    if !others.isEmpty {
      differences.append("special tokens \(others.joined(separator: ", ")): there are none of them")
    }
  }
}

extension ControllerSettings {
  /// The settings as MidiTok has them.
  fileprivate var midiTok: [String: JSONValue] {
    var fields: [String: JSONValue] = ["use_sustain_pedals": .truth(pedal)]
    if bend > 0 {
      fields["use_pitch_bends"] = .truth(true)
      fields["pitch_bend_range"] = .list([-8_192, 8_191, bend].map { .whole($0) })
    }
    if expression > 0 {
      fields["use_control_changes"] = .truth(true)
      fields["control_change_numbers"] = .list([.whole(11)])
      fields["control_change_n_bins"] = .whole(expression)
    }
    return fields
  }
}

extension MetricalConfiguration {
  /// The settings as MidiTok has them; those that are left out have its defaults.
  var midiTok: [String: JSONValue] {
    var beats: [String: JSONValue] = [:]
    var first = 0
    for resolution in resolutions {
      beats["\(first)_\(resolution.beats)"] = .whole(resolution.positions)
      first = resolution.beats
    }
    var signatures: [String: JSONValue] = [:]
    for (denominator, group) in Dictionary(grouping: self.signatures, by: \.denominator) {
      signatures["\(denominator)"] = .list(group.map { .whole($0.numerator) })
    }
    return [
      "pitch_range": .list([.whole(lowestPitch), .whole(highestPitch)]),
      "beat_res": .object(beats),
      "num_velocities": .whole(max(velocityBins, 1)), "use_velocities": .truth(velocityBins > 0),
      "special_tokens": .list(["PAD_None", "BOS_None", "EOS_None"].map { .text($0) }),
      "use_tempos": .truth(tempos), "num_tempos": .whole(tempoBins),
      "tempo_range": .list([.whole(slowestTempo), .whole(fastestTempo)]),
      "delete_equal_successive_tempo_changes": .truth(true),
      "use_time_signatures": .truth(timeSignatures),
      "time_signature_range": .object(signatures),
      "use_programs": .truth(programs), "one_token_stream_for_programs": .truth(true),
      "use_pitchdrum_tokens": .truth(true),
      "drums_pitch_range": .list([.whole(lowestDrum), .whole(highestDrum)]),
      "sustain_pedal_duration": .truth(pedal), "additional_params": .object([:]),
    ].merging(controllers?.midiTok ?? [:]) { $1 }
  }
}

extension JSONValue {
  /// Two whole numbers, the lower one first.
  fileprivate var range: ClosedRange<Int>? {
    guard let numbers = list?.map(\.whole), numbers.count >= 2, let low = numbers[0],
      let high = numbers[1], low <= high
    else { return nil }
    return low...high
  }
}
