import Drawing
import MuseGen

/// What `musegen info --form` tells of a piece, as JSON too; bars count from 1.
struct FormInfo: Encodable {
  /// The key of most bars, in time code of the whole; none where nothing but drums sounds.
  var key: String?
  /// The keys in order.
  var keys: [KeyStretch] = []
  var chords: [Bar] = []
  var sections: [Section] = []
  /// How long the upbeat is that is heard though the file tells none, in note values of the metre's denominator; it is
  /// bar 1 here.
  var upbeat: Int?
  /// What is to be known of all this, such as why there is less of it.
  var remark: String?

  struct KeyStretch: Encodable {
    var bar: Int
    var bars: Int
    var key: String
  }

  struct Bar: Encodable {
    var bar: Int
    var chords: [Placed]
  }

  struct Placed: Encodable {
    /// The beat at which it begins, from 1.
    var beat: Int
    var tick: Int
    var name: String
  }

  struct Section: Encodable {
    var bar: Int
    var bars: Int
    /// A letter, with a prime where the section differs from the first of its letter.
    var name: String
  }

  init(_ score: Score) {
    guard let form = PieceForm(score) else {
      // As plain `info` and the lines of written pieces tell it.
      key = PieceStatistics(score).key?.description
      remark = "time code, no bars: neither chords nor form"
      return
    }
    key = form.keys.key?.description
    keys = form.keys.stretches.map {
      KeyStretch(bar: $0.bar + 1, bars: $0.count, key: $0.key.description)
    }
    chords = form.chords.bars.map { bar in
      let key = form.keys.key(inBar: bar.bar)
      return Bar(
        bar: bar.bar + 1,
        chords: bar.chords.map {
          Placed(beat: $0.beat + 1, tick: $0.tick, name: $0.chord.name(in: key))
        })
    }
    sections = form.sections.list.map {
      Section(bar: $0.bar + 1, bars: $0.count, name: $0.name)
    }
    var remarks: [String] = []
    if form.untoldUpbeat > 0 {
      upbeat = form.untoldUpbeat
      // Of 6/8 a beat is three eighths, and an upbeat mostly one.
      let unit = score.timeSignatures.last?.denominator ?? 4
      remarks.append(
        "bar 1 is an upbeat of \(form.untoldUpbeat)/\(unit), as it is heard; edit and vary count "
          + "whole bars from the start, as the file tells them")
    }
    if form.isCutShort {
      remarks.append("only the first \(chords.count.counted("bar")) are looked at")
    }
    remark = remarks.isEmpty ? nil : remarks.joined(separator: "; ")
  }

  /// The report for people.
  var report: [String] {
    var lines = ["  " + keyLine]
    if !sections.isEmpty {
      let names = sections.map(\.name)
      let isRepeated = Set(names.map { $0.filter { $0 != "'" } }).count < names.count
      lines.append(
        isRepeated ? "  form: \(names.joined(separator: " "))" : "  form: nothing comes again")
      if isRepeated {
        lines += TextTable(
          sections.map {
            [
              $0.name, $0.bars == 1 ? "bar \($0.bar)" : "bars \($0.bar)-\($0.bar + $0.bars - 1)",
              $0.bars.counted("bar"),
            ]
          }
        ).lines.map { "    " + $0 }
      }
    }
    if chords.contains(where: { !$0.chords.isEmpty }) {
      lines.append("  chords, from bar \(chords[0].bar)")
      // An upbeat has a row of its own, so that the others begin where sections do.
      let upbeat = min(max((sections.first?.bar ?? 0) - chords[0].bar, 0), chords.count)
      let starts: [Int] =
        (upbeat > 0 ? [0] : []) + Array(stride(from: upbeat, to: chords.count, by: 4))
      let rows = zip(starts, starts.dropFirst() + [chords.count]).map { start, end in
        ["\(chords[start].bar)"] + chords[start..<end].map { "| " + $0.text }
      }
      lines += TextTable(rows).lines.map { "    " + $0 }
    }
    if let remark { lines.append("  " + remark) }
    return lines
  }

  private var keyLine: String {
    guard let key else { return "key: none" }
    guard keys.count > 1 else { return "key: \(key)" }
    let changes = keys.dropFirst().map { ", \($0.key) from bar \($0.bar)" }
    return "keys: \(keys[0].key)\(changes.joined())"
  }
}

extension FormInfo.Bar {
  /// The chords in order; a hyphen where nothing sounds.
  fileprivate var text: String {
    chords.isEmpty ? "-" : chords.map(\.name).joined(separator: " ")
  }
}
