import Music
import StandardMIDIFile

/// Reads any bytes as a file and a score, writes both, and checks what must hold of them.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzScore(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  check([UInt8](UnsafeBufferPointer(start: start, count: count)))
  return 0
}

func check(_ bytes: [UInt8]) {
  let strict = try? MIDIFile(bytes: bytes, mode: .strict)
  guard let file = try? MIDIFile(bytes: bytes) else {
    precondition(strict == nil, "strict reads what lenient does not")
    return
  }
  precondition(
    (strict != nil) == file.warnings.isEmpty, "strict throws exactly where lenient warns")
  precondition(strict == nil || strict == file, "strict and lenient read the same")
  for warning in file.warnings {
    precondition(!warning.description.isEmpty && warning.repair != nil)
    precondition(0...bytes.count ~= warning.offset)
  }

  for runningStatus in [false, true] {
    let written = file.bytes(runningStatus: runningStatus)
    guard let again = try? MIDIFile(bytes: written) else { fatalError("written but not read") }
    precondition(again == file, "read(write(x)) == x")
    precondition(again.bytes(runningStatus: runningStatus) == written, "write(read(f)) == f")
  }

  let score = Score(file)
  for track in score.tracks {
    for note in track.notes {
      precondition(note.onset >= 0 && note.duration >= 0 && note.end <= score.endTick)
    }
  }
  guard let again = try? MIDIFile(bytes: score.midiFile().bytes()) else {
    fatalError("a score's file is not read")
  }
  precondition(
    again.warnings.allSatisfy { if case .undefinedFrameRate = $0.reason { true } else { false } },
    "a score's file is valid, but for a frame rate that the score has from its file")
  precondition(Score(again) == score, "Score -> MIDI -> Score is the identity")

  let performance = Performance(score)
  precondition(
    zip(performance.messages, performance.messages.dropFirst()).allSatisfy {
      $0.seconds <= $1.seconds
    })
  let folded = score.foldingPedals()
  precondition(
    folded.tracks.allSatisfy { $0.notes.allSatisfy { $0.end <= score.endTick } },
    "a pedal holds no longer than the piece")
  let map = score.tempoMap
  precondition(map.tick(atSeconds: map.seconds(atTick: score.endTick)) >= 0)
  _ = score.splitByProgram().mergedByChannel().removingOverlaps()
  _ = score.resampled(ticksPerQuarter: 220).transposed(by: 5).stretched(by: 1.1)
  _ = score.trimmed(to: score.endTick / 3..<score.endTick / 2).quantised(to: 30)
}
