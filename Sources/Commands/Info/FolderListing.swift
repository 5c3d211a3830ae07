import MuseGen

/// What `musegen info` tells of many files.
struct FolderListing: Encodable {
  /// The files that can be read.
  var files: [FileInfo] = []
  /// Those that cannot, and why.
  var failed: [Failed] = []

  struct Failed: Encodable {
    var path: String
    var error: String
  }

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
    var lines = table(
      [head]
        + files.map { file in
          [
            Duration.text(file.seconds), grouped(file.notes), "\(file.tracks.count)",
            file.lowestPitch.map { "\(Pitch($0))-\(Pitch(file.highestPitch ?? $0))" }
              ?? "-",
            decimals(file.tempo.first, 0), file.timeSignatures.first?.name ?? "-",
            file.warnings.isEmpty ? "-" : grouped(file.warnings.count + file.omittedWarnings),
            file.path,
          ]
        })
    let totals = totals
    lines.append("")
    lines.append(
      "\(counted(totals.files, "file")), \(counted(totals.notes, "note")), "
        + "\(counted(totals.tracks, "track")), \(Duration.text(totals.seconds)), "
        + "\(grouped(totals.bytes)) bytes")
    let faulty = files.filter { !$0.warnings.isEmpty }
    if !faulty.isEmpty {
      lines.append("")
      lines.append("\(counted(faulty.count, "file")) with faults that were repaired")
      lines += faulty.map { file in
        let first = file.warnings[0]
        let others = file.warnings.count + file.omittedWarnings - 1
        return "  \(file.path): byte \(first.byte)"
          + (first.track.map { ", track \($0)" } ?? "") + ": \(first.fault)"
          + (others > 0 ? " (and \(grouped(others)) more)" : "")
      }
    }
    if !failed.isEmpty {
      lines.append("")
      lines.append("\(counted(failed.count, "file")) that cannot be read")
      lines += failed.map { "  \($0.error)" }
    }
    return lines
  }
}
