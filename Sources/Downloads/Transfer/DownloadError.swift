public import FileStorage

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

  /// One line: the address, what was found and what was expected.
  public var description: String {
    switch reason {
    case .invalidAddress: "\(address): found no web address, expected https:// or http://"
    case .status(let status): "\(address): the server answered \(status), expected the file"
    case .connection(let problem): "\(address): \(problem); what has come is kept for another try"
    case .tooLarge(let limit): "\(address): more than \(limit) bytes"
    case .checksum(let found, let expected):
      "\(address): found checksum \(found), expected \(expected); the file has changed or is damaged"
    case .busy(let path): "\(path): another musegen is downloading it"
    case .cancelled: "\(address): stopped; what has come is kept for another try"
    case .file(let error): "\(error)"
    }
  }
}
