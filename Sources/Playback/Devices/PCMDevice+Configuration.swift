import CALSA

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
