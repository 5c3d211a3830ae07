import Glibc

// What a process is given by the one that starts it. Foundation and the standard library repair texts that
// are no UTF-8, and with them the names of files.

/// The arguments behind the program's name.
public func processArguments() -> [String] {
  // The vector has argc strings, which live as long as the process.
  (1..<max(1, Int(CommandLine.argc))).compactMap { index in
    unsafe CommandLine.unsafeArgv[index].map { unsafe pathText(at: $0) }
  }
}

/// The environment's variables.
public func processEnvironment() -> [String: String] {
  var variables: [String: String] = [:]
  var next = unsafe environ
  // The vector ends with a null pointer; nothing in this process changes it.
  while let entry = unsafe next.pointee {
    let words = unsafe pathText(at: entry)
    if let sign = words.utf8.firstIndex(of: UInt8(ascii: "=")) {
      let name = String(words[..<sign])
      // Of two of one name the first counts, as for getenv.
      if variables[name] == nil {
        variables[name] = String(words[words.utf8.index(after: sign)...])
      }
    }
    unsafe next += 1
  }
  return variables
}

/// The process's number, which no other has while it runs.
public func processNumber() -> Int { Int(getpid()) }

/// The folder from which relative paths count; `/` where it was removed.
public func currentFolder() -> String {
  guard let found = unsafe getcwd(nil, 0) else { return "/" }
  // getcwd allocates a C string that is ours to free.
  defer { unsafe free(found) }
  return unsafe pathText(at: found)
}

/// Makes relative paths count from a folder.
///
/// - Parameter path: the folder.
/// - Throws: ``FileError`` where it is none.
public func changeCurrentFolder(to path: String) throws(FileError) {
  guard unsafe withSystemPath(path, { unsafe chdir($0) }) == 0 else {
    throw FileError(.list, path: path, errno: errno)
  }
}

/// The folder of what programs keep for the user: `$XDG_DATA_HOME`, or where that is no path from the root
/// `.local/share` in the home folder.
///
/// Reference: XDG Base Directory Specification.
///
/// - Parameter environment: the environment's variables, nil for the process's own.
/// - Returns: a path from the root; nil where there is none.
public func userDataFolder(environment: [String: String]? = nil) -> String? {
  let environment = environment ?? processEnvironment()
  if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return data }
  return homeFolder(environment: environment).map { $0 + "/.local/share" }
}

/// The user's home folder: `$HOME`, or where that is no path from the root, what the system has for the
/// user.
///
/// - Parameter environment: the environment's variables, nil for the process's own.
/// - Returns: a path from the root; nil where there is none.
public func homeFolder(environment: [String: String]? = nil) -> String? {
  if let home = (environment ?? processEnvironment())["HOME"], home.hasPrefix("/") { return home }
  // The record's strings lie in the buffer, which is of a size that no entry exceeds.
  var record = unsafe passwd()
  var buffer = [CChar](repeating: 0, count: 1 << 16)
  return unsafe buffer.withUnsafeMutableBufferPointer { buffer in
    var found: UnsafeMutablePointer<passwd>?
    guard let start = buffer.baseAddress,
      unsafe getpwuid_r(getuid(), &record, start, buffer.count, &found) == 0, unsafe found != nil,
      let home = unsafe record.pw_dir
    else { return nil }
    let path = unsafe pathText(at: home)
    return path.hasPrefix("/") ? path : nil
  }
}

/// Copies a C string that is a path or holds one.
func pathText(at start: UnsafePointer<CChar>) -> String {
  unsafe String(systemPath: Array(UnsafeRawBufferPointer(start: start, count: strlen(start))))
}
