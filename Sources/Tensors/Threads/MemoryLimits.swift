import Glibc

/// How much more memory this process may take.
///
/// Reference: proc(5), cgroups(7) and getrlimit(2), Linux man-pages.
public struct MemoryLimits: Hashable, Sendable {
  /// The bytes that the machine has free, or can free without swapping; nil where it does not tell.
  public var machine: Int?
  /// The bytes that are left to the control groups of the process; nil where none is limited.
  public var group: Int?
  /// The bytes of address space that are left; nil without a limit.
  public var addressSpace: Int?
  /// The bytes of data that are left; nil without a limit.
  public var data: Int?

  /// The least of them; nil where nothing is known.
  public var available: Int? {
    [machine, group, addressSpace, data].compactMap(\.self).min().map { max(0, $0) }
  }

  /// What holds at this moment.
  public static var current: MemoryLimits { MemoryLimits(reading: contents) }

  /// Takes the limits out of what Linux tells.
  ///
  /// - Parameter contents: gives a file's text by its path, nil where there is none.
  public init(reading contents: (String) -> String?) {
    let status = contents("/proc/self/status") ?? ""
    func left(of limit: String, used: String) -> Int? {
      let limits = contents("/proc/self/limits") ?? ""
      guard let most = field(limit, in: limits).flatMap({ Int($0) }) else { return nil }
      return most - (kilobytes(used, in: status) ?? 0)
    }
    machine =
      kilobytes("MemAvailable:", in: contents("/proc/meminfo") ?? "") ?? Machine.physicalMemory
    // Threads that are still to come have stacks, which take addresses before they take memory.
    addressSpace = left(of: "Max address space", used: "VmSize:").map {
      $0 - Machine.coreCount * (8 << 20)
    }
    data = left(of: "Max data size", used: "VmData:")
    group =
      (contents("/proc/self/cgroup") ?? "").split(separator: "\n")
      .compactMap { ControlGroup($0)?.left(contents) }.min()
  }
}

/// A control group that a process is in, of the hierarchy that limits memory.
private struct ControlGroup {
  private let root: String
  private let path: [Substring]
  private let limit: String
  private let usage: String
  private let reclaimable: String

  /// Reads a line of `/proc/self/cgroup`; nil for other hierarchies.
  init?(_ line: Substring) {
    let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard fields.count == 3 else { return nil }
    if fields[0] == "0" && fields[1].isEmpty {
      root = "/sys/fs/cgroup"
      (limit, usage, reclaimable) = ("memory.max", "memory.current", "inactive_file")
    } else if fields[1].split(separator: ",").contains("memory") {
      root = "/sys/fs/cgroup/memory"
      (limit, usage) = ("memory.limit_in_bytes", "memory.usage_in_bytes")
      reclaimable = "total_inactive_file"
    } else {
      return nil
    }
    path = fields[2].split(separator: "/")
  }

  /// The bytes left to the group and to all above it; nil where none has a limit.
  func left(_ contents: (String) -> String?) -> Int? {
    // From the group up to the root: each limits all below it.
    (0...path.count).compactMap { depth -> Int? in
      let folder = ([root] + path.prefix(depth).map(String.init)).joined(separator: "/")
      func number(_ name: String) -> Int? {
        contents(folder + "/" + name).flatMap { Int($0.prefix { $0.isNumber }) }
      }
      guard let most = number(limit), let used = number(usage) else { return nil }
      let freed = field(reclaimable, in: contents(folder + "/memory.stat") ?? "")
      return most - used + min(freed.flatMap { Int($0) } ?? 0, used)
    }.min()
  }
}

/// The word after a name that begins a line.
private func field(_ name: String, in text: String) -> Substring? {
  text.split(separator: "\n").first { $0.hasPrefix(name) }?
    .dropFirst(name.count).split(whereSeparator: \.isWhitespace).first
}

private func kilobytes(_ name: String, in text: String) -> Int? {
  guard let number = field(name, in: text).flatMap({ Int($0) }) else { return nil }
  let (bytes, overflow) = number.multipliedReportingOverflow(by: 1024)
  return overflow ? .max : bytes
}

/// The beginning of one of the kernel's small files.
private func contents(_ path: String) -> String? {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var bytes = [UInt8](repeating: 0, count: 1 << 16)
  var count = 0
  while count < bytes.count {
    let start = count
    // read writes at most bytes.count - start bytes from `start` on.
    let received = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe read(descriptor, buffer.baseAddress.map { unsafe $0 + start }, buffer.count - start)
    }
    guard received > 0 else { break }
    count += received
  }
  return String(decoding: bytes[..<count], as: UTF8.self)
}
