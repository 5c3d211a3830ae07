import Drawing
import MuseGen

/// A file that cannot be read, and why.
struct UnreadFile: Encodable {
  var path: String
  var error: String
}

/// What `musegen info` tells of many files.
struct FolderListing: Encodable {
  /// The files that can be read.
  var files: [FileInfo] = []
  /// Those that cannot, and why.
  var failed: [UnreadFile] = []

  private enum CodingKeys: String, CodingKey { case files, failed, totals }

  private struct Totals: Encodable {
    var files: Int
    var failed: Int
    var withWarnings: Int
    var bytes: Int
    var tracks: Int
    var notes: Int
    var seconds: Double
  }

  private var totals: Totals {
    Totals(
      files: files.count + failed.count, failed: failed.count,
      withWarnings: files.count { !$0.warnings.isEmpty },
      bytes: files.reduce(0) { $0 + $1.bytes }, tracks: files.reduce(0) { $0 + $1.tracks.count },
      notes: files.reduce(0) { $0 + $1.notes }, seconds: files.reduce(0) { $0 + $1.seconds })
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(files, forKey: .files)
    try container.encode(failed, forKey: .failed)
    try container.encode(totals, forKey: .totals)
  }

  /// A table with a line for each file, then the totals, then the files with faults.
  var report: [String] {
    let head = ["length", "notes", "tracks", "range", "tempo", "metre", "faults", "file"]
    var lines = TextTable(
      [head]
        + files.map { file in
          [
            ClockText.duration(file.seconds), file.notes.grouped, "\(file.tracks.count)",
            file.lowestPitch.map { "\(Pitch($0))-\(Pitch(file.highestPitch ?? $0))" }
              ?? "-",
            file.tempo?.first.decimals(0) ?? "-", file.timeSignatures.first?.name ?? "-",
            file.warnings.isEmpty ? "-" : (file.warnings.count + file.omittedWarnings).grouped,
            file.path,
          ]
        }
    ).lines
    let totals = totals
    lines.append("")
    lines.append(
      "\(totals.files.counted("file")), \(totals.notes.counted("note")), "
        + "\(totals.tracks.counted("track")), \(ClockText.duration(totals.seconds)), "
        + "\(totals.bytes.grouped) bytes")
    let faulty = files.filter { !$0.warnings.isEmpty }
    if !faulty.isEmpty {
      lines.append("")
      lines.append("\(faulty.count.counted("file")) with faults")
      lines += faulty.map { file in
        let first = file.warnings[0]
        let others = file.warnings.count + file.omittedWarnings - 1
        return "  \(file.path): \(first.place): \(first.fault)"
          + (others > 0 ? " (and \(others.grouped) more)" : "")
      }
    }
    if !failed.isEmpty {
      lines.append("")
      lines.append("\(failed.count.counted("file")) that cannot be read")
      lines += failed.map { "  \($0.error)" }
    }
    return lines
  }
}
