import Foundation

/// The most memory that the process has held so far, in bytes.
func peakMemory() -> Int {
  guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
    let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
    let kilobytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
  else { return 0 }
  return (Int(kilobytes) ?? 0) * 1024
}
