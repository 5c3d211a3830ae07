package import ProtocolBuffers

/// What is told of one step.
///
/// Reference: TensorFlow, event.proto and summary.proto.
public struct Event: Hashable, Sendable {
  /// What TensorBoard shows under a tag.
  public enum Value: Hashable, Sendable {
    /// A number.
    case scalar(Float)
    /// How numbers are spread.
    case histogram(Histogram)
    /// A picture as PNG, and its size in pixels.
    case picture(png: [UInt8], width: Int, height: Int)
    /// Sound.
    case sound(Sound)
  }

  /// A value and what it is called: `loss/training` stands with all of `loss`.
  public struct Summary: Hashable, Sendable {
    /// The name.
    public var tag: String
    /// The value.
    public var value: Value

    /// Creates a summary.
    public init(_ tag: String, _ value: Value) {
      self.tag = tag
      self.value = value
    }
  }

  /// What an event tells.
  package enum Content: Hashable, Sendable {
    /// What a file begins with.
    case version
    /// That a process goes on at this step: what was told of it and of later ones is forgotten.
    case start
    case summaries([Summary])
  }

  /// When, in seconds since 1970.
  public let seconds: Double
  /// The step.
  public let step: Int
  package let content: Content

  /// Creates an event.
  ///
  /// - Parameters:
  ///   - seconds: when it happened, in seconds since 1970.
  ///   - step: the step.
  ///   - summaries: what is told of it.
  public init(seconds: Double, step: Int, _ summaries: [Summary]) {
    self.init(seconds: seconds, step: step, .summaries(summaries))
  }

  /// Creates any event.
  package init(seconds: Double, step: Int, _ content: Content) {
    self.seconds = seconds
    self.step = step
    self.content = content
  }

  /// The event as a message.
  package var message: MessageWriter {
    var message = MessageWriter()
    message.add(1, seconds)
    if step != 0 { message.add(2, step) }
    switch content {
    case .version: message.add(3, "brain.Event:2")
    case .start:
      var session = MessageWriter()
      session.add(1, 1)
      message.add(7, session)
    case .summaries(let summaries):
      var all = MessageWriter()
      for summary in summaries { all.add(1, summary.message) }
      message.add(5, all)
    }
    return message
  }
}

extension Event.Summary {
  fileprivate var message: MessageWriter {
    var message = MessageWriter()
    message.add(1, tag)
    switch value {
    case .scalar(let number): message.add(2, number)
    case .histogram(let histogram): message.add(5, histogram.message)
    case .picture(let png, let width, let height):
      var picture = MessageWriter()
      picture.add(1, height)
      picture.add(2, width)
      // Red, green and blue.
      picture.add(3, 3)
      picture.add(4, png)
      message.add(4, picture)
    case .sound(let sound): message.add(6, sound.message)
    }
    return message
  }
}
