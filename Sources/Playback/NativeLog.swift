import CALSA
import CFluidSynth
import Glibc
public import Logging
import Synchronization

/// What FluidSynth, ALSA and GLib would print, sent to a logger instead.
///
/// The libraries have one message handler a process, hence this is one, too. Until a logger is
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
    forwardGLib()
  }()

  /// FluidSynth may be built with libinstpatch, which complains through GLib about broken files.
  ///
  /// GLib is looked up in the process, for not every build has it.
  private static func forwardGLib() {
    typealias Handler =
      @convention(c) (
        UnsafePointer<CChar>?, UInt32, UnsafePointer<CChar>?, UnsafeMutableRawPointer?
      ) -> Void
    typealias SetHandler = @convention(c) (Handler, UnsafeMutableRawPointer?) -> UnsafeRawPointer?
    guard let address = unsafe dlsym(nil, "g_log_set_default_handler") else { return }
    // The type is that of GLib's documented function, stable since 2.6.
    let setHandler = unsafe unsafeBitCast(address, to: SetHandler.self)
    let handler: Handler = { _, _, message, _ in
      guard let message = unsafe message else { return }
      NativeLog.receive(unsafe String(cString: message), level: .debug)
    }
    _ = unsafe setHandler(handler, nil)
  }

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
