import Drawing
import MuseGen

extension FileInfo {
  /// The report on one file, for people.
  var report: [String] {
    var lines = [path]
    if !title.isEmpty { lines.append("  \(title)") }
    let kind = notation ?? "format \(format ?? 0), \(division)"
    lines.append("  \(kind), \(tracks.count.counted("track")), \(bytes.grouped) bytes")
    var sounding = "  \(ClockText.duration(seconds))"
    if let musicSeconds { sounding += " (music until \(ClockText.duration(musicSeconds)))" }
    sounding += ", \(notes.counted("note"))"
    if let lowestPitch, let highestPitch {
      sounding += ", \(Pitch(lowestPitch)) to \(Pitch(highestPitch))"
      sounding += ", at most \(highestPolyphony) at once"
    }
    lines.append(sounding)
    if notesAfterFirstDay > 0 {
      lines.append(
        "  \(notesAfterFirstDay.counted("note")) after the first day, which tokens leave out")
    }
    lines.append("  " + metre)
    if lyrics > 0 { lines.append("  \(lyrics.counted("lyric"))") }
    lines += TextTable(tracks.enumerated().map { $1.row(number: $0 + 1) }).lines.map { "  " + $0 }
    if !warnings.isEmpty {
      lines.append("  \((warnings.count + omittedWarnings).counted("warning"))")
      lines += warnings.prefix(20).map { warning in
        let repair = warning.repair.map { "; \($0)" } ?? ""
        return "    \(warning.place): \(warning.fault)\(repair)"
      }
      let unlisted = warnings.count + omittedWarnings - min(warnings.count, 20)
      if unlisted > 0 { lines.append("    and \(unlisted.grouped) more") }
    }
    return lines
  }

  /// Tempo, time signatures and keys in one line.
  private var metre: String {
    var parts = [tempo.map(text) ?? "time code, no tempo"]
    parts.append(list(timeSignatures, none: "no time signature"))
    parts.append(list(keySignatures, none: "no key signature"))
    if let likelyKey { parts.append("sounds like \(likelyKey)") }
    return parts.joined(separator: ", ")
  }

  private func list(_ signatures: [Placed], none: String) -> String {
    guard let first = signatures.first else { return none }
    var names = [first.name]
    for signature in signatures where signature.name != names[names.count - 1] {
      names.append(signature.name)
    }
    let shown = names.prefix(4).joined(separator: " - ")
    return names.count > 4 ? "\(shown) and \(names.count - 4) more" : shown
  }

  private func text(_ tempo: Tempo) -> String {
    let first = "\(beats(tempo.first)) quarter notes a minute"
    if tempo.changes == 0 { return first }
    return first + " (\(beats(tempo.slowest)) to \(beats(tempo.fastest)), "
      + "\(tempo.changes.counted("change")))"
  }

  private func beats(_ tempo: Double) -> String {
    tempo == tempo.rounded() ? "\(Int(tempo))" : tempo.decimals(1)
  }
}

extension FileInfo.TrackInfo {
  fileprivate func row(number: Int) -> [String] {
    let pitches =
      if let lowestPitch, let highestPitch, !isDrums {
        "\(Pitch(lowestPitch)) to \(Pitch(highestPitch))"
      } else {
        ""
      }
    let instruments = programs.prefix(3).map(\.name).joined(separator: ", ")
    return [
      "\(number)", name.isEmpty ? "-" : String(name.prefix(30)),
      notes == 0 && programs.isEmpty
        ? "" : (port.map { "port \($0), " } ?? "") + "channel \(channel)",
      programs.count > 3 ? instruments + ", …" : instruments, notes.counted("note"), pitches,
    ]
  }
}
