import CFluidSynth
import Synchronization

extension Synthesizer {
  /// Lets one thread at a time make a synthesizer.
  ///
  /// FluidSynth fills its tables while the first is made, but does not make a second thread wait for
  /// them: two of 480 synthesizers made by eight threads were seven times too loud (version 2.3.1).
  private static let isOpening = Mutex(())

  /// Makes FluidSynth's objects, which the caller has to delete.
  static func open(
    _ soundFont: SoundFont, _ settings: SynthesizerSettings
  ) throws(PlaybackError) -> (settings: OpaquePointer, synthesizer: OpaquePointer) {
    NativeLog.install()
    return try unsafe isOpening.withLock { _ throws(PlaybackError) in
      _ = NativeLog.takeLastProblem()
      guard let native = unsafe new_fluid_settings() else {
        throw PlaybackError(.synthesizerFailed(problem: "out of memory"))
      }
      unsafe apply(settings, to: native)
      guard let synthesizer = unsafe new_fluid_synth(native) else {
        unsafe delete_fluid_settings(native)
        throw PlaybackError(
          .synthesizerFailed(problem: NativeLog.takeLastProblem() ?? "FluidSynth gave no reason"))
      }
      guard unsafe fluid_synth_sfload(synthesizer, soundFont.path, 1) != FLUID_FAILED else {
        unsafe delete_fluid_synth(synthesizer)
        unsafe delete_fluid_settings(native)
        throw PlaybackError(
          .soundFontInvalid(
            path: soundFont.path,
            problem: "cannot be loaded (\(NativeLog.takeLastProblem() ?? "no reason given"))"))
      }
      return unsafe (native, synthesizer)
    }
  }

  private static func apply(_ settings: SynthesizerSettings, to native: OpaquePointer) {
    func set(_ name: String, _ value: Float) {
      unsafe fluid_settings_setnum(native, name, Double(value))
    }
    func set(_ name: String, _ value: Int) {
      unsafe fluid_settings_setint(native, name, Int32(value))
    }
    set("synth.sample-rate", Float(settings.sampleRate))
    set("synth.gain", settings.gain)
    set("synth.polyphony", settings.voices)
    set("synth.dynamic-sample-loading", 1)
    // One owner at a time: no lock around each message. No right to lock memory is needed.
    set("synth.threadsafe-api", 0)
    set("synth.lock-memory", 0)
    set("synth.reverb.active", settings.reverb == nil ? 0 : 1)
    if let reverb = settings.reverb {
      set("synth.reverb.room-size", reverb.roomSize)
      set("synth.reverb.damp", reverb.damping)
      set("synth.reverb.width", reverb.width)
      set("synth.reverb.level", reverb.level)
    }
    set("synth.chorus.active", settings.chorus == nil ? 0 : 1)
    if let chorus = settings.chorus {
      set("synth.chorus.nr", chorus.voices)
      set("synth.chorus.level", chorus.level)
      set("synth.chorus.speed", chorus.speed)
      set("synth.chorus.depth", chorus.depth)
    }
  }
}
