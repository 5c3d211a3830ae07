import CALSA
import CFluidSynth
public import Logging
import Synchronization

/// What FluidSynth and ALSA would print, sent to a logger instead.
///
/// Both libraries have one message handler a process, hence this is one, too. Until a logger is
/// set their messages are swallowed; the one that explains a failure is part of the error thrown.
public enum NativeLog {
  private struct State {
    var logger = Logger(label: "musegen.sound") { _ in SwiftLogNoOpLogHandler() }
    var lastProblem: String?
  }

  private static let state = Mutex(State())

  /// Sends the libraries' messages to a logger from now on.
  public static func forward(to logger: Logger) {
    install()
    state.withLock { $0.logger = logger }
  }

  /// Keeps the libraries from printing by themselves.
  static func install() { _ = installed }

  /// Returns the last error message since the last call.
  static func takeLastProblem() -> String? {
    state.withLock { state in
      defer { state.lastProblem = nil }
      return state.lastProblem
    }
  }

  private static let installed: Void = {
    let levels = [FLUID_PANIC, FLUID_ERR, FLUID_WARN, FLUID_INFO, FLUID_DBG]
    for level in levels {
      // The handler reads the C string during the call only.
      unsafe fluid_set_log_function(
        Int32(level.rawValue),
        { level, message, _ in
          guard let message = unsafe message else { return }
          NativeLog.receive(unsafe String(cString: message), level: NativeLog.level(level))
        }, nil)
    }
    unsafe musegen_forward_alsa_errors { message in
      guard let message = unsafe message else { return }
      NativeLog.receive(unsafe String(cString: message), level: .warning)
    }
  }()

  private static func receive(_ message: String, level: Logger.Level) {
    let logger = state.withLock { state in
      if level >= .warning { state.lastProblem = message }
      return state.logger
    }
    logger.log(level: level, "\(message)")
  }

  private static func level(_ level: Int32) -> Logger.Level {
    switch UInt32(bitPattern: level) {
    case FLUID_PANIC.rawValue: .critical
    case FLUID_ERR.rawValue: .error
    case FLUID_WARN.rawValue: .warning
    case FLUID_INFO.rawValue: .debug
    default: .trace
    }
  }
}
