import CFluidSynth
import FileStorage
public import Music
public import StandardMIDIFile
import Synchronization

/// A General MIDI synthesizer with sixteen channels: FluidSynth with one SoundFont.
///
/// It makes sound in steps of ``quantum`` frames; messages take effect where a step begins. Samples
/// of instruments are read from the SoundFont when a channel first uses them (see ``preload(_:)``),
/// which opens a font of 150 MB in 50 ms instead of 600.
@safe
public struct Synthesizer: ~Copyable {
  /// Frames from one moment at which messages take effect to the next: FluidSynth's `FLUID_BUFSIZE`.
  public static let quantum = 64
  /// Interleaved samples in a frame: left, then right.
  public static let channels = 2

  /// Samples per second and channel.
  public let sampleRate: Int
  private let program: UInt8?
  private let gain: Float
  private var system = SystemState()
  private let settings: OpaquePointer
  private let synthesizer: OpaquePointer

  /// Opens a SoundFont.
  ///
  /// - Parameters:
  ///   - soundFont: the instruments.
  ///   - settings: how it sounds.
  /// - Throws: ``PlaybackError`` where a setting is out of range or the SoundFont is broken.
  public init(
    _ soundFont: SoundFont, settings: SynthesizerSettings = SynthesizerSettings()
  ) throws(PlaybackError) {
    try settings.validate()
    let opened = try unsafe Synthesizer.open(soundFont, settings)
    unsafe self.settings = unsafe opened.settings
    unsafe synthesizer = unsafe opened.synthesizer
    sampleRate = settings.sampleRate
    program = settings.program
    gain = settings.gain
    imposeProgram()
  }

  deinit {
    unsafe delete_fluid_synth(synthesizer)
    unsafe delete_fluid_settings(settings)
  }

  /// Lets a message take effect with the next frame that is rendered.
  ///
  /// Values above MIDI's range are cut to its bits; channels above 15 are ignored.
  public mutating func send(_ message: ChannelMessage) {
    // FluidSynth checks channels and values itself and answers with FLUID_FAILED; what it cannot
    // play (a note-off without its note, a bank the font lacks) is no error to a listener either.
    switch message {
    case .noteOff(let channel, let pitch, _):
      unsafe fluid_synth_noteoff(synthesizer, Int32(channel), Int32(pitch & 127))
    case .noteOn(let channel, let pitch, let velocity):
      unsafe fluid_synth_noteon(
        synthesizer, Int32(channel), Int32(pitch & 127), Int32(velocity & 127))
    case .polyphonicPressure(let channel, let pitch, let pressure):
      unsafe fluid_synth_key_pressure(
        synthesizer, Int32(channel), Int32(pitch & 127), Int32(pressure & 127))
    case .controlChange(let channel, let controller, let value):
      unsafe fluid_synth_cc(
        synthesizer, Int32(channel), Int32(controller & 127), Int32(value & 127))
      if controller == 0, channel < 16 { system.drums.selectBank(value, channel: channel) }
    case .programChange(let channel, let newProgram):
      guard channel < 16 else { return }
      heedBank(of: channel)
      if program != nil && !system.drums.isDrums[Int(channel)] { return }
      unsafe fluid_synth_program_change(synthesizer, Int32(channel), Int32(newProgram & 127))
    case .channelPressure(let channel, let pressure):
      unsafe fluid_synth_channel_pressure(synthesizer, Int32(channel), Int32(pressure & 127))
    case .pitchBend(let channel, let value):
      unsafe fluid_synth_pitch_bend(synthesizer, Int32(channel), Int32(value & 0x3FFF))
    }
  }

  /// Lets a message to a channel or to the whole synthesizer take effect with the next frame that is
  /// rendered.
  public mutating func send(_ content: TimedMessage.Content) {
    switch content {
    case .channel(let message): send(message)
    case .systemExclusive(let data, _): send(systemExclusive: data)
    }
  }

  /// Lets a system exclusive message take effect with the next frame that is rendered.
  ///
  /// Heard are resets (General MIDI 1 and 2, GS, XG), master volume, drum parts, scale tunings of GS and
  /// of the MIDI Tuning Standard, whatever device they are addressed to; others change nothing.
  ///
  /// - Parameter data: the bytes after the leading 0xF0, with the final 0xF7.
  public mutating func send(systemExclusive data: [UInt8]) {
    switch SystemMessage(data) {
    case .reset(let reset):
      pass(reset.message)
      restart(as: reset)
    case .masterVolume(let volume): setVolume(volume)
    case .drumPart(let channel, let isDrums):
      system.drums.set(isDrums, channel: channel)
      setDrums(isDrums, channel: channel)
    case .scaleTuning(let channel, let cents):
      pass(scaleTuningMessage(channel: channel, cents: cents))
    case nil:
      // Of what has no meaning to us, FluidSynth knows the tunings; they are addressed to all.
      guard data.count > 4, data[0] == 0x7E || data[0] == 0x7F, data[2] == 8 else { return }
      pass([data[0], 0x7F] + data[2..<data.count - 1])
    }
  }

  /// Makes the next sound.
  ///
  /// - Parameters:
  ///   - samples: where the interleaved samples go; 1 is full scale, and louder is possible.
  ///   - frames: which frames of `samples` to fill.
  /// - Precondition: `samples` has `frames`.
  public mutating func render(into samples: inout [Float], frames: Range<Int>) {
    precondition(
      frames.lowerBound >= 0 && frames.upperBound * Synthesizer.channels <= samples.count)
    let start = Int32(frames.lowerBound * Synthesizer.channels)
    let count = Int32(frames.count)
    // write_float fills `count` frames from `start` on, with a stride of two for each side: within
    // the array, by the precondition.
    unsafe samples.withUnsafeMutableBufferPointer { buffer in
      _ = unsafe fluid_synth_write_float(
        synthesizer, count, buffer.baseAddress, start, 2, buffer.baseAddress, start + 1, 2)
    }
  }

  /// Lets go of all keys and pedals; the notes die away as they would on their instruments.
  public mutating func releaseAll() {
    for channel in Int32(0)..<16 {
      for pedal in [64, 66, 69] as [Int32] { unsafe fluid_synth_cc(synthesizer, channel, pedal, 0) }
      unsafe fluid_synth_all_notes_off(synthesizer, channel)
    }
  }

  /// Silences everything at once and puts programs, controllers and effects back to their start.
  public mutating func reset() {
    unsafe fluid_synth_system_reset(synthesizer)
    restart(as: nil)
  }

  /// Reads the samples of all instruments that a piece uses, so that none is read while it sounds.
  ///
  /// Leaves the channels as ``reset()`` does.
  ///
  /// - Parameter messages: the piece; only what chooses instruments counts.
  public mutating func preload(_ messages: some Sequence<TimedMessage.Content>) {
    for message in messages {
      switch message {
      case .channel(.controlChange(let channel, 0, _)),
        .channel(.controlChange(let channel, 32, _)):
        if channel < 16 { send(message) }
      case .systemExclusive: send(message)
      case .channel(.programChange(let channel, _)):
        send(message)
        var (font, bank, chosen) = (Int32(0), Int32(0), Int32(0))
        // The three integers are written during the call.
        let found = unsafe fluid_synth_get_program(
          synthesizer, Int32(channel), &font, &bank, &chosen)
        if found == FLUID_OK { unsafe fluid_synth_pin_preset(synthesizer, font, bank, chosen) }
      default: continue
      }
    }
    reset()
  }

  private func imposeProgram() {
    guard let program else { return }
    for channel in 0..<16 where !system.drums.isDrums[channel] {
      unsafe fluid_synth_program_change(synthesizer, Int32(channel), Int32(program))
    }
  }

  /// Hands FluidSynth a system exclusive message without 0xF0 and 0xF7.
  private func pass(_ data: [UInt8]) {
    // It is read during the call; no answer is asked for.
    _ = unsafe data.withUnsafeBytes { bytes in
      unsafe fluid_synth_sysex(
        synthesizer, bytes.bindMemory(to: CChar.self).baseAddress, Int32(bytes.count), nil, nil,
        nil,
        0)
    }
  }

  /// Notes that FluidSynth has gone back to its start.
  private mutating func restart(as family: SystemReset?) {
    setVolume(1)
    system = SystemState(family: family)
    imposeProgram()
  }

  /// Sets the master volume, 0 to 1.
  private mutating func setVolume(_ volume: Float) {
    if volume == system.volume { return }
    system.volume = volume
    // 40 log10 decibels, as General MIDI 2 has it for all volumes.
    unsafe fluid_synth_set_gain(synthesizer, gain * volume * volume)
  }

  /// Makes a channel a drum part or a melodic one, if the bank that it was told to take does.
  private mutating func heedBank(of channel: UInt8) {
    let wasDrums = system.drums.isDrums[Int(channel)]
    system.drums.changeProgram(channel: channel)
    let isDrums = system.drums.isDrums[Int(channel)]
    if isDrums != wasDrums { setDrums(isDrums, channel: channel) }
  }

  /// Makes a channel a drum part or a melodic one, with the program that it has.
  private mutating func setDrums(_ isDrums: Bool, channel: UInt8) {
    var (font, bank, chosen) = (Int32(0), Int32(0), Int32(0))
    // The three integers are written during the call.
    unsafe fluid_synth_get_program(synthesizer, Int32(channel), &font, &bank, &chosen)
    unsafe fluid_synth_set_channel_type(
      synthesizer, Int32(channel),
      Int32(isDrums ? CHANNEL_TYPE_DRUM.rawValue : CHANNEL_TYPE_MELODIC.rawValue))
    if !isDrums { unsafe fluid_synth_bank_select(synthesizer, Int32(channel), 0) }
    let program = isDrums ? chosen : Int32(program ?? UInt8(clamping: chosen))
    unsafe fluid_synth_program_change(synthesizer, Int32(channel), program)
  }
}

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
      let loaded = unsafe withSystemPath(soundFont.path) { path in
        unsafe fluid_synth_sfload(synthesizer, path, 1)
      }
      guard loaded != FLUID_FAILED else {
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
    // Some messages are heard only by the device that they name; those of GS are sent to this one.
    set("synth.device-id", 16)
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
