import Foundation

/// How long ago the process was started, to a hundredth of a second; nil where Linux does not tell.
///
/// Reference: proc(5), `/proc/[pid]/stat` field 22 and `/proc/uptime`.
func processAge() -> Double? {
  guard let stat = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
    let uptime = try? String(contentsOfFile: "/proc/uptime", encoding: .utf8),
    let now = uptime.split(separator: " ").first.flatMap({ Double($0) }),
    // The second field, a name in parentheses, may itself hold spaces and parentheses.
    let fields = stat.split(separator: ")").last?.split(separator: " "), fields.count > 19,
    let ticks = Double(fields[19])
  else { return nil }
  return max(0, now - ticks / Double(sysconf(Int32(_SC_CLK_TCK))))
}
