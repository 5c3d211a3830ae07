import Archives
public import Downloads
import FileStorage
import Foundation

extension CollectionStore {
  /// Downloads a public collection and puts it into the store.
  ///
  /// Cancelling the task stops the download, which a later call takes up again.
  ///
  /// - Parameters:
  ///   - collection: the collection.
  ///   - progress: called now and then.
  /// - Returns: the collection as it is there.
  /// - Throws: ``CollectionError`` where it does not come, is not what it should be, or is there.
  public func get(
    _ collection: PublicCollection,
    progress: @escaping (Download.Progress) -> Void = { _ in }
  ) throws(CollectionError) -> StoredCollection {
    guard let address = collection.address else {
      throw CollectionError(
        .notAnArchive(homepage: collection.homepage), subject: collection.name)
    }
    var record = StoredCollection(
      name: collection.name, title: collection.title, source: address,
      licence: collection.licence, credit: collection.credit, files: 0)
    try checkIsFree(collection.name)
    var last: CollectionError?
    for address in [address] + collection.fallbacks {
      do {
        record.source = address
        return try fetch(
          &record, from: address, sha256: collection.sha256, keeps: collection.keeps,
          progress: progress)
      } catch {
        // Another address helps against a server that is gone, not against Ctrl-C.
        guard case .download(let problem) = error.reason, problem.isServersFault else {
          throw error
        }
        last = last ?? error
      }
    }
    throw last ?? CollectionError(.missing, subject: collection.name)
  }

  /// Downloads what stands under an address, unpacks it and keeps it.
  func fetch(
    _ record: inout StoredCollection, from address: String, sha256: String?,
    keeps: (String) -> Bool, progress: @escaping (Download.Progress) -> Void
  ) throws(CollectionError) -> StoredCollection {
    let file = "\(downloads)/\(record.name)-\(Self.fileName(of: address))"
    do {
      // Before anything comes that could not be compared.
      if sha256 == nil { _ = try pins() }
      try createFolder(at: downloads)
      removeOldDownloads()
      defer { try? removeFile(at: file) }
      let found = try Download(address: address, path: file, sha256: sha256).run(progress: progress)
      if sha256 == nil { try compare(found, withPinOf: address, subject: record.name) }
      record.sha256 = found
      let kept = try keep(record, file: file, name: Self.fileName(of: address), keeps: keeps)
      // Only now: a page of regrets instead of music is not to be trusted.
      if sha256 == nil { try pin(found, address: address) }
      return kept
    } catch {
      throw CollectionError(wrapping: error, subject: record.name)
    }
  }

  /// Where downloads stand until they are whole.
  private var downloads: String { folder + "/.downloads" }

  /// A download that nobody has taken up for so many seconds is removed.
  private static let downloadAge = 7.0 * 86_400

  /// The bytes of downloads that were stopped and can be taken up again.
  public var unfinishedBytes: Int {
    let names = (try? listFolder(at: downloads)) ?? []
    return names.reduce(0) { $0 + (fileSize(at: "\(downloads)/\($1)") ?? 0) }
  }

  /// Removes what was left of downloads long ago.
  private func removeOldDownloads() {
    for name in (try? listFolder(at: downloads)) ?? []
    where name.hasSuffix(".part") || name.hasSuffix(".part.tag") {
      let path = "\(downloads)/\(name)"
      guard let modified = modificationTime(at: path),
        Date.now.timeIntervalSince1970 - modified > Self.downloadAge
      else { continue }
      try? removeFile(at: path)
    }
  }

  func checkIsFree(_ name: String) throws(CollectionError) {
    guard !folder.isEmpty else { throw CollectionError(.noHome, subject: name) }
    guard Self.isName(name) else { throw CollectionError(.invalidName, subject: name) }
    guard fileKind(at: path(of: name)) == nil else {
      throw CollectionError(.exists(folder: path(of: name)), subject: name)
    }
  }

  /// The last part of an address as a name of a file.
  static func fileName(of address: String) -> String {
    let path = address.prefix { $0 != "?" && $0 != "#" }
    let last = path.split(separator: "/").last.map(String.init) ?? ""
    let name = (last.removingPercentEncoding ?? last).map { character in
      character.isASCII && (character.isLetter || character.isNumber || "-._".contains(character))
        ? character : "_"
    }
    return name.isEmpty ? "download" : String(name.suffix(80))
  }
}

extension CollectionError {
  init(wrapping error: any Error, subject: String) {
    switch error {
    case let error as CollectionError: self = error
    case let error as DownloadError: self.init(.download(error), subject: subject)
    case let error as ArchiveError: self.init(.archive(error), subject: subject)
    case let error as FileError:
      self.init(error.isCancelled ? .cancelled : .file(error), subject: subject)
    default: self.init(.missing, subject: subject)
    }
  }
}

extension DownloadError {
  fileprivate var isServersFault: Bool {
    switch reason {
    case .status, .connection, .checksum: true
    case .invalidAddress, .tooLarge, .busy, .cancelled, .file: false
    }
  }
}
