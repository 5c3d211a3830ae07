import Music
import MusicXML
import StandardMIDIFile

/// Reads any bytes as MusicXML, plays it out, writes it down and reads that.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzNotation(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  _ = PartwiseScore.mayBegin(with: bytes)
  do throws(MusicXMLError) {
    let written = try PartwiseScore(bytes: bytes)
    _ = try PartwiseScore(bytes: written.bytes())
    let score = try Score(written)
    for track in score.tracks {
      for note in track.notes {
        precondition(note.onset >= 0 && note.duration > 0 && note.end <= score.endTick)
      }
    }
    precondition((try? MIDIFile(bytes: score.midiFile().bytes())) != nil, "its MIDI file is read")
    let again = try Score(PartwiseScore(bytes: score.written().bytes()))
    precondition(
      again.tracks.reduce(0) { $0 + $1.notes.count }
        == score.tracks.reduce(0) { $0 + $1.notes.count }, "as many notes as were written")
  } catch {
    precondition(!error.description.isEmpty && error.line ?? 1 >= 1)
  }
  return 0
}
