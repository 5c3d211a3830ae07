import FileStorage
import Foundation
import Synchronization

/// A terminal that hands over single keys and shows a full screen, and is put back however we end.
///
/// A shell of our own sets it and waits at a pipe from us. The pipe closes when we are done, crash or
/// are killed, and the shell puts everything back: no handler of ours would run after SIGKILL.
final class TerminalGuard: Sendable {
  private let shell: Process
  private let toShell: FileHandle
  private let size: Mutex<(rows: Int, columns: Int)>

  private static let script = """
    trap '' INT TERM HUP QUIT TSTP TTOU TTIN
    exec 3<>/dev/tty || exit 1
    saved=$(stty -g <&3) || exit 1
    stty -icanon -echo -ixon min 1 time 0 susp undef <&3
    printf '\\033[?1049h\\033[?25l' >&3
    stty size <&3
    while read -r _; do stty size <&3; done
    stty "$saved" <&3
    printf '\\033[0m\\033[?25h\\033[?1049l' >&3
    """

  /// Takes the terminal; nil where input or output is none.
  init?() {
    let terminal = Terminal()
    guard terminal.isInteractive, StandardStream.input.isTerminal else { return nil }
    let (input, output) = (Pipe(), Pipe())
    shell = Process()
    shell.executableURL = URL(filePath: "/bin/sh")
    shell.arguments = ["-c", TerminalGuard.script]
    shell.standardInput = input
    shell.standardOutput = output
    shell.standardError = FileHandle.nullDevice
    toShell = input.fileHandleForWriting
    size = Mutex((24, terminal.width))
    // Writing to a shell that has gone is an error to see, not a signal to die of.
    signal(SIGPIPE, SIG_IGN)
    guard (try? shell.run()) != nil else { return nil }
    let first = output.fileHandleForReading.availableData
    guard !first.isEmpty else { return nil }
    read(first)
    output.fileHandleForReading.readabilityHandler = { [weak self] handle in
      let data = handle.availableData
      if data.isEmpty { handle.readabilityHandler = nil }
      self?.read(data)
    }
  }

  deinit { restore() }

  /// Puts the terminal back and returns when that is done.
  func restore() {
    try? toShell.close()
    if shell.isRunning { shell.waitUntilExit() }
  }

  /// The number of rows and columns, as they were when it was last measured.
  var dimensions: (rows: Int, columns: Int) { size.withLock { $0 } }

  /// Asks for the dimensions anew; ``dimensions`` shows them a moment later.
  func measure() { try? toShell.write(contentsOf: Data("\n".utf8)) }

  /// Reads the answer of `stty size`: rows and columns.
  private func read(_ answer: Data) {
    let numbers = String(decoding: answer, as: UTF8.self)
      .split { $0 == " " || $0 == "\n" }.suffix(2).compactMap { Int($0) }
    guard numbers.count == 2, numbers[0] > 0, numbers[1] > 0 else { return }
    size.withLock { $0 = (numbers[0], numbers[1]) }
  }
}

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
