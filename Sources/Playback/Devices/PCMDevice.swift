import CALSA

/// An ALSA playback device that takes interleaved samples.
///
/// Formats are tried from the best to the plainest: 32-bit floating point, 32-bit and 16-bit
/// integers. The rate is the nearest that the device has to the one asked for.
///
/// Reference: alsa-lib's documentation, "PCM (digital audio) interface".
@safe
struct PCMDevice: ~Copyable {
  let name: String
  /// Frames a second.
  let sampleRate: Int
  /// Frames between a write and the loudspeaker when the buffer is full.
  let bufferFrames: Int
  /// Whether writing waits for a clock; ALSA's `null` and `file` take all at once.
  let isPaced: Bool
  /// How often the buffer ran empty or the machine slept, and playback went on.
  private(set) var underruns = 0
  private let pcm: OpaquePointer
  private var converter: SampleConverter

  /// Opens and configures a device.
  ///
  /// - Parameters:
  ///   - name: ALSA's name for it, such as `default`, `pulse` or `hw:0,0`.
  ///   - sampleRate: frames a second, if it can.
  ///   - latency: the buffer's length in seconds, about.
  /// - Throws: ``PlaybackError`` where there is no such device or it cannot play.
  init(name: String, sampleRate: Int, latency: Double) throws(PlaybackError) {
    NativeLog.install()
    _ = NativeLog.takeLastProblem()
    var opened: OpaquePointer?
    let code = unsafe snd_pcm_open(&opened, name, SND_PCM_STREAM_PLAYBACK, 0)
    guard code >= 0, let pcm = unsafe opened else {
      throw PlaybackError(.deviceUnavailable(name: name, problem: PCMDevice.words(code)))
    }
    let configuration: Configuration
    do {
      configuration = try unsafe PCMDevice.configure(
        pcm, name: name, sampleRate: sampleRate, latency: latency)
    } catch {
      unsafe snd_pcm_close(pcm)
      throw error
    }
    self.name = name
    unsafe self.pcm = unsafe pcm
    self.sampleRate = configuration.sampleRate
    bufferFrames = configuration.bufferFrames
    let type = unsafe snd_pcm_type(pcm)
    isPaced = type != SND_PCM_TYPE_NULL && type != SND_PCM_TYPE_FILE
    converter = SampleConverter(format: configuration.format, channels: configuration.channels)
  }

  deinit { unsafe snd_pcm_close(pcm) }

  /// Plays frames, waiting until the buffer has room for them.
  ///
  /// An underrun and a machine that slept are recovered from and counted.
  ///
  /// - Parameters:
  ///   - samples: interleaved stereo.
  ///   - frames: how many of its frames.
  /// - Throws: ``PlaybackError`` where the device has gone.
  mutating func write(_ samples: [Float], frames: Int) throws(PlaybackError) {
    precondition(frames * Synthesizer.channels <= samples.count)
    converter.convert(samples, frames: frames)
    var written = 0
    var attempts = 0
    while written < frames {
      let start = written
      // The converter holds `frames` frames in the device's format; writei reads those after `start`.
      let result = unsafe converter.withFrames(from: start) { address in
        unsafe snd_pcm_writei(pcm, address, snd_pcm_uframes_t(frames - start))
      }
      if result > 0 {
        written += result
        attempts = 0
        continue
      }
      attempts += 1
      if result == 0 || result == -Int(EAGAIN) {
        unsafe snd_pcm_wait(pcm, 100)
      } else {
        if result == -Int(EPIPE) || result == -Int(ESTRPIPE) { underruns += 1 }
        let code = unsafe snd_pcm_recover(pcm, Int32(result), 1)
        if code < 0 { throw lost(code) }
      }
      // A device that takes nothing for so long, or breaks after every recovery, is gone.
      if attempts > 50 { throw lost(Int32(result)) }
    }
  }

  /// Whether what was written is being heard, and not only kept until the buffer is full enough.
  var isRunning: Bool { unsafe snd_pcm_state(pcm) == SND_PCM_STATE_RUNNING || !isPaced }

  /// How many frames have been written and not yet been heard.
  var delayFrames: Int {
    var delay = snd_pcm_sframes_t(0)
    let code = unsafe snd_pcm_delay(pcm, &delay)
    return code == 0 ? max(0, Int(delay)) : 0
  }

  /// Waits until everything written has been heard.
  mutating func drain() { unsafe snd_pcm_drain(pcm) }

  private func lost(_ code: Int32) -> PlaybackError {
    PlaybackError(.deviceLost(name: name, problem: PCMDevice.words(code)))
  }

  /// ALSA's words for an error code, in lower case.
  static func words(_ code: Int32) -> String {
    guard let text = unsafe snd_strerror(code) else { return "error \(-code)" }
    return unsafe String(cString: text).lowercased()
  }
}

extension PCMDevice {
  /// What a device agreed to.
  struct Configuration {
    var format: SampleConverter.Format
    var channels: Int
    var sampleRate: Int
    var bufferFrames: Int
  }

  /// Negotiates format, channels, rate and buffer.
  ///
  /// - Parameters:
  ///   - pcm: an open device.
  ///   - name: its name, for errors.
  ///   - sampleRate: the rate wished for.
  ///   - latency: the buffer's length in seconds, wished for.
  /// - Returns: what came of the wishes.
  /// - Throws: ``PlaybackError`` where the device cannot play.
  static func configure(
    _ pcm: OpaquePointer, name: String, sampleRate: Int, latency: Double
  ) throws(PlaybackError) -> Configuration {
    func check(_ code: Int32, _ what: String) throws(PlaybackError) {
      guard code < 0 else { return }
      throw PlaybackError(.deviceUnsuitable(name: name, problem: "\(what): \(words(code))"))
    }
    var allocated: OpaquePointer?
    try check(unsafe snd_pcm_hw_params_malloc(&allocated), "no memory")
    defer { unsafe snd_pcm_hw_params_free(allocated) }
    let hardware = unsafe allocated
    try check(unsafe snd_pcm_hw_params_any(pcm, hardware), "has no configuration")
    try check(
      unsafe snd_pcm_hw_params_set_access(pcm, hardware, SND_PCM_ACCESS_RW_INTERLEAVED),
      "takes no interleaved samples")
    let format = SampleConverter.Format.allCases.first { format in
      unsafe snd_pcm_hw_params_set_format(pcm, hardware, format.code) == 0
    }
    guard let format else {
      throw PlaybackError(
        .deviceUnsuitable(
          name: name, problem: "takes neither floating point nor 32- or 16-bit samples"))
    }
    var channels = UInt32(Synthesizer.channels)
    try check(
      unsafe snd_pcm_hw_params_set_channels_near(pcm, hardware, &channels), "takes no two channels")
    var rate = UInt32(sampleRate)
    try check(
      unsafe snd_pcm_hw_params_set_rate_near(pcm, hardware, &rate, nil), "takes no sample rate")
    var buffer = snd_pcm_uframes_t(Double(rate) * latency)
    try check(
      unsafe snd_pcm_hw_params_set_buffer_size_near(pcm, hardware, &buffer), "takes no buffer")
    var period = max(buffer / 8, 1)
    try check(
      unsafe snd_pcm_hw_params_set_period_size_near(pcm, hardware, &period, nil), "takes no period")
    try check(unsafe snd_pcm_hw_params(pcm, hardware), "refuses its configuration")
    try check(unsafe snd_pcm_hw_params_get_buffer_size(hardware, &buffer), "tells no buffer size")

    var software: OpaquePointer?
    try check(unsafe snd_pcm_sw_params_malloc(&software), "no memory")
    defer { unsafe snd_pcm_sw_params_free(software) }
    try check(unsafe snd_pcm_sw_params_current(pcm, software), "has no settings")
    // Start once the buffer is nearly full: by then there is something to hold on to.
    let threshold = max(buffer > period ? buffer - period : buffer, 1)
    try check(
      unsafe snd_pcm_sw_params_set_start_threshold(pcm, software, threshold), "cannot wait")
    try check(unsafe snd_pcm_sw_params(pcm, software), "refuses its settings")
    return Configuration(
      format: format, channels: Int(channels), sampleRate: Int(rate), bufferFrames: Int(buffer))
  }
}
