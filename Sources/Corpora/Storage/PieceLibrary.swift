import FileStorage
import Foundation
import Reproducibility
import Synchronization
import Tokenization

/// A source, and what is seen of its file without reading it.
struct LocatedSource: Sendable {
  var source: PieceSource
  /// The file from the root.
  var path: [UInt8]
  /// Nil where it is no file.
  var stamp: FileStamp?

  init(_ source: PieceSource, in folder: String) {
    self.source = source
    path = absolutePath(source.file, in: folder).systemPath
    stamp = FileStamp(path: source.file)
  }

  /// A number that tells it from others, but for an accident.
  var identity: UInt64 { Self.identity(of: path, tune: source.tune ?? 0) }

  static func identity(of path: [UInt8], tune: Int) -> UInt64 {
    var hash = StableHash()
    hash.combine(path)
    hash.combine(tune)
    return hash.value
  }
}

/// The encoded pieces of the files below a folder, in one vocabulary: volumes in a folder of the cache.
///
/// What is there stays as it is; what is new or has changed is read and added in further volumes. There is no list of the
/// volumes but the folder's own, so a process that is killed leaves all that it had finished, and a full disk leaves what
/// was there. Who adds something holds a lock; who waits for it finds the other's work done.
struct PieceLibrary: Sendable {
  /// The folder.
  let folder: String
  /// What the pieces depend on beside their files.
  let key: UInt64
  /// How many numbers of 16 bits a volume has.
  var volumeSize = PieceVolumeWriter.usualSize

  /// What a library gives.
  struct Content: Sendable {
    var pieces: [Piece]
    var store: VolumePieces
    var skipped: [CorpusError]
    /// What gave neither a piece nor a reason, as its volume has gone meanwhile.
    var lost: [PieceSource]
    /// Why pieces could not be written, so that they are held in memory.
    var problem: FileError?
  }

  private typealias Shelf = [(volume: PieceVolume, records: [PieceVolume.Record])]

  /// More small volumes than this are put together.
  private static let mostSmallVolumes = 8

  /// Reads pieces, and adds those that are not there yet.
  ///
  /// - Parameters:
  ///   - sources: the pieces.
  ///   - reader: reads and encodes what is not there.
  ///   - threads: how many files to work on at once; nil for one a core.
  ///   - progress: called after each file, and where the task is cancelled.
  /// - Returns: the pieces in the sources' order.
  /// - Throws: `CancellationError` where the task is cancelled; what was finished stays.
  func read(
    _ sources: [LocatedSource], with reader: PieceReader, threads: Int?,
    progress: @Sendable (Corpus.Progress) -> Void
  ) throws(CancellationError) -> Content {
    var content = try readOnce(sources, with: reader, threads: threads, progress: progress)
    // A volume that another process found damaged may go after its pieces were found in it.
    for _ in 0..<2 where !content.lost.isEmpty {
      content = try readOnce(sources, with: reader, threads: threads, progress: progress)
    }
    content.skipped += content.lost.map { CorpusError(.changed, path: $0.path) }
    return content
  }

  private func readOnce(
    _ sources: [LocatedSource], with reader: PieceReader, threads: Int?,
    progress: @Sendable (Corpus.Progress) -> Void
  ) throws(CancellationError) -> Content {
    var shelf = open(threads: threads)
    var places = try find(sources, in: shelf, checkingWith: reader, threads: threads)
    var errors: [Int: CorpusError] = [:]
    // Those of which the record is wrong, though the file is the same.
    var revived: [Int] = []

    // Files that gave no piece are read again, to tell why.
    func readFailed() throws(CancellationError) {
      let failed = sources.indices.filter { source in
        errors[source] == nil
          && places[source].map { shelf[$0.volume].records[$0.record].pieces.isEmpty } ?? false
      }
      let failures = try parallelMap(failed, threads: threads) { reader.read(sources[$0].source) }
      for (source, failure) in zip(failed, failures) {
        if case .failure(let error) = failure {
          errors[source] = error
        } else {
          revived.append(source)
        }
      }
      for source in revived { places[source] = nil }
    }
    try readFailed()

    var kept: [PieceVolumeWriter.Kept] = []
    var problem: FileError?
    if places.contains(where: { $0 == nil }) {
      try? createFolder(at: folder)
      let lock = try takeLock()
      // Others may have added volumes meanwhile, or removed some.
      shelf = open(removingDamaged: true, threads: threads)
      places = try find(sources, in: shelf, checkingWith: reader, threads: threads)
      for source in revived { places[source] = nil }
      try readFailed()
      let missing = sources.indices.filter { places[$0] == nil && errors[$0] == nil }
      let writer = PieceVolumeWriter(
        folder: folder, key: key, serial: nextSerial, size: volumeSize)
      let replaced = tidy(shelf, into: writer)
      let known = sources.count - missing.count
      let done = Mutex(known)
      let now = Int64(Date().timeIntervalSince1970 * 1e9)
      defer { _ = consume lock }
      let readings: [CorpusError?]
      do throws(CancellationError) {
        readings = try parallelMap(missing, threads: threads) { index in
          let error = add(sources[index], now: now, from: reader, to: writer)
          done.withLock { done in
            done += 1
            progress(Corpus.Progress(done: done, total: sources.count, isKept: true))
          }
          return error
        }
      } catch {
        writer.finish()
        // What could not be written is lost with this process.
        progress(
          Corpus.Progress(
            done: done.withLock { $0 }, total: sources.count,
            isKept: writer.failed.problem == nil))
        throw error
      }
      writer.finish()
      (kept, problem) = writer.failed
      if problem == nil { for path in replaced { try? removeFile(at: path) } }
      for (source, error) in zip(missing, readings) { errors[source] = error }
      shelf = open(threads: threads) + kept.map { ($0.volume, $0.records) }
      places = try find(sources, in: shelf, checkingWith: nil, threads: threads)
    } else {
      progress(Corpus.Progress(done: sources.count, total: sources.count))
    }
    return content(
      sources, places, in: shelf, reader: reader, errors: errors, problem: problem,
      threads: threads)
  }

  /// Reads a source and hands it to a writer; why it gave no piece, if so.
  private func add(
    _ located: LocatedSource, now: Int64, from reader: PieceReader, to writer: PieceVolumeWriter
  ) -> CorpusError? {
    let reading = reader.read(located.source)
    let pieces = (try? reading.get()) ?? []
    if let stamp = located.stamp {
      let record = PieceVolume.Record(
        path: located.path, tune: located.source.tune ?? 0, stamp: stamp,
        isFresh: stamp.time > now - Self.freshness,
        contentHash: pieces.first?.piece.contentHash ?? 0,
        pieces: [], works: pieces.first?.works)
      writer.append(record, pieces)
    }
    if case .failure(let error) = reading { return error }
    return nil
  }

  /// Disks count time in steps; within two seconds a file may be written twice and look the same.
  private static let freshness: Int64 = 2_000_000_000

  // MARK: Volumes

  /// Opens the volumes in the order of their numbers, several at once: their tables are read and checked.
  private func open(removingDamaged: Bool = false, threads: Int?) -> Shelf {
    concurrentMap(volumePaths, threads: threads) { path -> Shelf.Element? in
      do {
        if let volume = try PieceVolume.open(path, key: key) { return volume }
        if removingDamaged { try removeFile(at: path) }
      } catch {}
      return nil
    }.compactMap(\.self)
  }

  /// The volumes by their numbers; other names are somebody else's.
  private var volumePaths: [String] {
    ((try? listFolder(at: folder)) ?? [])
      .filter { Self.serial(ofFile: $0) != nil }
      .map { folder + "/" + $0 }
  }

  private static func serial(ofFile name: String) -> UInt64? {
    let stem = pathWithoutExtension(name)
    guard FileStorage.fileExtension(of: name) == PieceVolume.fileExtension, stem.utf8.count == 16
    else { return nil }
    // The last number of all is none: there would be no next one.
    return UInt64(stem, radix: 16).flatMap { $0 == .max ? nil : $0 }
  }

  /// A number above those of all volumes.
  private var nextSerial: UInt64 {
    let serials = volumePaths.compactMap { Self.serial(ofFile: fileName(of: $0)) }
    return (serials.max() ?? 0) + 1
  }

  /// Takes the lock, once nobody else has it; nil where there can be none.
  private func takeLock() throws(CancellationError) -> Lock? {
    while true {
      do throws(FileError) {
        if let lock = try FileLock(path: folder + "/lock") { return Lock(lock) }
      } catch {
        return nil
      }
      if Task.isCancelled { throw CancellationError() }
      Thread.sleep(forTimeInterval: 0.05)
    }
  }

  /// Holds the lock until nobody has it any more.
  private final class Lock {
    private let lock: FileLock
    init(_ lock: consuming FileLock) { self.lock = lock }
  }

  // MARK: Records

  private typealias RecordPlace = (volume: Int, record: Int)

  /// Finds each source's record; nil where there is none of its file as it is now.
  ///
  /// - Parameters:
  ///   - sources: the pieces.
  ///   - shelf: the volumes.
  ///   - reader: compares the contents of files that were written shortly before they were read; nil for those that this
  ///     process has just read.
  ///   - threads: how many files to work on at once.
  /// - Returns: the records' places.
  /// - Throws: `CancellationError` where the task is cancelled.
  private func find(
    _ sources: [LocatedSource], in shelf: Shelf, checkingWith reader: PieceReader?, threads: Int?
  ) throws(CancellationError) -> [RecordPlace?] {
    let newest = Self.newest(in: shelf)
    var places: [RecordPlace?] = []
    places.reserveCapacity(sources.count)
    var fresh: [Int] = []
    for (index, located) in sources.enumerated() {
      guard let stamp = located.stamp, let place = newest[located.identity] else {
        places.append(nil)
        continue
      }
      let record = shelf[place.volume].records[place.record]
      guard record.stamp == stamp, record.path == located.path,
        record.tune == located.source.tune ?? 0
      else {
        places.append(nil)
        continue
      }
      if record.isFresh, !record.pieces.isEmpty { fresh.append(index) }
      places.append(place)
    }
    if let reader, !fresh.isEmpty {
      let hashes = try parallelMap(fresh, threads: threads) {
        reader.contentHash(of: sources[$0].source)
      }
      for (index, hash) in zip(fresh, hashes) {
        if let place = places[index], shelf[place.volume].records[place.record].contentHash != hash
        {
          places[index] = nil
        }
      }
    }
    return places
  }

  /// The last record of each source.
  private static func newest(in shelf: Shelf) -> [UInt64: RecordPlace] {
    var newest: [UInt64: RecordPlace] = [:]
    newest.reserveCapacity(shelf.reduce(0) { $0 + $1.records.count })
    for (volume, entry) in shelf.enumerated() {
      for (number, record) in entry.records.enumerated() {
        newest[LocatedSource.identity(of: record.path, tune: record.tune)] = (volume, number)
      }
    }
    return newest
  }

  /// Copies what is still of use out of volumes that are mostly of none, or small and many.
  ///
  /// - Returns: the volumes' files, which may go when the copies are written.
  private func tidy(_ shelf: Shelf, into writer: PieceVolumeWriter) -> [String] {
    let newest = Self.newest(in: shelf)
    var live: [[PieceVolume.Record]] = []
    var sizes: [Int] = []
    for (volume, entry) in shelf.enumerated() {
      live.append(
        entry.records.enumerated().filter { number, record in
          let place = newest[LocatedSource.identity(of: record.path, tune: record.tune)]
          return place.map { $0 == (volume, number) } ?? false
            && FileStamp(path: String(systemPath: record.path)) == record.stamp
        }.map(\.element))
      sizes.append(entry.records.reduce(0) { $0 + $1.size })
    }
    let areMany = sizes.count { $0 < volumeSize / 8 } > Self.mostSmallVolumes
    var replaced: [String] = []
    for (volume, records) in live.enumerated() {
      let size = records.reduce(0) { $0 + $1.size }
      guard let path = shelf[volume].volume.path,
        records.isEmpty || 2 * size < sizes[volume] || areMany && sizes[volume] < volumeSize / 8
      else { continue }
      var isCopied = true
      for var record in records {
        guard let first = record.pieces.first?.place.start else {
          writer.append(record, [UInt16]())
          continue
        }
        // What cannot be copied stays where it is.
        guard let numbers = shelf[volume].volume.numbers(at: first, count: record.size) else {
          isCopied = false
          continue
        }
        for piece in record.pieces.indices { record.pieces[piece].place.start -= first }
        writer.append(record, numbers)
      }
      if isCopied { replaced.append(path) }
    }
    return replaced
  }

  private func content(
    _ sources: [LocatedSource], _ places: [RecordPlace?], in shelf: Shelf, reader: PieceReader,
    errors: [Int: CorpusError], problem: FileError?, threads: Int?
  ) -> Content {
    // Where a record does not tell them, the file does.
    let works = concurrentMap(Array(sources.indices), threads: threads) { index -> [String] in
      guard let place = places[index] else { return [] }
      return shelf[place.volume].records[place.record].works
        ?? MovementMark.works(of: sources[index].source)
    }
    var pieces: [Piece] = []
    var locations: [VolumePieces.Location] = []
    pieces.reserveCapacity(sources.count)
    locations.reserveCapacity(sources.count)
    var next = 0
    var lost: [PieceSource] = []
    for (index, located) in sources.enumerated() {
      guard let place = places[index] else {
        if errors[index] == nil { lost.append(located.source) }
        continue
      }
      let record = shelf[place.volume].records[place.record]
      for (number, entry) in record.pieces.enumerated() {
        pieces.append(
          Piece(
            source: located.source, contentHash: record.contentHash, noteHash: entry.noteHash,
            tokens: next..<next + entry.place.tokenCount, noteCount: entry.noteCount,
            seconds: entry.seconds, secondsLeftOut: entry.secondsLeftOut,
            faultCount: entry.faultCount, attributes: entry.attributes, works: works[index]))
        locations.append(
          VolumePieces.Location(
            volume: place.volume, place: entry.place, number: number, source: index,
            contentHash: record.contentHash))
        next += entry.place.tokenCount
      }
    }
    return Content(
      pieces: pieces,
      store: VolumePieces(
        shelf.map(\.volume), locations, of: sources, reader: reader, folder: folder),
      skipped: errors.keys.sorted().compactMap { errors[$0] }, lost: lost, problem: problem)
  }
}
