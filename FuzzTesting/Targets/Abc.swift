@testable import Corpora

/// Splits any bytes into tunes and respells them, and reads any bytes as the converter's words.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzNotation(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  let book = TuneBook(bytes)
  let lineCount = bytes.count { $0 == 0x0A || $0 == 0x0D } + 1
  for (tune, lines) in zip(book.tunes, book.lines) {
    precondition(lines.allSatisfy { 1...lineCount ~= $0 }, "a line is one of the file's")
    let spelt = ABCTune(tune, lines: lines)
    precondition(
      spelt.lines.count <= 1 + spelt.text.count { $0 == 0x0A }, "each line of the text has one")
    precondition(spelt.text.count <= 4 * tune.count + 8 * (1 + tune.count / 4) * 8)
    for fault in ABCFault.faults(in: bytes, of: spelt) {
      precondition(fault.line >= 1 && fault.character ?? 1 >= 1 && !fault.description.isEmpty)
    }
    // A tune spelt as the converter wants it has nothing more to respell.
    precondition(ABCTune(spelt.text, lines: spelt.lines).text.count < 8 * spelt.text.count + 1024)
  }
  let place = TuneBook.place(String(decoding: bytes.filter { $0 != 0 }, as: UTF8.self))
  precondition(place?.tune ?? 1 >= 1)
  return 0
}
