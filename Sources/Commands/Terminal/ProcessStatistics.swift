import Foundation

/// What Linux tells of this process.
enum ProcessStatistics {
  /// The most memory that the process has held so far, in bytes; 0 where Linux does not tell.
  ///
  /// Reference: proc(5), `VmHWM` in `/proc/[pid]/status`.
  static var peakMemory: Int {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let kilobytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
    else { return 0 }
    return (Int(kilobytes) ?? 0) * 1024
  }

  /// How many seconds ago the process was started, to a hundredth; nil where Linux does not tell.
  ///
  /// Reference: proc(5), `/proc/[pid]/stat` field 22 and `/proc/uptime`.
  static var age: Double? {
    guard let stat = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
      let uptime = try? String(contentsOfFile: "/proc/uptime", encoding: .utf8),
      let now = uptime.split(separator: " ").first.flatMap({ Double($0) }),
      // The second field, a name in parentheses, may itself hold spaces and parentheses.
      let fields = stat.split(separator: ")").last?.split(separator: " "), fields.count > 19,
      let ticks = Double(fields[19])
    else { return nil }
    return max(0, now - ticks / Double(sysconf(Int32(_SC_CLK_TCK))))
  }
}
