public import FileStorage
import Foundation

/// A file to be taken from an address of the web.
///
/// What arrives is kept in `NAME.part` until it is whole. A broken connection is taken up again at
/// once, a stopped download by the next ``run(progress:)``, where the server says by an entity tag or
/// a date that the file is still the same.
///
/// Reference: RFC 9110, HTTP Semantics, sections 13.1.5 (If-Range) and 14 (range requests).
public struct Download: Sendable {
  /// How far a download is.
  public struct Progress: Hashable, Sendable {
    /// The bytes that are there.
    public var received: Int
    /// The bytes of the whole file, where the server tells.
    public var total: Int?
  }

  /// The address.
  public var address: String
  /// The file's name.
  public var path: String
  /// The SHA-256 that the file must have, nil for any.
  public var sha256: String?
  /// More bytes than this are not taken.
  public var limit = 16 << 30
  /// How often a connection that brings nothing is tried again.
  public var retries = 4
  /// The seconds before the first new attempt; each later one waits twice as long.
  public var pause = 1.0
  /// A connection that brings nothing for so many seconds is given up.
  public var stallSeconds = 30

  /// Creates a download.
  ///
  /// - Parameters:
  ///   - address: the address.
  ///   - path: the file's name.
  ///   - sha256: the SHA-256 that the file must have, nil for any.
  public init(address: String, path: String, sha256: String? = nil) {
    self.address = address
    self.path = path
    self.sha256 = sha256
  }

  /// Downloads the file, blocking the thread.
  ///
  /// Cancelling the task that it runs in stops it within a second; what has come is kept.
  ///
  /// - Parameter progress: called now and then, on this thread.
  /// - Returns: the file's SHA-256.
  /// - Throws: ``DownloadError`` where it does not come, is not the file that was expected, or was
  ///   stopped.
  public func run(
    progress: @escaping (Progress) -> Void = { _ in }
  ) throws(DownloadError) -> String {
    guard address.hasPrefix("https://") || address.hasPrefix("http://"),
      address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { throw DownloadError(.invalidAddress, address: address) }
    do {
      guard let file = try ResumableFile(path: path) else {
        throw DownloadError(.busy(path: path), address: address)
      }
      let transfer = try Transfer(download: self, file: file, progress: progress)
      do {
        return try run(transfer)
      } catch {
        if transfer.file.count == 0 { try transfer.discard() }
        throw error
      }
    } catch let error as FileError {
      throw DownloadError(.file(error), address: address)
    } catch {
      throw error as? DownloadError
        ?? DownloadError(.connection("\(error)"), address: address)
    }
  }

  private func run(_ transfer: Transfer) throws -> String {
    let isContinued = transfer.isContinued
    try receive(transfer)
    var found = try SHA256.hexadecimal(ofFile: transfer.file.partPath)
    if let sha256, found != sha256.lowercased(), isContinued {
      // What was there from before may be what is wrong.
      try transfer.restart()
      try receive(transfer)
      found = try SHA256.hexadecimal(ofFile: transfer.file.partPath)
    }
    if let sha256, found != sha256.lowercased() {
      try transfer.discard()
      throw DownloadError(.checksum(found: found, expected: sha256.lowercased()), address: address)
    }
    try transfer.commit()
    return found
  }

  /// Tries until the file is whole, as long as there is hope.
  private func receive(_ transfer: Transfer) throws {
    var attempt = 0
    while true {
      let before = transfer.file.count
      switch try transfer.attempt() {
      case .whole: return
      case .broken(let error):
        attempt = transfer.file.count > before ? 1 : attempt + 1
        guard attempt <= retries else { throw error }
        let end = Date.now + min(pause * Double(1 << (attempt - 1)), 30)
        while Date.now < end {
          guard transfer.isWanted() else { throw DownloadError(.cancelled, address: address) }
          Thread.sleep(forTimeInterval: min(0.1, max(end.timeIntervalSinceNow, 0)))
        }
      }
    }
  }
}

/// Why a file could not be downloaded.
public struct DownloadError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What went wrong.
  public enum Reason: Hashable, Sendable {
    /// Not an address that begins with `https://` or `http://`.
    case invalidAddress
    /// The server answered with this status of HTTP.
    case status(Int)
    /// The connection could not be made or kept; libcurl's words.
    case connection(String)
    /// The file is larger than it may be.
    case tooLarge(limit: Int)
    /// The file is not the one that was expected.
    case checksum(found: String, expected: String)
    /// Another process is downloading the same file.
    case busy(path: String)
    /// Its task was cancelled.
    case cancelled
    /// A file cannot be read or written.
    case file(FileError)
  }

  /// What went wrong.
  public var reason: Reason
  /// The address.
  public var address: String

  /// Creates an error.
  public init(_ reason: Reason, address: String) {
    self.reason = reason
    self.address = address
  }

  /// One line: the address, what was found, and what can be done about it.
  public var description: String {
    switch reason {
    case .invalidAddress:
      "\(address): found no web address, expected https:// or http:// and no blanks, for which %20 stands"
    case .status(let status):
      "\(address): the server answered \(status) and sent no file; \(Self.advice(onStatus: status))"
    case .connection(let problem):
      "\(address): \(problem); look at the address and the network, then try again: what has come is kept"
    case .tooLarge(let limit):
      "\(address): found more than \(limit) bytes, expected at most so many; look whether it is the right "
        + "address"
    case .checksum(let found, let expected):
      "\(address): found checksum \(found), expected \(expected); it was damaged on its way or has been "
        + "changed, and is not kept: try again, then ask who publishes it"
    case .busy(let path): "\(path): another musegen is downloading it; wait until that is done"
    case .cancelled: "\(address): stopped; what has come is kept for another try"
    case .file(let error): "\(error)"
    }
  }

  /// What can be done where a server answers with a status of HTTP (RFC 9110, section 15).
  private static func advice(onStatus status: Int) -> String {
    switch status {
    case 401, 403, 407: "it asks who you are: fetch the file with a browser"
    case 404, 410: "look whether the address is right"
    case 408, 429, 500...599: "try again later"
    default: "fetch the file with a browser"
    }
  }
}
