import Glibc
import Synchronization

/// The names of what is not whole yet: `.musegen-PROCESS-NUMBER`, beside the name that it will get.
enum TemporaryName {
  private static let prefix = ".musegen-"
  /// What a dead process has left is removed after so many seconds: a process of another machine that
  /// writes into the same folder is not seen here.
  private static let leftoverAge = 3_600.0
  /// The folders that this process has looked through.
  private static let swept = Mutex<Set<String>>([])

  /// A name that nothing has.
  static func make(in folder: String) -> String {
    "\(folder)/\(prefix)\(getpid())-\(UInt32.random(in: 0 ... .max))"
  }

  /// Removes what processes that were killed have left in a folder; once for each folder.
  static func removeLeftovers(in folder: String) {
    guard swept.withLock({ $0.insert(folder).inserted }) else { return }
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    for name in (try? listFolder(at: folder)) ?? [] {
      guard let process = process(of: name), kill(process, 0) != 0, errno == ESRCH else { continue }
      let path = "\(folder)/\(name)"
      guard let written = modificationTime(at: path),
        Double(now.tv_sec) - written > leftoverAge
      else { continue }
      try? removeFolder(at: path)
    }
  }

  /// The process that has made a name; nil for a name that none has.
  private static func process(of name: String) -> pid_t? {
    guard name.hasPrefix(prefix) else { return nil }
    let numbers = name.dropFirst(prefix.count).split(
      separator: "-", omittingEmptySubsequences: false)
    guard numbers.count == 2, UInt32(numbers[1]) != nil, let process = pid_t(numbers[0]),
      process > 0
    else { return nil }
    return process
  }
}
