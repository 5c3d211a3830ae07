import Foundation

/// Silences a MIDI port if this process is killed or crashes while notes sound behind it.
///
/// A shell of our own waits at a pipe from us. When the pipe closes without a word, it runs
/// `musegen devices --silence` for the port: no handler of ours would run after SIGKILL.
final class PortGuard: Sendable {
  private let shell: Process
  private let toShell: FileHandle

  private static let script = """
    trap '' INT TERM HUP QUIT
    read -r word
    [ "$word" = silent ] || exec "$0" devices --silence "$1" >/dev/null 2>&1
    """

  /// Watches over a port; nil where no shell can be started, which keeps nobody from playing.
  init?(port: String) {
    guard let executable = Bundle.main.executablePath else { return nil }
    let input = Pipe()
    shell = Process()
    shell.executableURL = URL(filePath: "/bin/sh")
    shell.arguments = ["-c", PortGuard.script, executable, port]
    shell.standardInput = input
    shell.standardOutput = FileHandle.nullDevice
    shell.standardError = FileHandle.nullDevice
    toShell = input.fileHandleForWriting
    // Writing to a shell that has gone is an error to see, not a signal to die of.
    signal(SIGPIPE, SIG_IGN)
    guard (try? shell.run()) != nil else { return nil }
  }

  /// Says that the port is silent by itself.
  func release() {
    try? toShell.write(contentsOf: Data("silent\n".utf8))
    try? toShell.close()
    if shell.isRunning { shell.waitUntilExit() }
  }
}
