import CCurl
import FileStorage

/// The attempts to receive one file, which libcurl calls back into.
final class Transfer {
  enum Outcome {
    case whole
    /// To be tried again.
    case broken(DownloadError)
  }

  let download: Download
  private(set) var file: ResumableFile
  /// Whether some of the file was there before.
  let isContinued: Bool
  private let progress: (Download.Progress) -> Void
  private var response = ResponseHead()
  private var total: Int?
  private var failure: (any Error)?
  private var isMisplaced = false
  /// What tells whether the server's file is still the same as that of the bytes in `file`.
  private var validator: String?
  private var hasBegun = false

  init(
    download: Download, file: consuming ResumableFile,
    progress: @escaping (Download.Progress) -> Void
  ) throws {
    self.download = download
    self.progress = progress
    let tag = try? readFile(at: file.partPath + ".tag")
    validator = tag.map { String(decoding: $0, as: UTF8.self) }
    isContinued = file.count > 0 && validator != nil
    self.file = file
    // Without a validator nobody knows of which file these bytes were.
    if !isContinued { try restart() }
  }

  func restart() throws {
    try file.restart()
    validator = nil
    try removeFile(at: tagPath)
  }

  func discard() throws {
    try removeFile(at: file.partPath)
    try removeFile(at: tagPath)
  }

  func commit() throws {
    try file.commit()
    try removeFile(at: tagPath)
  }

  /// Asks the server for what is missing.
  func attempt() throws -> Outcome {
    response = ResponseHead()
    failure = nil
    isMisplaced = false
    let code = try perform(
      range: file.count > 0 ? "\(file.count)-" : nil, validator: file.count > 0 ? validator : nil)
    if isMisplaced {
      return .broken(error(.connection("the server sent another part than it was asked for")))
    }
    if let failure { throw failure }
    // An empty file has a head only.
    if code == CURLE_OK, response.status == 200, !response.hasBody { try begin() }
    if response.status == 416, file.count > 0 {
      // All was there already, or more than all.
      if response.total == file.count { return .whole }
      try restart()
      return .broken(error(.status(416)))
    }
    switch (code, response.status) {
    case (CURLE_OK, 206) where response.total.map { file.count < $0 } ?? false:
      // A server may send less than it was asked for, and says so.
      return .broken(error(.connection("the server sent a part only")))
    case (CURLE_OK, 200), (CURLE_OK, 206): return .whole
    case (CURLE_OK, 429), (CURLE_OK, 500...599): return .broken(error(.status(response.status)))
    case (CURLE_OK, _): throw error(.status(response.status))
    case (CURLE_PEER_FAILED_VERIFICATION, _), (CURLE_TOO_MANY_REDIRECTS, _),
      (CURLE_UNSUPPORTED_PROTOCOL, _), (CURLE_URL_MALFORMAT, _):
      throw error(.connection(words(code)))
    case (CURLE_FILESIZE_EXCEEDED, _): throw error(.tooLarge(limit: download.limit))
    default:
      // A server that never answered will not in a second; one that did probably will.
      guard hasBegun else { throw error(.connection(words(code))) }
      return .broken(error(.connection(words(code))))
    }
  }

  // MARK: Called by libcurl

  /// Takes a line of the response's head; false stops the transfer.
  func receive(head line: String) -> Bool {
    response.add(line)
    return true
  }

  /// Takes bytes of the response's body; false stops the transfer.
  func receive(body bytes: [UInt8]) -> Bool {
    // The words of an error page are nobody's music.
    guard response.status == 200 || response.status == 206 else { return true }
    do {
      if !response.hasBody { try begin() }
      if isMisplaced { return false }
      guard file.count + bytes.count <= download.limit else {
        throw error(.tooLarge(limit: download.limit))
      }
      try file.append(bytes)
    } catch {
      failure = error
      return false
    }
    return true
  }

  /// Tells how far it is, and whether the transfer shall go on.
  func isWanted() -> Bool {
    progress(Download.Progress(received: file.count, total: total))
    guard Task.isCancelled else { return true }
    failure = error(.cancelled)
    return false
  }

  // MARK: -

  /// Looks at the head before the first byte of the body is taken.
  private func begin() throws {
    response.hasBody = true
    hasBegun = true
    if response.status == 200 {
      // The whole file, whatever was asked for.
      try file.restart()
    } else if response.rangeStart != file.count {
      isMisplaced = true
      return try restart()
    }
    total = response.total ?? response.length.map { file.count + $0 }
    if let tag = response.validator, tag != validator {
      validator = tag
      try writeFile(Array(tag.utf8), at: tagPath)
    }
  }

  private var tagPath: String { file.partPath + ".tag" }

  private func error(_ reason: DownloadError.Reason) -> DownloadError {
    DownloadError(reason, address: download.address)
  }
}
