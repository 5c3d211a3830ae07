import MuseGen

extension FileInfo {
  /// The report on one file, for people.
  var report: [String] {
    var lines = [path]
    if !title.isEmpty { lines.append("  \(title)") }
    lines.append(
      "  format \(format), \(division), \(counted(tracks.count, "track")), "
        + "\(grouped(bytes)) bytes")
    var sounding = "  \(Duration.text(seconds)), \(counted(notes, "note"))"
    if let lowestPitch, let highestPitch {
      sounding += ", \(Pitch(lowestPitch)) to \(Pitch(highestPitch))"
      sounding += ", at most \(highestPolyphony) at once"
    }
    lines.append(sounding)
    lines.append("  " + metre)
    if lyrics > 0 { lines.append("  \(counted(lyrics, "lyric"))") }
    lines += table(tracks.enumerated().map { $1.row(number: $0 + 1) }).map { "  " + $0 }
    if !warnings.isEmpty {
      lines.append("  \(counted(warnings.count + omittedWarnings, "warning"))")
      lines += warnings.prefix(20).map { warning in
        let track = warning.track.map { ", track \($0)" } ?? ""
        let repair = warning.repair.map { "; \($0)" } ?? ""
        return "    byte \(warning.byte)\(track): \(warning.fault)\(repair)"
      }
      let unlisted = warnings.count + omittedWarnings - min(warnings.count, 20)
      if unlisted > 0 { lines.append("    and \(grouped(unlisted)) more") }
    }
    return lines
  }

  /// Tempo, time signatures and keys in one line.
  private var metre: String {
    var parts = ["\(beats(tempo.first)) quarter notes a minute"]
    if tempo.changes > 0 {
      parts[0] +=
        " (\(beats(tempo.slowest)) to \(beats(tempo.fastest)), "
        + "\(counted(tempo.changes, "change")))"
    }
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

  private func beats(_ tempo: Double) -> String {
    tempo == tempo.rounded() ? "\(Int(tempo))" : decimals(tempo, 1)
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
      notes == 0 && programs.isEmpty ? "" : "channel \(channel)",
      programs.count > 3 ? instruments + ", …" : instruments, counted(notes, "note"), pitches,
    ]
  }
}

/// A number and what it counts, such as `1 note` or `1,234 notes`.
func counted(_ number: Int, _ noun: String) -> String {
  "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
}

/// Rows of cells as lines, each column as wide as its widest cell.
func table(_ rows: [[String]]) -> [String] {
  var widths: [Int] = []
  for row in rows {
    for (column, cell) in row.enumerated() {
      if column == widths.count { widths.append(0) }
      widths[column] = max(widths[column], cell.count)
    }
  }
  return rows.map { row in
    var line = ""
    for (column, cell) in row.enumerated() {
      line += cell + String(repeating: " ", count: widths[column] - cell.count + 2)
    }
    return String(line.reversed().drop { $0 == " " }.reversed())
  }
}
