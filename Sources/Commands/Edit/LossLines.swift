import Drawing
import MuseGen
import MusicXML

extension NotationLosses {
  /// What of a MusicXML file is not in the piece that was read, in a line; nil where nothing is lost.
  var line: String? {
    let signs = PartwiseScore.LeftOutSign.allCases.map { (leftOut[$0] ?? 0, $0.rawValue) }
    let lost = counted(signs + [(cueNotes, "cue note")])
    let played = counted([(graceNotes, "grace note"), (repeats, "repeat")])
    let parts = [
      lost.map { "\($0) left out" }, played.map { "\($0) become what is played" },
    ]
    let line = parts.compactMap(\.self).joined(separator: "; ")
    return line.isEmpty ? nil : line
  }
}

extension Score {
  /// What of a piece no score holds that is written, in a line; nil where nothing is lost.
  var lossLine: String? {
    let texts = ([texts] + tracks.map(\.texts)).joined()
    let bends = tracks.lazy.flatMap(\.messages).count { message in
      if case .pitchBend = message.kind { true } else { false }
    }
    let markers = texts.count { $0.kind == .marker || $0.kind == .cuePoint }
    return counted([(lyrics.count, "lyric"), (markers, "marker"), (bends, "pitch bend")])
      .map { "\($0) left out, which no score is written with" }
  }
}

/// Numbers of things in words, without those that are none; nil where all are.
private func counted(_ things: [(count: Int, name: String)]) -> String? {
  let words = things.filter { $0.count > 0 }.map { $0.count.counted($0.name) }
  return words.isEmpty ? nil : words.joined(separator: ", ")
}
