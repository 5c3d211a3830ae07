import FileStorage
import Music
import Reproducibility
import Synchronization
import Tokenization

/// Pieces in volumes: each is copied out of its file when it is asked for, and pages that were read are let go.
///
/// One that is damaged is read anew from its source, and its volume is removed, so that the next start mends it.
final class VolumePieces: PieceStore {
  /// Where a piece stands.
  struct Location: Sendable {
    var volume: Int
    var place: PieceVolume.Place
    /// Its number among those of its source.
    var number: Int
    /// Its source's number.
    var source: Int
    var contentHash: UInt64
  }

  private let volumes: [PieceVolume]
  private let locations: [Location]
  private let sources: [LocatedSource]
  private let reader: PieceReader
  private let vocabularySize: Int
  private let folder: String
  private let mapped = Atomic<Int>(0)
  private let lost = Mutex<CorpusError?>(nil)

  /// So many bytes come into memory before they are let go.
  private static let mostMapped = 1 << 27
  /// What is asked for brings along what lies around it, up to as much, where the system keeps files in large pages.
  private static let mostBrought = 1 << 19

  /// - Parameters:
  ///   - volumes: where the pieces are kept.
  ///   - locations: where in them each piece stands.
  ///   - sources: what they were read from.
  ///   - reader: reads what is damaged anew.
  ///   - folder: where groups of near-duplicates are kept.
  init(
    _ volumes: [PieceVolume], _ locations: [Location], of sources: [LocatedSource],
    reader: PieceReader, folder: String
  ) {
    self.volumes = volumes
    self.locations = locations
    self.sources = sources
    self.reader = reader
    self.folder = folder
    vocabularySize = reader.vocabulary.count
  }

  var isMapped: Bool { true }

  var damage: CorpusError? { lost.withLock { $0 } }

  func tokens(ofPiece piece: Int) -> ArraySlice<Token> {
    let location = locations[piece]
    let volume = volumes[location.volume]
    if let tokens = volume.tokens(at: location.place, vocabularySize: vocabularySize) {
      count(2 * tokens.count)
      return tokens[...]
    }
    volume.discard()
    if let reading = read(location) { return reading.tokens[...] }
    // A piece without notes: whoever reads it ends when it sees the damage.
    let nothing = reader.vocabulary.encode(Score(tracks: [], endTick: 0))
    return nothing[...]
  }

  func lines(ofPiece piece: Int) -> PieceLines {
    let location = locations[piece]
    let volume = volumes[location.volume]
    if let lines = volume.lines(at: location.place) {
      count(2 * (lines.whole.count + lines.voices.count))
      return lines
    }
    volume.discard()
    return read(location)?.lines ?? PieceLines(whole: [], voices: [])
  }

  func stepCounts(ofPiece piece: Int) -> (whole: Int, voices: Int) {
    let place = locations[piece].place
    return (place.wholeCount, place.voicesCount)
  }

  /// Reads a piece anew from its source; nil, and noted, where that is not what it was.
  private func read(_ location: Location) -> PieceReader.Reading? {
    let source = sources[location.source].source
    switch reader.read(source) {
    case .success(let readings):
      if location.number < readings.count {
        let reading = readings[location.number]
        if reading.piece.contentHash == location.contentHash,
          reading.tokens.count == location.place.tokenCount
        {
          return reading
        }
      }
      lost.withLock { $0 = $0 ?? CorpusError(.changed, path: source.path) }
    case .failure(let error): lost.withLock { $0 = $0 ?? error }
    }
    return nil
  }

  private func count(_ bytes: Int) {
    let sum = mapped.add(bytes + Self.mostBrought, ordering: .relaxed).newValue
    guard sum >= Self.mostMapped,
      mapped.compareExchange(expected: sum, desired: 0, ordering: .relaxed).exchanged
    else { return }
    for volume in volumes { volume.release() }
  }
}

/// Groups of near-duplicates, which take long to find, are kept beside the volumes.
///
/// The file: a mark, the number of pieces, the number of each piece's group, and a hash of all that.
extension VolumePieces {
  private static let groupsExtension = ".groups"
  // To be raised whenever other pieces are found to be near.
  private static let groupsMark: UInt64 = 0x3250_5247_474D  // "MGGRP2"

  func groups(ofCorpus digest: String, count: Int) -> [Int]? {
    let path = folder + "/" + digest + Self.groupsExtension
    guard let bytes = try? readFile(at: path), bytes.count == 24 + 4 * count else { return nil }
    var hash = StableHash()
    hash.combine(bytes[..<(bytes.count - 8)])
    var end = ByteReader(bytes[(bytes.count - 8)...])
    var reader = ByteReader(bytes[...])
    guard end.read() == hash.value, reader.read() == Self.groupsMark,
      reader.read() == UInt64(count)
    else { return nil }
    var groups: [Int] = []
    groups.reserveCapacity(count)
    for piece in 0..<count {
      let first = 16 + 4 * piece
      let group = (0..<4).reduce(0) { $0 | Int(bytes[first + $1]) << (8 * $1) }
      guard group <= piece else { return nil }
      groups.append(group)
    }
    return groups
  }

  func keep(_ groups: [Int], ofCorpus digest: String) {
    var writer = ByteWriter()
    writer.write(Self.groupsMark)
    writer.write(UInt64(groups.count))
    for group in groups {
      writer.write(UInt16(truncatingIfNeeded: group))
      writer.write(UInt16(truncatingIfNeeded: group >> 16))
    }
    var hash = StableHash()
    hash.combine(writer.bytes)
    writer.write(hash.value)
    // Those of other choices of the files go: one is soon found again.
    for name in (try? listFolder(at: folder)) ?? [] where name.hasSuffix(Self.groupsExtension) {
      try? removeFile(at: folder + "/" + name)
    }
    try? writeFile(writer.bytes, at: folder + "/" + digest + Self.groupsExtension)
  }
}
