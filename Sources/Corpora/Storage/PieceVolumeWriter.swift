import Dispatch
import FileStorage
import Foundation
import Reproducibility
import Synchronization
import Tokenization

/// Takes pieces from several threads and writes them into volumes, each when it is full.
final class PieceVolumeWriter: Sendable {
  /// A volume that could not be written and is kept in memory.
  typealias Kept = (volume: PieceVolume, records: [PieceVolume.Record])

  private struct Page {
    var numbers: [UInt16] = []
    var table = ByteWriter()
    var records: [PieceVolume.Record] = []
  }

  private struct Outcome {
    var kept: [Kept] = []
    var problem: FileError?
    var serial: UInt64
  }

  /// How many numbers a volume has: 64 MB.
  static let usualSize = 1 << 25

  private let folder: String
  private let key: UInt64
  private let size: Int
  private let page = Mutex(Page())
  private let outcome: Mutex<Outcome>
  /// One page is written while the next one fills, so that no more than two are in memory.
  private let writing = DispatchSemaphore(value: 1)

  /// - Parameters:
  ///   - folder: where volumes are written.
  ///   - key: what pieces depend on.
  ///   - serial: the number of the first volume: later ones have higher numbers.
  ///   - size: how many numbers a volume has, about.
  init(folder: String, key: UInt64, serial: UInt64, size: Int) {
    self.folder = folder
    self.key = key
    self.size = size
    outcome = Mutex(Outcome(serial: serial))
  }

  /// The volumes that could not be written, and why the first could not.
  var failed: (kept: [Kept], problem: FileError?) {
    outcome.withLock { ($0.kept, $0.problem) }
  }

  /// Adds what was read of a source.
  ///
  /// - Parameters:
  ///   - record: the record but for its pieces.
  ///   - readings: the pieces; none where it could not be read.
  func append(_ record: PieceVolume.Record, _ readings: [PieceReader.Reading]) {
    var record = record
    var numbers: [UInt16] = []
    numbers.reserveCapacity(
      readings.reduce(0) { $0 + $1.tokens.count + $1.lines.whole.count + $1.lines.voices.count })
    record.pieces = readings.map { reading in
      let start = numbers.count
      numbers += reading.tokens
      let lines = numbers.count
      numbers += reading.lines.whole.lazy.map { UInt16(bitPattern: $0) }
      numbers += reading.lines.voices.lazy.map { UInt16(bitPattern: $0) }
      return PieceVolume.Entry(
        place: PieceVolume.Place(
          start: start, tokenCount: reading.tokens.count,
          wholeCount: reading.lines.whole.count, voicesCount: reading.lines.voices.count,
          tokensHash: PieceVolume.hash(of: numbers[start..<lines]),
          linesHash: PieceVolume.hash(of: numbers[lines...])),
        noteHash: reading.piece.noteHash, noteCount: reading.piece.noteCount,
        seconds: reading.piece.seconds, secondsLeftOut: reading.piece.secondsLeftOut,
        faultCount: reading.piece.faultCount, attributes: reading.piece.attributes)
    }
    append(record, numbers)
  }

  /// Adds a record whose pieces stand in `numbers` as their places say.
  func append(_ record: PieceVolume.Record, _ numbers: [UInt16]) {
    let full = page.withLock { page -> Page? in
      var full: Page?
      if !page.records.isEmpty, page.numbers.count + numbers.count > size {
        // Who fills the next page before this one is written waits here, and all others with it.
        writing.wait()
        full = page
        page = Page()
      }
      if page.numbers.isEmpty { page.numbers.reserveCapacity(size) }
      var record = record
      for piece in record.pieces.indices { record.pieces[piece].place.start += page.numbers.count }
      page.numbers += numbers
      PieceVolume.append(record, to: &page.table)
      page.records.append(record)
      return full
    }
    if let full {
      // A thread of its own waits for the disk: those that read go on.
      Thread.detachNewThread { [self] in
        write(full)
        writing.signal()
      }
    }
  }

  /// Writes what is not yet, and waits until all is.
  func finish() {
    let last = page.withLock { page in
      defer { page = Page() }
      return page
    }
    // The page before may still be on its way.
    writing.wait()
    if !last.records.isEmpty { write(last) }
    writing.signal()
  }

  private func write(_ page: Page) {
    let serial = outcome.withLock { outcome in
      defer { outcome.serial += 1 }
      return outcome.serial
    }
    do {
      try PieceVolume.write(
        to: "\(folder)/\(serial.hexadecimal).\(PieceVolume.fileExtension)", key: key, page.numbers,
        records: page.table.bytes, count: page.records.count)
    } catch {
      outcome.withLock {
        $0.problem = $0.problem ?? error
        $0.kept.append((PieceVolume(holding: page.numbers), page.records))
      }
    }
  }
}
